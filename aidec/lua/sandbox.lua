-- What a script sees: Lua 5.3 without files other than its folder's, programs, bytecode, most of debug, and Python.
-- It runs once, in the process that forks, and returns two functions, which each child calls once, and what
-- deterministic.lua needs of it:
--     prepare(source, chunkname, folder, files, arguments, secret, steps)    run()
-- It keeps the library's own functions as upvalues, and calls none by a name that a script can change. It is loaded
-- without debug information, so that no line of it gets into messages.
local note_path = ...

local error, load, pairs, pcall, rawget, select, tostring, type, xpcall =
    error, load, pairs, pcall, rawget, select, tostring, type, xpcall
local find, gmatch, gsub, pack_string, unpack_string =
    string.find, string.gmatch, string.gsub, string.pack, string.unpack
local concat, running, unpack = table.concat, coroutine.running, table.unpack
local getinfo, getmetatable, next, traceback = debug.getinfo, debug.getmetatable, next, debug.traceback
local getupvalue, setupvalue, sethook = debug.getupvalue, debug.setupvalue, debug.sethook
local open, lines, input, output, stdin = io.open, io.lines, io.input, io.output, io.stdin
local remove, rename, exit, setlocale = os.remove, os.rename, os.exit, os.setlocale
local close, read, write = stdin.close, stdin.read, stdin.write

setlocale("C") -- Python has set another
local note, channel = open(note_path, "w"), open(note_path, "w")
note:setvbuf("no")
channel:setvbuf("no")
io.stdout:setvbuf("line") -- so that what was printed is there when a limit ends the process

local NONE, READ, WRITE = 0, 1, 2
local folder, files_left, files_made = NONE, 0, 0
local source, chunkname, short_name, arguments, secret, tools, steps_left

-- Tell the process that forks something about this run; a script that could say it would harm its own result alone.
local function tell(text)
    write(note, text, "\n")
end

-- Report to the caller, as a harness does: what is not after the secret of its run is not a harness's.
local function report(text)
    write(channel, secret .. pack_string("<s4", text))
end

-- The results of pcall, or its error as the library function raises it: with its name, and the position of the caller.
local failed = ""
local function results(name, ok, ...)
    if ok then return ... end
    local message = ...
    if type(message) == "string" then
        message = gsub(message, "to '%?'", "to '" .. gsub(name, "^.*%.", "") .. "'", 1)
    end
    failed = name
    error(message, 2)
end

local function call(name, f, ...)
    return results(name, pcall(f, ...))
end

local function is_text(value)
    return type(value) == "string" or type(value) == "number"
end

-- Raise what a library function raises whose first argument must be a string.
local function expect_string(name, ...)
    if is_text((...)) then return end
    local got = select("#", ...) == 0 and "no value" or type((...))
    error("bad argument #1 to '" .. name .. "' (string expected, got " .. got .. ")", 3)
end

-- Why a file can't be opened, or nil where the system may decide: the text, and its number in errno.h.
local function refusal(name, writes)
    name = name .. "" -- and not tostring, which asks a metatable that is the script's
    if find(name, "^/") or find(name, "\0", 1, true) or find("/" .. name .. "/", "/../", 1, true) then
        return "Permission denied", 13
    elseif writes and folder ~= WRITE then
        return "Permission denied", 13
    elseif folder == NONE then
        return "No such file or directory", 2
    end
end

-- Count a file that is about to be made; one too many ends the run, so that no pcall goes on.
local function count_file(name)
    local there = open(name, "r")
    if there then
        close(there)
        return
    end
    if files_left == 0 then
        tell("files")
        exit(1)
    end
    files_left = files_left - 1
end

local function writes(mode)
    return is_text(mode) and find(mode, "[wa+]") ~= nil
end

function io.open(...)
    local name, mode = ...
    if is_text(name) then
        local reason, number = refusal(name, writes(mode))
        if reason then
            local ok, message = pcall(open, "", mode) -- fails in any case; it raises an error for a mode that is none
            if not ok then return results("io.open", false, message) end
            return nil, name .. ": " .. reason, number
        end
        if is_text(mode) and find(mode, "^[wa]") then count_file(name) end
    end
    return call("io.open", open, ...)
end

function io.lines(...)
    local name = ...
    if is_text(name) then
        local reason = refusal(name, false)
        if reason then error("cannot open file '" .. name .. "' (" .. reason .. ")", 2) end
    end
    return call("io.lines", lines, ...)
end

local function switch(name, f, is_output)
    return function(...)
        local file = ...
        if is_text(file) then
            local reason = refusal(file, is_output)
            if reason then error("cannot open file '" .. file .. "' (" .. reason .. ")", 2) end
            if is_output then count_file(file) end
        end
        return call(name, f, ...)
    end
