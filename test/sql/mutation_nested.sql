-- Nested inserts: rows before and after their parents, conflicts at every level,
-- columns determined twice, where errors are.
\a
\t
SET client_min_messages = warning;
CREATE TABLE author (id serial PRIMARY KEY, name text UNIQUE, note text DEFAULT 'none');
CREATE TABLE detail (id int PRIMARY KEY REFERENCES author, phone text);
CREATE TABLE article (id serial PRIMARY KEY, author_id int REFERENCES author, editor_id bigint, title text NOT NULL CHECK (title <> 'bad'),
	UNIQUE (author_id, title));
CREATE TABLE comment (id serial PRIMARY KEY, article_id int REFERENCES article, words text[]);
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'author'), ('default', 'public', 'article'),
	('default', 'public', 'detail'), ('default', 'public', 'comment');
INSERT INTO gqle.relationships (source, schema_name, table_name, kind, name, using_definition) VALUES
	('default', 'public', 'article', 'object', 'author', '{"foreign_key_constraint_on": "author_id"}'),
	('default', 'public', 'article', 'object', 'editor', '{"manual_configuration": {"remote_table": "author", "column_mapping": {"editor_id": "id"}}}'),
	('default', 'public', 'article', 'array', 'comments', '{"foreign_key_constraint_on": {"table": "comment", "column": "article_id"}}'),
	('default', 'public', 'comment', 'object', 'article', '{"foreign_key_constraint_on": "article_id"}'),
	('default', 'public', 'author', 'object', 'detail', '{"foreign_key_constraint_on": {"table": "detail", "column": "id"}}'),
	('default', 'public', 'author', 'array', 'articles', '{"foreign_key_constraint_on": {"table": "article", "column": "author_id"}}');
CREATE FUNCTION run(query text, variables jsonb DEFAULT '{}', role text DEFAULT 'admin') RETURNS text LANGUAGE sql AS $$
	SELECT graphql.execute(jsonb_build_object('x-hasura-role', role, 'x-hasura-user-id', '1'), query, variables)::text
$$;

-- down, up, beside
SELECT run('mutation { insert_author(objects: [
	{name: "a", articles: {data: [{title: "a1", comments: {data: [{words: ["x"]}, {words: []}]}}, {title: "a2"}]}},
	{name: "b", detail: {data: {phone: "1"}}},
	{articles: {data: []}, detail: null}
]) { affected_rows returning { id name note detail { phone } articles { id title comments { id words } } } } }');
SELECT run('mutation { insert_comment_one(object: {words: "{q}", article: {data: {title: "c1", author: {data: {name: "c"}}, editor: {data: {name: "d"}}}}}) {
	id words article { title author { name } editor { name } } } }');
SELECT run('mutation { insert_article(objects: [{title: "e1", author: {data: {name: "e"}}}, {title: "e2"}, {title: "e3", author: {data: {name: "f", note: "n"}}}]) {
	affected_rows returning { title author_id author { name note } } } }');
SELECT run('mutation { insert_author_one(object: {name: "g", articles: {data: {title: "g1"}}}) { id articles_aggregate { aggregate { count } } } }');
SELECT run('mutation { insert_author_one(object: {name: "h", articles: {data: {title: "h1"}}}) { name } }');

-- conflicts
SELECT run('mutation { insert_author(objects: [{name: "a", articles: {data: [{title: "a1"}, {title: "a3"}], on_conflict: {constraint: article_author_id_title_key, update_columns: []}}}],
	on_conflict: {constraint: author_name_key, update_columns: [name]}) { affected_rows returning { id articles(order_by: {id: asc}) { title } } } }');
SELECT run('mutation { insert_article(objects: [{title: "i", author: {data: {name: "a"}, on_conflict: {constraint: author_name_key, update_columns: [name]}}}]) { affected_rows returning { author_id } } }');
SELECT run('mutation { insert_article(objects: [{title: "i", author: {data: {name: "a"}, on_conflict: {constraint: author_name_key, update_columns: []}}}]) { affected_rows } }');
SELECT run('mutation { insert_author(objects: [{name: "z"}, {name: "a", articles: {data: [{title: "j"}]}}], on_conflict: {constraint: author_name_key}) { affected_rows } }');
SELECT run('mutation { insert_author(objects: [{name: "a"}, {name: "k", articles: {data: [{title: "k1"}]}}], on_conflict: {constraint: author_name_key}) { affected_rows returning { name } } }');

