if a and b then x() end
if a or b then x() end
if a and b or c then x() end
if a and (b or c) then x() end
if (a or b) and c then x() end
if (a or b) and (c or d) then x() end
if a or b and c then x() end
if a and b and c and d then x() end
if a or b or c or d then x() end
if (a and b) or (c and d) then x() end
if not a and not b then x() end
if not a or not b then x() end
if not (a and b) and c then x() end
if not (a or b) or c then x() end
