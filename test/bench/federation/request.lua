-- A GraphQL request by POST: the body in a file; its second argument is one of
--   own     each request has an authorization of its own: nothing may be shared between two of them
--   same    all requests are the same
--   churn   each request is another operation, of a thousand: PLACE in the body becomes its number
local count = 0
local mode = "own"

function init(args)
  local file = assert(io.open(args[1]))
  wrk.body = file:read("*a")
  file:close()
  mode = args[2] or mode
  template = wrk.body
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["X-Api-Key"] = "benchmark-key-of-the-only-consumer"
end

function request()
  count = count + 1
  if mode == "own" then wrk.headers["Authorization"] = "Bearer request-" .. count end
  if mode == "churn" then wrk.body = template:gsub("PLACE", "p" .. count % 1000) end
  return wrk.format()
end
