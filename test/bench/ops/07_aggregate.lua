-- An aggregate over a filtered table.
return {
  title = "aggregate",
  goal = {},
  query = [[query ($id: Int!) { track_aggregate(where: {genre_id: {_eq: $id}}) {
    aggregate { count sum { milliseconds } avg { milliseconds } max { unit_price } } } }]],
  variables = function(n) return '{"id":' .. 1 + n % 25 .. '}' end,
}
