-- A session: chunks come over standard input, each with its length before it, and run in one state. What a chunk returns
-- is printed, as lua.c: doREPL does. After each, a mark that no chunk knows is written to standard output and error.
local mark = ...
local load, pcall, rawget, select, tostring, type, xpcall = load, pcall, rawget, select, tostring, type, xpcall
local find, gsub, unpack = string.find, string.gsub, string.unpack
local getmetatable, traceback = getmetatable, debug.traceback
local stdin, stdout, stderr = io.stdin, io.stdout, io.stderr
local read, write, flush = stdin.read, stdout.write, stdout.flush

-- Standard input is the session's; for chunks it is at its end
io.stdin, arg = nil, {[0] = "lua5.3"}
function io.read() return nil end
function io.input() return nil end

local function message_of(value)
    if type(value) == "string" or type(value) == "number" then return tostring(value), true end
    local metatable = getmetatable(value)
    if type(metatable) == "table" and rawget(metatable, "__tostring") ~= nil then
        local ok, text = pcall(tostring, value)
        if ok and type(text) == "string" then return text, false end
    end
    return "(error object is a " .. type(value) .. " value)", true
end

-- The message with the traceback of the chunk, without the functions of this file; an object that has a text has none
local function handler(value)
    local text, is_traced = message_of(value)
    if not is_traced then return text end
    text = traceback(text, 2)
    return (gsub(text, "\n\t%[C%]: in function 'xpcall'\n[^\0]*$", "\n\t[C]: in ?"))
end

local function report(ok, ...)
    if not ok then
        write(stderr, (...) .. "\n")
    elseif select("#", ...) > 0 then
        local printed, message = pcall(print, ...)
        if not printed then write(stderr, "error calling 'print' (", tostring(message), ")\n") end
    end
end

while true do
    local length = read(stdin, 4)
    if not length then break end
    local text = read(stdin, (unpack("<I4", length))) or ""
    local chunk = load("return " .. text, "=stdin", "t")
    local message
    if not chunk then chunk, message = load(text, "=stdin", "t") end
    if chunk then report(xpcall(chunk, handler)) else write(stderr, message .. "\n") end
    write(stdout, mark)
    flush(stdout)
    write(stderr, mark)
end
