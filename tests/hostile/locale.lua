-- trick: another locale, which changes how numbers are read
-- verdict: ok
-- layer: lua

for _, name in ipairs({ "de_DE.UTF-8", "C.UTF-8", "C.utf8", "POSIX.UTF-8" }) do
    if os.setlocale(name) then print("BROKEN", name) end
end
print(tonumber("1.5"), os.setlocale())
