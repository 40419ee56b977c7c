-- The SQL of streaming subscriptions, and their first batches.
\a
\t
\i test/fixtures/library.sql
SELECT graphql.explain('{}', 'subscription { article_stream(batch_size: 2, cursor: {initial_value: {id: 0}}) { id title } }');
-- what is joined is joined to the batch; ties count; the cursor's value is its own
SELECT graphql.explain('{"x-hasura-role": "user", "x-hasura-user-id": "1"}', 'subscription ($n: Int) { article_stream(batch_size: 5, cursor: {initial_value: {author_id: $n}, ordering: DESC}, where: {author_id: {_neq: $n}}) { title author { name } } }', '{"n": 9}');
SELECT graphql.execute('{}', 'subscription { article_stream(batch_size: 2, cursor: {initial_value: {id: 1}}) { id author { name } } }');
SELECT graphql.execute('{}', 'subscription { article_stream(batch_size: 1, cursor: {initial_value: {author_id: 3}, ordering: DESC}) { author_id title } }');
SELECT graphql.execute('{}', 'subscription { article_stream(batch_size: 9, cursor: {initial_value: {price: null}}) { id } }');
SELECT graphql.execute('{}', 'subscription { article_stream(batch_size: 9, cursor: {initial_value: {}}) { id } }');
SELECT graphql.execute('{}', 'subscription { article_stream(batch_size: 9, cursor: [{initial_value: {id: 1}}, {initial_value: {price: "1"}}]) { id } }');
DROP TABLE author, article, comment CASCADE;
DELETE FROM gqle.tables;
