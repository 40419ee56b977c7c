-- Values of Postgres types: which JSON each takes, what it becomes, what is said of
-- the rest.  A value shown in quotes goes to the input function of its type.
\a
\t
CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TYPE pair AS (a int, b int);
CREATE TABLE kinds (
	id int PRIMARY KEY, i2 smallint, i4 int, i8 bigint, r real, f8 float8, num numeric, m money,
	ok bool, t text, v varchar(20), c char(3), d date, ts timestamp, tstz timestamptz, ttz timetz, tm time, iv interval,
	u uuid, j json, jb jsonb, ip inet, mo mood, pr pair, dom positive, ba bytea,
	i4s int[], ts2 text[], us uuid[], jbs jsonb[], f8s float8[], bs bool[], ips inet[], mos mood[], bxs box[]
);
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'kinds');
CREATE FUNCTION try(col text, literal text) RETURNS text LANGUAGE sql AS
$$ SELECT regexp_replace(regexp_replace(gqle_internal.validated_operation('{}',
	format('mutation { insert_kinds_one(object: {%s: %s}) { id } }', col, literal)),
	'^.*\(object: \{(.*)\}\).*$', '\1'), '\$.selectionSet.insert_kinds_one.args.object', '...') $$;
CREATE FUNCTION try_var(col text, type text, value json) RETURNS text LANGUAGE sql AS
$$ SELECT regexp_replace(regexp_replace(gqle_internal.validated_operation('{}',
	format('mutation ($x: %s) { insert_kinds_one(object: {%s: $x}) { id } }', type, col), json_build_object('x', value)),
	'^.*\(object: \{(.*)\}\).*$', '\1'), '\$.selectionSet.insert_kinds_one.args.object', '...') $$;

-- integers: integral numbers in range, however written
SELECT col || ' ' || value, try(col, value) FROM (VALUES
	('i2', '32767'), ('i2', '32768'), ('i2', '-32768'), ('i2', '1.0'), ('i2', '1.5'), ('i2', '"7"'), ('i2', '"x"'),
	('i4', '2147483647'), ('i4', '2147483648'), ('i4', '-2147483649'), ('i4', '1e3'), ('i4', '12.5e1'), ('i4', '1e-2'), ('i4', '0.00'),
	('i4', '100000000000000000000000000000000'), ('i4', 'true'), ('i4', '[1]'), ('i4', '{a: 1}'), ('i4', 'red'), ('i4', '"2147483648"'),
	('i8', '9223372036854775807'), ('i8', '9223372036854775808'), ('i8', '-9223372036854775808'), ('i8', '9.223372036854775807e18'),
	('i8', '1e18'), ('i8', '1e999999999999999999999'), ('i8', '"9007199254740993"'), ('dom', '5'), ('dom', '"5"')) AS v (col, value);
-- floats, numerics, money
SELECT col || ' ' || value, try(col, value) FROM (VALUES
	('r', '1.5'), ('r', '1'), ('r', '1e39'), ('r', '1e-50'), ('r', '"NaN"'), ('r', 'true'),
	('f8', '0.1'), ('f8', '1e308'), ('f8', '1e309'), ('f8', '-1e309'), ('f8', '1e-400'), ('f8', '0e999'), ('f8', '[]'),
	('num', '123456789012345678901234567890.123456789'), ('num', '1E5'), ('num', '"1.50"'), ('num', 'false'),
	('m', '1'), ('m', '12.5'), ('m', '1.005'), ('m', '-0.005'), ('m', '0.004'), ('m', '99.995'), ('m', '1e3'), ('m', '1.5e-1'), ('m', '0'), ('m', '"$1"'), ('m', '{}')) AS v (col, value);
-- booleans, texts, characters
SELECT col || ' ' || value, try(col, value) FROM (VALUES
	('ok', 'true'), ('ok', '"yes"'), ('ok', '1'), ('ok', 'TRUE'),
	('t', '"a\"b\\ é"'), ('t', '""'), ('t', '1'), ('t', 'true'), ('t', 'word'), ('t', '["a"]'), ('t', '"""block"""'),
	('v', '"x"'), ('v', '1.5'), ('c', '"x"'), ('c', '"xyz"'), ('c', '5')) AS v (col, value);
