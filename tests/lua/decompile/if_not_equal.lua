if a ~= b then c() end
if not (a == b) then c() end
if not (a ~= b) then c() end
if a ~= b and c ~= d then e() end
if a ~= b or c ~= d then e() end
if not (a < b) then c() end
if not (a >= b) then c() end
