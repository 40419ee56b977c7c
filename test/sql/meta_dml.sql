-- select, insert, update, delete and count of /v1/query, as admin and as roles.
\a
\t
SET client_min_messages = error;
CREATE FUNCTION pg_temp.q(type text, args text, session jsonb DEFAULT '{}', path text DEFAULT '/v1/query') RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || answer FROM gqle_internal.call_api(path, format('{"type": "%s", "args": %s}', type, args), session) $$;

CREATE TABLE author (id serial PRIMARY KEY, name text UNIQUE, score int DEFAULT 7, info jsonb);
CREATE TABLE article (id serial PRIMARY KEY, author_id int REFERENCES author, title text, at timestamp);
SELECT gqle.track_schema('public');
SELECT gqle.set_table_customization('author', '{"custom_name": "Writer", "column_config": {"name": {"custom_name": "fullName"}}}');

-- insert
SELECT pg_temp.q('insert', '{"table": "author", "objects": [{"name": "a", "info": {"k": [1]}}, {"name": "b", "score": 2}], "returning": ["id", "name", "score"]}');
SELECT pg_temp.q('insert', '{"table": "article", "objects": [{"author_id": 1, "title": "x"}, {"author_id": 1, "title": "y"}, {"author_id": 2, "title": null}]}');
SELECT pg_temp.q('insert', '{"table": "author", "objects": [{"name": "a"}]}');
SELECT pg_temp.q('insert', '{"table": "author", "objects": [{"name": "a", "score": 9}], "on_conflict": {"action": "update", "constraint": "author_name_key"}, "returning": ["id", "score"]}');
SELECT pg_temp.q('insert', '{"table": "author", "objects": [{"name": "a", "score": 1}], "on_conflict": {"constraint_on": ["name"], "action": "ignore"}}');
SELECT pg_temp.q('insert', '{"table": "author", "objects": [{"name": "a"}], "on_conflict": {"action": "update"}}');
SELECT pg_temp.q('insert', '{"table": "author", "objects": [{"name": "a"}], "on_conflict": {"action": "update", "constraint": "nothing"}}');
SELECT pg_temp.q('insert', '{"table": "author", "objects": []}');
SELECT pg_temp.q('insert', '{"table": "author", "objects": [{"nothing": 1}]}');

-- select
SELECT pg_temp.q('select', '{"table": "author", "columns": ["id", "name", "info"], "order_by": "-id"}');
SELECT pg_temp.q('select', '{"table": "author", "columns": ["*"], "where": {"name": "a"}}');
SELECT pg_temp.q('select', '{"table": "article", "columns": ["*.*"], "where": {"author": {"name": {"$eq": "a"}}}, "order_by": [{"column": "author.name", "type": "desc", "nulls": "first"}, "+id"], "limit": 1, "offset": 1}');
SELECT pg_temp.q('select', '{"table": "author", "columns": ["name", {"name": "articles", "alias": "works", "columns": ["title"], "where": {"$or": [{"title": {"$like": "x%"}}, {"title": null}]}, "order_by": ["id"]}], "order_by": ["id"]}');
SELECT pg_temp.q('select', '{"table": "author", "columns": ["id"], "where": {"$not": {"_and": [{"id": {"$in": [1, 5]}}, {"info": {"_contains": {"k": [1]}}}]}}}');
SELECT pg_temp.q('select', '{"table": "author", "columns": ["nothing"]}');
SELECT pg_temp.q('select', '{"table": "author", "columns": ["id", {"name": "nothing", "columns": []}]}');
SELECT pg_temp.q('select', '{"table": "author", "columns": ["id"], "where": {"nothing": 1}}');
SELECT pg_temp.q('select', '{"table": "author", "columns": ["id"], "where": {"id": {"$nothing": 1}}}');
SELECT pg_temp.q('select', '{"table": "author", "columns": ["id"], "where": {"id": "x"}}');
SELECT pg_temp.q('select', '{"table": "author", "columns": ["id"], "order_by": "nothing"}');
SELECT pg_temp.q('select', '{"table": "author", "columns": ["id"], "limit": -1}');
SELECT pg_temp.q('select', '{"table": "author", "columns": ["id"], "limit": "1"}');
SELECT pg_temp.q('select', '{"table": "author"}');
SELECT pg_temp.q('select', '{"table": "nothing", "columns": ["id"]}');
SELECT pg_temp.q('select', '{"table": "author", "columns": ["id"], "order_by": "id"}', '{}', '/v2/query');
SELECT pg_temp.q('select', '{"table": "author", "columns": []}');
-- what is no column, no relationship, or the other of both
SELECT pg_temp.q('select', '{"table": "author", "columns": [{"name": "id", "columns": ["id"]}]}');
SELECT pg_temp.q('select', '{"table": "article", "columns": [{"name": "author", "columns": ["id"], "limit": 1}]}');
SELECT pg_temp.q('select', '{"table": "article", "columns": ["id"], "order_by": ["id", "author"]}');
SELECT pg_temp.q('select', '{"table": "article", "columns": ["id"], "order_by": "id.name"}');
SELECT pg_temp.q('select', '{"table": "author", "columns": ["id"], "order_by": {"column": "articles.id"}}');
SELECT pg_temp.q('select', '{"table": "author", "columns": ["id"], "order_by": "nothing.id"}');
SELECT pg_temp.q('insert', '{"table": "author", "objects": [{"articles": 1}]}');
SELECT pg_temp.q('insert', '{"table": "author", "objects": [{"name": "a"}], "on_conflict": {"action": "update", "constraint_on": ["nothing"]}}');
SELECT pg_temp.q('insert', '{"table": "author", "objects": [{"name": "a"}], "on_conflict": {"action": "update", "constraint_on": ["score"]}}');
SELECT pg_temp.q('insert', '{"table": "author", "objects": [{"name": "a"}], "on_conflict": {"constraint_on": "name"}}');
SELECT pg_temp.q('insert', '{"table": "author", "objects": [{"name": "a"}], "on_conflict": {"action": "replace"}}');
SELECT pg_temp.q('insert', '{"table": "author", "objects": [{"name": "a"}], "on_conflict": {"action": "update", "constraint_on": 5}}');
SELECT pg_temp.q('insert', '{"table": "author", "objects": 5}');
SELECT pg_temp.q('insert', '{"table": "author", "objects": [5]}');
SELECT pg_temp.q('insert', '{"table": "nothing", "objects": [{}]}');
SELECT pg_temp.q('insert', '{"table": "author", "objects": [{"name": "z"}], "returning": ["nothing"]}');
SELECT pg_temp.q('select', '{"table": "author", "columns": ["id", 5]}');
SELECT pg_temp.q('select', '{"table": "author", "columns": [{"name": "articles"}]}');
SELECT pg_temp.q('select', '{"table": "author", "columns": [{"columns": []}]}');
SELECT pg_temp.q('select', '[]');
SELECT pg_temp.q('select', format('{"table": "author", "columns": ["id"], "where": %s}', w)) FROM unnest(ARRAY['{"$and": 5}', '{"$not": [5]}', '{"id": {"$eq": 1.5}}', '{"id": {"$in": [1, {}]}}', '{"id": {"$like": "a"}}',
	'{"articles": {"nothing": 1}}', '{"articles": 5}', '{"id": {"$ceq": "nothing"}}', '{"id": {"$ceq": "score"}}', '{"_exists": {"_table": "nothing", "_where": {}}}']) AS w;

