/*
 * data.sql
 *		Rows for the demo database, the same on every machine.
 *
 * psql variable "scale": how many copies of the basic size to make.  At scale 1:
 * 275 artists, 347 albums, 3,503 tracks, 25 genres, 5 media types, 18 playlists
 * with 8,715 entries, 8 employees, 59 customers, 412 invoices with 2,240 lines.
 * Genres, media types, employees and playlists do not multiply; playlist entries
 * do.  Nothing is random: mix() turns a row's number into scattered integers.
 */
\if :{?scale}
\else
	\set scale 1
\endif

/* A scattered integer in 0 .. modulus - 1 for a row's number and a purpose. */
CREATE FUNCTION pg_temp.mix(n bigint, salt integer, modulus bigint) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
	SELECT ((y * y % 2147483647 * 69621 + 12345) % 2147483647 / 7 % modulus)::integer
	FROM (SELECT (n * 48271 + salt * 16807::bigint + 11) % 2147483647 AS y) AS first
$$;

/* The word of a list for a row's number and a purpose. */
CREATE FUNCTION pg_temp.pick(words text[], n bigint, salt integer) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT words[1 + pg_temp.mix(n, salt, cardinality(words))]
$$;

CREATE TEMPORARY TABLE words (
	adjective text[], noun text[], place text[], verb text[],
	first_name text[], last_name text[], city text[], country text[], street text[]
);
INSERT INTO words VALUES (
	'{Amber,Broken,Crimson,Distant,Electric,Faded,Golden,Hollow,Idle,Jagged,Kind,Lunar,Midnight,Northern,Open,Paper,Quiet,Restless,Silver,Tidal,Velvet,Wandering,Winter,Young}',
	'{Anchor,Bridge,Canyon,Drum,Ember,Feather,Garden,Harbor,Island,Jackdaw,Kite,Lantern,Mirror,Needle,Orchard,Pilot,Quarry,River,Signal,Tower,Umbrella,Valley,Window,Yonder}',
	'{Aldermoor,Brightwater,Calder,Dunmere,Eastgate,Fenwick,Greyport,Highfield,Ivybridge,Juniper Hill,Kestrel Bay,Longmarsh,Millbrook,Newhaven,Oakley,Pinecrest}',
	'{Burning,Calling,Dancing,Falling,Finding,Following,Holding,Keeping,Leaving,Losing,Missing,Painting,Running,Singing,Turning,Waiting}',
	'{Ada,Bruno,Clara,Dmitri,Elena,Farid,Greta,Hugo,Ines,Jonas,Karin,Luca,Mina,Nils,Olga,Pavel,Quinn,Rosa,Sami,Tara,Ugo,Vera,Wim,Yara,Zoe}',
	'{Abbott,Bergman,Castro,Dahl,Eriksen,Fontaine,Girard,Hoffmann,Ivanova,Jensen,Kowalski,Lindqvist,Moreau,Novak,Okafor,Pereira,Quist,Romano,Santos,Tanaka,Ueda,Vargas,Weber,Yilmaz,Zeman}',
	'{Oslo,Porto,Lyon,Graz,Brno,Turin,Gdansk,Leeds,Ghent,Bergen,Recife,Austin,Ottawa,Pune,Perth,Cork}',
	'{Norway,Portugal,France,Austria,Czech Republic,Italy,Poland,United Kingdom,Belgium,Norway,Brazil,USA,Canada,India,Australia,Ireland}',
	'{Mill Lane,Station Road,Church Street,Park Avenue,Harbour Way,Bridge Street,Elm Close,Market Square}'
);

INSERT INTO media_type (id, name) VALUES
	(1, 'MPEG audio file'), (2, 'Protected AAC audio file'),
	(3, 'Protected MPEG-4 video file'), (4, 'Purchased AAC audio file'), (5, 'AAC audio file');

/* How many of 3,503 tracks each genre has, and whether it is music or film. */
CREATE TEMPORARY TABLE genre_plan (id integer, name text, tracks integer, film boolean);
INSERT INTO genre_plan VALUES
	(1, 'Rock', 1297, false), (2, 'Latin', 579, false), (3, 'Metal', 374, false),
	(4, 'Punk', 332, false), (5, 'Jazz', 130, false), (6, 'TV Shows', 93, true),
	(7, 'Blues', 81, false), (8, 'Classical', 74, false), (9, 'Drama', 64, true),
	(10, 'Soul', 61, false), (11, 'Reggae', 58, false), (12, 'Pop', 48, false),
	(13, 'Soundtrack', 43, false), (14, 'Indie', 40, false), (15, 'Hip Hop', 35, false),
	(16, 'Electronic', 30, false), (17, 'Heavy Metal', 28, false), (18, 'World', 28, false),
	(19, 'Fantasy', 26, true), (20, 'Easy Listening', 24, false), (21, 'Comedy', 17, true),
	(22, 'Bossa Nova', 15, false), (23, 'Science Fiction', 13, true),
	(24, 'Rock and Roll', 12, false), (25, 'Opera', 1, false);
