-- trick: finalizers of files, to catch those of the sandbox and write to them
-- verdict: ok
-- layer: runner

local write = io.stdout.write
getmetatable(io.stdout).__gc = function(file)
    if io.type(file) == "file" then write(file, "files\n") end
end
getmetatable(io.stdout).__close = print
getmetatable(io.stdout).__index = nil