-- update, delete, count
SELECT pg_temp.q('update', '{"table": "author", "where": {"id": 1}, "$set": {"info": {"z": 1}}, "$inc": {"score": 1}, "returning": ["info", "score"]}');
SELECT pg_temp.q('update', '{"table": "author", "where": {"id": 1}, "$mul": {"score": 2}, "values": {"name": "A"}, "returning": ["name", "score"]}');
SELECT pg_temp.q('update', '{"table": "author", "where": {}, "$default": ["score"], "returning": ["score"]}');
SELECT pg_temp.q('update', '{"table": "author", "where": {"id": 1}}');
SELECT pg_temp.q('update', '{"table": "author", "$set": {"name": "x"}}');
SELECT pg_temp.q('count', '{"table": "article"}');
SELECT pg_temp.q('count', '{"table": "article", "where": {"title": {"$is_null": false}}, "distinct": ["author_id"]}');
SELECT pg_temp.q('count', '{"table": "article", "distinct": ["nothing"]}');
SELECT pg_temp.q('delete', '{"table": "article", "where": {"title": null}, "returning": ["id"]}');
SELECT pg_temp.q('delete', '{"table": "author", "where": {"id": 1}}');

-- roles
SELECT pg_temp.q('select', '{"table": "author", "columns": ["id"]}', '{"x-hasura-role": "user"}');
SELECT pg_temp.q('insert', '{"table": "author", "objects": [{"id": 1}]}', '{"x-hasura-role": "user"}');
SELECT pg_temp.q('update', '{"table": "author", "where": {}, "$set": {"id": 1}}', '{"x-hasura-role": "user"}');
SELECT pg_temp.q('delete', '{"table": "author", "where": {}}', '{"x-hasura-role": "user"}');
SELECT pg_temp.q('count', '{"table": "author"}', '{"x-hasura-role": "user"}');
SELECT gqle.create_select_permission('author', 'user', '{"columns": ["id", "name"], "filter": {"id": "X-Hasura-User-Id"}}');
SELECT gqle.create_update_permission('author', 'user', '{"columns": ["name"], "filter": {"id": "X-Hasura-User-Id"}, "set": {"score": 3}}');
SELECT gqle.create_insert_permission('author', 'user', '{"columns": ["name"], "check": {"name": {"_neq": "bad"}}, "set": {"score": 4}}');
SELECT pg_temp.q('select', '{"table": "author", "columns": ["*"]}', '{"x-hasura-role": "user", "x-hasura-user-id": 1}');
SELECT pg_temp.q('select', '{"table": "author", "columns": ["id", "score"]}', '{"x-hasura-role": "user", "x-hasura-user-id": 1}');
SELECT pg_temp.q('select', '{"table": "author", "columns": ["id"], "where": {"score": 1}}', '{"x-hasura-role": "user", "x-hasura-user-id": 1}');
SELECT pg_temp.q('select', '{"table": "author", "columns": ["id"], "order_by": "score"}', '{"x-hasura-role": "user", "x-hasura-user-id": 1}');
SELECT pg_temp.q('select', '{"table": "author", "columns": ["id", {"name": "articles", "columns": ["id"]}]}', '{"x-hasura-role": "user", "x-hasura-user-id": 1}');
SELECT pg_temp.q('count', '{"table": "author"}', '{"x-hasura-role": "user", "x-hasura-user-id": 1}');
SELECT pg_temp.q('update', '{"table": "author", "where": {}, "$set": {"name": "C"}, "returning": ["name"]}', '{"x-hasura-role": "user", "x-hasura-user-id": 1}');
SELECT pg_temp.q('update', '{"table": "author", "where": {}, "$set": {"id": 5}}', '{"x-hasura-role": "user", "x-hasura-user-id": 1}');
SELECT pg_temp.q('update', '{"table": "author", "where": {}, "$set": {"score": 5}}', '{"x-hasura-role": "user", "x-hasura-user-id": 1}');
SELECT pg_temp.q('insert', '{"table": "author", "objects": [{"name": "bad"}]}', '{"x-hasura-role": "user", "x-hasura-user-id": 1}');
SELECT pg_temp.q('insert', '{"table": "author", "objects": [{"score": 1}]}', '{"x-hasura-role": "user", "x-hasura-user-id": 1}');
SELECT pg_temp.q('select', '{"table": "author", "columns": ["id"], "where": {"articles": {"id": 1}}}', '{"x-hasura-role": "user", "x-hasura-user-id": 1}');
SELECT pg_temp.q('insert', '{"table": "author", "objects": [{"name": "fine"}], "on_conflict": {"action": "update", "constraint": "author_name_key"}}', '{"x-hasura-role": "user", "x-hasura-user-id": 1}');
SELECT gqle.create_insert_permission('article', 'user', '{"columns": ["title", "author_id"], "check": {}}');
SELECT pg_temp.q('insert', '{"table": "article", "objects": [{"title": "t"}], "on_conflict": {"constraint": "article_pkey", "action": "ignore"}}', '{"x-hasura-role": "user", "x-hasura-user-id": 1}');
SELECT gqle.create_update_permission('article', 'user', '{"columns": ["title"], "filter": {}}');
SELECT pg_temp.q('insert', '{"table": "article", "objects": [{"title": "t", "author_id": 1}], "on_conflict": {"action": "update", "constraint": "article_pkey"}}', '{"x-hasura-role": "user", "x-hasura-user-id": 1}');
SELECT pg_temp.q('bulk', '[{"type": "insert", "args": {"table": "author", "objects": [{"name": "good"}]}}, {"type": "count", "args": {"table": "author"}}]', '{"x-hasura-role": "user", "x-hasura-user-id": 1}');
SELECT pg_temp.q('bulk', '[{"type": "count", "args": {"table": "author"}}, {"type": "run_sql", "args": {"sql": "SELECT 1"}}]', '{"x-hasura-role": "user", "x-hasura-user-id": 1}');
SELECT pg_temp.q('select', '{"table": "author", "columns": ["id"]}', '{"x-hasura-role": "user", "x-hasura-user-id": 1}', '/v2/query');

-- the scale of a numeric, as Hasura passes it
CREATE TABLE amount (id int PRIMARY KEY, n numeric);
SELECT gqle.track_table('amount');
SELECT pg_temp.q('insert', '{"table": "amount", "objects": [{"id": 1, "n": 5}, {"id": 2, "n": 1.1}, {"id": 3, "n": 12345.67}, {"id": 4, "n": 0.12345}, {"id": 5, "n": 1e-30}, {"id": 6, "n": 25e-1}, {"id": 7, "n": 1.5e3}, {"id": 8, "n": "1.1"}, {"id": 9, "n": 1.0000}, {"id": 10, "n": null}]}');
SELECT pg_temp.q('update', '{"table": "amount", "where": {"id": 1}, "$mul": {"n": 1.1}, "returning": ["n"]}');
SELECT id, n FROM amount ORDER BY id;

-- an item sees what earlier ones did
SELECT pg_temp.q('bulk', '[{"type": "run_sql", "args": {"sql": "INSERT INTO article (title) VALUES (''new'')"}}, {"type": "select", "args": {"table": "article", "columns": ["title"], "where": {"title": "new"}}}]');

SELECT gqle.clear_metadata();
DROP TABLE article, author, amount;
