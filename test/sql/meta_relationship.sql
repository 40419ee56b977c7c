-- Relationships: created, refused, renamed with what mentions them, dropped with
-- their dependents.
\a
\t
SET client_min_messages = error;
CREATE FUNCTION pg_temp.m(type text, args text, path text DEFAULT '/v1/metadata') RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || answer FROM gqle_internal.call_api(path, format('{"type": "%s", "args": %s}', type, args)) $$;
CREATE FUNCTION pg_temp.tables() RETURNS text LANGUAGE sql AS
	$$ SELECT string_agg(t::text, E'\n') FROM json_array_elements(gqle.export_metadata()->'sources'->0->'tables') AS t $$;

CREATE TABLE author (id int PRIMARY KEY, name text);
CREATE TABLE article (id int PRIMARY KEY, author_id int REFERENCES author, editor_id int, title text);
CREATE TABLE profile (id int PRIMARY KEY, author_id int UNIQUE REFERENCES author);
SELECT gqle.track_schema('public', false);

-- from foreign keys, and by hand
SELECT pg_temp.m('pg_create_object_relationship', '{"table": "article", "name": "author", "using": {"foreign_key_constraint_on": "author_id"}}');
SELECT pg_temp.m('pg_create_object_relationship', '{"table": "author", "name": "profile", "comment": "more", "using": {"foreign_key_constraint_on": {"table": "profile", "columns": ["author_id"]}}}');
SELECT pg_temp.m('pg_create_array_relationship', '{"table": "author", "name": "articles", "using": {"foreign_key_constraint_on": {"table": {"name": "article", "schema": "public"}, "column": "author_id"}}}');
SELECT pg_temp.m('pg_create_object_relationship', '{"table": "article", "name": "editor", "using": {"manual_configuration": {"remote_table": "author", "column_mapping": {"editor_id": "id"}, "insertion_order": "after_parent"}}}');
SELECT pg_temp.tables();

-- what is wrong
SELECT pg_temp.m('pg_create_object_relationship', '{"table": "article", "name": "author", "using": {"foreign_key_constraint_on": "author_id"}}');
SELECT pg_temp.m('pg_create_object_relationship', '{"table": "article", "name": "title", "using": {"foreign_key_constraint_on": "author_id"}}');
SELECT pg_temp.m('pg_create_object_relationship', '{"table": "article", "name": "x", "using": {"foreign_key_constraint_on": "title"}}');
SELECT pg_temp.m('pg_create_object_relationship', '{"table": "article", "name": "", "using": {"foreign_key_constraint_on": "author_id"}}');
SELECT pg_temp.m('pg_create_object_relationship', '{"table": "article", "name": "x", "using": 1}');
SELECT pg_temp.m('pg_create_object_relationship', '{"table": "article", "name": "x", "using": {}}');
SELECT pg_temp.m('pg_create_array_relationship', '{"table": "author", "name": "x", "using": {"foreign_key_constraint_on": "author_id"}}');
SELECT pg_temp.m('pg_create_array_relationship', '{"table": "author", "name": "x", "using": {"foreign_key_constraint_on": {"table": "article", "column": "a", "columns": ["b"]}}}');
SELECT pg_temp.m('pg_create_array_relationship', '{"table": "author", "name": "x", "using": {"manual_configuration": {"remote_table": "nothing", "column_mapping": {"id": "id"}}}}');
SELECT pg_temp.m('pg_create_array_relationship', '{"table": "author", "name": "x", "using": {"manual_configuration": {"remote_table": "author", "column_mapping": {"nothing": "id"}}}}');
SELECT pg_temp.m('pg_create_array_relationship', '["author"]');
SELECT pg_temp.m('pg_drop_relationship', '{"table": "author", "relationship": "id"}');
SELECT pg_temp.m('pg_create_object_relationship', '{"table": "article", "name": "x", "using": {"manual_configuration": {"remote_table": "author", "column_mapping": {"editor_id": "id"}, "insertion_order": "now"}}}');

-- a permission that goes through relationships
SELECT pg_temp.m('pg_create_select_permission', '{"table": "article", "role": "user", "permission": {"columns": ["id", "title"],
	"filter": {"_or": [{"author": {"articles": {"title": {"_eq": "x"}}}}, {"_exists": {"_table": {"name": "author", "schema": "public"}, "_where": {"articles": {"id": 1}}}}]}}}');
SELECT pg_temp.m('pg_rename_relationship', '{"table": "author", "name": "articles", "new_name": "works"}');
SELECT pg_temp.m('pg_rename_relationship', '{"table": "author", "name": "works", "new_name": "profile"}');
SELECT pg_temp.m('pg_rename_relationship', '{"table": "author", "name": "works", "new_name": "name"}');
SELECT pg_temp.m('pg_rename_relationship', '{"table": "author", "name": "name", "new_name": "n"}');
SELECT pg_temp.m('pg_rename_relationship', '{"table": "author", "name": "nothing", "new_name": "n"}');
SELECT pg_temp.tables();
SELECT pg_temp.m('pg_drop_relationship', '{"table": "author", "relationship": "works"}');
SELECT pg_temp.m('pg_drop_relationship', '{"table": "author", "relationship": "works", "cascade": true}');
SELECT pg_temp.m('pg_drop_relationship', '{"table": "author", "relationship": "works", "cascade": true}');
SELECT pg_temp.tables();
SELECT pg_temp.m('pg_set_relationship_comment', '{"table": "author", "relationship": "profile", "comment": "less"}');
SELECT pg_temp.m('set_relationship_comment', '{"table": "author", "relationship": "profile", "comment": "not stored"}', '/v1/query');
SELECT pg_temp.m('pg_suggest_relationships', '{}');
SELECT pg_temp.m('pg_suggest_relationships', '{"tables": ["author"]}') = pg_temp.m('pg_suggest_relationships', '{}');
SELECT pg_temp.m('pg_suggest_relationships', '{"tables": ["nothing"]}');
SELECT pg_temp.m('pg_suggest_relationships', '{"source": "nothing"}');
SELECT pg_temp.m('pg_suggest_relationships', '{"omit_tracked": true, "tables": ["author", "article"]}');

-- untracking a table that others refer to
SELECT pg_temp.m('pg_untrack_table', '{"table": "author"}');
SELECT pg_temp.m('pg_untrack_table', '{"table": "author", "cascade": true}');
SELECT pg_temp.tables();

SELECT gqle.clear_metadata();
DROP TABLE article, profile, author;
