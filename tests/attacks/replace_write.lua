-- trick: methods of files that write something else
-- stop: locals
-- agrees: 0
-- note: the chunk left the globals

local methods = getmetatable(io.stdout).__index
local write = methods.write
function methods.write(file, ...) return write(file, "hello you\n") end
function methods.flush() end
function methods.seek() return 0 end
function add() return 0 end
function reversed() return {} end
function greet() io.stdout:write("no") end
function fail() end
