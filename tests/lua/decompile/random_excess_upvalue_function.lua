local function y()
    g = function()
        y = x
    end, y
end
