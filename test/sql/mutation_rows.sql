-- Inserting, updating and deleting rows: answers, defaults, operators, conflicts,
-- and what happens without anything to do.
\a
\t
SET client_min_messages = warning;
CREATE TABLE author (id serial PRIMARY KEY, name text UNIQUE, age int DEFAULT 30, tags text[], info jsonb DEFAULT '{"a": 1}',
	upper_name text GENERATED ALWAYS AS (upper(name)) STORED);
CREATE TABLE article (id serial PRIMARY KEY, author_id int REFERENCES author ON DELETE CASCADE, title varchar(10) NOT NULL, words bigint);
CREATE TABLE lone (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE FUNCTION greeting(a author) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'hello ' || a.name $$;
CREATE FUNCTION add_author(n text) RETURNS SETOF author LANGUAGE sql VOLATILE AS $$ INSERT INTO author (name) VALUES (n), (n || '2') RETURNING * $$;
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'author'), ('default', 'public', 'article'),
	('default', 'public', 'lone');
INSERT INTO gqle.relationships (source, schema_name, table_name, kind, name, using_definition) VALUES
	('default', 'public', 'article', 'object', 'author', '{"foreign_key_constraint_on": "author_id"}'),
	('default', 'public', 'author', 'array', 'articles', '{"foreign_key_constraint_on": {"table": "article", "column": "author_id"}}');
INSERT INTO gqle.computed_fields (source, schema_name, table_name, name, definition) VALUES
	('default', 'public', 'author', 'greeting', '{"function": "greeting"}');
INSERT INTO gqle.functions (source, schema_name, function_name) VALUES ('default', 'public', 'add_author');
CREATE FUNCTION run(query text, variables jsonb DEFAULT '{}', role text DEFAULT 'admin', id text DEFAULT '1') RETURNS text LANGUAGE sql AS $$
	SELECT graphql.execute(jsonb_build_object('x-hasura-role', role, 'x-hasura-user-id', id), query, variables)::text
$$;

-- one row, several, several with different columns, none
SELECT run('mutation { insert_author_one(object: {name: "a", tags: ["x", "y,z"]}) { id name age tags upper_name info __typename greeting } }');
SELECT run('mutation { insert_author(objects: [{name: "b", age: null}, {name: "c", age: 5}]) { affected_rows returning { id name age } __typename other: returning { n: name } } }');
SELECT run('mutation { insert_author(objects: [{name: "d"}, {age: 1}, {}]) { affected_rows returning { id name age info } } }');
SELECT run('mutation { insert_author(objects: []) { affected_rows returning { id } __typename } }');
SELECT run('mutation { insert_lone_one(object: {}) { id } insert_lone(objects: [{}, {}]) { returning { id } } }');
SELECT run('mutation($o: [author_insert_input!]!) { insert_author(objects: $o) { returning { name tags info } } }',
	'{"o": [{"name": "e", "tags": ["1"], "info": {"k": [1, null]}}, {"name": "f", "tags": "{2,3}", "info": "s"}, {"name": "g", "tags": null, "info": null}]}');
SELECT run('mutation { insert_author(objects: {name: "h"}) { affected_rows } }');

-- relationships in the answer see what was done
SELECT run('mutation { insert_article_one(object: {author_id: 1, title: "t1"}) { id author { name articles { title } articles_aggregate { aggregate { count } } } } }');
SELECT run('mutation { insert_article(objects: [{author_id: 2, title: "t2"}, {author_id: 1, title: "t3", words: "9007199254740993"}]) { returning { title words author { name greeting } } } }');

