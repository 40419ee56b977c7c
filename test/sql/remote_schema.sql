-- Remote schemas: types and root fields of roles, customization, permissions in the schema
-- definition language and what is wrong with them, clashes, answers that cannot be read.
-- The network is not there: asking is in test/node/remote.test.mjs.
\a
\t
\i test/fixtures/library.sql
\i test/fixtures/remote.sql
SET client_min_messages = error;
CREATE FUNCTION pg_temp.q(query text, variables jsonb DEFAULT '{}', session jsonb DEFAULT '{}') RETURNS json
LANGUAGE sql AS 'SELECT graphql.execute(session, query, variables)';
CREATE FUNCTION pg_temp.m(command text, args jsonb) RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || answer FROM gqle_internal.call_api('/v1/metadata', jsonb_build_object('type', command, 'args', args)::text) $$;
CREATE FUNCTION pg_temp.type(name text, session jsonb DEFAULT '{}') RETURNS json LANGUAGE sql AS $$
	SELECT pg_temp.q('query ($n: String!) { __type(name: $n) { kind name description fields { name description type { ...T } args { name defaultValue type { ...T } } } inputFields { name defaultValue type { ...T } } enumValues { name description } interfaces { name } possibleTypes { name } } } fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { name } } } }', jsonb_build_object('n', name), session)->'data'->'__type' $$;
CREATE FUNCTION pg_temp.problems() RETURNS SETOF json LANGUAGE sql AS
	$$ SELECT json_array_elements(answer->'inconsistent_objects') FROM gqle_internal.call_api('/v1/metadata', '{"type": "get_inconsistent_metadata", "args": {}}') $$;

SELECT pg_temp.add_remote('films', '{"url": "http://127.0.0.1:1/x"}');
SELECT pg_temp.problems();

-- types as every role sees them
SELECT pg_temp.type('Work');
SELECT pg_temp.type('Film');
SELECT pg_temp.type('Thing');
SELECT pg_temp.type('Kind');
SELECT pg_temp.type('Range');
SELECT pg_temp.type('WorkFilter', '{"x-hasura-role": "nobody"}');
SELECT pg_temp.q('{ __schema { mutationType { name fields { name } } subscriptionType { fields { name } } } }', '{}', '{"x-hasura-role": "nobody"}');
SELECT pg_temp.q('{ __type(name: "query_root") { fields { name } } }', '{}', '{"x-hasura-role": "nobody"}');
SELECT pg_temp.m('introspect_remote_schema', '{"name": "films"}') = '200 ' || current_setting('test.remote');
SELECT pg_temp.m('introspect_remote_schema', '{"name": "none"}');

-- what is refused before anybody is asked
SELECT pg_temp.q('{ film { id } }');
SELECT pg_temp.q('{ film(id: 1) }');
SELECT pg_temp.q('{ film(id: 1, x: 2) { id } }');
SELECT pg_temp.q('{ film(id: 1) { id nothing } }');
SELECT pg_temp.q('{ works(where: 1) { id } }');
SELECT pg_temp.q('{ works(where: {none: 1}) { id } }');
SELECT pg_temp.q('{ works(where: {kinds: [FILM, NOVEL]}) { id } }');
SELECT pg_temp.q('query ($k: [Kind!]) { works(where: {kinds: $k}) { id } }', '{"k": ["BOOK", "NOVEL"]}');
SELECT pg_temp.q('query ($k: [Kind!]) { works(where: {kinds: $k}) { id } }', '{"k": [null]}');
SELECT pg_temp.q('query ($w: WorkFilter) { works(where: $w) { id } }', '{"w": {"not": {"not": {"x": 1}}}}');
SELECT pg_temp.q('query ($i: Int!) { film(id: $i) { id } }', '{"i": 1}');
SELECT pg_temp.q('{ things(text: "x") { title } }');
SELECT pg_temp.q('{ things(text: "x") { ... on Film { id nothing } } }');
SELECT pg_temp.q('{ works { id minutes } }');
SELECT pg_temp.q('{ works { ...F } } fragment F on Work { id title: __typename }');
SELECT pg_temp.q('subscription { rated { id } }');
SELECT pg_temp.q('{ film(id: 1) { sequels { id } } }');

