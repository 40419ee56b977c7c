-- An album by key with its artist and its tracks.
return {
  title = "nested by key",
  goal = { [8] = 1.3, [64] = 1.3 },
  query = "query ($id: Int!) { album_by_pk(id: $id) { id title artist { id name } tracks { id name milliseconds } } }",
  variables = function(n) return '{"id":' .. 1 + n * 7919 % 347 .. '}' end,
}
