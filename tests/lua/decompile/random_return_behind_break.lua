repeat
    if x then
        break
        return
    end
until nil