-- determined twice
SELECT run('mutation { insert_author(objects: [{name: "l", articles: {data: [{title: "l1"}, {title: "l2", author_id: 1}]}}]) { affected_rows } }');
SELECT run('mutation { insert_article(objects: [{title: "l", author_id: 1, author: {data: {name: "l"}}}]) { affected_rows } }');
SELECT run('mutation { insert_author_one(object: {name: "l", articles: {data: [{title: "l1", author: {data: {name: "m"}}}]}}) { id } }');
SELECT run('mutation { insert_author(objects: [{name: "l"}, {name: "m", detail: {data: {id: 7, phone: "1"}}}]) { affected_rows } }');

-- where errors are
SELECT run('mutation { insert_author(objects: [{name: "n"}, {name: "a", articles: {data: [{title: "n1"}]}}]) { affected_rows } }');
SELECT run('mutation { insert_author(objects: [{name: "n", articles: {data: [{title: "n1"}]}}, {name: "o", articles: {data: [{title: "n1"}, {title: "bad"}]}}]) { affected_rows } }');
SELECT run('mutation { insert_author(objects: [{name: "n", articles: {data: [{title: "n1", comments: {data: {words: []}}}, {title: "bad"}]}}]) { affected_rows } }');
SELECT run('mutation { insert_author_one(object: {name: "n", articles: {data: [{title: "n1"}, {title: "n1"}]}}) { id } }');
SELECT run('mutation { insert_article_one(object: {title: "p", author: {data: {name: "a"}}}) { id } }');
SELECT count(*) FROM author WHERE name IN ('l', 'n', 'o', 'z');

-- a trigger leaves rows out: their children have nowhere to go
CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.name LIKE 'skip%' THEN RETURN NULL; END IF; RETURN NEW; END $$;
CREATE TRIGGER skip BEFORE INSERT ON author FOR EACH ROW EXECUTE FUNCTION skip();
SELECT run('mutation { insert_author(objects: [{name: "skip1"}, {name: "q", articles: {data: [{title: "q1"}]}}]) { affected_rows returning { name articles { title } } } }');
SELECT run('mutation { insert_author(objects: [{name: "r"}, {name: "skip2", articles: {data: [{title: "q1"}]}}]) { affected_rows } }');
DROP TRIGGER skip ON author;

-- rows that leave out columns, with and without defaults
SELECT run('mutation { insert_author(objects: [{name: "s", articles: {data: [{title: "s1", editor_id: 1}, {title: "s2"}, {title: "s3", id: 5000}]}}, {note: "t", articles: {data: [{title: "t1"}]}}, {note: null}]) {
	affected_rows returning { name note articles(order_by: {title: asc}) { title editor_id } } } }');
SELECT run('mutation { insert_comment(objects: [{words: "{1}"}, {article_id: null}, {}]) { returning { words article_id } } }');

-- one rule of many parents is one statement
SELECT n_inserts FROM (SELECT array_length(regexp_split_to_array(graphql.explain('{}', 'mutation { insert_author(objects: [' ||
	(SELECT string_agg('{articles: {data: {title: "x"}, on_conflict: {constraint: article_pkey, update_columns: [title], where: {title: {_eq: "y"}}}}}', ',') FROM generate_series(1, 20)) ||
	']) { affected_rows } }'), 'INSERT'), 1) - 1 AS n_inserts) AS n;
SELECT left(run('mutation { insert_author(objects: [' ||
	(SELECT string_agg('{articles: {data: {title: "x"}, on_conflict: {constraint: article_pkey, update_columns: [title], where: {id: {_eq: ' || n || '}}}}}', ',') FROM generate_series(1, 1001) n) ||
	']) { affected_rows } }'), 260);

-- many
SELECT run('mutation($a: [article_insert_input!]!) { insert_author_one(object: {name: "many", articles: {data: $a}}) { articles_aggregate { aggregate { count max { title } } } } }',
	jsonb_build_object('a', (SELECT jsonb_agg(jsonb_build_object('title', 't' || n)) FROM generate_series(100, 1099) n)));

DELETE FROM gqle.relationships;
DELETE FROM gqle.tables;
DROP TABLE comment, article, detail, author CASCADE;
DROP FUNCTION skip;
DROP FUNCTION run;
