-- A thousand rows of eight columns.
return {
  title = "1,000-row list",
  goal = { [8] = 7.0, [64] = 7.0 },
  query = "{ track(limit: 1000, order_by: {id: asc}) { id name album_id media_type_id genre_id composer milliseconds unit_price } }",
}