-- update
SELECT run('mutation { update_author(where: {name: {_in: ["a", "b"]}}, _set: {age: 7}, _append: {info: {b: 2}}) { affected_rows returning { name age info } } }');
SELECT run('mutation { update_author_by_pk(pk_columns: {id: 1}, _inc: {age: 3}, _delete_key: {info: "a"}) { age info articles(order_by: {id: asc}) { title } } }');
SELECT run('mutation { update_author_by_pk(pk_columns: {id: 1}, _prepend: {info: [1, 2, {x: {y: 1}}]}) { info } }');
SELECT run('mutation { update_author_by_pk(pk_columns: {id: 1}, _delete_elem: {info: 0}) { info } }');
SELECT run('mutation { update_author_by_pk(pk_columns: {id: 1}, _delete_at_path: {info: ["1", "x", "y"]}) { info } }');
SELECT run('mutation { update_author_by_pk(pk_columns: {id: 100}, _set: {age: 1}) { id } }');
SELECT run('mutation { update_author_by_pk(pk_columns: {id: 1}) { id } update_author(where: {}, _set: {}) { affected_rows returning { id } } }');
SELECT run('mutation { update_author(where: {}, _set: {age: 1}, _inc: {age: 1}) { affected_rows } }');
SELECT run('mutation { update_author_many(updates: [{where: {id: {_eq: 1}}, _set: {age: 1}}, {where: {age: {_eq: 1}}, _inc: {age: 1}}, {where: {id: {_eq: 1}}}]) { affected_rows returning { id age articles(order_by: {id: asc}) { id } } } }');
SELECT run('mutation { update_author_many(updates: []) { affected_rows } }');
SELECT run('mutation($n: String) { update_author(where: {id: {_eq: 3}}, _set: {name: $n}) { returning { id name } } }');

-- conflicts
SELECT run('mutation { insert_author_one(object: {name: "a", age: 50}, on_conflict: {constraint: author_name_key, update_columns: [age]}) { id age articles { id } } }');
SELECT run('mutation { insert_author_one(object: {name: "a", age: 60}, on_conflict: {constraint: author_name_key, update_columns: [age], where: {age: {_gt: 50}}}) { id age } }');
SELECT run('mutation { insert_author(objects: [{name: "a"}, {name: "i"}], on_conflict: {constraint: author_name_key}) { affected_rows returning { name } } }');
SELECT run('mutation { insert_author_one(object: {name: "a"}) { id } }');

-- all or nothing
SELECT run('mutation { insert_author(objects: {name: "j"}) { affected_rows } insert_article(objects: {title: "too long for it"}) { affected_rows } }');
SELECT run('mutation { insert_article(objects: [{title: null}]) { affected_rows } }');
SELECT run('mutation { alias: insert_article(objects: [{author_id: 99, title: "a"}]) { affected_rows } }');
SELECT run('mutation($w: bigint) { insert_article_one(object: {title: "x", words: $w}) { id } }', '{"w": "many"}');
SELECT count(*) FROM author WHERE name = 'j';

-- delete
SELECT run('mutation { delete_article(where: {author: {name: {_eq: "b"}}}) { affected_rows returning { title author { name } } } }');
SELECT run('mutation { delete_author_by_pk(id: 1) { name greeting articles { id } } }');
SELECT run('mutation { delete_author_by_pk(id: 1) { name } delete_author(where: {id: {_eq: -1}}) { affected_rows returning { id } } }');

-- functions, in order with the rest
SELECT run('mutation { delete_author(where: {name: {_like: "z%"}}) { affected_rows } add_author(args: {n: "z"}, order_by: {name: desc}) { name } update_author(where: {name: {_eq: "z2"}}, _set: {name: "zz"}) { returning { name } } }');

-- an operation that runs itself from a trigger
CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	IF NEW.age < 5 THEN
		NEW.info := run('mutation($a: Int, $n: String) { insert_author(objects: [{age: $a, name: $n}]) { returning { age name info } } }',
			jsonb_build_object('a', NEW.age + 1, 'n', NEW.name || '+'))::jsonb;
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER again BEFORE INSERT ON author FOR EACH ROW EXECUTE FUNCTION again();
SELECT run('mutation($a: Int, $n: String) { insert_author(objects: [{age: $a, name: $n}]) { returning { age name info } } }', '{"a": 3, "n": "deep"}');
SELECT age, name FROM author WHERE name LIKE 'deep%' ORDER BY age;
DROP TRIGGER again ON author;
DROP FUNCTION again;

DELETE FROM gqle.functions;
DELETE FROM gqle.computed_fields;
DELETE FROM gqle.relationships;
DELETE FROM gqle.tables;
DROP FUNCTION add_author;
DROP TABLE lone, article, author CASCADE;
DROP FUNCTION run;
