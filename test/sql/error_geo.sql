-- Values of geometry, raster and ltree, whose form is checked before Postgres sees
-- them.  The types here have the names of the real ones and take any text.
\a
\t
SET client_min_messages = error;
CREATE TYPE geometry; CREATE TYPE raster;
CREATE FUNCTION geometry_in(cstring) RETURNS geometry LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION geometry_out(geometry) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE FUNCTION raster_in(cstring) RETURNS raster LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION raster_out(raster) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE geometry (INPUT = geometry_in, OUTPUT = geometry_out, LIKE = text);
CREATE TYPE raster (INPUT = raster_in, OUTPUT = raster_out, LIKE = text);
CREATE EXTENSION ltree;
RESET client_min_messages;
CREATE TABLE place (id int PRIMARY KEY, g geometry, gs geometry[], r raster, l ltree, q lquery);
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'place');
CREATE FUNCTION try(col text, value json) RETURNS text LANGUAGE sql AS
$$ SELECT regexp_replace(regexp_replace(gqle_internal.validated_operation('{}',
	format('mutation ($x: %s) { insert_place_one(object: {%s: $x}) { id } }',
		CASE col WHEN 'g' THEN 'geometry' WHEN 'gs' THEN '[geometry]' WHEN 'r' THEN 'raster' WHEN 'l' THEN 'ltree' ELSE 'lquery' END, col), json_build_object('x', value)),
	'^.*\(object: \{(.*)\}\).*$', '\1'), '\$.selectionSet.insert_place_one.args.object', '...') $$;

-- geometries: normalised, what Hasura does not know is dropped
SELECT value, try('g', value::json) FROM (VALUES
	('{"type": "Point", "coordinates": [1, 2.50]}'), ('{"coordinates": [1, 2, 3, 4], "type": "Point", "bbox": [0]}'),
	('{"type": "MultiPoint", "coordinates": []}'), ('{"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]}'),
	('{"type": "LineString", "coordinates": [[1, 2], [3, 4]]}'), ('{"type": "MultiLineString", "coordinates": [[[1, 2], [3, 4]]]}'),
	('{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0.0, 0e1]]]}'),
	('{"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [1, 1], [0, 0]]]]}'),
	('{"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}, {"type": "GeometryCollection", "geometries": []}]}'),
	('{"type": "Point", "coordinates": [1, 2], "crs": {"type": "name", "properties": {"name": "EPSG:4326", "x": 1}}}'),
	('{"type": "Point", "coordinates": [1, 2], "crs": {"type": "link", "properties": {"href": "a", "type": "b"}}}'),
	('{"type": "Point", "coordinates": [1, 2], "crs": null}'), ('"POINT(1 2)"')) AS v (value);
SELECT value, try('g', value::json) FROM (VALUES
	('{"type": "Point", "coordinates": [1]}'), ('{"type": "Point", "coordinates": ["1", 2]}'), ('{"type": "Point", "coordinates": 1}'), ('{"type": "Point"}'),
	('{"coordinates": [1, 2]}'), ('{"type": 5}'), ('{"type": "Random", "coordinates": []}'), ('5'), ('[1, 2]'),
	('{"type": "LineString", "coordinates": [[1, 2]]}'), ('{"type": "LineString", "coordinates": [[1]]}'),
	('{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [0, 0]]]}'), ('{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}'),
	('{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0, 0]]]}'), ('{"type": "Polygon", "coordinates": [5]}'),
	('{"type": "GeometryCollection"}'), ('{"type": "GeometryCollection", "geometries": [5]}'),
	('{"type": "Point", "coordinates": [1, 2], "crs": 5}'), ('{"type": "Point", "coordinates": [1, 2], "crs": {"type": "other", "properties": {}}}'),
	('{"type": "Point", "coordinates": [1, 2], "crs": {"type": "name", "properties": {}}}'), ('{"type": "Point", "coordinates": [1, 2], "crs": {"type": "name"}}')) AS v (value);
SELECT try('gs', '[{"type": "Point", "coordinates": [1, 2]}, "POINT(1 2)", null]');
-- rasters, label trees, queries on them
SELECT col, value, try(col, value::json) FROM (VALUES
	('r', '"01ffAB"'), ('r', '"01f"'), ('r', '"xy"'), ('r', '""'), ('r', '5'),
	('l', '"Top.Science"'), ('l', '"Top"'), ('l', '"Top."'), ('l', '".Top"'), ('l', '"Top..Science"'), ('l', '""'), ('l', '5'),
	('q', '"*.Science.*"'), ('q', '5')) AS v (col, value);
SELECT gqle_internal.validated_operation('{}', '{ place(where: {l: {_ancestor_any: ["Top", "Top..x"]}}) { id } }');
SELECT gqle_internal.validated_operation('{}', '{ place(where: {l: {_ancestor_any: ["Top"], _matches_any: ["*"], _matches: "a.*"}, g: {_st_d_within: {distance: 5, from: {type: "Point", coordinates: [1, 2]}}}}) { id } }');
SELECT gqle_internal.validated_operation('{}', 'query ($d: Float!, $g: geometry!) { place(where: {g: {_st_d_within: {distance: $d, from: $g}}}) { id } }', '{"d": 5.5, "g": {"type": "Point", "coordinates": [1]}}');
SELECT gqle_internal.validated_operation('{}', '{ place(where: {g: {_st_d_within: {distance: 5}}}) { id } }');

DELETE FROM gqle.tables;
DROP TABLE place;
DROP FUNCTION try;
SET client_min_messages = error;
DROP TYPE geometry, raster CASCADE;
DROP EXTENSION ltree;
