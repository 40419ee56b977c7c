-- Names: custom ones, the source's affixes and namespace, and graphql-default.
\a
\t
CREATE TABLE author_local (id int PRIMARY KEY, first_name text, info jsonb, fav_day text);
CREATE TABLE blog_post (id int PRIMARY KEY, author_id int NOT NULL REFERENCES author_local, word_count double precision, is_public boolean);
CREATE TABLE day (value text PRIMARY KEY, comment text);
INSERT INTO day VALUES ('Monday', 'first'), ('Tuesday', NULL);
ALTER TABLE author_local ADD FOREIGN KEY (fav_day) REFERENCES day;
INSERT INTO gqle.tables (source, schema_name, table_name, is_enum, configuration) VALUES
	('default', 'public', 'author_local', false, NULL),
	('default', 'public', 'blog_post', false, NULL),
	('default', 'public', 'day', true, NULL);
INSERT INTO gqle.relationships (source, schema_name, table_name, kind, name, using_definition) VALUES
	('default', 'public', 'author_local', 'array', 'blog_posts', '{"foreign_key_constraint_on": {"table": "blog_post", "column": "author_id"}}');
CREATE FUNCTION type_names() RETURNS SETOF text LANGUAGE sql AS
	$$SELECT m[1] FROM regexp_matches(graphql.sdl(), '(?n)^(?:type|input|enum|scalar) (\w+)(?: \{)?$', 'g') m$$;
CREATE FUNCTION fields(type text) RETURNS text LANGUAGE sql AS
	$$SELECT string_agg(m[1], ' ') FROM regexp_matches(gqle_internal.schema_type('admin', type), '(?n)^  (\w+)(?:[:(]|$)', 'g') m$$;

-- custom names of tables, root fields and columns
UPDATE gqle.tables SET configuration = '{"custom_name": "Writer", "custom_root_fields": {"select": "writers", "insert_one": {"name": "hire", "comment": "a new one"}, "delete": {"comment": ""}},
	"column_config": {"first_name": {"custom_name": "firstName"}}}' WHERE table_name = 'author_local';
SELECT gqle_internal.schema_type('admin', 'Writer_bool_exp');
SELECT fields('query_root');
SELECT fields('mutation_root');
SELECT gqle_internal.schema_type('admin', 'mutation_root') ~ 'a new one', gqle_internal.schema_type('admin', 'mutation_root') ~ 'delete data from the table: "author_local"';

-- affixes and namespace
UPDATE gqle.tables SET configuration = NULL;
UPDATE gqle.sources SET customization = '{"root_fields": {"namespace": "ns", "prefix": "pre_", "suffix": "_post"}, "type_names": {"prefix": "P_", "suffix": "_S"}}';
SELECT type_names();
SELECT gqle_internal.schema_type('admin', 'query_root');
SELECT gqle_internal.schema_type('admin', 'mutation_root', true);
SELECT fields('P_ns_query_S');
SELECT gqle_internal.schema_type('nobody', 'query_root') ~ 'no_queries_available';

-- graphql-default, which needs the feature
UPDATE gqle.sources SET customization = '{"naming_convention": "graphql-default"}';
SELECT fields('query_root') ~ 'author_local';
SET gqle.experimental_features = 'naming_convention';
SELECT type_names();
SELECT fields('query_root');
SELECT fields('mutation_root');
SELECT fields('subscription_root');
SELECT fields('AuthorLocal'), fields('AuthorLocalBoolExp'), fields('AuthorLocalOrderBy');
SELECT fields('IntComparisonExp'), fields('JsonbComparisonExp'), fields('OrderBy'), fields('DayEnum');
SELECT fields('BlogPostAggregateFields'), fields('BlogPostAggregateOrderBy'), fields('AuthorLocalUpdates');
SELECT gqle_internal.schema_type('admin', 'BlogPostAggregateBoolExp');
SELECT gqle_internal.schema_type('admin', 'blogPostAggregateBoolExpCovar_samp');
SELECT gqle_internal.schema_type('admin', 'BlogPostSelectColumnBlogPostAggregateBoolExpAvgArgumentsColumns');

-- functions: a custom name stays as it is, the type of arguments does not
CREATE FUNCTION long_posts(Min_Words int, tag text) RETURNS SETOF blog_post STABLE LANGUAGE sql AS 'SELECT * FROM blog_post';
CREATE FUNCTION word_rate(b blog_post, per_min int) RETURNS int STABLE LANGUAGE sql AS 'SELECT 1';
INSERT INTO gqle.functions (source, schema_name, function_name) VALUES ('default', 'public', 'long_posts');
INSERT INTO gqle.computed_fields (source, schema_name, table_name, name, definition) VALUES
	('default', 'public', 'blog_post', 'word_rate', '{"function": "word_rate"}');
SELECT fields('query_root') ~ 'longPosts longPostsAggregate', fields('longPostsArgs'), fields('word_rate_blog_post_args');
UPDATE gqle.functions SET configuration = '{"custom_name": "wordy_posts"}';
SELECT m[1] FROM regexp_matches(fields('query_root'), '\mwordy\w+', 'g') m;
SELECT t FROM type_names() t WHERE t ~* 'wordy';
UPDATE gqle.sources SET customization = '{"naming_convention": "graphql-default", "root_fields": {"suffix": "end"}, "type_names": {"prefix": "my"}}';
SELECT m[1] FROM regexp_matches(fields('query_root'), '\mwordy\w+', 'g') m;
SELECT m[1] FROM regexp_matches(graphql.execute_relay('{}', '{ __type(name: "query_root") { fields { name } } }')::text, '"name":"([^"]+)"', 'g') m;
SELECT t FROM type_names() t WHERE t ~* 'wordy|DayEnum';
UPDATE gqle.sources SET customization = '{"naming_convention": "graphql-default"}';
DELETE FROM gqle.functions;
DELETE FROM gqle.computed_fields;
DROP FUNCTION long_posts, word_rate;

-- relationships: words are cased where rows are selected, a first letter in orders
UPDATE gqle.relationships SET name = 'Blog_posts';
SELECT fields('AuthorLocal'), fields('AuthorLocalBoolExp'), fields('AuthorLocalOrderBy');
SELECT m[1] FROM regexp_matches(graphql.execute_relay('{}', '{ __type(name: "AuthorLocal") { fields { name } } }')::text, '"name":"(Blog[^"]+)"', 'g') m;
UPDATE gqle.relationships SET name = 'blog_posts';

-- a table outside of public: its name's own underscore does not part words
CREATE SCHEMA side;
CREATE TABLE side._note (id int PRIMARY KEY);
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'side', '_note');
SELECT t FROM type_names() t WHERE t ~ 'BoolExp' AND t ~* 'side';
SELECT m[1] FROM regexp_matches(fields('query_root'), '\mside\w+', 'g') m;
DELETE FROM gqle.tables WHERE schema_name = 'side';
DROP TABLE side._note;
DROP SCHEMA side;

-- a custom table name stays as it is where it comes first
UPDATE gqle.tables SET configuration = '{"custom_name": "my_writer"}' WHERE table_name = 'author_local';
SELECT fields('query_root');
SELECT fields('mutation_root');
SELECT t FROM type_names() t WHERE t ~* 'writer';
RESET gqle.experimental_features;

UPDATE gqle.sources SET customization = NULL;
DELETE FROM gqle.tables;
DROP FUNCTION type_names, fields;
DROP TABLE blog_post, author_local, day;