-- nobody answers at that address
SELECT pg_temp.q('{ version }');
SELECT pg_temp.q('{ version }', '{}', '{"x-hasura-role": "user"}');
SELECT graphql.explain('{}', '{ version }');

-- customized
UPDATE gqle.remote_schemas SET definition = '{"url": "http://127.0.0.1:1/x", "customization": {"root_fields_namespace": "cinema", "type_names": {"prefix": "C_", "suffix": "_t", "mapping": {"Film": "Movie", "Int": "Integer"}}, "field_names": [{"parent_type": "Film", "prefix": "f_", "mapping": {"id": "ident", "title": "title"}}, {"parent_type": "Book", "mapping": {"id": "ident"}}, {"parent_type": "Work", "mapping": {"id": "ident"}}, {"parent_type": "Query", "suffix": "_"}]}}';
SELECT pg_temp.problems();
SELECT pg_temp.type('cinemaQuery');
SELECT pg_temp.type('Movie');
SELECT pg_temp.type('C_Kind_t');
SELECT pg_temp.type('Film');
SELECT pg_temp.q('{ cinema { film_(id: 1) { ident id } } }');
SELECT pg_temp.q('query ($n: Int) { cinema { works_(limit: $n) { ident } } }');
SELECT pg_temp.q('{ cinema { __typename } x: cinema { y: __typename } }');

-- customizations that contradict themselves
CREATE FUNCTION pg_temp.custom(customization text) RETURNS SETOF text LANGUAGE sql AS $$
	UPDATE gqle.remote_schemas SET definition = format('{"url": "http://127.0.0.1:1/x", "customization": %s}', customization)::json;
	SELECT p->>'reason' FROM pg_temp.problems() AS p $$;
SELECT pg_temp.custom('{"type_names": {"mapping": {"Film": "Same", "Book": "Same", "Int": "Date"}}}');
SELECT pg_temp.custom('{"field_names": [{"parent_type": "Film", "mapping": {"id": "x", "title": "x"}}, {"parent_type": "Work", "mapping": {"id": "x", "title": "x"}}, {"parent_type": "Book", "mapping": {"id": "x", "title": "x"}}]}');
SELECT pg_temp.custom('{"field_names": [{"parent_type": "Work", "prefix": "w_", "mapping": {}}]}');
SELECT pg_temp.custom('null');

