local t = {["a b"] = 1, ["end"] = 2, ["1"] = 3, [""] = 4, ["a-b"] = 5, ["\0"] = 6, a = 7, ["nil"] = 8}
t["and"] = 1
t["x y"] = t["end"]
t[""] = t.a
_ENV["a b"] = 1
_ENV["while"] = _ENV["x-y"]
