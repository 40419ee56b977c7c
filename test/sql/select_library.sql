-- What queries answer: objects and lists, nesting, conditions, orders, slices,
-- aggregates, variables, directives, fragments, permissions.
\a
\t
\i test/fixtures/library.sql
CREATE FUNCTION pg_temp.q(query text, variables jsonb DEFAULT '{}', session jsonb DEFAULT '{}') RETURNS json
LANGUAGE sql AS 'SELECT graphql.execute(session, query, variables)';

-- rows
SELECT pg_temp.q('{ author(order_by: {id: asc}) { id name born score info __typename } }');
SELECT pg_temp.q('{ author_by_pk(id: 1) { name } none: author_by_pk(id: 99) { name } __typename }');
SELECT pg_temp.q('{ article(order_by: {id: asc}) { id reviewer { name } author { name } comments(order_by: {id: desc}) { body } } }');
SELECT pg_temp.q('{ author(where: {id: {_eq: 1}}) { info(path: "$.langs[0]") rank: info(path: "rank") none: info(path: "x.y") whole: info(path: "$") } }');
SELECT pg_temp.q('{ author { info(path: "a..b") } }');

-- conditions
SELECT pg_temp.q('{ article(where: {price: {_gt: "7"}}, order_by: {id: asc}) { id } }');
SELECT pg_temp.q('{ article(where: {title: {_is_null: true}}) { id } }');
SELECT pg_temp.q('{ article(where: {title: {_in: ["Engines", "Alphabet"]}, published: {_neq: false}}, order_by: {id: asc}) { id } }');
SELECT pg_temp.q('{ article(where: {id: {_in: []}}) { id } other: article(where: {id: {_nin: []}}, order_by: {id: asc}) { id } }');
SELECT pg_temp.q('{ author(where: {_not: {articles: {comments: {}}}}, order_by: {id: asc}) { name } }');
SELECT pg_temp.q('{ author(where: {_or: []}) { id } two: author(where: {_not: {}}) { id } }');
SELECT pg_temp.q('{ author(where: {articles_aggregate: {count: {predicate: {_eq: 0}}}}) { name } }');
SELECT pg_temp.q('{ author(where: {info: {_contains: {rank: {n: 1}}}}) { name } b: author(where: {info: {_cast: {String: {_like: "%langs%"}}}}, order_by: {id: asc}) { name } }');

SELECT pg_temp.q('{ article(where: {author: {name: {_eq: "Ada"}}}, order_by: {id: asc}) { id author { name } } }');
SELECT pg_temp.q('{ article(where: {reviewer: {born: {_is_null: true}}}) { id } none: article(where: {reviewer: {_not: {born: {_is_null: true}}}}, order_by: {id: asc}) { id } }');
SELECT pg_temp.q('{ article(where: {_not: {reviewer: {name: {_eq: "Ada"}}}}, order_by: {id: asc}) { id } any: article(where: {reviewer: {}}, order_by: {id: asc}) { id } }');
SELECT pg_temp.q('{ article_aggregate(where: {author: {name: {_eq: "Bob"}}}) { aggregate { count } } }');

-- orders and slices
SELECT pg_temp.q('{ article(order_by: [{price: desc}, {id: asc}]) { id price } }');
SELECT pg_temp.q('{ article(order_by: [{reviewer: {name: asc_nulls_first}}, {id: desc}]) { id } }');
SELECT pg_temp.q('{ author(order_by: [{articles_aggregate: {max: {price: desc_nulls_last}}}]) { name } }');
SELECT pg_temp.q('{ article(order_by: [{reviewer: {articles_aggregate: {count: asc}}}, {id: asc}]) { id reviewer { name } } }');
SELECT pg_temp.q('{ article(order_by: {id: asc}, limit: 2, offset: 1) { id } none: article(limit: 0) { id } }');
SELECT pg_temp.q('{ article(distinct_on: author_id, order_by: [{author_id: desc}, {id: desc}]) { author_id id author { name } } }');
SELECT pg_temp.q('{ article(distinct_on: title, order_by: [{author_id: desc}, {title: desc}]) { id } }');
SELECT pg_temp.q('{ article_aggregate(distinct_on: author_id) { aggregate { count } } }');

-- aggregates
SELECT pg_temp.q('{ article_aggregate { aggregate { count n: count(columns: price) d: count(columns: author_id, distinct: true) pair: count(columns: [title, price]) sum { price id } avg { id } min { title } max { title } } nodes { id } } }');
SELECT pg_temp.q('{ article_aggregate(where: {id: {_gt: 100}}) { aggregate { count sum { id } } nodes { id } } }');
SELECT pg_temp.q('{ article_aggregate(order_by: {id: desc}, limit: 2) { aggregate { count } nodes { id } } }');
SELECT pg_temp.q('{ author(order_by: {id: asc}) { name articles_aggregate(where: {published: {_eq: true}}) { aggregate { count __typename } __typename } } }');
SELECT pg_temp.q('{ article_aggregate { __typename } }');

