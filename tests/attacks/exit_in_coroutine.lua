-- trick: os.exit in a coroutine inside pcall
-- stop: values
-- agrees: 0
-- note: ended by os.exit(0)

pcall(coroutine.wrap(function() os.exit(0) end))
