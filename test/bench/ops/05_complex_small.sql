-- The statement Hasura makes of this query.
SELECT coalesce(json_agg("root" ORDER BY "root.pg.name" ASC NULLS LAST), '[]') AS "root"
FROM (
	SELECT row_to_json((SELECT "_e" FROM (
			SELECT "_root.base"."name" AS "name",
				"_root.ar.root.tracks_of_genre"."tracks_of_genre" AS "tracks_of_genre") AS "_e")) AS "root",
		"_root.base"."name" AS "root.pg.name"
	FROM (
		SELECT * FROM "public"."playlist"
		WHERE EXISTS (SELECT 1 FROM "public"."playlist_track" AS "__be_0_playlist_track"
			WHERE (("__be_0_playlist_track"."playlist_id") = ("public"."playlist"."id")) AND ('true') AND (('true') AND (
				EXISTS (SELECT 1 FROM "public"."track" AS "__be_1_track"
					WHERE (("__be_1_track"."id") = ("__be_0_playlist_track"."track_id")) AND ('true') AND (('true') AND (
						EXISTS (SELECT 1 FROM "public"."genre" AS "__be_2_genre"
							WHERE (("__be_2_genre"."id") = ("__be_1_track"."genre_id")) AND ('true')
								AND (("__be_2_genre"."name") = ((:genre)::text)) AND ('true'))))))))
		ORDER BY "name" ASC NULLS LAST
	) AS "_root.base"
	LEFT OUTER JOIN LATERAL (
		SELECT coalesce(json_agg("tracks_of_genre"), '[]') AS "tracks_of_genre"
		FROM (
			SELECT row_to_json((SELECT "_e" FROM (
				SELECT "_root.ar.root.tracks_of_genre.or.track"."track" AS "track") AS "_e")) AS "tracks_of_genre"
			FROM (
				SELECT * FROM "public"."playlist_track"
				WHERE (("_root.base"."id") = ("playlist_id")) AND (
					EXISTS (SELECT 1 FROM "public"."track" AS "__be_3_track"
						WHERE (("__be_3_track"."id") = ("public"."playlist_track"."track_id")) AND ('true') AND (('true') AND (
							EXISTS (SELECT 1 FROM "public"."genre" AS "__be_4_genre"
								WHERE (("__be_4_genre"."id") = ("__be_3_track"."genre_id")) AND ('true')
									AND (("__be_4_genre"."name") = ((:genre)::text)) AND ('true'))))))
				LIMIT 1
			) AS "_root.ar.root.tracks_of_genre.base"
			LEFT OUTER JOIN LATERAL (
				SELECT row_to_json((SELECT "_e" FROM (
					SELECT "_root.ar.root.tracks_of_genre.or.track.base"."name" AS "name",
						"_root.ar.root.tracks_of_genre.or.track.or.album"."album" AS "album",
						"_root.ar.root.tracks_of_genre.or.track.or.media_type"."media_type" AS "media_type") AS "_e")) AS "track"
				FROM (
					SELECT * FROM "public"."track"
					WHERE ("_root.ar.root.tracks_of_genre.base"."track_id") = ("id") LIMIT 1
				) AS "_root.ar.root.tracks_of_genre.or.track.base"
				LEFT OUTER JOIN LATERAL (
					SELECT row_to_json((SELECT "_e" FROM (
						SELECT "album.base"."title" AS "title", "album.or.artist"."artist" AS "artist") AS "_e")) AS "album"
					FROM (
						SELECT * FROM "public"."album"
						WHERE ("_root.ar.root.tracks_of_genre.or.track.base"."album_id") = ("id") LIMIT 1
					) AS "album.base"
					LEFT OUTER JOIN LATERAL (
						SELECT row_to_json((SELECT "_e" FROM (SELECT "artist.base"."name" AS "name") AS "_e")) AS "artist"
						FROM (SELECT * FROM "public"."artist" WHERE ("album.base"."artist_id") = ("id") LIMIT 1) AS "artist.base"
					) AS "album.or.artist" ON ('true')
				) AS "_root.ar.root.tracks_of_genre.or.track.or.album" ON ('true')
				LEFT OUTER JOIN LATERAL (
					SELECT row_to_json((SELECT "_e" FROM (SELECT "media_type.base"."name" AS "name") AS "_e")) AS "media_type"
					FROM (
						SELECT * FROM "public"."media_type"
						WHERE ("_root.ar.root.tracks_of_genre.or.track.base"."media_type_id") = ("id") LIMIT 1
					) AS "media_type.base"
				) AS "_root.ar.root.tracks_of_genre.or.track.or.media_type" ON ('true')
			) AS "_root.ar.root.tracks_of_genre.or.track" ON ('true')
		) AS "_root.ar.root.tracks_of_genre"
	) AS "_root.ar.root.tracks_of_genre" ON ('true')
	ORDER BY "root.pg.name" ASC NULLS LAST
) AS "_root";
