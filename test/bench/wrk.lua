-- wrk.lua: the requests of one operation, named by the environment (GQLE_OP).
-- With GQLE_FIRST, only its first request, and the answer goes into that file.
local op = dofile(os.getenv("GQLE_OP"))

local function quote(text)
  return '"' .. text:gsub('[\\"]', "\\%0"):gsub("%s+", " ") .. '"'
end

local head = '{"query":' .. quote(op.query)

wrk.method = "POST"
wrk.path = "/v1/graphql"
wrk.headers["Content-Type"] = "application/json"
if os.getenv("GQLE_TOKEN") then
  wrk.headers["Authorization"] = "Bearer " .. os.getenv("GQLE_TOKEN")
else
  wrk.headers["x-hasura-admin-secret"] = os.getenv("GQLE_ADMIN_SECRET")
end
if os.getenv("GQLE_ENCODING") then
  wrk.headers["Accept-Encoding"] = os.getenv("GQLE_ENCODING")
end
if op.role then
  wrk.headers["x-hasura-role"] = op.role
end
for name, value in pairs(op.session or {}) do
  wrk.headers[name] = value
end

-- Requests are made once and repeated: Lua should not be what is measured.
local requests = {}
local first = os.getenv("GQLE_FIRST")
local count = op.variables and not first and 1000 or 1
local at = 0

function init(args)
  for n = 1, count do
    local body = op.variables and head .. ',"variables":' .. op.variables(n - 1) .. "}" or head .. "}"
    requests[n] = wrk.format(nil, nil, nil, body)
  end
end

function request()
  at = at % count + 1
  return requests[at]
end

if first then
  function response(status, headers, body)
    local file = io.open(first, "w")
    file:write(body)
    file:close()
    wrk.thread:stop()
  end
end
