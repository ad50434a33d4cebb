if a then end
if a then else end
if a then b() else end
if a then else b() end
if a then elseif b then end
if a then elseif b then else end
if a then elseif b then c() else end
if a then b() elseif c then else d() end
if a == 1 then end
if a and b then end
if a or b then else end
