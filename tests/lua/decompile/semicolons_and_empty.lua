;;;
local a = 1;
do end;
do ; end
if a then ; end
while f() do ; end
for i = 1, 2 do ; end
repeat ; until g()
local function h() ; end;
return a;
