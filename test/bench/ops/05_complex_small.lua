-- The shape of Hasura's own benchmark query: two playlists, one row each.
return {
  title = "complex_query, small",
  goal = { [8] = 8.0, [64] = 8.0 },
  query = [[query ($genre: String!, $track_lim: Int = 1000) {
    playlist_containing_genre: playlist(order_by: {name: asc}, where: {playlist_tracks: {track: {genre: {name: {_eq: $genre}}}}}) {
      name
      tracks_of_genre: playlist_tracks(where: {track: {genre: {name: {_eq: $genre}}}}, limit: $track_lim) {
        track { name album { title artist { name } } media_type { name } }
      }
    }
  }]],
  variables = function() return '{"genre":"Comedy","track_lim":1}' end,
}
