-- Remote relationships to remote schemas: what their definitions may be, what is wrong
-- with others, what types and arguments become of them; no server is asked.
\a
\t
SET client_min_messages = error;
CREATE FUNCTION pg_temp.m(type text, args text) RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || (answer::jsonb - 'internal')::text FROM gqle_internal.call_api('/v1/metadata', format('{"type": "%s", "args": %s}', type, args)) $$;
CREATE FUNCTION pg_temp.join(fields text, remote_field text) RETURNS text LANGUAGE sql AS
	$$ SELECT pg_temp.m('pg_create_remote_relationship', format('{"table": "person", "name": "city", "definition": {"to_remote_schema": {"remote_schema": "cities", "lhs_fields": %s, "remote_field": %s}}}', fields, remote_field)) $$;
CREATE FUNCTION pg_temp.ref(VARIADIC kinds text[]) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
	IF kinds[1] IN ('LIST', 'NON_NULL') THEN
		RETURN json_build_object('kind', kinds[1], 'name', NULL, 'ofType', pg_temp.ref(VARIADIC kinds[2:]));
	END IF;
	RETURN json_build_object('kind', kinds[1], 'name', kinds[2], 'ofType', NULL);
END $$;
CREATE FUNCTION pg_temp.input(name text, VARIADIC kinds text[]) RETURNS json LANGUAGE sql AS
	$$ SELECT json_build_object('name', name, 'description', NULL, 'type', pg_temp.ref(VARIADIC kinds), 'defaultValue', NULL) $$;
CREATE FUNCTION pg_temp.field(name text, args json, VARIADIC kinds text[]) RETURNS json LANGUAGE sql AS
	$$ SELECT json_build_object('name', name, 'description', NULL, 'args', args, 'type', pg_temp.ref(VARIADIC kinds), 'isDeprecated', false, 'deprecationReason', NULL) $$;
CREATE FUNCTION pg_temp.type(kind text, name text, fields json, inputs json) RETURNS json LANGUAGE sql AS
	$$ SELECT json_build_object('kind', kind, 'name', name, 'description', NULL, 'fields', fields, 'inputFields', inputs, 'interfaces', '[]'::json, 'enumValues', NULL, 'possibleTypes', NULL) $$;

CREATE TABLE person (id int PRIMARY KEY, name text, city_id int, "odd name" int);
CREATE FUNCTION person_code(person) RETURNS text STABLE LANGUAGE sql AS 'SELECT $1.name';
CREATE FUNCTION person_more(person, n int) RETURNS int STABLE LANGUAGE sql AS 'SELECT n';
SELECT pg_temp.m('pg_track_table', '{"table": "person"}');
SELECT pg_temp.m('pg_add_computed_field', '{"table": "person", "name": "code", "definition": {"function": "person_code"}}');
SELECT pg_temp.m('pg_add_computed_field', '{"table": "person", "name": "more", "definition": {"function": "person_more"}}');
INSERT INTO gqle.remote_schemas (name, definition) VALUES ('cities', '{"url": "http://127.0.0.1:9/", "forward_client_headers": false, "timeout_seconds": 60}');
INSERT INTO gqle.remote_introspections (remote_schema, request, digest, answer)
SELECT 'cities', gqle_internal.remote_request(definition), md5('1'),
	json_build_object('data', json_build_object('__schema', json_build_object(
		'queryType', json_build_object('name', 'Query'), 'mutationType', NULL, 'subscriptionType', NULL, 'directives', '[]'::json,
		'types', json_build_array(
			pg_temp.type('SCALAR', 'Int', NULL, NULL), pg_temp.type('SCALAR', 'String', NULL, NULL), pg_temp.type('SCALAR', 'ID', NULL, NULL), pg_temp.type('SCALAR', 'Boolean', NULL, NULL),
			pg_temp.type('OBJECT', 'Query', json_build_array(
				pg_temp.field('city', json_build_array(pg_temp.input('id', 'NON_NULL', 'SCALAR', 'Int'), pg_temp.input('lang', 'SCALAR', 'String')), 'OBJECT', 'City'),
				pg_temp.field('cities', json_build_array(pg_temp.input('where', 'INPUT_OBJECT', 'CityWhere'), pg_temp.input('ids', 'LIST', 'SCALAR', 'Int'), pg_temp.input('code', 'SCALAR', 'ID'), pg_temp.input('parts', 'LIST', 'INPUT_OBJECT', 'CityWhere')), 'NON_NULL', 'LIST', 'OBJECT', 'City'),
				pg_temp.field('count', '[]', 'SCALAR', 'Int')), NULL),
			pg_temp.type('OBJECT', 'City', json_build_array(pg_temp.field('id', '[]', 'NON_NULL', 'SCALAR', 'Int'), pg_temp.field('name', json_build_array(pg_temp.input('lang', 'SCALAR', 'String')), 'SCALAR', 'String')), NULL),
			pg_temp.type('INPUT_OBJECT', 'CityWhere', NULL, json_build_array(pg_temp.input('id', 'SCALAR', 'Int'), pg_temp.input('name', 'SCALAR', 'String'), pg_temp.input('not', 'INPUT_OBJECT', 'CityWhere')))))))
