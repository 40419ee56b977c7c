-- Native queries under permissions of logical models: allowed, denied, filtered,
-- and not inferable; inherited roles; permissions of what they relate to.
\a
\t
SET client_min_messages = warning;
CREATE TABLE account (id int PRIMARY KEY, owner text, secret text);
CREATE TABLE payment (id int PRIMARY KEY, account_id int REFERENCES account, amount int);
INSERT INTO account VALUES (1, 'ann', 's1'), (2, 'bob', 's2'), (3, 'ann', 's3');
INSERT INTO payment VALUES (1, 1, 10), (2, 2, 20), (3, 3, 30);
CREATE FUNCTION pg_temp.m(type text, args json) RETURNS void LANGUAGE sql AS
	$$ SELECT gqle.metadata(json_build_object('type', type, 'args', args)::jsonb) $$;
CREATE FUNCTION pg_temp.ask(role text, query text, more jsonb DEFAULT '{"x-hasura-user": "ann"}') RETURNS text LANGUAGE sql AS
	$$ SELECT graphql.execute(jsonb_build_object('x-hasura-role', role) || more, query)::text $$;
SELECT pg_temp.m('bulk', '[
 {"type": "pg_track_table", "args": {"table": "account"}},
 {"type": "pg_track_table", "args": {"table": "payment"}},
 {"type": "pg_track_logical_model", "args": {"source": "default", "name": "acc", "fields": [{"name": "id", "type": "integer"}, {"name": "owner", "type": "text"}, {"name": "secret", "type": "text"}]}},
 {"type": "pg_create_logical_model_select_permission", "args": {"source": "default", "name": "acc", "role": "user", "permission": {"columns": ["id", "owner"], "filter": {"owner": {"_eq": "X-Hasura-User"}}, "limit": 1}}},
 {"type": "pg_create_logical_model_select_permission", "args": {"source": "default", "name": "acc", "role": "bobs", "permission": {"columns": ["id", "secret"], "filter": {"owner": "bob"}}}},
 {"type": "pg_create_logical_model_select_permission", "args": {"source": "default", "name": "acc", "role": "payer", "permission": {"columns": ["id"], "filter": {"_exists": {"_table": "payment", "_where": {"account_id": {"_ceq": ["$", "id"]}, "amount": {"_gt": 15}}}}}}},
 {"type": "pg_create_logical_model_select_permission", "args": {"source": "default", "name": "acc", "role": "blind", "permission": {"columns": [], "filter": {}}}},
 {"type": "pg_create_logical_model_select_permission", "args": {"source": "default", "name": "acc", "role": "counter", "permission": {"columns": "*", "filter": {}, "allow_aggregations": true}}},
 {"type": "add_inherited_role", "args": {"role_name": "both", "role_set": ["user", "bobs"]}},
 {"type": "pg_track_native_query", "args": {"source": "default", "root_field_name": "accounts", "returns": "acc", "code": "SELECT * FROM account WHERE id >= {{least}}", "arguments": {"least": {"type": "integer", "nullable": false}}, "array_relationships": [{"name": "payments", "using": {"column_mapping": {"id": "account_id"}, "remote_table": "payment"}}]}},
 {"type": "pg_track_native_query", "args": {"source": "default", "root_field_name": "every", "returns": "acc", "code": "SELECT * FROM account"}},
 {"type": "pg_track_native_query", "args": {"source": "default", "root_field_name": "own", "code": "SELECT id, amount FROM payment", "returns": {"fields": [{"name": "id", "type": "integer"}, {"name": "amount", "type": "integer"}], "select_permissions": [{"role": "inline", "permission": {"columns": ["id"], "filter": {"amount": {"_lt": "X-Hasura-Most"}}}}]}}},
 {"type": "pg_create_object_relationship", "args": {"table": "payment", "name": "acc", "using": {"manual_configuration": {"column_mapping": {"account_id": "id"}, "remote_native_query": "every"}}}},
 {"type": "pg_create_select_permission", "args": {"table": "payment", "role": "user", "permission": {"columns": ["id", "account_id"], "filter": {"amount": {"_lt": 25}}}}},
 {"type": "pg_create_select_permission", "args": {"table": "payment", "role": "related", "permission": {"columns": ["id"], "filter": {"acc": {"owner": {"_eq": "bob"}}}}}}
]');

-- allowed, and only the rows and columns that are
SELECT pg_temp.ask('admin', '{ accounts(args: {least: 2}, order_by: {id: asc}) { id owner secret payments { amount } } }');
SELECT pg_temp.ask('user', '{ every(order_by: {id: desc}) { id owner } accounts(args: {least: 0}, order_by: {id: asc}) { id payments { id } } }');
SELECT pg_temp.ask('user', '{ every { id } }', '{"x-hasura-user": "eve"}');
SELECT pg_temp.ask('user', '{ every { id } }', '{}');
SELECT pg_temp.ask('payer', '{ every(order_by: {id: asc}) { id } }');
SELECT pg_temp.ask('inline', '{ own { id } }', '{"x-hasura-most": "25"}');
SELECT pg_temp.ask('both', '{ every(order_by: {id: asc}) { id owner secret } }');
-- a hidden row is not there, by whatever way
SELECT pg_temp.ask('user', '{ payment(order_by: {id: asc}) { id acc { id owner } } }');
SELECT pg_temp.ask('user', '{ payment(where: {acc: {id: {_gt: 0}}}) { id } }');
SELECT pg_temp.ask('related', '{ payment { id } }');
-- denied: what is not granted does not exist
SELECT pg_temp.ask('stranger', '{ every { id } }');
SELECT pg_temp.ask('inline', '{ every { id } }');
SELECT pg_temp.ask('blind', '{ every { id } }');
SELECT pg_temp.ask('user', '{ every { secret } }');
SELECT pg_temp.ask('payer', '{ accounts(args: {least: 0}) { payments { id } } }');
SELECT pg_temp.ask('counter', '{ every_aggregate { aggregate { count } } }');
SELECT pg_temp.ask('user', 'mutation { every { id } }');
SELECT pg_temp.ask('user', 'subscription { every_stream(batch_size: 1, cursor: {}) { id } }');
-- not inferable: hidden columns are no conditions, orders or distinct
SELECT pg_temp.ask('user', '{ every(where: {secret: {_like: "s%"}}) { id } }');
SELECT pg_temp.ask('user', '{ every(order_by: {secret: asc}) { id } }');
SELECT pg_temp.ask('user', '{ every(distinct_on: secret) { id } }');
SELECT pg_temp.ask('user', '{ every(where: {_not: {owner: {_eq: "ann"}}}) { id } }');
SELECT gqle_internal.schema_type('user', t) FROM unnest(ARRAY['acc', 'acc_bool_exp_bool_exp', 'acc_enum_name', 'own']) AS t;

SELECT gqle.clear_metadata();
DROP TABLE payment, account;
