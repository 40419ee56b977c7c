-- Lists of related rows: one subquery per parent, or all at once, as the number
-- of parents suggests; the answer is the same.
\a
\t
CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, name text);
CREATE TABLE grandchild (id int PRIMARY KEY, child_id int REFERENCES child);
INSERT INTO parent SELECT n, 'p' || n FROM generate_series(1, 5000) n;
INSERT INTO child SELECT n, 1 + n * 7919 % 4990, 'c' || n FROM generate_series(1, 25000) n;
INSERT INTO grandchild SELECT n, n FROM generate_series(1, 5000) n;
CREATE INDEX child_parent ON child (parent_id);
CREATE INDEX grandchild_child ON grandchild (child_id);
ANALYZE parent, child, grandchild;
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES
	('default', 'public', 'parent'), ('default', 'public', 'child'), ('default', 'public', 'grandchild');
INSERT INTO gqle.relationships (source, schema_name, table_name, kind, name, using_definition) VALUES
	('default', 'public', 'parent', 'array', 'children', '{"foreign_key_constraint_on": {"table": "child", "column": "parent_id"}}'),
	('default', 'public', 'child', 'array', 'children', '{"foreign_key_constraint_on": {"table": "grandchild", "column": "child_id"}}');

-- many parents: grouped, on both levels
SELECT graphql.explain('{}', '{ parent(order_by: {id: asc}) { id children(where: {name: {_neq: "x"}}, order_by: {id: desc}) { name children { id } } } }');
-- few parents, and lists with a slice of their own: a subquery each
SELECT graphql.explain('{}', '{ parent(where: {name: {_in: ["p1", "p2"]}}) { id children { name } } }');
SELECT graphql.explain('{}', '{ parent(order_by: {name: asc}, limit: 20) { id children { name } } }');
SELECT graphql.explain('{}', '{ parent { id children(limit: 2) { name } } }');

-- the same answer: all at once against one by one
CREATE TEMP TABLE whole AS
	SELECT graphql.execute('{}', '{ parent(order_by: {id: asc}) { id children(order_by: {id: desc}) { id name children { id } } } }') #> '{data,parent}' AS parents;
CREATE TEMP TABLE single AS
	SELECT p.id, graphql.execute('{}', 'query ($id: Int!) { parent_by_pk(id: $id) { id children(order_by: {id: desc}) { id name children { id } } } }', jsonb_build_object('id', p.id)) #> '{data,parent_by_pk}' AS parent
	FROM parent p WHERE id <= 200 OR id > 4980;
SELECT count(*), count(*) FILTER (WHERE s.parent::text <> w.value::text) AS different
FROM single s, json_array_elements((SELECT parents FROM whole)) WITH ORDINALITY w
WHERE w.ordinality = s.id;
SELECT json_array_length(parents) FROM whole;

-- what the choice gains in time: each way over the last two parents, and over all where no
-- index helps; there one by one is given a tenth of them.  A limit that cuts
-- nothing keeps lists from being grouped.
CREATE FUNCTION pg_temp.took(sql text, parents int) RETURNS float LANGUAGE plpgsql AS $$
DECLARE
	plan json;
	best float := 'infinity';
BEGIN
	-- the best of some runs: others may be at work
	FOR i IN 1 .. 5 LOOP
		EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ' ||
			replace(sql, 'public.parent AS parent', format('(SELECT * FROM public.parent WHERE id > %s) AS parent', 5000 - parents)) INTO plan;
		best := least(best, (plan->0->>'Execution Time')::float);
		EXIT WHEN best > 100;
	END LOOP;
	RETURN best;
END $$;
CREATE TEMP TABLE ways AS
	SELECT way, regexp_replace(graphql.explain('{}', query), '^-- parent\n', '') AS sql
	FROM (VALUES ('at once', '{ parent { id children { name } } }'),
		('one by one', '{ parent { id children(limit: 1000000) { name } } }')) AS w (way, query);
SELECT way, sql ~ 'GROUP BY' AS is_grouped FROM ways ORDER BY way;
SET jit = off;
SELECT pg_temp.took(a.sql, 2) > 10 * pg_temp.took(b.sql, 2) AS "two parents: one by one is faster tenfold"
FROM ways a, ways b WHERE a.way = 'at once' AND b.way = 'one by one';
DROP INDEX child_parent;
SELECT pg_temp.took(b.sql, 500) > 10 * pg_temp.took(a.sql, 5000) AS "all parents: at once is faster, a hundredfold"
FROM ways a, ways b WHERE a.way = 'at once' AND b.way = 'one by one';
SELECT graphql.explain('{}', '{ parent { id children { name } } }') ~ 'GROUP BY' AS is_grouped;

DROP TABLE parent, child, grandchild CASCADE;
DELETE FROM gqle.tables;
