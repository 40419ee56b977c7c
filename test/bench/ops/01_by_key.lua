-- One row by its key, another one each time.
return {
  title = "by-key",
  goal = { [8] = 1.0, [64] = 1.3 },
  query = "query ($id: Int!) { track_by_pk(id: $id) { id name milliseconds unit_price } }",
  variables = function(n) return '{"id":' .. 1 + n * 7919 % 3503 .. '}' end,
}
