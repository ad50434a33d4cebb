self.name = nil
local v2
if nil then
    if function() t() function x.name(v13) v13 = x v2.name = v12 end end then elseif nil then x.name = e end
elseif nil then local v19 = 0.5
elseif "end" then end
