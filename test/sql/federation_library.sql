-- What an Apollo gateway sees: _service and _entities.
\a
\t
\i test/fixtures/library.sql
CREATE TABLE place (country text, code int, name text, PRIMARY KEY (country, code));
INSERT INTO place VALUES ('it', 1, 'Rome'), ('fr', 2, 'Paris');
INSERT INTO gqle.tables (source, schema_name, table_name, apollo_federation_config) VALUES
	('default', 'public', 'place', '{"enable": "v1"}');
UPDATE gqle.tables SET apollo_federation_config = '{"enable": "v1"}' WHERE table_name = 'author';
CREATE FUNCTION pg_temp.q(query text, variables jsonb DEFAULT '{}', session jsonb DEFAULT '{}') RETURNS json
LANGUAGE sql AS 'SELECT graphql.execute(session, query, variables)';

-- off: nothing of it
SELECT pg_temp.q('{ _service { sdl } }');
SELECT pg_temp.q('{ _entities(representations: []) { __typename } }');
SET gqle.experimental_features = 'apollo_federation';

-- the schema
SELECT pg_temp.q('{ __schema { queryType { fields { name } } } entity: __type(name: "_Entity") { kind description possibleTypes { name } } any: __type(name: "_Any") { kind description } }');
SELECT pg_temp.q('{ __type(name: "_Entity") { possibleTypes { name } } }', '{}', '{"x-hasura-role": "user"}');
SELECT (regexp_matches(pg_temp.q('{ _service { sdl } }') #>> '{data,_service,sdl}', 'type \w+ @key\([^)]*\)', 'g'))[1];
SELECT pg_temp.q('{ _service { sdl } }') #>> '{data,_service,sdl}' ~ '_service|_entities|_Entity|_Any|_Service|directive';

-- entities, in the order asked for
SELECT pg_temp.q('query ($r: [_Any!]!) { _entities(representations: $r) { __typename ... on author { id name } ... on place { name } } }',
	'{"r": [{"__typename": "place", "country": "fr", "code": 2}, {"__typename": "author", "id": 2}, {"__typename": "author", "id": 99}, {"__typename": "author", "id": 1, "extra": true}]}');
SELECT pg_temp.q('query ($id: Int) { e: _entities(representations: [{__typename: "author", id: $id}]) { ...a } } fragment a on author { articles(order_by: {id: asc}) { title } }', '{"id": 1}');
SELECT pg_temp.q('query ($id: Int) { e: _entities(representations: [{__typename: "author", id: $id}]) { ...a } } fragment a on author { articles(order_by: {id: asc}) { title } }', '{"id": 2}');
SELECT pg_temp.q('{ _entities(representations: []) { __typename } }');
SELECT pg_temp.q('{ _entities(representations: [{__typename: "author", id: 1}]) { ... on author { articles(order_by: {id: asc}) { id } } } }', '{}',
	'{"x-hasura-role": "user", "x-hasura-user-id": "2"}');

-- members of which nothing is selected; a key of null
SELECT pg_temp.q('{ _entities(representations: [{__typename: "author", id: 1}, {__typename: "place", country: "it", code: 1}]) { __typename } }');
SELECT pg_temp.q('{ _entities(representations: [{__typename: "author", id: 1}, {__typename: "author", id: 99}]) { ... on place { name } } }');
SELECT pg_temp.q('{ _entities(representations: {__typename: "author", id: null}) { ... on author { name } } }');

-- what is selected of each type, with its depth; the SQL
SELECT gqle_internal.validated_operation('{}', '{ _entities(representations: [{__typename: "author", id: 1}]) { __typename ... on author { articles { comments { id } } } ... on place { name } } }', NULL, NULL);
SELECT graphql.explain('{}', '{ _entities(representations: [{__typename: "author", id: 1}, {__typename: "place", country: "it", code: 1}]) { ... on author { name } ... on place { name } } }');

-- mistakes
SELECT pg_temp.q('{ _entities(representations: [1]) { ... on author { name } } }');
SELECT pg_temp.q('{ _entities(representations: [{id: 1}]) { ... on author { name } } }');
SELECT pg_temp.q('{ _entities(representations: [{__typename: 1}]) { ... on author { name } } }');
SELECT pg_temp.q('query ($r: [_Any!]!) { _entities(representations: $r) { ... on author { name } } }', '{"r": [{"__typename": "author", "id": 1}, {"__typename": "au-thor"}]}');
SELECT pg_temp.q('{ _entities(representations: [{__typename: "article", id: 1}]) { ... on article { id } } }');
SELECT pg_temp.q('{ _entities(representations: [{__typename: "place", country: "it"}]) { ... on place { name } } }');
SELECT pg_temp.q('{ _entities(representations: [{__typename: "author", id: true}]) { ... on author { name } } }');
SELECT pg_temp.q('{ _entities(representations: [{__typename: "author", id: 1}]) { name } }');
SELECT pg_temp.q('{ _entities { ... on author { name } } }');

RESET gqle.experimental_features;
DELETE FROM gqle.tables;
DROP TABLE author, article, comment, place CASCADE;
