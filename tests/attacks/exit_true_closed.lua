-- trick: os.exit(true, true), which closes the state
-- stop: values
-- agrees: 0
-- note: ended by os.exit(0)

os.exit(true, true)
