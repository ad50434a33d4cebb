if true then a() end
if false then b() end
if nil then c() end
if 1 then d() else e() end
if "x" then f() end
if not true then g() else h() end
if not nil then i() end
