-- The SQL of entities that a gateway asks for: one row by key each.
\a
\t
\i test/fixtures/library.sql
UPDATE gqle.tables SET apollo_federation_config = '{"enable": "v1"}' WHERE table_name IN ('author', 'article');
SET gqle.experimental_features = 'apollo_federation';

SELECT graphql.explain('{}', '{ _entities(representations: [{__typename: "author", id: 1}, {__typename: "article", id: 2}]) { __typename ... on author { id name } ... on article { title author { name } } } }');
SELECT graphql.explain('{"x-hasura-role": "user", "x-hasura-user-id": "1"}', 'query ($id: Int) { _entities(representations: [{__typename: "article", id: $id}]) { ... on article { title } } }', '{"id": 1}');

RESET gqle.experimental_features;
DROP TABLE author, article, comment CASCADE;
DELETE FROM gqle.tables;
