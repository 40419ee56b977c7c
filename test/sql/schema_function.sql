-- Tracked functions and computed fields.
\a
\t
CREATE TABLE author (id int PRIMARY KEY, first_name text, last_name text);
CREATE TABLE article (id int PRIMARY KEY, author_id int REFERENCES author, title text, body text);
CREATE FUNCTION search(query text, max int DEFAULT 10) RETURNS SETOF article STABLE LANGUAGE sql AS
	$$SELECT * FROM article WHERE title ~ query LIMIT max$$;
CREATE FUNCTION newest() RETURNS article STABLE LANGUAGE sql AS $$SELECT * FROM article ORDER BY id DESC LIMIT 1$$;
CREATE FUNCTION mine(session json, tags text[] DEFAULT '{}') RETURNS SETOF article STABLE LANGUAGE sql AS $$SELECT * FROM article$$;
CREATE FUNCTION clear(text) RETURNS SETOF article VOLATILE LANGUAGE sql AS $$DELETE FROM article WHERE title = $1 RETURNING *$$;
CREATE FUNCTION full_name(a author, separator text DEFAULT ' ') RETURNS text STABLE LANGUAGE sql AS $$SELECT a.first_name || separator || a.last_name$$;
CREATE FUNCTION n_articles(a author) RETURNS bigint STABLE LANGUAGE sql AS $$SELECT count(*) FROM article WHERE author_id = a.id$$;
CREATE FUNCTION as_json(a author) RETURNS jsonb STABLE LANGUAGE sql AS $$SELECT to_jsonb(a)$$;
CREATE FUNCTION written(a author) RETURNS SETOF article STABLE LANGUAGE sql AS $$SELECT * FROM article WHERE author_id = a.id$$;
COMMENT ON FUNCTION n_articles(author) IS 'how many';
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'author'), ('default', 'public', 'article');
INSERT INTO gqle.functions (source, schema_name, function_name, configuration, comment) VALUES
	('default', 'public', 'search', NULL, NULL),
	('default', 'public', 'newest', '{"custom_name": "latest"}', 'the last one'),
	('default', 'public', 'mine', '{"session_argument": "session"}', NULL),
	('default', 'public', 'clear', NULL, NULL);
INSERT INTO gqle.computed_fields (source, schema_name, table_name, name, definition) VALUES
	('default', 'public', 'author', 'full_name', '{"function": "full_name"}'),
	('default', 'public', 'author', 'n_articles', '{"function": "n_articles"}'),
	('default', 'public', 'author', 'as_json', '{"function": "as_json"}'),
	('default', 'public', 'author', 'written', '{"function": "written"}');
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition) VALUES
	('default', 'public', 'author', 'reader', 'select', '{"columns": ["id"], "computed_fields": ["n_articles"], "filter": {}}'),
	('default', 'public', 'article', 'reader', 'select', '{"columns": ["id"], "filter": {}}'),
	('default', 'public', 'author', 'stranger', 'select', '{"columns": ["id"], "filter": {}}');

-- root fields and their arguments
SELECT gqle_internal.schema_type('admin', 'query_root');
SELECT m[1] FROM regexp_matches(gqle_internal.schema_type('admin', 'mutation_root'), 'clear\([^)]*\): \S+', 'g') m;
SELECT gqle_internal.schema_type('admin', 'search_args');
SELECT gqle_internal.schema_type('admin', 'mine_args');
SELECT gqle_internal.schema_type('admin', 'clear_args');
-- a comment describes a query; arguments are those of the field
UPDATE gqle.functions SET comment = 'as they say' WHERE function_name IN ('search', 'clear');
SELECT m[1] FROM regexp_matches(gqle_internal.schema_type('admin', 'query_root') || gqle_internal.schema_type('admin', 'mutation_root'),
	'(as they say|input parameters for [^\n]*|execute VOLATILE[^\n]*)', 'g') m ORDER BY 1;

-- computed fields: in rows, filters, orders and aggregates
SELECT gqle_internal.schema_type('admin', 'author');
UPDATE gqle.computed_fields SET has_comment = true, comment = v.comment
FROM (VALUES ('as_json', NULL), ('full_name', 'in full')) AS v (name, comment) WHERE computed_fields.name = v.name;
SELECT f ->> 'name', f ->> 'description'
FROM json_array_elements(graphql.execute('{}', '{ __type(name: "author") { fields { name description } } }') #> '{data,__type,fields}') AS f
WHERE f ->> 'name' IN ('as_json', 'full_name', 'n_articles', 'written');
SELECT gqle_internal.schema_type('admin', 'full_name_author_args');
SELECT gqle_internal.schema_type('admin', 'author_bool_exp');
SELECT gqle_internal.schema_type('admin', 'author_order_by');
SELECT gqle_internal.schema_type('admin', 'author_sum_fields');
SELECT gqle_internal.schema_type('admin', 'author_max_fields');
SELECT gqle_internal.schema_type('admin', 'author_avg_fields');

-- permissions: scalar ones are listed, those returning rows follow the table
SELECT gqle_internal.schema_type('reader', 'author');
SELECT gqle_internal.schema_type('stranger', 'author');
SELECT gqle_internal.schema_type('reader', 'mutation_root') IS NULL;
SELECT m[1] FROM regexp_matches(gqle_internal.schema_type('reader', 'query_root'), '(?n)^  (\w+)(?:[:(]|$)', 'g') m;
SET gqle.infer_function_permissions = off;
INSERT INTO gqle.function_permissions VALUES ('default', 'public', 'search', 'reader'), ('default', 'public', 'clear', 'reader');
SELECT m[1] FROM regexp_matches(gqle_internal.schema_type('reader', 'query_root'), '(?n)^  (\w+)(?:[:(]|$)', 'g') m;
SELECT m[1] FROM regexp_matches(gqle_internal.schema_type('reader', 'mutation_root'), '(?n)^  (\w+)(?:[:(]|$)', 'g') m;
RESET gqle.infer_function_permissions;

DELETE FROM gqle.functions;
DELETE FROM gqle.tables;
DROP FUNCTION search, newest, mine, clear, full_name, n_articles, as_json, written;
DROP TABLE article, author;