-- permissions
SELECT pg_temp.m('add_remote_schema_permissions', '{"remote_schema": "films", "role": "user", "definition": {"schema": "type Query { version: String }"}}');
SET gqle.enable_remote_schema_permissions = on;
CREATE FUNCTION pg_temp.p(schema text, role text DEFAULT 'user') RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.m('add_remote_schema_permissions', jsonb_build_object('remote_schema', 'films', 'role', role, 'definition', jsonb_build_object('schema', schema))) $$;
SELECT pg_temp.p('type Query { version: String }', 'admin');
SELECT pg_temp.p('type Query { version }');
SELECT pg_temp.p('{ version }');
SELECT pg_temp.p('type Query { version: String version: String } type Query { version: String }');
SELECT pg_temp.p('schema { query: Query } schema { query: Query } type Query { version: String }');
SELECT pg_temp.p('type Query { version: String version: String } enum Kind { FILM FILM } input Range { from: Int from: Int }');
SELECT pg_temp.p('type Query { version: Int film: Film nothing: String } type Film { id: ID! sequels(first: Int!, first: Int!): [Film!]! } type Nothing { x: Int }');
SELECT pg_temp.p('type Query { works(where: WorkFilter, limit: Int, order: Int): [Work!]! } interface Work { id: ID } input WorkFilter { title: String kinds: [Kind] x: Int } enum Kind { FILM NOVEL }');
SELECT pg_temp.p('type Query { version: String } union Thing = Film | Kino type Film { id: ID! } scalar Time enum Date { X } interface Person { name: String! } input Film2 { x: Int }');
SELECT pg_temp.p('type Query @x @y(z: 1) { version: String @preset(value: 1) } type Person implements Work { name: String! } interface Work { id: ID! }');
SELECT pg_temp.p('type Query { person(name: String! @preset, on: Date @preset(x: 1), range: Range @preset(value: 1, static: 2)): Person } type Person { name: String! } scalar Date input Range { from: Int }');
SELECT pg_temp.p('type Query { person(name: String! @preset(value: X), on: Date @preset(value: [1]), range: Range @preset(value: {from: "x", until: 3})): Person works(where: WorkFilter @preset(value: {kinds: "x-hasura-kinds", title: {a: 1}}), limit: Int = 20 @preset(value: 1) @preset(value: 2)): [Work!]! } interface Work { id: ID! } type Person { name: String! works(kind: Kind @preset(value: NOVEL), where: WorkFilter @preset(value: {kinds: ["FILM"]})): [Work!] } scalar Date input Range { from: Int } enum Kind { FILM } input WorkFilter { title: String kinds: [Kind!] }');
SELECT pg_temp.p('type Query { film(id: ID!): Film } type Film { id: ID! director: Persona }');
SELECT pg_temp.p('type Root { version: String } schema { query: Root }');
SELECT pg_temp.p('type Person { name: String! }');

-- what is left of it for a role
SELECT pg_temp.p('"Mine" type Query { works(where: WorkFilter, limit: Int = 20 @preset(value: 5)): [Work!]! person(name: String! @preset(value: "x-hasura-name"), range: Range): Person } interface Work { id: ID! } type Film implements Work { id: ID! title: String } type Person { name: String! works(kind: Kind @preset(value: FILM)): [Work!] } enum Kind { FILM } input Range { from: Int @preset(value: 1) to: Int = 10 @preset(value: "x-hasura-to") } input WorkFilter { title: String year: Range kinds: [Kind!] @preset(value: FILM) }');
SELECT pg_temp.p('type Query { version: String }');
SELECT pg_temp.q('{ __type(name: "query_root") { fields { name description args { name } } } }', '{}', '{"x-hasura-role": "user"}');
SELECT pg_temp.type('Work', '{"x-hasura-role": "user"}');
SELECT pg_temp.type('WorkFilter', '{"x-hasura-role": "user"}');
SELECT pg_temp.type('Range', '{"x-hasura-role": "user"}');
SELECT pg_temp.type('Book', '{"x-hasura-role": "user"}');
SELECT pg_temp.type('Book')->>'name';
SELECT pg_temp.q('{ version }', '{}', '{"x-hasura-role": "user"}');
SELECT pg_temp.q('{ works(limit: 3) { id } }', '{}', '{"x-hasura-role": "user"}');
SELECT pg_temp.q('{ works { title } }', '{}', '{"x-hasura-role": "user"}');
SELECT pg_temp.q('{ person { name } }', '{}', '{"x-hasura-role": "user"}');
SELECT pg_temp.q('{ person { name } }', '{}', '{"x-hasura-role": "user", "x-hasura-name": "Ada", "x-hasura-to": "many"}');
SELECT pg_temp.q('mutation { rate(id: 1, stars: 5) { id } }', '{}', '{"x-hasura-role": "user"}');
SELECT pg_temp.q('{ works { id } }', '{}', '{"x-hasura-role": "other"}');
SELECT pg_temp.q('{ works { id } }', '{}', '{"x-hasura-role": "nobody"}');

