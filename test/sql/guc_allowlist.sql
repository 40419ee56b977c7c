-- The allow list: which documents roles other than admin may run.
CREATE SCHEMA allowlist;
CREATE TABLE allowlist.book (id integer PRIMARY KEY, title text);
INSERT INTO allowlist.book VALUES (1, 'Ulysses');
SELECT gqle.metadata('{"type": "pg_track_table", "args": {"source": "default",
	"table": {"schema": "allowlist", "name": "book"}}}');
SELECT gqle.metadata('{"type": "pg_create_select_permission", "args": {"source": "default",
	"table": {"schema": "allowlist", "name": "book"}, "role": "reader",
	"permission": {"columns": "*", "filter": {}}}}');
SELECT gqle.metadata('{"type": "create_query_collection", "args": {"name": "everybody", "definition":
	{"queries": [
		{"name": "titles", "query": "query { allowlist_book { title __typename } }"},
		{"name": "one", "query": "query One($id: Int!) { allowlist_book_by_pk(id: $id) { ...t } } fragment t on allowlist_book { title }"},
		{"name": "some", "query": "query($f: allowlist_book_bool_exp = {id: {_eq: 1, _gt: 0}}) { allowlist_book(limit: 1, where: {_and: [$f, {title: {_is_null: false}, id: {_lt: 9}}]}) { title @include(if: true) } }"},
		{"name": "inline", "query": "{ allowlist_book { ... on allowlist_book { __typename } } }"}]}}}');
SELECT gqle.metadata('{"type": "create_query_collection", "args": {"name": "readers", "definition":
	{"queries": [{"name": "ids", "query": "{ allowlist_book { id } }"}]}}}');
SELECT gqle.metadata('{"type": "add_collection_to_allowlist", "args": {"collection": "everybody"}}');
SELECT gqle.metadata('{"type": "add_collection_to_allowlist", "args": {"collection": "readers",
	"scope": {"global": false, "roles": ["reader"]}}}');

CREATE FUNCTION pg_temp.ask(query text, role text DEFAULT 'reader', variables jsonb DEFAULT '{}')
RETURNS json LANGUAGE sql AS
$$SELECT graphql.execute(jsonb_build_object('x-hasura-role', role), query, variables)$$;

-- Off, everything goes.
SELECT pg_temp.ask('{ allowlist_book { id title } }');

-- On: white space, comments and __typename make no difference, all else does.
SET gqle.enable_allowlist = on;
SELECT pg_temp.ask('{ allowlist_book { id title } }');
SELECT pg_temp.ask('{ allowlist_book { id title } }', 'admin');
SELECT pg_temp.ask('{ allowlist_book { title } }');
SELECT pg_temp.ask(E'query {\n  # a comment\n allowlist_book { __typename title } }');
SELECT pg_temp.ask('{ allowlist_book { name: title } }');
SELECT pg_temp.ask('query Other { allowlist_book { title } }');
SELECT pg_temp.ask('{ allowlist_book(limit: 1) { title } }');
SELECT pg_temp.ask('query One($id: Int!) { allowlist_book_by_pk(id: $id) { ...t } } fragment t on allowlist_book { title }',
	variables => '{"id": 1}');
SELECT pg_temp.ask('query One($id: Int!) { allowlist_book_by_pk(id: $id) { ...t } } fragment t on allowlist_book { title id }',
	variables => '{"id": 1}');
-- selections in inline fragments count as they are
SELECT pg_temp.ask('{ allowlist_book { ... on allowlist_book { __typename } } }');
SELECT pg_temp.ask('{ allowlist_book { ... on allowlist_book { title } } }');
-- arguments and fields of objects have no order, selections and items of lists do
SELECT pg_temp.ask('query($f: allowlist_book_bool_exp = {id: {_gt: 0, _eq: 1}}) { allowlist_book(where: {_and: [$f, {id: {_lt: 9}, title: {_is_null: false}}]}, limit: 1) { title @include(if: true) } }');
SELECT pg_temp.ask('query($f: allowlist_book_bool_exp = {id: {_gt: 0, _eq: 1}}) { allowlist_book(where: {_and: [{id: {_lt: 9}, title: {_is_null: false}}, $f]}, limit: 1) { title @include(if: true) } }');
-- before anything is looked at
SELECT pg_temp.ask('{ nothing }');
SELECT pg_temp.ask('{ __schema { queryType { name } } }');
SELECT pg_temp.ask('{ nothing');

-- Collections for some roles count only if that is switched on.
SELECT pg_temp.ask('{ allowlist_book { id } }');
SET gqle.allowlist_role_scopes = on;
SELECT pg_temp.ask('{ allowlist_book { id } }');
SELECT pg_temp.ask('{ allowlist_book { id } }', 'other');
RESET gqle.allowlist_role_scopes;

-- A change of the list holds at once.
SELECT gqle.metadata('{"type": "drop_collection_from_allowlist", "args": {"collection": "everybody"}}');
SELECT pg_temp.ask('{ allowlist_book { title } }');
RESET gqle.enable_allowlist;
SELECT pg_temp.ask('{ allowlist_book { title } }');

SELECT gqle.metadata('{"type": "drop_collection_from_allowlist", "args": {"collection": "readers"}}');
SELECT gqle.metadata('{"type": "drop_query_collection", "args": {"collection": "readers", "cascade": false}}');
SELECT gqle.metadata('{"type": "drop_query_collection", "args": {"collection": "everybody", "cascade": false}}');
SELECT gqle.metadata('{"type": "pg_untrack_table", "args": {"source": "default", "cascade": true,
	"table": {"schema": "allowlist", "name": "book"}}}');
DROP SCHEMA allowlist CASCADE;
