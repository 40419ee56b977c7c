-- Remote relationships from a table to a table: answers, keys that are null or of
-- another type, computed fields as keys, permissions, mutations, and where there
-- are none.
\a
\t
\i test/fixtures/library.sql
SET client_min_messages = error;
CREATE TABLE shelf (code text PRIMARY KEY, article_id bigint, owner text, note text);
INSERT INTO shelf VALUES ('1', 1, 'Ada', 'a'), ('2', 1, 'Bob', 'b'), ('3', NULL, NULL, 'c'), ('4', 9, 'Ada', 'd');
CREATE FUNCTION author_code(author) RETURNS text STABLE LANGUAGE sql AS 'SELECT $1.id::text';
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'shelf');
INSERT INTO gqle.computed_fields (source, schema_name, table_name, name, definition) VALUES
	('default', 'public', 'author', 'code', '{"function": {"schema": "public", "name": "author_code"}}');
CREATE FUNCTION pg_temp.join(tab text, name text, target text, kind text, mapping text) RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || answer FROM gqle_internal.call_api('/v1/metadata', format('{"type": "pg_create_remote_relationship", "args": {"table": "%s", "name": "%s", "definition": {"to_source": {"source": "default", "table": "%s", "relationship_type": "%s", "field_mapping": %s}}}}', tab, name, target, kind, mapping)) $$;
CREATE FUNCTION pg_temp.q(query text, variables jsonb DEFAULT '{}', session jsonb DEFAULT '{}') RETURNS json
LANGUAGE sql AS 'SELECT graphql.execute(session, query, variables)';

SELECT pg_temp.join('shelf', 'article', 'article', 'object', '{"article_id": "id"}');
SELECT pg_temp.join('article', 'shelves', 'shelf', 'array', '{"id": "article_id"}');
SELECT pg_temp.join('shelf', 'works', 'article', 'array', '{"article_id": "id"}');
SELECT pg_temp.join('shelf', 'keeper', 'author', 'object', '{"owner": "name"}');
SELECT pg_temp.join('author', 'own', 'shelf', 'object', '{"code": "code"}');
SELECT pg_temp.join('author', 'first', 'shelf', 'object', '{"name": "owner"}');

-- answers
SELECT pg_temp.q('{ shelf(order_by: {code: asc}) { code article { id title author { name } } works { id } works_aggregate { aggregate { count } nodes { id } } keeper { name } } }');
SELECT pg_temp.q('{ article(order_by: {id: asc}) { id shelves(order_by: {code: desc}, where: {note: {_neq: "z"}}) { code article { title shelves { code } } } } }');
SELECT pg_temp.q('{ article(where: {id: {_eq: 1}}) { a: shelves(limit: 1, order_by: {code: asc}) { code } b: shelves(offset: 1, order_by: {code: asc}) { code } c: shelves(distinct_on: article_id, order_by: [{article_id: asc}, {code: desc}]) { code } } }');
SELECT pg_temp.q('{ author(order_by: {id: asc}) { id own { code note } } }');
SELECT pg_temp.q('{ shelf_by_pk(code: "1") { article { title } } article_aggregate(where: {id: {_eq: 1}}) { nodes { shelves(order_by: {code: asc}) { code } } } }');
-- a key of another type that is none of that type
SELECT pg_temp.join('shelf', 'bad', 'article', 'object', '{"owner": "id"}');
SELECT pg_temp.q('{ shelf { bad { id } } }');

-- their SQL is that of relationships
SELECT graphql.explain('{}', '{ shelf { code article { id } works { id } } author { own { code } } }');

-- mutations
SELECT pg_temp.q('mutation { insert_shelf(objects: [{code: "5", article_id: 2}, {code: "6"}]) { returning { code article { title } works { id } } } delete_shelf_by_pk(code: "5") { article { id } works_aggregate { aggregate { count } } } }');

-- neither conditions nor orders know them
SELECT pg_temp.q('{ shelf(where: {article: {id: {_eq: 1}}}) { code } }');
SELECT pg_temp.q('{ shelf(order_by: {article: {id: asc}}) { code } }');
SELECT pg_temp.q('subscription { shelf { article { id } } }');
SELECT string_agg(line, E'\n') FROM regexp_split_to_table(substring(graphql.sdl('admin') FROM 'type shelf \{[^}]*\}'), '\n') AS line WHERE line ~ '^  (\w+: |\))';

