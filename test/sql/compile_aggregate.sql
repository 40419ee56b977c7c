-- The SQL of aggregates: of rows, of related rows, as conditions and as orders.
\a
\t
\i test/fixtures/library.sql

-- one pass; Postgres computes equal aggregates once
SELECT graphql.explain('{}', '{ article_aggregate { aggregate { count n: count(columns: [price, title], distinct: true) avg { price } again: avg { price } stddev_pop { price } max { title price } min { price } } } }');
-- of slices: over the rows that are left
SELECT graphql.explain('{}', '{ article_aggregate(distinct_on: author_id, order_by: [{author_id: asc}, {price: desc}]) { aggregate { sum { price } } nodes { id } } }');
-- of related rows
SELECT graphql.explain('{}', '{ author { name articles_aggregate(where: {published: {_eq: true}}) { aggregate { count max { price } } } } }');
-- as conditions
SELECT graphql.explain('{}', '{ author(where: {articles_aggregate: {count: {arguments: [id], distinct: true, predicate: {_in: [1, 2]}}}}) { id } }');
SELECT graphql.explain('{}', '{ author(where: {articles_aggregate: {bool_and: {arguments: published, predicate: {_eq: true}}}}) { id } }');
SELECT graphql.explain('{"x-hasura-role": "user", "x-hasura-user-id": "1"}', '{ author(where: {articles_aggregate: {count: {predicate: {_gt: 1}}}}) { id } }');
-- as orders
SELECT graphql.explain('{}', '{ author(order_by: [{articles_aggregate: {avg: {price: desc_nulls_last}}}, {id: asc}], limit: 2) { id articles_aggregate { aggregate { count } } } }');
-- inherited roles: see compile_mask

DROP TABLE author, article, comment CASCADE;
DELETE FROM gqle.tables;
