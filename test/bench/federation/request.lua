-- The benchmark query, each request with an authorization of its own: nothing may be shared between two of them.
local count = 0

function init(args)
  local file = assert(io.open(args[1]))
  wrk.body = file:read("*a")
  file:close()
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  count = count + 1
  wrk.headers["Authorization"] = "Bearer request-" .. count
  return wrk.format()
end