end

io.input = switch("io.input", input, false)
io.output = switch("io.output", output, true)

local function fresh_name()
    files_made = files_made + 1
    return "lua_" .. files_made
end

function io.tmpfile()
    if folder ~= WRITE then return nil, "Permission denied", 13 end
    local name = fresh_name()
    count_file(name)
    local file, message, number = open(name, "w+b")
    remove(name)
    return file, message, number
end

function os.tmpname()
    if folder ~= WRITE then error("unable to generate a unique filename", 2) end
    local name = fresh_name()
    count_file(name)
    local file = open(name, "w")
    close(file)
    return name
end

function io.popen()
    error("'popen' not supported", 2)
end

function os.execute(command)
    if command == nil then return false end
    return nil, "exit", 127 -- as system() answers where there is no shell
end

function os.getenv(...)
    expect_string("getenv", ...)
    return nil
end

function os.remove(...)
    local name = ...
    if is_text(name) then
        local reason, number = refusal(name, folder ~= NONE)
        if reason then return nil, name .. ": " .. reason, number end
    end
    return call("os.remove", remove, ...)
end

function os.rename(...)
    local from, to = ...
    if is_text(from) and is_text(to) then
        local reason, number = refusal(from, folder ~= NONE)
        if not reason then reason, number = refusal(to, true) end
        if reason then return nil, reason, number end
    end
    return call("os.rename", rename, ...)
end

function os.setlocale(...)
    local locale = ...
    if is_text(locale) and locale ~= "" and locale ~= "C" and locale ~= "POSIX" then return nil end
    return call("os.setlocale", setlocale, ...)
end

-- Text alone is loaded, whatever mode is asked for.
local function load_text(...)
    local chunk, name, mode, environment = ...
    if is_text(mode) and not find(mode, "t", 1, true) then
        return nil, "attempt to load a text chunk (mode is '" .. mode .. "')"
    elseif select("#", ...) == 0 or mode ~= nil and not is_text(mode) then
        return call("load", load, ...)
    elseif select("#", ...) < 4 then
        return call("load", load, chunk, name, "t")
    end
    return call("load", load, chunk, name, "t", environment)
end

-- The text of a file of the folder, without a first line that starts with #, as lauxlib.c: luaL_loadfilex reads it.
local function read_source(name)
    local reason = refusal(name, false)
    if reason then return nil, "cannot open " .. name .. ": " .. reason end
    local file, message = open(name, "rb")
    if not file then return nil, "cannot open " .. message end
    local text = read(file, "a")
    close(file)
    text = gsub(text, "^\xEF\xBB\xBF", "", 1)
    return (gsub(text, "^#[^\n]*", "", 1))
end

_G.load = load_text

function loadfile(...)
    local name, mode, environment = ...
    if name == nil then
        local text = read(stdin, "a")
        return load_text(text, "=stdin", mode, select(3, ...))
    end
    expect_string("loadfile", ...)
    local text, message = read_source(name)
    if not text then return nil, message end
    if select("#", ...) < 3 then return load_text(text, "@" .. name, mode) end
    return load_text(text, "@" .. name, mode, environment)
end

local loadfile = loadfile

function dofile(name)
    local chunk, message = loadfile(name)
    if not chunk then error(message, 0) end
    return chunk()
end

function string.dump(...)
    if type((...)) ~= "function" then
        local got = select("#", ...) == 0 and "no value" or type((...))
        error("bad argument #1 to 'dump' (function expected, got " .. got .. ")", 2)
    end
    error("unable to dump given function", 2)
end