INSERT INTO genre (id, name) SELECT id, name FROM genre_plan;

INSERT INTO artist (id, name)
SELECT n,
	CASE pg_temp.mix(n, 1, 4)
		WHEN 0 THEN 'The ' || pg_temp.pick(adjective, n, 2) || ' ' || pg_temp.pick(noun, n, 3) || 's'
		WHEN 1 THEN pg_temp.pick(first_name, n, 2) || ' ' || pg_temp.pick(last_name, n, 3)
		WHEN 2 THEN pg_temp.pick(noun, n, 2) || ' of ' || pg_temp.pick(place, n, 3)
		ELSE pg_temp.pick(adjective, n, 2) || ' ' || pg_temp.pick(noun, n, 3)
	END
FROM words, generate_series(1, 275 * :scale) AS n;

/* The first artists of a block have several albums, the last 71 have none. */
INSERT INTO album (id, title, artist_id)
SELECT block * 347 + at + 1,
	CASE pg_temp.mix(block * 347 + at, 11, 3)
		WHEN 0 THEN pg_temp.pick(verb, block * 347 + at, 12) || ' ' || pg_temp.pick(place, block * 347 + at, 13)
		WHEN 1 THEN 'The ' || pg_temp.pick(noun, block * 347 + at, 12) || ' and the ' || pg_temp.pick(noun, block * 347 + at, 13)
		ELSE pg_temp.pick(adjective, block * 347 + at, 12) || ' ' || pg_temp.pick(noun, block * 347 + at, 13)
	END,
	block * 275 + 1 + at * (at + 347) * 204 / (347 * (346 + 347))
FROM words, generate_series(0, :scale - 1) AS block, generate_series(0, 346) AS at;

INSERT INTO track (id, name, album_id, media_type_id, genre_id, composer, milliseconds, bytes, unit_price)
SELECT n,
	CASE pg_temp.mix(n, 21, 4)
		WHEN 0 THEN pg_temp.pick(verb, n, 22) || ' the ' || pg_temp.pick(noun, n, 23)
		WHEN 1 THEN pg_temp.pick(adjective, n, 22) || ' ' || pg_temp.pick(noun, n, 23)
		WHEN 2 THEN pg_temp.pick(noun, n, 22) || ' in ' || pg_temp.pick(place, n, 23)
		ELSE pg_temp.pick(verb, n, 22) || ' ' || pg_temp.pick(first_name, n, 23)
	END,
	block * 347 + at * 347 / 3503 + 1,
	CASE WHEN film THEN 3 ELSE (ARRAY[1, 1, 1, 1, 1, 1, 2, 2, 4, 5])[1 + pg_temp.mix(n, 24, 10)] END,
	genre_plan.id,
	CASE WHEN NOT film AND pg_temp.mix(n, 25, 4) > 0
		THEN pg_temp.pick(first_name, n, 26) || ' ' || pg_temp.pick(last_name, n, 27) END,
	length,
	length * CASE WHEN film THEN 200 ELSE 33 END + pg_temp.mix(n, 28, 1000),
	CASE WHEN film THEN 1.99 ELSE 0.99 END
FROM words, generate_series(0, :scale - 1) AS block, generate_series(0, 3502) AS at,
	(SELECT *, sum(tracks) OVER (ORDER BY id) - tracks AS first FROM genre_plan) AS genre_plan,
	LATERAL (SELECT block * 3503 + at + 1 AS n) AS number,
	LATERAL (SELECT CASE WHEN film THEN 1200000 + pg_temp.mix(n, 29, 1500000)
		ELSE 90000 + pg_temp.mix(n, 29, 360000) END AS length) AS playing
WHERE at >= genre_plan.first AND at < genre_plan.first + tracks;

/*
 * Which tracks a playlist takes: the first so many of a set of genres, by their
 * number in the block, skipping "skip"; a null set takes all music.
 */
CREATE TEMPORARY TABLE playlist_plan (id integer, name text, genres text[], film boolean, skip integer, take integer);
INSERT INTO playlist_plan VALUES
	(1, 'All Music', NULL, false, 0, 3290), (2, 'Films to Come', '{}', false, 0, 0),
	(3, 'On Screen', NULL, true, 0, 213), (4, 'Spoken Word', '{}', false, 0, 0),
	(5, 'A Decade Back', NULL, false, 900, 1477), (6, 'Books to Come', '{}', false, 0, 0),
	(7, 'Matinee', '{}', false, 0, 0), (8, 'Everything with a Melody', NULL, false, 0, 3290),
	(9, 'One Clip', NULL, true, 100, 1), (10, 'Series Night', NULL, true, 0, 213),
	(11, 'Bossa and Beyond', '{Latin,Bossa Nova}', false, 555, 39),
	(12, 'Concert Hall', '{Classical,Opera}', false, 0, 75),
	(13, 'Concert Hall, First Steps', '{Classical}', false, 0, 25),
	(14, 'Concert Hall, Next Steps', '{Classical}', false, 25, 25),
	(15, 'Concert Hall, Rarities', '{Classical,Opera}', false, 50, 25),
	(16, 'Distortion', '{Punk}', false, 40, 15), (17, 'Loud and Louder', '{Heavy Metal}', false, 2, 26),
	(18, 'For the Road', NULL, false, 42, 1);
