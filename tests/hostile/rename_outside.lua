-- trick: moving a file out of the folder
-- verdict: ok
-- layer: lua
-- scratch: true

local outside, secret = ...
io.open("made", "w"):close()
print(os.rename("made", outside .. "/made"))
print(os.rename(outside .. "/keep", "mine"))