-- inherited: one permission among the parents, or several that are the same
INSERT INTO gqle.inherited_roles VALUES ('both', '{user,other}'), ('two', '{user,third}');
SELECT pg_temp.p('type Query { version: String }', 'third');
SELECT pg_temp.p('type Query { version: String }', 'other');
SELECT pg_temp.problems();
SELECT pg_temp.q('{ __type(name: "query_root") { fields { name } } }', '{}', '{"x-hasura-role": "both"}');
SELECT pg_temp.m('drop_remote_schema_permissions', '{"remote_schema": "films", "role": "other"}');
SELECT pg_temp.q('{ __type(name: "query_root") { fields { name } } }', '{}', '{"x-hasura-role": "both"}');
SELECT pg_temp.m('drop_remote_schema_permissions', '{"remote_schema": "films", "role": "other"}');
SELECT pg_temp.m('drop_remote_schema_permissions', '{"remote_schema": "none", "role": "other"}');
-- a permission for what the server no longer has
SELECT pg_temp.keep_answer('films', '{"url": "http://127.0.0.1:1/x"}', replace(current_setting('test.remote'), '"version"', '"edition"'));
SELECT pg_temp.problems();
SELECT pg_temp.keep_answer('films', '{"url": "http://127.0.0.1:1/x"}');
DELETE FROM gqle.inherited_roles;
DELETE FROM gqle.remote_schema_permissions;
RESET gqle.enable_remote_schema_permissions;

-- names that somebody has already
SELECT pg_temp.add_remote('films2', '{"url": "http://127.0.0.1:1/x"}');
SELECT p->>'name', p->>'reason' FROM pg_temp.problems() AS p;
UPDATE gqle.remote_schemas SET definition = '{"url": "http://127.0.0.1:1/x", "customization": {"root_fields_namespace": "two"}}' WHERE name = 'films2';
SELECT p->>'name', p->>'reason' FROM pg_temp.problems() AS p;
SELECT pg_temp.q('{ two { nothing } }');
UPDATE gqle.remote_schemas SET definition = '{"url": "http://127.0.0.1:1/x", "customization": {"root_fields_namespace": "two", "field_names": [{"parent_type": "Film", "prefix": "f_"}, {"parent_type": "Work", "prefix": "f_"}, {"parent_type": "Book", "prefix": "f_"}]}}' WHERE name = 'films2';
SELECT p->>'name', p->>'reason' FROM pg_temp.problems() AS p;
DELETE FROM gqle.remote_schemas WHERE name = 'films2';
SELECT pg_temp.custom('{"root_fields_namespace": "author_by_pk"}');
SELECT pg_temp.custom('{"field_names": [{"parent_type": "Query", "mapping": {"film": "article"}}]}');
SELECT pg_temp.custom('{"type_names": {"mapping": {"Film": "author"}}}');
SELECT pg_temp.custom('null');

