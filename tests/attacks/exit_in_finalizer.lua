-- trick: os.exit in a finalizer, at a collection
-- stop: values
-- agrees: 0
-- note: ended by os.exit(0)

setmetatable({}, { __gc = function() os.exit(0) end })
collectgarbage()
