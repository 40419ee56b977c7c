-- Which of several mistakes is told, and session variables that are missing: as Hasura
-- checks, in the order of a field's arguments and before anything is done.
\a
\t
\i test/fixtures/library.sql
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition) VALUES
	('default', 'public', 'author', 'writer', 'select', '{"columns": ["id", "name"], "filter": {}}'),
	('default', 'public', 'author', 'writer', 'insert', '{"columns": ["id", "name"], "check": {}}'),
	('default', 'public', 'author', 'writer', 'update', '{"columns": ["name"], "filter": {}}'),
	('default', 'public', 'article', 'writer', 'select', '{"columns": ["id"], "filter": {"author_id": "X-Hasura-User-Id"}}'),
	('default', 'public', 'article', 'writer', 'delete', '{"filter": {"author_id": "X-Hasura-User-Id"}}'),
	('default', 'public', 'author', 'reader', 'select', '{"columns": ["id", "name", "born"], "filter": {"id": "X-Hasura-User-Id"}}');
INSERT INTO gqle.inherited_roles (role_name, role_set) VALUES ('both', '{reader,writer}');
CREATE FUNCTION problem(query text, role text DEFAULT 'admin', variables jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS
$$ SELECT coalesce((e #>> '{0,extensions,path}') || ': ' || (e #>> '{0,message}'), answer::text)
FROM graphql.execute(jsonb_build_object('x-hasura-role', role), query, variables) AS answer, LATERAL (SELECT answer->'errors' AS e) AS errors $$;
CREATE FUNCTION relay_problem(query text) RETURNS text LANGUAGE sql AS
$$ SELECT (e #>> '{0,extensions,path}') || ': ' || (e #>> '{0,message}')
FROM graphql.execute_relay('{"x-hasura-role": "admin"}', query) AS answer, LATERAL (SELECT answer->'errors' AS e) AS errors $$;

-- select: where, order_by, limit, offset, distinct_on
SELECT problem('{ author(distinct_on: nope, offset: "x", limit: -1, order_by: {nope: asc}, where: {nope: {}}) { nope } }');
SELECT problem('{ author(distinct_on: nope, offset: "x", limit: -1, order_by: {nope: asc}) { nope } }');
SELECT problem('{ author(distinct_on: nope, offset: "x", limit: -1) { nope } }');
SELECT problem('{ author(distinct_on: nope, offset: "x") { nope } }');
SELECT problem('{ author(distinct_on: nope) { nope } }');
-- insert: on_conflict, objects; of on_conflict: constraint, where, update_columns
SELECT problem('mutation { insert_author(objects: {nope: 1}, on_conflict: {update_columns: nope, where: {nope: {}}, constraint: nope}) { nope } }');
SELECT problem('mutation { insert_author(objects: {nope: 1}, on_conflict: {update_columns: nope, where: {nope: {}}, constraint: author_pkey}) { nope } }');
SELECT problem('mutation { insert_author(objects: {nope: 1}, on_conflict: {update_columns: nope, constraint: author_pkey}) { nope } }');
SELECT problem('mutation { insert_author(objects: {nope: 1}, on_conflict: {constraint: author_pkey}) { nope } }');
SELECT problem('mutation { insert_author_one(object: {articles: {data: {nope: 1}, on_conflict: {constraint: nope}}}) { nope } }');
-- update: operators, then where or the key
SELECT problem('mutation { update_author(where: {nope: {}}, _inc: {nope: 1}, _set: {nope: 1}) { nope } }');
SELECT problem('mutation { update_author(where: {nope: {}}, _inc: {nope: 1}) { nope } }');
SELECT problem('mutation { update_author(where: {nope: {}}) { nope } }');
SELECT problem('mutation { update_author_by_pk(pk_columns: {nope: 1}, _set: {nope: 1}) { nope } }');
SELECT problem('mutation { update_author_by_pk(pk_columns: {nope: 1}) { nope } }');
SELECT problem('mutation { update_author_many(updates: {where: {nope: {}}, _set: {nope: 1}}) { nope } }');

-- conditions: columns and relationships, _or, _and, _not, aggregates
SELECT problem('{ author(where: {articles_aggregate: {}, _not: 1, _and: 1, _or: 1, articles: 1, name: 1}) { id } }');
SELECT problem('{ author(where: {articles_aggregate: {}, _not: 1, _and: 1, _or: 1, articles: 1}) { id } }');
SELECT problem('{ author(where: {articles_aggregate: {}, _not: 1, _and: 1, _or: 1}) { id } }');
SELECT problem('{ author(where: {articles_aggregate: {}, _not: 1, _and: 1}) { id } }');
SELECT problem('{ author(where: {articles_aggregate: {}, _not: 1}) { id } }');
-- streams: where, cursor with its ordering and value, batch_size
SELECT problem('subscription { author_stream(batch_size: -1, cursor: {initial_value: {id: true}, ordering: nope}, where: {nope: {}}) { nope } }');
SELECT problem('subscription { author_stream(batch_size: -1, cursor: {initial_value: {id: true}, ordering: nope}) { nope } }');
SELECT problem('subscription { author_stream(batch_size: -1, cursor: {initial_value: {id: true}}) { nope } }');
SELECT problem('subscription { author_stream(batch_size: -1, cursor: {initial_value: {id: 1}}) { nope } }');
-- connections: where, order_by, distinct_on, after and before, first and last
SELECT relay_problem('{ author_connection(first: -1, after: 1, distinct_on: nope, order_by: {nope: asc}, where: {nope: {}}) { nope } }');
SELECT relay_problem('{ author_connection(first: -1, after: 1, distinct_on: nope, order_by: {nope: asc}) { nope } }');
SELECT relay_problem('{ author_connection(first: -1, after: 1, distinct_on: nope) { nope } }');
SELECT relay_problem('{ author_connection(first: -1, after: 1) { nope } }');
SELECT relay_problem('{ author_connection(first: 1, last: 1, after: "x") { edges { cursor } } }');
SELECT relay_problem('{ author_connection(first: 1, last: 1) { edges { cursor } } }');

-- a variable is missing: of a later field, of what is only read afterwards, of a
-- parent's rule that another parent's makes superfluous
SELECT problem('mutation { update_author(where: {}, _set: {name: "x"}) { affected_rows } delete_article(where: {}) { affected_rows } }', 'writer');
SELECT problem('mutation { update_author(where: {id: {_eq: 0}}, _set: {name: "x"}) { returning { articles { id } } } }', 'writer');
SELECT problem('{ author(where: {id: {_eq: 1}}) { id } }', 'both');
SELECT problem('mutation { update_author(where: {id: {_eq: 0}}, _set: {name: "x"}) { returning { id } } }', 'writer');
SELECT name FROM author ORDER BY id;

DROP FUNCTION problem, relay_problem;
DROP TABLE comment, article, author;
DELETE FROM gqle.tables;
DELETE FROM gqle.inherited_roles;
