-- One goto leaves a variable, and another closes the next one in its register; both go to one label
::l1::
do
    local a, b = x
    if not b then
        goto l1
    end
end
do
    local c = y
    local function f() return c end
    if f then
        goto l1
    end
    x = f
end
