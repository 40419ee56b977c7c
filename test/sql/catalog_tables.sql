-- What the catalog knows of tables: columns and their scalars, keys, names,
-- relationships, computed fields, enum values, views and partitions.
\a
\t
SET client_min_messages = warning;
CREATE SCHEMA shop;
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN more_positive AS positive;
CREATE DOMAIN many AS int[];
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE pair AS (x int, y int);
CREATE TABLE kinds (
	a int, b smallint, c bigint, d real, e double precision, f numeric(10, 2), g money,
	h boolean, i text, j varchar(3), k char(3), l "char", m date, n timestamp, o timestamptz,
	p timetz, q time, r json, s jsonb, t uuid, u interval, v inet, w positive, x more_positive,
	y many, z mood, aa pair, ab int[], ac text[][], ad mood[], ae jsonb[], af int4range);

CREATE TABLE customer (
	id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	email text NOT NULL UNIQUE, born date, age int GENERATED ALWAYS AS (1) STORED,
	referrer_id int REFERENCES customer, "not a name" int, "no-name" int);
COMMENT ON TABLE customer IS 'who buys';
COMMENT ON COLUMN customer.email IS 'where to write';
CREATE UNIQUE INDEX customer_lower ON customer (lower(email));
CREATE UNIQUE INDEX customer_born ON customer (born, email) WHERE born IS NOT NULL;
CREATE TABLE shop.invoice (
	customer_id int NOT NULL REFERENCES customer, number int, total numeric DEFAULT 0,
	PRIMARY KEY (customer_id, number));
CREATE TABLE shop.invoice_line (
	customer_id int NOT NULL, number int NOT NULL, line int PRIMARY KEY,
	FOREIGN KEY (number, customer_id) REFERENCES shop.invoice (number, customer_id));
CREATE VIEW names AS SELECT id, email FROM customer;
CREATE VIEW counts AS SELECT count(*) AS n FROM customer;
CREATE TABLE events (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE FUNCTION greeting(customer customer, word text DEFAULT 'Hello') RETURNS text
	LANGUAGE sql STABLE AS $$ SELECT word || ' ' || customer.email $$;
COMMENT ON FUNCTION greeting(customer, text) IS 'says hello';
CREATE FUNCTION bills(c customer) RETURNS SETOF shop.invoice
	LANGUAGE sql STABLE AS $$ SELECT * FROM shop.invoice WHERE customer_id = c.id $$;

INSERT INTO gqle.tables (source, schema_name, table_name, configuration) VALUES
	('default', 'public', 'kinds', NULL), ('default', 'public', 'names', NULL),
	('default', 'public', 'counts', NULL), ('default', 'public', 'events', NULL),
	('default', 'shop', 'invoice', NULL),
	('default', 'public', 'customer',
	 '{"custom_name": "buyer", "comment": "", "column_config": {"email": {"custom_name": "mail"}, "no-name": {"custom_name": "noName", "comment": "none"}},
	   "custom_root_fields": {"select": "buyers", "select_by_pk": {"name": "buyer", "comment": "one buyer"}, "insert": null}}'),
	('default', 'shop', 'invoice_line', '{"custom_column_names": {"line": "position"}}');
INSERT INTO gqle.relationships (source, schema_name, table_name, kind, name, using_definition, comment) VALUES
	('default', 'public', 'customer', 'object', 'referrer', '{"foreign_key_constraint_on": "referrer_id"}', NULL),
	('default', 'public', 'customer', 'array', 'referred', '{"foreign_key_constraint_on": {"table": "customer", "column": "referrer_id"}}', NULL),
	('default', 'public', 'customer', 'array', 'invoices', '{"foreign_key_constraint_on": {"table": {"schema": "shop", "name": "invoice"}, "columns": ["customer_id"]}}', 'what they bought'),
	('default', 'public', 'customer', 'object', 'twin', '{"manual_configuration": {"remote_table": "names", "column_mapping": {"id": "id", "email": "email"}, "insertion_order": "after_parent"}}', NULL),
	('default', 'shop', 'invoice_line', 'object', 'invoice', '{"foreign_key_constraint_on": ["customer_id", "number"]}', NULL);
INSERT INTO gqle.computed_fields (source, schema_name, table_name, name, definition, has_comment, comment) VALUES
	('default', 'public', 'customer', 'greeting', '{"function": "greeting"}', false, NULL),
	('default', 'public', 'customer', 'silent', '{"function": "greeting", "table_argument": "customer"}', true, NULL),
	('default', 'public', 'customer', 'bills', '{"function": {"schema": "public", "name": "bills"}}', false, NULL);

SELECT gqle_internal.catalog_dump('public', 'kinds');
SELECT gqle_internal.catalog_dump('public', 'customer');
SELECT gqle_internal.catalog_dump('shop', 'invoice');
SELECT gqle_internal.catalog_dump('shop', 'invoice_line');
-- a view without rows of its own cannot be written
SELECT gqle_internal.catalog_dump('public', 'names');
SELECT gqle_internal.catalog_dump('public', 'counts');
SELECT gqle_internal.catalog_dump('public', 'events');
SELECT gqle_internal.catalog_dump('public', 'untracked') IS NULL;
SELECT gqle_internal.catalog_problems();

-- a table without a GraphQL name is tracked, rules may use it, nobody sees it
CREATE TABLE "bad name" (id int PRIMARY KEY);
CREATE TABLE good (id int PRIMARY KEY REFERENCES "bad name");
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'bad name'), ('default', 'public', 'good');
INSERT INTO gqle.relationships (source, schema_name, table_name, kind, name, using_definition) VALUES
	('default', 'public', 'good', 'object', 'bad', '{"foreign_key_constraint_on": "id"}');
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition) VALUES
	('default', 'public', 'good', 'user', 'select', '{"columns": "*", "filter": {"bad": {"id": 1}}}'),
	('default', 'public', 'bad name', 'user', 'select', '{"columns": "*", "filter": {}}');
SELECT gqle_internal.catalog_problems();
SELECT gqle_internal.catalog_dump('public', 'good')::json -> 'permissions', gqle_internal.catalog_dump('public', 'bad name')::json -> 'permissions';
SELECT graphql.sdl('user') ~ 'bad', graphql.sdl('admin') ~ 'bad', graphql.sdl('user') ~ 'good';
DELETE FROM gqle.tables WHERE table_name IN ('good', 'bad name');
DROP TABLE good, "bad name";

-- the other naming convention, with a prefix and a suffix
SET gqle.experimental_features = 'naming_convention';
UPDATE gqle.sources SET customization = '{"naming_convention": "graphql-default", "root_fields": {"prefix": "my_", "suffix": "x"}, "type_names": {"prefix": "My", "suffix": "Type"}}';
SELECT gqle_internal.catalog_dump('shop', 'invoice_line');
SELECT gqle_internal.catalog_dump('public', 'customer');
RESET gqle.experimental_features;
-- without the experimental feature the convention is not looked at
SELECT gqle_internal.catalog_dump('public', 'names');

-- arrays as opaque scalars
UPDATE gqle.sources SET customization = NULL;
CREATE TABLE lists (a int[], b text[], c mood[]);
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'lists');
SET gqle.experimental_features = 'disable_postgres_arrays';
SELECT gqle_internal.catalog_dump('public', 'lists');
RESET gqle.experimental_features;

DELETE FROM gqle.tables;
DROP SCHEMA shop CASCADE;
DROP TABLE kinds, lists, events, customer CASCADE;
DROP TYPE mood, pair;
DROP DOMAIN many, more_positive, positive;
