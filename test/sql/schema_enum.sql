-- Enum tables, and native enums, which are plain scalars.
\a
\t
CREATE TABLE color (value text PRIMARY KEY, comment text);
INSERT INTO color VALUES ('red', 'like blood'), ('blue', NULL), ('green', '');
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE shirt (id int PRIMARY KEY, color text NOT NULL REFERENCES color, lining text REFERENCES color, mood mood);
INSERT INTO gqle.tables (source, schema_name, table_name, is_enum, configuration) VALUES
	('default', 'public', 'color', true, '{"custom_name": "paint"}'), ('default', 'public', 'shirt', false, NULL);
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition) VALUES
	('default', 'public', 'shirt', 'buyer', 'select', '{"columns": "*", "filter": {}}');

SELECT gqle_internal.schema_type('admin', 'paint_enum');
SELECT gqle_internal.schema_type('admin', 'paint_enum_comparison_exp');
SELECT gqle_internal.schema_type('admin', 'shirt');
SELECT gqle_internal.schema_type('admin', 'shirt_bool_exp');
SELECT gqle_internal.schema_type('admin', 'shirt_insert_input');
SELECT gqle_internal.schema_type('admin', 'mood'), gqle_internal.schema_type('admin', 'mood_comparison_exp');
-- min and max are not for values of enum tables
SELECT gqle_internal.schema_type('admin', 'shirt_max_fields');
-- the enum table itself is a table with text
SELECT gqle_internal.schema_type('admin', 'paint');
-- a role that may not select the enum table sees its values all the same
SELECT gqle_internal.schema_type('buyer', 'paint_enum'), gqle_internal.schema_type('buyer', 'paint') IS NULL;

DELETE FROM gqle.tables;
DROP TABLE shirt, color;
DROP TYPE mood;
