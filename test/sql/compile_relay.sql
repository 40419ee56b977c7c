-- The SQL of the Relay schema: nodes by id, pages between cursors.
\a
\t
\i test/fixtures/library.sql
CREATE FUNCTION pg_temp.explain(query text, session jsonb DEFAULT '{}') RETURNS text
LANGUAGE sql AS 'SELECT graphql.explain_relay(session, query)';

-- a node: one row by its key
SELECT pg_temp.explain(format('{ node(id: "%s") { id ... on author { name } ... on article { title author { name } } } }', encode('[1, "public", "article", 1]', 'base64')));
-- a connection as a list; one more row than asked for tells of a next page
SELECT pg_temp.explain('{ author_connection { edges { node { id name } } } }');
SELECT pg_temp.explain('{ author_connection(first: 2, order_by: [{name: asc}]) { pageInfo { hasNextPage endCursor } edges { cursor node { name } } } }');
-- after a cursor: conditions on the columns of the order
SELECT pg_temp.explain(format('{ article_connection(first: 2, after: "%s", order_by: [{price: desc}, {id: asc}]) { edges { node { title } } } }', encode('{"price": 5, "id": 1}', 'base64')));
-- pages backwards
SELECT pg_temp.explain('{ author_connection(last: 2, where: {id: {_gt: 0}}) { pageInfo { hasPreviousPage startCursor } edges { node { name } } } }');
-- of a row, and under permissions
SELECT pg_temp.explain('{ author_connection { edges { node { articles_connection(first: 1) { edges { cursor node { title } } } } } } }');
SELECT pg_temp.explain('{ article_connection { edges { node { id title } } } }', '{"x-hasura-role": "user", "x-hasura-user-id": "1"}');

DROP TABLE author, article, comment CASCADE;
DELETE FROM gqle.tables;