FROM gqle.remote_schemas;

-- what a definition is not
SELECT pg_temp.m('pg_create_remote_relationship', '{"table": "person", "name": "x"}');
SELECT pg_temp.m('pg_create_remote_relationship', '{"table": "person", "name": "x", "definition": {}}');
SELECT pg_temp.m('pg_create_remote_relationship', '{"table": "person", "name": "x", "definition": {"remote_schema": "cities", "lhs_fields": []}}');
SELECT pg_temp.m('pg_create_remote_relationship', '{"table": "person", "name": "x", "remote_schema": "cities", "definition": {}}');
SELECT pg_temp.join('[]', '{}');
SELECT pg_temp.join('[]', '{"a": {"arguments": {}}, "b": {"arguments": {}}}');
SELECT pg_temp.join('[]', '{"city": {}}');
SELECT pg_temp.join('[]', '{"city": {"arguments": {"id": "$"}}}');
SELECT pg_temp.join('[]', '{"city": {"arguments": {"id": {"a": ["$a-b"]}}}}');
SELECT pg_temp.join('[]', '{"city": {"arguments": {"a b": 1}}}');
SELECT pg_temp.join('[]', '{"city": {"arguments": {"id": 1}, "field": {}}}');
SELECT pg_temp.join('[]', '[]');

-- what does not fit
SELECT pg_temp.m('pg_create_remote_relationship', '{"table": "person", "name": "x", "definition": {"to_remote_schema": {"remote_schema": "nothing", "lhs_fields": [], "remote_field": {"city": {"arguments": {}}}}}}');
SELECT pg_temp.join('["nothing"]', '{"city": {"arguments": {"id": 1}}}');
SELECT pg_temp.join('["more"]', '{"city": {"arguments": {"id": 1}}}');
SELECT pg_temp.join('["id"]', '{"town": {"arguments": {"id": 1}}}');
SELECT pg_temp.join('["id"]', '{"city": {"arguments": {"number": 1}}}');
SELECT pg_temp.join('["id"]', '{"city": {"arguments": {"id": "$name"}}}');
SELECT pg_temp.join('["id"]', '{"city": {"arguments": {"id": "one"}}}');
SELECT pg_temp.join('["id"]', '{"city": {"arguments": {"id": 1.5}}}');
SELECT pg_temp.join('["id"]', '{"city": {"arguments": {"id": null}}}');
SELECT pg_temp.join('["id"]', '{"city": {"arguments": {"id": ["$id"]}}}');
SELECT pg_temp.join('["id"]', '{"city": {"arguments": {"id": {"eq": 1}}}}');
SELECT pg_temp.join('["id"]', '{"cities": {"arguments": {"ids": [1, 2]}}}');
SELECT pg_temp.join('["id"]', '{"cities": {"arguments": {"code": true}}}');
SELECT pg_temp.join('["id"]', '{"cities": {"arguments": {"where": {"nothing": 1}}}}');
SELECT pg_temp.join('["id"]', '{"cities": {"arguments": {"parts": {"id": 1}}}}');
SELECT pg_temp.join('["id"]', '{"city": {"arguments": {"id": 1}, "field": {"nothing": {"arguments": {}}}}}');
SELECT count(*) FROM gqle.remote_relationships;