-- joins outside of a slice, inside of an order, subqueries for a sliced order
SELECT pg_temp.q('{ article(order_by: {title: asc_nulls_first}, limit: 3, offset: 1) { id reviewer { name } author { name articles(order_by: {id: desc}) { id author { id } } } } }');
SELECT pg_temp.q('{ article(distinct_on: author_id, order_by: [{author_id: desc}, {id: asc}]) { id again: id author { name } reviewer { name } } }');
SELECT pg_temp.q('{ article(order_by: {reviewer: {name: asc_nulls_first}}, limit: 3) { id reviewer { name } } }');
SELECT pg_temp.q('{ author(order_by: {id: asc}) { articles(order_by: {title: asc}) { title reviewer { name } } } }');
SELECT pg_temp.q('{ author(order_by: {id: asc}) { articles(order_by: {title: asc}, limit: 1) { title reviewer { name } } } }');

-- variables: values, defaults, whole objects, enums, slices
SELECT pg_temp.q('query ($id: Int!, $n: Int = 1) { author_by_pk(id: $id) { articles(order_by: {id: asc}, limit: $n) { id } } }', '{"id": 1}');
SELECT pg_temp.q('query ($id: Int!, $n: Int = 1) { author_by_pk(id: $id) { articles(order_by: {id: asc}, limit: $n) { id } } }', '{"id": 2, "n": 5}');
SELECT pg_temp.q('query ($w: article_bool_exp, $o: [article_order_by!]) { article(where: $w, order_by: $o) { id } }', '{"w": {"id": {"_lt": 3}}, "o": {"id": "desc"}}');
SELECT pg_temp.q('query ($w: article_bool_exp, $o: [article_order_by!]) { article(where: $w, order_by: $o) { id } }', '{"w": {"id": {"_lt": 4}}, "o": [{"price": "asc"}]}');
SELECT pg_temp.q('query ($ids: [Int!]) { author(where: {id: {_in: $ids}}, order_by: {id: asc}) { id } }', '{"ids": [3, 1]}');
SELECT pg_temp.q('query ($y: Boolean!) { author_by_pk(id: 1) { id @skip(if: $y) name @include(if: $y) } }', '{"y": true}');
SELECT pg_temp.q('query ($y: Boolean!) { author_by_pk(id: 1) { id @skip(if: $y) name @include(if: $y) } }', '{"y": false}');

-- fragments and merged fields
SELECT pg_temp.q('query { author(where: {id: {_eq: 1}}) { ...a ... on author { articles(order_by: {id: asc}) { title } } ... on comment { body } } } fragment a on author { name articles(order_by: {id: asc}) { id } }');

-- permissions: allowed, filtered, denied, not inferable
SELECT pg_temp.q('{ article(order_by: {id: asc}) { id title } }', '{}', '{"x-hasura-role": "user", "x-hasura-user-id": "1"}');
SELECT pg_temp.q('{ article(order_by: {id: asc}) { id title } }', '{}', '{"x-hasura-role": "user", "x-hasura-user-id": "2"}');
SELECT pg_temp.q('{ article_aggregate(order_by: {id: asc}) { aggregate { count } nodes { id } } }', '{}', '{"x-hasura-role": "user", "x-hasura-user-id": "1"}');
SELECT pg_temp.q('{ article_aggregate(order_by: {id: asc}, offset: 1) { aggregate { count } nodes { id } } }', '{}', '{"x-hasura-role": "user", "x-hasura-user-id": "2"}');
SELECT pg_temp.q('{ article_aggregate(distinct_on: author_id, order_by: [{author_id: asc}, {id: desc}]) { aggregate { count } nodes { id author { name } } } }', '{}', '{"x-hasura-role": "user", "x-hasura-user-id": "2"}');
SELECT pg_temp.q('{ article_by_pk(id: 4) { id } }', '{}', '{"x-hasura-role": "user", "x-hasura-user-id": "1"}');
SELECT pg_temp.q('{ author(where: {articles: {id: {_eq: 4}}}) { id } }', '{}', '{"x-hasura-role": "user", "x-hasura-user-id": "1"}');
SELECT pg_temp.q('{ author(order_by: [{articles_aggregate: {count: desc}}, {id: asc}]) { id articles_aggregate { aggregate { count } } } }', '{}', '{"x-hasura-role": "user", "x-hasura-user-id": "3"}');
SELECT pg_temp.q('{ article { published } }', '{}', '{"x-hasura-role": "user", "x-hasura-user-id": "1"}');
SELECT pg_temp.q('{ article(where: {published: {_eq: true}}) { id } }', '{}', '{"x-hasura-role": "user", "x-hasura-user-id": "1"}');
SELECT pg_temp.q('{ comment { id } }', '{}', '{"x-hasura-role": "user", "x-hasura-user-id": "1"}');
SELECT pg_temp.q('{ article { id } }', '{}', '{"x-hasura-role": "user"}');
SELECT pg_temp.q('{ article { id } }', '{}', '{"x-hasura-role": "user", "x-hasura-user-id": "abc"}');
SELECT pg_temp.q('{ article { id } }', '{}', '{"x-hasura-role": "stranger"}');

-- an error leaves the caller's transaction and session as they were
BEGIN;
SELECT pg_temp.q('{ author(where: {score: {_eq: "x"}}) { id } }');
SELECT coalesce(current_setting('gqle.session', true), '') AS session, count(*) FROM author;
COMMIT;

DROP TABLE author, article, comment CASCADE;
DELETE FROM gqle.tables;
