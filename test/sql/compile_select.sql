-- The SQL of lists, objects, filters, orders and slices.
\a
\t
\i test/fixtures/library.sql

-- a list, by key, several root fields
SELECT graphql.explain('{}', '{ author { id name } }');
SELECT graphql.explain('{}', 'query ($id: Int!) { author_by_pk(id: $id) { name __typename } a2: author_by_pk(id: 2) { name } }', '{"id": 1}');

-- object relationships: a join if there is at most one row, else a subquery
SELECT graphql.explain('{}', '{ article { title author { name } reviewer { name } } }');
SELECT graphql.explain('{}', '{ comment { article { author { name } } again: article { title } } }');
SELECT graphql.explain('{}', '{ author { debut { title } } }');

-- array relationships, with their own arguments, nested
SELECT graphql.explain('{}', '{ author { name articles { title } } }');
SELECT graphql.explain('{}', '{ author(limit: 10) { articles(where: {price: {_gt: "5"}}, order_by: {price: desc}, limit: 3, offset: 1) { title comments { body article { title } } } } }');

-- joins for what a slice leaves only; in its order where one value is made of it
SELECT graphql.explain('{}', '{ article(order_by: {title: asc}, limit: 10, offset: 20) { title author { name } comments { body } } }');
SELECT graphql.explain('{}', '{ author { articles(order_by: {title: asc}) { title reviewer { name } } } }');
SELECT graphql.explain('{}', '{ author { articles(order_by: {title: asc}, limit: 1) { title reviewer { name } } } }');

-- conditions
SELECT graphql.explain('{}', '{ article(where: {_and: [{title: {_ilike: "%e%"}}, {_not: {published: {_eq: true}}}], _or: [{price: {_is_null: true}}, {id: {_in: [1, 2]}}]}) { id } }');
SELECT graphql.explain('{}', '{ author(where: {articles: {comments: {body: {_eq: "nice"}}}}) { id } }');
SELECT graphql.explain('{}', '{ author(where: {_and: [], _or: []}) { id } }');
SELECT graphql.explain('{}', '{ author(where: {info: {_has_keys_any: ["a"], _contains: {rank: {n: 1}}, _cast: {String: {_like: "%x%"}}}}) { info(path: "rank.n") } }');
SELECT graphql.explain('{}', '{ author(where: {articles_aggregate: {count: {predicate: {_gt: 1}, filter: {published: {_eq: true}}}}}) { id } }');

-- conditions on single related rows are joins, shared with selecting and ordering;
-- not under NOT and OR, where a missing row must not look like null
SELECT graphql.explain('{}', '{ article(where: {author: {name: {_eq: "Ada"}}, reviewer: {born: {_is_null: true}}}, order_by: {author: {name: asc}}) { id author { name } } }');
SELECT graphql.explain('{}', '{ article(where: {_or: [{author: {name: {_eq: "Ada"}}}, {_not: {reviewer: {id: {_eq: 1}}}}]}) { id } }');

-- order by columns, by related rows, by aggregates of them
SELECT graphql.explain('{}', '{ article(order_by: [{price: desc_nulls_last}, {id: asc}], limit: 2) { id } }');
SELECT graphql.explain('{}', '{ article(order_by: {author: {name: asc}}) { id author { name } } }');
SELECT graphql.explain('{}', '{ author(order_by: {articles_aggregate: {count: desc, max: {price: asc}}}) { id } }');

-- distinct rows keep their order outside
SELECT graphql.explain('{}', '{ article(distinct_on: author_id, order_by: [{author_id: desc}, {price: asc}]) { author_id title author { name } } }');

-- permissions, also of related tables, in conditions and orders
SELECT graphql.explain('{"x-hasura-role": "user", "x-hasura-user-id": "1"}', '{ article(limit: 5) { title author { name articles { id } } } }');
SELECT graphql.explain('{"x-hasura-role": "user", "x-hasura-user-id": "1"}', '{ author(where: {articles: {price: {_gt: "1"}}}, order_by: {articles_aggregate: {count: asc}}) { name } }');

-- conditions on related rows inside each other below _or: the third is planned alone
SELECT graphql.explain('{}', '{ author(where: {_or: [{id: {_eq: 1}}, {articles: {_or: [{id: {_eq: 2}}, {reviewer: {_or: [{id: {_eq: 3}}, {articles: {id: {_eq: 4}}}]}}]}}]}) { id } }');

-- aggregates: one pass; a permission's limit cuts the nodes only
SELECT graphql.explain('{}', '{ article_aggregate { aggregate { count } } }');
SELECT graphql.explain('{}', '{ article_aggregate(where: {published: {_eq: true}}, order_by: {id: desc}, limit: 3) { aggregate { count(columns: price, distinct: true) sum { price } max { title id } } nodes { id author { name } } } }');
SELECT graphql.explain('{"x-hasura-role": "user", "x-hasura-user-id": "1"}', '{ article_aggregate(order_by: {id: asc}) { aggregate { count } nodes { id } } }');
SELECT graphql.explain('{"x-hasura-role": "user", "x-hasura-user-id": "1"}', '{ author { articles_aggregate { nodes { id } } } }');
SELECT graphql.explain('{}', '{ author { articles_aggregate { aggregate { avg { price } } } } }');

-- keys and small slices reach indexes
SET enable_seqscan = off;
SELECT regexp_replace(graphql.explain('{}', '{ author_by_pk(id: 1) { name articles { title comments { body } } } }', '{}', NULL, 'plan'), '  \(cost[^)]*\)', '', 'g');
SELECT regexp_replace(graphql.explain('{}', '{ article(order_by: {id: desc}, limit: 1) { id comments { id } } }', '{}', NULL, 'plan'), '  \(cost[^)]*\)', '', 'g');

-- only queries are explained
SELECT graphql.explain('{}', '{ nothing }');
SELECT graphql.explain('{}', '{ author { id } }', '{}', NULL, 'yaml');

DROP TABLE author, article, comment CASCADE;
DELETE FROM gqle.tables;
