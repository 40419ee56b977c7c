/*
 * schema.sql
 *		The demo database: a digital music store.
 *
 * An employee may report to another one and supports customers; customers get
 * invoices for tracks; tracks belong to albums, genres and, many to many, to
 * playlists.  Comments become descriptions in the GraphQL schema.
 */
CREATE TABLE artist (
	id			integer PRIMARY KEY,
	name		text NOT NULL
);
COMMENT ON TABLE artist IS 'Who makes the music';

CREATE TABLE album (
	id			integer PRIMARY KEY,
	title		text NOT NULL,
	artist_id	integer NOT NULL REFERENCES artist
);
COMMENT ON TABLE album IS 'A published collection of tracks by one artist';
CREATE INDEX ON album (artist_id);

CREATE TABLE genre (
	id			integer PRIMARY KEY,
	name		text NOT NULL UNIQUE
);
COMMENT ON TABLE genre IS 'A kind of music or of spoken and filmed recording';

CREATE TABLE media_type (
	id			integer PRIMARY KEY,
	name		text NOT NULL UNIQUE
);
COMMENT ON TABLE media_type IS 'File format a track is delivered in';

CREATE TABLE track (
	id				integer PRIMARY KEY,
	name			text NOT NULL,
	album_id		integer REFERENCES album,
	media_type_id	integer NOT NULL REFERENCES media_type,
	genre_id		integer REFERENCES genre,
	composer		text,
	milliseconds	integer NOT NULL,
	bytes			integer,
	unit_price		numeric(10, 2) NOT NULL
);
COMMENT ON TABLE track IS 'One recording, the thing that is sold';
COMMENT ON COLUMN track.milliseconds IS 'Playing time';
COMMENT ON COLUMN track.bytes IS 'Size of the file';
CREATE INDEX ON track (album_id);
CREATE INDEX ON track (media_type_id);
CREATE INDEX ON track (genre_id);

CREATE TABLE playlist (
	id			integer PRIMARY KEY,
	name		text NOT NULL
);
COMMENT ON TABLE playlist IS 'A list of tracks put together by the store';

CREATE TABLE playlist_track (
	playlist_id	integer NOT NULL REFERENCES playlist,
	track_id	integer NOT NULL REFERENCES track,
	PRIMARY KEY (playlist_id, track_id)
);
COMMENT ON TABLE playlist_track IS 'Which track is in which playlist';
CREATE INDEX ON playlist_track (track_id);

CREATE TABLE employee (
	id			integer PRIMARY KEY,
	last_name	text NOT NULL,
	first_name	text NOT NULL,
	title		text,
	reports_to	integer REFERENCES employee,
	birth_date	date,
	hire_date	date,
	city		text,
	country		text,
	phone		text,
	email		text UNIQUE
);
COMMENT ON TABLE employee IS 'People who run the store';
COMMENT ON COLUMN employee.reports_to IS 'The manager; null for the head of the store';
CREATE INDEX ON employee (reports_to);

CREATE TABLE customer (
	id				integer PRIMARY KEY,
	first_name		text NOT NULL,
	last_name		text NOT NULL,
	company			text,
	address			text,
	city			text,
	country			text,
	postal_code		text,
	phone			text,
	email			text NOT NULL UNIQUE,
	support_rep_id	integer REFERENCES employee
);
COMMENT ON TABLE customer IS 'People who buy tracks';
COMMENT ON COLUMN customer.support_rep_id IS 'The employee who looks after this customer';
CREATE INDEX ON customer (support_rep_id);

CREATE TABLE invoice (
	id				integer PRIMARY KEY,
	customer_id		integer NOT NULL REFERENCES customer,
	invoice_date	timestamptz NOT NULL,
	billing_city	text,
	billing_country	text,
	total			numeric(10, 2) NOT NULL
);
COMMENT ON TABLE invoice IS 'One purchase';
CREATE INDEX ON invoice (customer_id);

CREATE TABLE invoice_line (
	id			integer PRIMARY KEY,
	invoice_id	integer NOT NULL REFERENCES invoice,
	track_id	integer NOT NULL REFERENCES track,
	unit_price	numeric(10, 2) NOT NULL,
	quantity	integer NOT NULL CHECK (quantity > 0)
);
COMMENT ON TABLE invoice_line IS 'One track on an invoice';
CREATE INDEX ON invoice_line (invoice_id);
CREATE INDEX ON invoice_line (track_id);
