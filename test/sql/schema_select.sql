-- The types of queries: objects, filters, orders, aggregates, scalars.
\a
\t
CREATE TABLE author (
	id serial PRIMARY KEY,
	name text NOT NULL,
	nick varchar(10),
	born date,
	score double precision,
	active boolean NOT NULL DEFAULT true,
	tags text[],
	info jsonb,
	raw json
);
COMMENT ON TABLE author IS 'people who write';
COMMENT ON COLUMN author.nick IS 'what friends say';
CREATE TABLE article (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	author_id int NOT NULL REFERENCES author,
	editor_id int REFERENCES author,
	title text,
	price numeric(10, 2),
	pages smallint,
	published timestamptz NOT NULL DEFAULT now()
);
CREATE SCHEMA blog;
CREATE TABLE blog.note (a int, b int, PRIMARY KEY (a, b));
CREATE VIEW sentence AS SELECT id, title || '.' AS text FROM article;

INSERT INTO gqle.tables (source, schema_name, table_name, configuration) VALUES
	('default', 'public', 'author', NULL),
	('default', 'public', 'article', '{"comment": "texts", "column_config": {"title": {"custom_name": "headline", "comment": "first line"}}}'),
	('default', 'blog', 'note', NULL),
	('default', 'public', 'sentence', NULL);
INSERT INTO gqle.relationships (source, schema_name, table_name, kind, name, using_definition) VALUES
	('default', 'public', 'article', 'object', 'author', '{"foreign_key_constraint_on": "author_id"}'),
	('default', 'public', 'article', 'object', 'editor', '{"foreign_key_constraint_on": "editor_id"}'),
	('default', 'public', 'author', 'array', 'articles', '{"foreign_key_constraint_on": {"table": "article", "column": "author_id"}}');

-- object types: nullability, descriptions, arguments
SELECT gqle_internal.schema_type('admin', 'author');
SELECT gqle_internal.schema_type('admin', 'article');
SELECT gqle_internal.schema_type('admin', 'blog_note');
SELECT gqle_internal.schema_type('admin', 'sentence');

-- filters
SELECT gqle_internal.schema_type('admin', 'author_bool_exp');
SELECT gqle_internal.schema_type('admin', 'article_bool_exp');
SELECT gqle_internal.schema_type('admin', 'Int_comparison_exp');
SELECT gqle_internal.schema_type('admin', 'String_comparison_exp');
SELECT gqle_internal.schema_type('admin', 'String_array_comparison_exp');
SELECT gqle_internal.schema_type('admin', 'jsonb_comparison_exp');
SELECT gqle_internal.schema_type('admin', 'json_comparison_exp');
SELECT gqle_internal.schema_type('admin', 'jsonb_cast_exp');

-- aggregate predicates: float8 columns only
SELECT gqle_internal.schema_type('admin', 'article_aggregate_bool_exp');
SELECT gqle_internal.schema_type('admin', 'article_aggregate_bool_exp_count');

-- orders
SELECT gqle_internal.schema_type('admin', 'article_order_by');
SELECT gqle_internal.schema_type('admin', 'author_order_by');
SELECT gqle_internal.schema_type('admin', 'article_aggregate_order_by');
SELECT gqle_internal.schema_type('admin', 'article_max_order_by');
SELECT gqle_internal.schema_type('admin', 'order_by');
SELECT gqle_internal.schema_type('admin', 'article_select_column');

-- aggregates
SELECT gqle_internal.schema_type('admin', 'article_aggregate');
SELECT gqle_internal.schema_type('admin', 'article_aggregate_fields');
SELECT gqle_internal.schema_type('admin', 'article_sum_fields');
SELECT gqle_internal.schema_type('admin', 'article_stddev_pop_fields');
SELECT gqle_internal.schema_type('admin', 'article_min_fields');

-- roots: a view has no key, the subscription root has streams
SELECT gqle_internal.schema_type('admin', 'query_root');
SELECT line FROM regexp_split_to_table(gqle_internal.schema_type('admin', 'subscription_root'), E'\n') line WHERE line ~ '^  \w+[:(]';
SELECT gqle_internal.schema_type('admin', 'article_stream_cursor_input');
SELECT gqle_internal.schema_type('admin', 'article_stream_cursor_value_input');
SELECT gqle_internal.schema_type('admin', 'cursor_ordering');

-- scalars are named after Postgres types, but for five
SELECT line FROM regexp_split_to_table(graphql.sdl(), E'\n') line WHERE line ~ '^scalar';
SELECT gqle_internal.schema_type('admin', 'no_such_type') IS NULL;

-- experimental features hide parts
SET gqle.experimental_features = 'hide_aggregation_predicates,hide_stream_fields';
SELECT gqle_internal.schema_type('admin', 'article_aggregate_bool_exp') IS NULL,
	gqle_internal.schema_type('admin', 'subscription_root') !~ '_stream';
RESET gqle.experimental_features;

-- a root of the same name as an array relationship is told as that, where the role sees it
INSERT INTO gqle.relationships (source, schema_name, table_name, kind, name, using_definition) VALUES
	('default', 'public', 'author', 'array', 'article', '{"foreign_key_constraint_on": {"table": "article", "column": "editor_id"}}'),
	('default', 'public', 'article', 'array', 'author', '{"manual_configuration": {"remote_table": "sentence", "column_mapping": {"id": "id"}}}');
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition) VALUES
	('default', 'public', 'article', 'reader', 'select', '{"columns": ["id"], "filter": {}, "allow_aggregations": true}');
SELECT role, root, f ->> 'name', f ->> 'description'
FROM unnest(ARRAY['admin', 'reader']) AS role,
	unnest(ARRAY['query_root', 'subscription_root']) AS root,
	json_array_elements(graphql.execute(jsonb_build_object('x-hasura-role', role),
		format('{ __type(name: "%s") { fields { name description } } }', root)) #> '{data,__type,fields}') AS f
WHERE f ->> 'name' ~ '^(article|author)(_aggregate|_by_pk)?$';
SELECT f ->> 'name', f ->> 'description'
FROM json_array_elements(graphql.execute_relay('{}', '{ __type(name: "query_root") { fields { name description } } }') #> '{data,__type,fields}') AS f
WHERE f ->> 'name' ~ '^(article|author)_connection$';

DELETE FROM gqle.permissions;
DELETE FROM gqle.tables;
DROP TABLE blog.note;
DROP SCHEMA blog;
DROP VIEW sentence;
DROP TABLE article, author;