-- what fits, and what is left to clients
SELECT pg_temp.join('["city_id", "code"]', '{"city": {"arguments": {"id": "$city_id"}, "field": {"name": {"arguments": {"lang": "$code"}}}}}');
SELECT graphql.sdl('admin') ~ '\n  city: String\n';
SELECT pg_temp.join('["id"]', '{"cities": {"arguments": {"where": {"id": "$id", "not": {"name": "x"}}, "ids": ["$id"], "parts": [{"id": 1.0}]}}}');
SELECT string_agg(line, E'\n') FROM regexp_split_to_table(graphql.sdl('admin'), '\n') WITH ORDINALITY AS l (line, n)
WHERE line ~ 'remote_rel' OR n IN (SELECT n + d FROM regexp_split_to_table(graphql.sdl('admin'), '\n') WITH ORDINALITY AS l (line, n), generate_series(1, 4) AS d WHERE line ~ '^input .*remote_rel');
SELECT graphql.execute('{}', '{ person { city(where: {id: 1}) { id } } }');
SELECT graphql.execute('{}', '{ person { city(ids: [1]) { id } } }');
SELECT graphql.execute('{}', 'query ($w: CityWhere_remote_rel_personcity) { person { city(where: $w) { id } } }', '{"w": {"name": "x"}}');
SELECT graphql.execute('{}', '{ person(where: {city: {id: {_eq: 1}}}) { id } }');
SELECT graphql.execute('{}', '{ person { id city { id } } }');
SELECT graphql.execute('{}', 'subscription { person { id city { id } } }');

-- keys that nobody selected don't show, through whichever door; without a key nobody is asked
SELECT pg_temp.join('["city_id"]', '{"city": {"arguments": {"id": "$city_id"}}}');
UPDATE gqle.tables SET apollo_federation_config = '{"enable": "v1"}' WHERE table_name = 'person';
SET gqle.experimental_features = 'apollo_federation';
SELECT graphql.execute('{}', 'mutation { insert_person(objects: [{id: 1, name: "Ann"}]) { returning { city { id } name } } }');
SELECT graphql.execute('{}', '{ _entities(representations: [{__typename: "person", id: 1}, {__typename: "person", id: 2}]) { ... on person { name city { id } __typename } } }');
SELECT graphql.execute('{}', '{ person { a: city { id } city_id_join_column: name city { id } } person_by_pk(id: 1) { city { id } } person_aggregate { nodes { city { id } } } }');
SELECT graphql.execute('{}', '{ person { city { id } city_id } }');
RESET gqle.experimental_features;
DELETE FROM person;