-- require is the library's own; only its searchers are others: what a script preloads, and files of its folder.
local function search_path(...)
    local name, path, separator, directory = ...
    expect_string("searchpath", ...)
    expect_string("searchpath", path)
    separator, directory = separator or ".", directory or "/"
    if separator ~= "" then
        name = gsub(name, gsub(separator, "%p", "%%%0"), (gsub(directory, "%%", "%%%%")))
    end
    local tried = {}
    for template in gmatch(path, "[^;]+") do
        local file_name = gsub(template, "%?", (gsub(name, "%%", "%%%%")))
        local there = not refusal(file_name, false) and open(file_name, "r")
        if there then
            close(there)
            return file_name
        end
        tried[#tried + 1] = "\n\tno file '" .. file_name .. "'"
    end
    return nil, concat(tried)
end

local package = package
package.path, package.cpath = "?.lua;?/init.lua", ""
package.loadlib, package.searchpath = nil, search_path
package.searchers = {
    package.searchers[1],
    function(name)
        local path = package.path
        if type(path) ~= "string" then error("'package.path' must be a string", 0) end
        local file_name, message = search_path(name, path)
        if not file_name then return message end
        local text = read_source(file_name)
        local chunk
        chunk, message = load_text(text, "@" .. file_name)
        if not chunk then
            error("error loading module '" .. name .. "' from file '" .. file_name .. "':\n\t" .. message, 0)
        end
        return chunk, file_name
    end,
}

-- Tracebacks, as without this file: its functions are the library's, and what called the script is not shown.
local TAIL_CALLED = "\n\t%[C%]: in function 'error'\n\t%?: in function <%?:%d+>\n\t%(%.%.%.tail calls%.%.%.%)"

local function tidy(text)
    text = gsub(text, TAIL_CALLED, "\n\t[C]: in function '" .. failed .. "'")
    text = gsub(text, "\n\t%[C%]: in function 'error'\n\t%?: in upvalue '%?'\n\t%?: ", "\n\t[C]: ")
    text = gsub(text, "\n\t%[C%]: in function 'error'\n\t%?: ", "\n\t[C]: ")
    text = gsub(text, "\n\t%?: in", "\n\t[C]: in")
    return (gsub(text, "\n\t%[C%]: in function 'xpcall'\n\t[^\n]*$", "\n\t[C]: in ?"))
end

for name in pairs(debug) do
    debug[name] = nil
end

function debug.traceback(...)
    local thread, message, level = nil, ...
    if type(message) == "thread" then thread, message, level = ... end
    if message ~= nil and not is_text(message) then return message end
    if thread and thread ~= running() then return tidy(call("debug.traceback", traceback, thread, message, level)) end
    return tidy(traceback(message, (level or 1) + 1))
end

python = nil
package.loaded.python = nil

local function prepare(text, name, folder_use, files, argument_list, secret_of_run, steps)
    source, chunkname, folder, files_left, steps_left = text, name, folder_use, files, steps
    if secret_of_run ~= "" then
        secret = secret_of_run
        tools = {
            report = report, getinfo = getinfo, getmetatable = getmetatable, next = next,
            getupvalue = getupvalue, setupvalue = setupvalue,
        }
    end
    short_name = getinfo(load("", chunkname), "S").short_src
    arguments = {}
    local position, count = 1, 0
    while position <= #argument_list do
        arguments[count + 1], position = unpack_string("<s4", argument_list, position)
        count = count + 1
    end
    arg = { [0] = gsub(name, "^[@=]", "", 1), [-1] = "lua5.3", unpack(arguments) }
end

local failure, trace, handled

local function handler(value)
    trace = traceback(nil, 2)
    failure, handled = value, true
    return value
end

-- The message of an error, as lua.c: msghandler makes it, and whether the error is an object.
local function message_of(value)
    if is_text(value) then return value .. "", false end
    local metatable = getmetatable(value)
    if type(metatable) == "table" and rawget(metatable, "__tostring") ~= nil then
        local ok, text = pcall(tostring, value)
        if ok then return text, true end
    end
    return "(error object is a " .. type(value) .. " value)", true
end

-- What lauxlib.c: resizebox raises, an error like any other, where memory is at an end.
local NO_BUFFER = "not enough memory for buffer allocation"

local function ended(ok, ...)
    if ok then
        local count = select("#", ...)
        for index = 1, count do
            local kind = type((select(index, ...)))
            if kind ~= "nil" and kind ~= "boolean" and kind ~= "number" and kind ~= "string" then
                return "ok", short_name, false
            end
        end
        if count > 100 then return "ok", short_name, false end
        return "ok", short_name, true, ...
    elseif not handled then
        -- The handler is not called where memory is at an end, or for an error in a handler (ldo.c: luaD_throw).
        local message = ...
        if message == "not enough memory" then return "memory", short_name, message, "" end
        return "error", short_name, tostring(message), "", "handler"
    end
    local message, is_object = message_of(failure)
    if not is_object and find(message, NO_BUFFER .. "$") then return "memory", short_name, message, "" end
    return "error", short_name, message, tidy(trace), is_object and "object" or "runtime"
end

-- End the run, so that no pcall goes on.
local function out_of_steps()
    tell("steps")
    exit(1)
end

local function run()
    local chunk, message = load(source, chunkname, "t")
    source = nil
    if not chunk then
        return message == "not enough memory" and "memory" or "syntax", short_name, message, ""
    end
    if steps_left > 0 then sethook(out_of_steps, "", steps_left) end
    if tools then return ended(xpcall(chunk, handler, tools, unpack(arguments))) end
    return ended(xpcall(chunk, handler, unpack(arguments)))
end

return prepare, run, { tell = tell, call = call, getmetatable = getmetatable }
