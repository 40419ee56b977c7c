-- The types of mutations: inputs, conflicts, update operators, responses.
\a
\t
CREATE TABLE author (
	id int PRIMARY KEY,
	name text NOT NULL UNIQUE,
	info jsonb
);
CREATE TABLE article (
	id int GENERATED ALWAYS AS IDENTITY,
	author_id int REFERENCES author,
	title text,
	length int GENERATED ALWAYS AS (char_length(title)) STORED,
	rating numeric,
	PRIMARY KEY (id, author_id)
);
CREATE UNIQUE INDEX article_title_index ON article (title) WHERE rating > 3;
COMMENT ON COLUMN article.title IS 'first line';
CREATE TABLE log (message text);
CREATE TABLE account_provider (
	account_id int,
	provider text,
	provider_account_id text,
	UNIQUE (account_id, provider),
	UNIQUE (provider, provider_account_id)
);
CREATE VIEW readable AS SELECT id, title FROM article;
CREATE VIEW counted AS SELECT count(*) FROM article;
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES
	('default', 'public', 'author'), ('default', 'public', 'article'), ('default', 'public', 'log'),
	('default', 'public', 'account_provider'),
	('default', 'public', 'readable'), ('default', 'public', 'counted');
INSERT INTO gqle.relationships (source, schema_name, table_name, kind, name, using_definition) VALUES
	('default', 'public', 'article', 'object', 'author', '{"foreign_key_constraint_on": "author_id"}'),
	('default', 'public', 'author', 'array', 'articles', '{"foreign_key_constraint_on": {"table": "article", "column": "author_id"}}');

-- inserts: no column that Postgres computes; nested rows; conflicts with any unique index
SELECT gqle_internal.schema_type('admin', 'article_insert_input');
SELECT gqle_internal.schema_type('admin', 'author_insert_input');
SELECT gqle_internal.schema_type('admin', 'author_obj_rel_insert_input');
SELECT gqle_internal.schema_type('admin', 'article_arr_rel_insert_input');
SELECT gqle_internal.schema_type('admin', 'article_on_conflict');
SELECT gqle_internal.schema_type('admin', 'article_constraint');
SELECT gqle_internal.schema_type('admin', 'account_provider_constraint');
SELECT gqle_internal.schema_type('admin', 'article_update_column');
SELECT gqle_internal.schema_type('admin', 'log_on_conflict') IS NULL;

-- updates: operators as the types of columns allow
SELECT gqle_internal.schema_type('admin', 'article_set_input');
SELECT gqle_internal.schema_type('admin', 'article_inc_input');
SELECT gqle_internal.schema_type('admin', 'author_append_input');
SELECT gqle_internal.schema_type('admin', 'author_prepend_input');
SELECT gqle_internal.schema_type('admin', 'author_delete_key_input');
SELECT gqle_internal.schema_type('admin', 'author_delete_elem_input');
SELECT gqle_internal.schema_type('admin', 'author_delete_at_path_input');
SELECT gqle_internal.schema_type('admin', 'article_pk_columns_input');
SELECT gqle_internal.schema_type('admin', 'article_updates');
SELECT gqle_internal.schema_type('admin', 'article_mutation_response');

-- the root: views as far as Postgres can change them, keys where there is one
SELECT gqle_internal.schema_type('admin', 'mutation_root');

SET gqle.experimental_features = 'hide_update_many_fields';
SELECT gqle_internal.schema_type('admin', 'mutation_root') !~ '_many';
RESET gqle.experimental_features;

DELETE FROM gqle.tables;
DROP VIEW readable, counted;
DROP TABLE article, author, log, account_provider;