-- of types of remote schemas
SELECT pg_temp.m('create_remote_schema_remote_relationship', '{"remote_schema": "cities", "type_name": "City", "name": "people", "definition": {"to_source": {"source": "default", "table": "person", "relationship_type": "array", "field_mapping": {"id": "city_id"}}}}');
SELECT pg_temp.m('create_remote_schema_remote_relationship', '{"remote_schema": "cities", "type_name": "Town", "name": "x", "definition": {"to_source": {"source": "default", "table": "person", "relationship_type": "array", "field_mapping": {"id": "city_id"}}}}');
SELECT pg_temp.m('create_remote_schema_remote_relationship', '{"remote_schema": "cities", "type_name": "CityWhere", "name": "x", "definition": {"to_source": {"source": "default", "table": "person", "relationship_type": "array", "field_mapping": {"id": "city_id"}}}}');
SELECT pg_temp.m('create_remote_schema_remote_relationship', '{"remote_schema": "cities", "type_name": "City", "name": "x", "definition": {"to_source": {"source": "default", "table": "person", "relationship_type": "array", "field_mapping": {"name": "name"}}}}');
SELECT pg_temp.m('create_remote_schema_remote_relationship', '{"remote_schema": "cities", "type_name": "City", "name": "x", "definition": {"to_remote_schema": {"remote_schema": "cities", "lhs_fields": ["name"], "remote_field": {"city": {"arguments": {"id": 1}}}}}}');
SELECT pg_temp.m('update_remote_schema_remote_relationship', '{"remote_schema": "cities", "type_name": "City", "name": "nothing", "definition": {"to_source": {"source": "default", "table": "person", "relationship_type": "array", "field_mapping": {"id": "city_id"}}}}');
SELECT pg_temp.m('delete_remote_schema_remote_relationship', '{"remote_schema": "cities", "type_name": "City", "name": "nothing"}');
SELECT pg_temp.m('create_remote_schema_remote_relationship', '{"remote_schema": "cities", "type_name": "City", "name": "inhabitants", "definition": {"to_source": {"source": "default", "table": "person", "relationship_type": "array", "field_mapping": {"id": "city_id"}}}}');
SELECT pg_temp.m('update_remote_schema_remote_relationship', '{"remote_schema": "cities", "type_name": "City", "name": "people", "definition": {"to_source": {"source": "default", "table": "person", "relationship_type": "array", "field_mapping": {"id": "city_id"}}}}');
SELECT r->'name' FROM json_array_elements(gqle.export_metadata() #> '{remote_schemas,0,remote_relationships,0,relationships}') AS r;
SELECT pg_temp.m('delete_remote_schema_remote_relationship', '{"remote_schema": "cities", "type_name": "City", "name": "inhabitants"}');
SELECT substring(graphql.sdl('admin') FROM '\ntype City \{.*?\n  people') IS NOT NULL, substring(graphql.sdl('stranger') FROM '\n  people') IS NOT NULL;
SELECT pg_temp.m('pg_untrack_table', '{"table": "person"}');

-- roles: hidden unless what the role sees of the remote schema fits the definition
SELECT pg_temp.join('["id"]', '{"cities": {"arguments": {"ids": ["$id"]}}}');
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition)
SELECT 'default', 'public', 'person', role, 'select', '{"columns": ["name"], "filter": {}}' FROM unnest(ARRAY['whole', 'part', 'less', 'none']) AS role;
INSERT INTO gqle.remote_schema_permissions (remote_schema, role, definition) VALUES
	('cities', 'whole', json_build_object('schema', 'type Query { cities(where: CityWhere, ids: [Int], code: ID, parts: [CityWhere]): [City]! } type City { id: Int! name(lang: String): String } input CityWhere { id: Int name: String not: CityWhere }')),
	('cities', 'part', json_build_object('schema', 'type Query { cities(ids: [Int], code: ID @preset(value: "x-hasura-code")): [City]! } type City { id: Int! }')),
	('cities', 'less', json_build_object('schema', 'type Query { cities(code: ID): [City]! } type City { id: Int! }'));
SET gqle.enable_remote_schema_permissions = on;
SELECT role, substring(graphql.sdl(role) FROM '\n  city[^\n]*') AS field, graphql.sdl(role) ~ '\n  people\(' AS people
FROM unnest(ARRAY['whole', 'part', 'less', 'none']) AS role;
SELECT role, graphql.execute(jsonb_build_object('x-hasura-role', role), '{ person { city { name } } }') FROM unnest(ARRAY['whole', 'part', 'less', 'none']) AS role;
RESET gqle.enable_remote_schema_permissions;

-- a remote schema that is no longer what it was
DELETE FROM gqle.remote_introspections;
SELECT o->>'type', o->>'name', o->>'reason' FROM json_array_elements(gqle.metadata('{"type": "get_inconsistent_metadata", "args": {}}')->'inconsistent_objects') AS o WHERE o->>'type' <> 'remote_schema' ORDER BY 1, 2;
SELECT graphql.execute('{}', '{ person { id city { id } } }');

DROP TABLE person CASCADE;
DELETE FROM gqle.remote_schemas;
DELETE FROM gqle.tables;
