-- Who may call graphql.execute, and with whose privileges it runs.
\a
\t
\i test/fixtures/library.sql
CREATE ROLE gqle_test_caller;
SET ROLE gqle_test_caller;
SELECT graphql.execute('{}', '{ author { id } }');
RESET ROLE;
SELECT gqle.allow_execute('gqle_test_caller');
SET ROLE gqle_test_caller;
SELECT graphql.execute('{}', '{ author { id } }');
RESET ROLE;
GRANT SELECT ON author, article TO gqle_test_caller;
SET ROLE gqle_test_caller;
SELECT graphql.execute('{}', '{ author(order_by: {id: asc}) { id articles(order_by: {id: asc}) { id } debut { id } } }');
SELECT graphql.execute('{}', '{ comment { id } }');
-- the metadata are not theirs
SELECT gqle.allow_execute('gqle_test_caller');
SELECT count(*) FROM gqle.tables;
RESET ROLE;
SELECT gqle.allow_execute('nobody_has_this_name');
DROP TABLE author, article, comment CASCADE;
DELETE FROM gqle.tables;
DROP OWNED BY gqle_test_caller;
DROP ROLE gqle_test_caller;
