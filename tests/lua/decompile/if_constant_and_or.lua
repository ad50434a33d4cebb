if true and a then b() end
if a and true then b() end
if false or a then b() end
if a or false then b() end
if a and false then b() end
if a or true then b() end
if a and nil then b() else c() end
if a or 1 then b() else c() end
