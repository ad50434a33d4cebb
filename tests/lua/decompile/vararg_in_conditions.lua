if ... then f() end
if (...) == 1 then f() end
if select("#", ...) > 0 then f(...) end
while ... do f() end
repeat f() until ...
if not ... then g() end
if ... == ... then g() end
