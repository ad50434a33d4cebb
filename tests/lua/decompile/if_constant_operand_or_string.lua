if x == "a" or "b" then f() end
if x == "a" or "b" or "c" then g() else h() end
if x == "a" and "b" then i() end
