if a and b then x() else y() end
if a or b then x() else y() end
if a and b or c then x() else y() end
if a and (b or c) then x() else y() end
if (a or b) and (c or d) then x() else y() end
if not (a and b or c) then x() else y() end
if not ((a or b) and (c or d)) then x() else y() end
