-- A condition of a list's rows on the row they belong to is found out once for
-- the list: of permissions and of requests, below OR and NOT, in EXISTS.
\a
\t
\i test/fixtures/library.sql
UPDATE gqle.permissions SET definition = '{"columns": "*", "filter": {"_or": [{"published": {"_eq": true}}, {"author": {"info": {"_has_key": "langs"}, "id": {"_eq": "X-Hasura-User-Id"}}}]}}' WHERE table_name = 'article';
UPDATE gqle.permissions SET definition = '{"columns": "*", "filter": {"score": {"_gt": 5}}}' WHERE table_name = 'author';
CREATE FUNCTION pg_temp.both(query text, session jsonb DEFAULT '{"x-hasura-role": "user", "x-hasura-user-id": "1"}') RETURNS text LANGUAGE sql AS
	$$ SELECT graphql.explain(session, query) || graphql.execute(session, query) $$;

SELECT pg_temp.both('{ author(order_by: {id: asc}) { id articles(order_by: {id: asc}) { id } } }');
SELECT pg_temp.both('{ author(order_by: {id: asc}) { id articles(where: {_not: {author: {born: {_gt: "1900-01-01"}}}}) { id } } }');
SELECT pg_temp.both('{ author(order_by: {id: asc}) { articles_aggregate(where: {author: {name: {_eq: "Ada"}}}) { aggregate { count } } } }', '{}');
SELECT pg_temp.both('{ author(where: {articles: {author: {name: {_eq: "Ada"}}}}) { id } }', '{}');
-- another relationship to the same table is another row
SELECT pg_temp.both('{ author(order_by: {id: asc}) { articles(where: {reviewer: {name: {_eq: "Ada"}}}) { id } } }', '{}');
-- rows that are only like the table's are not looked at instead of it
CREATE FUNCTION disguised() RETURNS SETOF author LANGUAGE sql STABLE AS $$ SELECT id, 'Nobody', born, score, info FROM author WHERE id < 3 $$;
INSERT INTO gqle.functions (source, schema_name, function_name) VALUES ('default', 'public', 'disguised');
SELECT pg_temp.both('{ disguised(order_by: {id: asc}) { name articles(where: {author: {name: {_eq: "Ada"}}}, order_by: {id: asc}) { id } } }', '{}');

-- what it gains: below OR, Postgres would look at every team, or at one for each task
CREATE TABLE team (id int PRIMARY KEY, lead int);
CREATE TABLE task (id int PRIMARY KEY, team_id int NOT NULL REFERENCES team, done boolean);
INSERT INTO team SELECT g, g % 5 FROM generate_series(1, 20) g;
INSERT INTO task SELECT g, 1 + g % 20, false FROM generate_series(1, 2000) g;
CREATE INDEX task_team ON task (team_id);
ANALYZE team, task;
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'team'), ('default', 'public', 'task');
INSERT INTO gqle.relationships (source, schema_name, table_name, kind, name, using_definition) VALUES
	('default', 'public', 'task', 'object', 'team', '{"foreign_key_constraint_on": "team_id"}'),
	('default', 'public', 'team', 'array', 'tasks', '{"foreign_key_constraint_on": {"table": "task", "column": "team_id"}}');
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition) VALUES
	('default', 'public', 'team', 'member', 'select', '{"columns": "*", "filter": {}}'),
	('default', 'public', 'task', 'member', 'select', '{"columns": "*", "filter": {"_or": [{"done": {"_eq": true}}, {"team": {"lead": {"_eq": "X-Hasura-Lead"}}}]}}');
SET jit = off;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT regexp_replace(graphql.explain('{"x-hasura-role": "member", "x-hasura-lead": "1"}', '{ team { tasks(limit: 1000) { id } } }', '{}', NULL, 'plan'), '  \(cost[^)]*\)', '', 'g');
RESET jit;
RESET enable_seqscan;
RESET enable_bitmapscan;

DROP TABLE author, article, comment, team, task CASCADE;
DELETE FROM gqle.functions;
DELETE FROM gqle.tables;
