-- The shape of Hasura's own benchmark query: two playlists, 130 rows each.
return {
  title = "complex_query, large",
  goal = { [8] = 2.5, [64] = 2.5 },
  query = [[query ($genre: String!, $track_lim: Int = 1000) {
    playlist_containing_genre: playlist(order_by: {name: asc}, where: {playlist_tracks: {track: {genre: {name: {_eq: $genre}}}}}) {
      name
      tracks_of_genre: playlist_tracks(where: {track: {genre: {name: {_eq: $genre}}}}, limit: $track_lim) {
        track { name album { title artist { name } } media_type { name } }
      }
    }
  }]],
  variables = function() return '{"genre":"Jazz"}' end,
}
