-- A goto leaves a loop with a captured variable, among conditions that are nil
::l3::
repeat
    local function v1() end
    if nil then elseif x then
        if t then
            goto l3
        elseif nil then end
    end
until h
repeat
    local function v2() return v2 end
    if nil then elseif x then
        if t then
            goto l3
        elseif nil then end
    end
until v2