-- answers that nobody can read, and an older one that stays in use
CREATE FUNCTION pg_temp.answer(answer text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT pg_temp.keep_answer('films', '{"url": "http://127.0.0.1:1/x"}', answer);
	SELECT p->>'reason' FROM pg_temp.problems() AS p $$;
SELECT pg_temp.answer('<html>');
SELECT pg_temp.answer('[]');
SELECT pg_temp.answer('{"errors": []}');
SELECT pg_temp.answer('{"data": null}');
SELECT pg_temp.answer('{"data": {"__schema": {"types": {}}}}');
SELECT pg_temp.answer('{"data": {"__schema": {"types": []}}}');
SELECT pg_temp.answer('{"data": {"__schema": {"types": [], "queryType": {"name": "Query"}}}}');
SELECT pg_temp.answer('{"data": {"__schema": {"types": [{"kind": "WHAT", "name": "A"}], "queryType": {"name": "A"}}}}');
SELECT pg_temp.answer('{"data": {"__schema": {"types": [{"kind": "OBJECT", "name": "not a name"}], "queryType": {"name": "A"}}}}');
SELECT pg_temp.answer('{"data": {"__schema": {"types": [{"kind": "OBJECT", "name": "A", "fields": [{"name": "b", "args": [], "type": {"kind": "NON_NULL"}}]}], "queryType": {"name": "A"}}}}');
SELECT pg_temp.answer('{"data": {"__schema": {"types": [{"kind": "OBJECT", "name": "A", "fields": [{"name": "b", "args": [], "type": {"kind": "LIST", "ofType": null}}]}], "queryType": {"name": "A"}}}}');
SELECT pg_temp.answer('{"data": {"__schema": {"types": [{"kind": "OBJECT", "name": "A", "fields": [{"name": "b", "args": [], "type": {"kind": "SCALAR"}}]}], "queryType": {"name": "A"}}}}');
SELECT pg_temp.answer('{"data": {"__schema": {"types": [{"kind": "OBJECT", "name": "A", "fields": [{"name": "b", "args": [], "type": {"kind": "OBJECT", "name": "B"}}]}], "queryType": {"name": "A"}}}}');
SELECT pg_temp.answer('{"data": {"__schema": {"types": [{"kind": "OBJECT", "name": "A", "fields": [{"name": "b", "args": [{"name": "c", "type": {"kind": "OBJECT", "name": "A"}}], "type": {"kind": "OBJECT", "name": "A"}}]}], "queryType": {"name": "A"}}}}');
SELECT pg_temp.answer('{"data": {"__schema": {"types": [{"kind": "INPUT_OBJECT", "name": "I"}, {"kind": "OBJECT", "name": "A", "fields": [{"name": "b", "args": [], "type": {"kind": "INPUT_OBJECT", "name": "I"}}]}], "queryType": {"name": "A"}}}}');
SELECT pg_temp.answer('{"data": {"__schema": {"types": [{"kind": "SCALAR", "name": "Int"}, {"kind": "OBJECT", "name": "A", "fields": [{"name": "b", "args": [{"name": "c", "defaultValue": "[", "type": {"kind": "SCALAR", "name": "Int"}}], "type": {"kind": "SCALAR", "name": "Int"}}]}], "queryType": {"name": "A"}}}}');
SELECT pg_temp.q('{ version }');
SELECT pg_temp.answer(current_setting('test.remote'));
UPDATE gqle.remote_introspections SET failure = '{"message": "gone", "internal": {"a": 1}}';
SELECT pg_temp.problems();
SELECT pg_temp.type('Kind')->>'name';
UPDATE gqle.remote_introspections SET answer = NULL;
SELECT pg_temp.problems();
SELECT pg_temp.type('Kind')->>'name';
DELETE FROM gqle.remote_introspections;
SELECT p->>'reason' FROM pg_temp.problems() AS p;

-- commands where the network does not help
SELECT pg_temp.m('add_remote_schema', '{"name": "n", "definition": {"url": "http://127.0.0.1:1/x"}}');
SELECT pg_temp.m('add_remote_schema', '{"name": "n", "definition": {"url": "no uri"}}');
SELECT pg_temp.m('add_remote_schema', '{"name": "n", "definition": {"url": "{{GQLE_NO_SUCH_VARIABLE}}/x"}}');
SELECT pg_temp.m('reload_remote_schema', '{"name": "n"}');
SELECT pg_temp.m('reload_remote_schema', '{"name": "films"}');
SELECT pg_temp.m('update_remote_schema', '{"name": "n", "definition": {"url": "http://127.0.0.1:1/x"}}');
SELECT pg_temp.m('update_remote_schema', '{"name": "films", "definition": {"url": "http://127.0.0.1:1/y"}}');
SELECT pg_temp.m('reload_metadata', '{"reload_remote_schemas": false}');
SELECT pg_temp.m('drop_inconsistent_metadata', '{}');
SELECT count(*) FROM gqle.remote_schemas;
SELECT gqle.metadata('{"type": "add_remote_schema", "args": {"name": "n", "definition": {"url": "http://127.0.0.1:1/x"}}}');

DROP TABLE author, article, comment CASCADE;
DELETE FROM gqle.tables;
