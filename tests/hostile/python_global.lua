-- trick: the table that lupa gives to Lua
-- verdict: ok
-- layer: lua

for _, name in ipairs({ "python", "PYTHON", "lupa" }) do
    if _G[name] or package.loaded[name] or package.preload[name] then print("BROKEN", name) end
end
print(pcall(require, "python"))