-- strings that Postgres checks
SELECT col || ' ' || value, try(col, value) FROM (VALUES
	('d', '"2020-01-31"'), ('d', '20200131'), ('ts', '"now"'), ('ts', '5'), ('tstz', 'true'), ('ttz', '1'), ('ttz', '"12:00+01"'),
	('tm', '"12:00"'), ('tm', '5'), ('iv', '"1 day"'), ('iv', '5'),
	('u', '"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"'), ('u', '"a0eebc999c0b4ef8bb6d6bb9bd380a11"'), ('u', '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g"'), ('u', '5'),
	('ip', '"10.0.0.1"'), ('ip', '10'), ('mo', '"glad"'), ('mo', 'glad'), ('mo', '1'), ('pr', '"(1,2)"'), ('pr', '{a: 1}'), ('ba', '"\\x00"'), ('ba', '0')) AS v (col, value);
-- json: anything; a string stays one
SELECT col || ' ' || value, try(col, value) FROM (VALUES
	('jb', '{a: [1, 1.50, true, null, red, "x"], b: {}}'), ('jb', '"{\"a\":1}"'), ('jb', '5'), ('jb', 'red'), ('jb', '[]'), ('j', '{a: 1}'), ('j', '"x"'), ('jb', 'null')) AS v (col, value);
-- arrays: lists, or an array literal in a string
SELECT col || ' ' || value, try(col, value) FROM (VALUES
	('i4s', '[]'), ('i4s', '[1, 2]'), ('i4s', '[1, null]'), ('i4s', '["1", 2]'), ('i4s', '["x"]'), ('i4s', '[[1, 2], [3, 4]]'), ('i4s', '"{1,2}"'), ('i4s', '5'), ('i4s', '{}'), ('i4s', '[1, true]'), ('i4s', '[1.5]'),
	('ts2', '["a", "b c", "d\"e\\f", "", "null", null]'), ('ts2', '"{a}"'), ('ts2', '[1]'),
	('us', '["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]'), ('us', '["x"]'), ('bs', '[true, false]'), ('f8s', '[1, 2.5]'), ('f8s', '[1e400]'),
	('jbs', '[{a: "x\"y"}, [1], "plain", "{\"b\": 2}", 5, null]'), ('ips', '["10.0.0.1", "::1"]'), ('ips', '[1]'), ('mos', '["glad"]'), ('mos', '[glad]'), ('bxs', '["(1,1),(0,0)", "(2,2),(1,1)"]')) AS v (col, value);
-- variables hold JSON
SELECT col || ' ' || value, try_var(col, type, value::json) FROM (VALUES
	('i4', 'Int', '5'), ('i4', 'Int', '"5"'), ('i4', 'Int', '[5]'), ('i4', 'Int', '1.0'), ('i4', 'bigint', '5'), ('i8', 'Int', '5'), ('i8', 'bigint', '9007199254740993'),
	('f8', 'float8', '5'), ('f8', 'Float', '5'), ('r', 'Float', '5.5'), ('t', 'String', '"é"'), ('t', 'String', '5'), ('jb', 'jsonb', '{"1": {"2": null}}'), ('jb', 'jsonb', '"s"'),
	('jb', 'json', '5'), ('i4s', '[Int!]', '[1, 2]'), ('i4s', '[Int]', '[1, 2]'), ('i4s', 'Int', '1'), ('i4s', '[Int!]', '"{3}"'), ('mo', 'mood', '"sad"'), ('pr', 'pair_scalar', '"(1,2)"'), ('ok', 'Boolean', 'null')) AS v (col, type, value);
-- lists of _in
SELECT gqle_internal.validated_operation('{}', 'query ($x: [inet!]) { kinds(where: {ip: {_in: $x}, t: {_in: ["a", "b\"c"]}, u: {_nin: []}, jb: {_in: [{a: 1}, "x"]}, num: {_in: [1, "2"]}, tstz: {_in: "now"}}) { id } }', '{"x": ["::1", "127.0.0.1"]}');
SELECT gqle_internal.validated_operation('{}', 'query ($x: [Int!]) { kinds(where: {i4: {_in: $x}}) { id } }', '{"x": [1, "a", true]}');
SELECT gqle_internal.validated_operation('{}', 'query ($x: [Int!]) { kinds(where: {i4: {_in: $x}}) { id } }', '{"x": [1, [2]]}');
SELECT gqle_internal.validated_operation('{}', 'query ($x: jsonb) { kinds(where: {jb: {_in: [$x, {a: $x}]}}) { id } }', '{"x": {"y": 1}}');
SELECT gqle_internal.validated_operation('{}', 'query ($x: jsonb!) { kinds(where: {jb: {_in: [$x, {a: $x}]}}) { id } }', '{"x": {"y": 1}}');

DELETE FROM gqle.tables;
DROP TABLE kinds;
DROP TYPE mood, pair, positive;
DROP FUNCTION try, try_var;