INSERT INTO playlist (id, name) SELECT id, name FROM playlist_plan;

INSERT INTO playlist_track (playlist_id, track_id)
SELECT playlist_id, track_id
FROM (
	SELECT p.id AS playlist_id, t.id AS track_id, p.skip, p.take,
		row_number() OVER (PARTITION BY p.id, (t.id - 1) / 3503 ORDER BY t.id) AS position
	FROM playlist_plan AS p
	JOIN genre_plan AS g ON g.film = p.film AND (p.genres IS NULL OR g.name = ANY (p.genres))
	JOIN track AS t ON t.genre_id = g.id
) AS candidate
WHERE position > skip AND position <= skip + take;

INSERT INTO employee (id, last_name, first_name, title, reports_to, birth_date, hire_date, city, country, phone, email) VALUES
	(1, 'Adair', 'Nora', 'General Manager', NULL, '1972-02-18', '2016-08-14', 'Ottawa', 'Canada', '+1 555 0101', 'nora@store.example'),
	(2, 'Brandt', 'Felix', 'Sales Manager', 1, '1968-12-08', '2016-05-01', 'Ottawa', 'Canada', '+1 555 0102', 'felix@store.example'),
	(3, 'Costa', 'Joana', 'Sales Support Agent', 2, '1983-08-29', '2017-04-01', 'Ottawa', 'Canada', '+1 555 0103', 'joana@store.example'),
	(4, 'Diallo', 'Musa', 'Sales Support Agent', 2, '1987-09-19', '2018-05-03', 'Ottawa', 'Canada', '+1 555 0104', 'musa@store.example'),
	(5, 'Engel', 'Sven', 'Sales Support Agent', 2, '1975-03-03', '2018-10-17', 'Ottawa', 'Canada', '+1 555 0105', 'sven@store.example'),
	(6, 'Fischer', 'Lena', 'IT Manager', 1, '1983-07-01', '2018-10-17', 'Ottawa', 'Canada', '+1 555 0106', 'lena@store.example'),
	(7, 'Gallo', 'Marco', 'IT Staff', 6, '1980-05-29', '2019-01-02', 'Ottawa', 'Canada', '+1 555 0107', 'marco@store.example'),
	(8, 'Haas', 'Petra', 'IT Staff', 6, '1988-01-09', '2019-03-04', 'Ottawa', 'Canada', '+1 555 0108', 'petra@store.example');

INSERT INTO customer (id, first_name, last_name, company, address, city, country, postal_code, phone, email, support_rep_id)
SELECT n, first, last,
	CASE WHEN pg_temp.mix(n, 33, 6) = 0 THEN last || ' ' || pg_temp.pick('{Ltd.,GmbH,& Sons,Studio}', n, 34) END,
	1 + pg_temp.mix(n, 35, 200) || ' ' || pg_temp.pick(street, n, 36),
	city[at], country[at],
	lpad(pg_temp.mix(n, 38, 100000)::text, 5, '0'),
	'+1 555 ' || lpad(pg_temp.mix(n, 39, 10000)::text, 4, '0'),
	lower(first || '.' || last) || n || '@mail.example',
	3 + (n - 1) % 3
FROM words, generate_series(1, 59 * :scale) AS n,
	LATERAL (SELECT pg_temp.pick(first_name, n, 31) AS first, pg_temp.pick(last_name, n, 32) AS last,
		1 + pg_temp.mix(n, 37, cardinality(city)) AS at) AS chosen;

/* Purchases take turns through the customers; each one's seven differ in size. */
INSERT INTO invoice (id, customer_id, invoice_date, billing_city, billing_country, total)
SELECT block * 412 + at + 1, customer.id,
	timestamptz '2021-01-01 00:00:00+00' + at * interval '4 days' + pg_temp.mix(block * 412 + at, 41, 86400) * interval '1 second',
	customer.city, customer.country, 0
FROM generate_series(0, :scale - 1) AS block, generate_series(0, 411) AS at, customer
WHERE customer.id = block * 59 + at % 59 + 1;

INSERT INTO invoice_line (id, invoice_id, track_id, unit_price, quantity)
SELECT n, invoice_id, track.id, track.unit_price, 1
FROM (
	SELECT invoice.id AS invoice_id, row_number() OVER (ORDER BY invoice.id, line) AS n
	FROM invoice, generate_series(1, (ARRAY[2, 4, 6, 9, 14, 1, 2])[1 + (invoice.id - 1) % 412 % 7]) AS line
) AS line
JOIN track ON track.id = 1 + pg_temp.mix(n, 51, 3503 * :scale);

UPDATE invoice SET total = sums.total
FROM (SELECT invoice_id, sum(unit_price * quantity) AS total FROM invoice_line GROUP BY invoice_id) AS sums
WHERE sums.invoice_id = invoice.id;

DROP TABLE words, genre_plan, playlist_plan;
