-- trick: an endless loop inside pcall, which catches what would end it
-- verdict: time
-- layer: process

while true do
    pcall(function()
        while true do end
    end)
end
