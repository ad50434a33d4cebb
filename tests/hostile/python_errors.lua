-- trick: error values of the library, which could be exceptions of Python
-- verdict: ok
-- layer: interpreter

local functions = {}
for _, library in pairs(package.loaded) do
    for name, f in pairs(library) do
        local ends = name == "exit" or name == "read" or name == "lines"
        if type(f) == "function" and not ends then functions[#functions + 1] = f end
    end
end
for _, f in ipairs(functions) do
    for _, argument in ipairs({ {}, print, 1 << 62, io.stdout, coroutine.create(print) }) do
        local results = { pcall(f, argument, argument) }
        if not results[1] and type(results[2]) == "userdata" and io.type(results[2]) == nil then print("BROKEN") end
    end
end
