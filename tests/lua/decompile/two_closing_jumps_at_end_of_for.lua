-- Two jumps end the body of a loop: one closes a variable of the body, and one those of the loop
for a, b in next, {} do
    local c = a
    local d
    do
        local e = b
        local f = function() return c, e, a end
        d = f
    end
end
for a, b in next, {} do
    local c = a
    local d = function() return c, b end
    if d then
        c = 3
    end
end
