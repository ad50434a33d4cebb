-- a line
--[[ several
lines ]]
--[==[ with ]] inside ]==]
return --[[ between ]] 1 -- at the end
