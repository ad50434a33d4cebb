local count, step = 0, 1
local function up()
  count = count + step
  return function() step = step + 1; return count end
end
local function env() local _ENV = {x = 1}; x = x; return x end
global = up
return up, env