-- permissions: the target's decide, whatever the role sees of the keys
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition) VALUES
	('default', 'public', 'shelf', 'user', 'select', '{"columns": ["code"], "filter": {}}'),
	('default', 'public', 'shelf', 'guest', 'select', '{"columns": ["code"], "filter": {}}');
SELECT pg_temp.q('{ shelf(order_by: {code: asc}) { code article { id } works { id } works_aggregate { aggregate { count } } } }', '{}', '{"x-hasura-role": "user", "x-hasura-user-id": "3"}');
UPDATE gqle.permissions SET definition = '{"columns": ["id"], "filter": {"id": {"_gt": 1}}}' WHERE table_name = 'article';
SELECT pg_temp.q('{ shelf(order_by: {code: asc}) { code article { id } works { id } } }', '{}', '{"x-hasura-role": "user", "x-hasura-user-id": "3"}');
SELECT pg_temp.q('{ shelf { works_aggregate { aggregate { count } } } }', '{}', '{"x-hasura-role": "user", "x-hasura-user-id": "3"}');
SELECT pg_temp.q('{ shelf { article { id } } }', '{}', '{"x-hasura-role": "guest"}');
SELECT pg_temp.q('{ shelf { works { id } } }', '{}', '{"x-hasura-role": "guest"}');
SELECT pg_temp.q('{ shelf { article_id } }', '{}', '{"x-hasura-role": "user", "x-hasura-user-id": "3"}');

-- what is wrong
SELECT pg_temp.join('shelf', 'x', 'nothing', 'object', '{"article_id": "id"}');
SELECT pg_temp.join('shelf', 'x', 'article', 'object', '{"nothing": "id"}');
SELECT pg_temp.join('shelf', 'x', 'article', 'object', '{"article_id": "nothing"}');
SELECT pg_temp.join('shelf', 'note', 'article', 'object', '{"article_id": "id"}');
SELECT pg_temp.join('article', 'author', 'shelf', 'object', '{"id": "article_id"}');
SELECT pg_temp.join('author', 'code', 'shelf', 'object', '{"id": "article_id"}');
SELECT pg_temp.join('shelf', 'x', 'article', 'neither', '{"article_id": "id"}');
SELECT status, answer FROM gqle_internal.call_api('/v1/metadata', '{"type": "pg_create_remote_relationship", "args": {"table": "shelf", "name": "x", "definition": {"to_source": {"source": "elsewhere", "table": "article", "relationship_type": "object", "field_mapping": {"article_id": "id"}}}}}');
CREATE TABLE colour (value text PRIMARY KEY);
INSERT INTO colour VALUES ('red');
CREATE TABLE dress (id int PRIMARY KEY, colour text REFERENCES colour);
INSERT INTO gqle.tables (source, schema_name, table_name, is_enum) VALUES ('default', 'public', 'colour', true), ('default', 'public', 'dress', false);
SELECT pg_temp.join('shelf', 'x', 'dress', 'array', '{"owner": "colour"}');

-- they depend on both ends, and follow renames
SELECT status, answer FROM gqle_internal.call_api('/v2/query', '{"type": "run_sql", "args": {"sql": "ALTER TABLE shelf RENAME article_id TO piece_id; ALTER TABLE article RENAME TO essay", "check_metadata_consistency": true}}');
SELECT name, definition FROM gqle.remote_relationships ORDER BY table_name, name;
SELECT pg_temp.q('{ shelf(order_by: {code: asc}, limit: 1) { article { id } } }');
SELECT status, answer FROM gqle_internal.call_api('/v1/metadata', '{"type": "pg_untrack_table", "args": {"table": "essay"}}');
SELECT status, answer FROM gqle_internal.call_api('/v2/query', '{"type": "run_sql", "args": {"sql": "ALTER TABLE shelf DROP COLUMN owner"}}');
SELECT status, answer FROM gqle_internal.call_api('/v2/query', '{"type": "run_sql", "args": {"sql": "ALTER TABLE shelf DROP COLUMN owner", "cascade": true}}');
SELECT name FROM gqle.remote_relationships ORDER BY table_name, name;
SELECT status, answer FROM gqle_internal.call_api('/v1/metadata', '{"type": "pg_delete_remote_relationship", "args": {"table": "shelf", "name": "works"}}');
SELECT status, answer FROM gqle_internal.call_api('/v1/metadata', '{"type": "pg_delete_remote_relationship", "args": {"table": "shelf", "name": "works"}}');
SELECT pg_temp.q('{ shelf { works { id } } }');

DROP TABLE author, essay, comment, shelf, dress, colour CASCADE;
DELETE FROM gqle.tables;
