if a then goto l end
if b then else c() end
::l::
if d then else end
