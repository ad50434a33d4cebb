if "end" then end
if y then elseif "k" then g() else h() end
