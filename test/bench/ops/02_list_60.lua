-- Sixty rows of one table that a row permission leaves.
return {
  title = "60-row list",
  goal = { [8] = 1.2, [64] = 1.6 },
  role = "curator",
  session = { ["x-hasura-genre-id"] = "10" },
  query = "{ track(limit: 60, order_by: {id: asc}) { id name composer milliseconds unit_price } }",
}
