local function connect(options)
  options = options or {}
  local host = options.host or "localhost"
  local port = tonumber(options.port) or options.secure and 443 or 80
  local timeout = options.timeout == nil and 10 or options.timeout
  local verbose = options.verbose ~= false
  local retry = not options.once and (options.retries or 3) > 0
  local url = (options.secure and "https" or "http") .. "://" .. host .. (port ~= 80 and ":" .. port or "")
  return {url = url, timeout = timeout, verbose = verbose, retry = retry, [1] = host, port}
end
return connect
