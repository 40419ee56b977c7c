-- Scalars: how the types of columns and arguments show.
\a
\t
SET client_min_messages = warning;
CREATE EXTENSION ltree;
CREATE EXTENSION citext;
RESET client_min_messages;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN very_positive AS positive CHECK (VALUE > 10);
CREATE DOMAIN names AS text[];
CREATE TABLE kinds (
	c_int2 smallint, c_int4 integer, c_int8 bigint, c_serial serial, c_real real, c_double double precision,
	c_numeric numeric, c_money money, c_bool boolean, c_text text, c_varchar varchar(3), c_bpchar char(3),
	c_char "char", c_citext citext, c_date date, c_timestamp timestamp, c_timestamptz timestamptz,
	c_time time, c_timetz timetz, c_interval interval, c_uuid uuid, c_json json, c_jsonb jsonb,
	c_bytea bytea, c_inet inet, c_range int4range, c_ltree ltree, c_enum mood, c_composite pair,
	c_domain positive, c_domain2 very_positive, c_domain_array names,
	c_ints int[] NOT NULL, c_matrix int[][], c_enums mood[], c_pairs pair[], c_jsonbs jsonb[],
	c_positives positive[], c_varchars varchar(3)[], c_texts text[]
);
CREATE FUNCTION find(i int2, l ltree, t text[], e mood, p pair, d positive) RETURNS SETOF kinds STABLE LANGUAGE sql AS $$SELECT * FROM kinds$$;
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'kinds');
INSERT INTO gqle.functions (source, schema_name, function_name) VALUES ('default', 'public', 'find');

SELECT gqle_internal.schema_type('admin', 'kinds');
SELECT gqle_internal.schema_type('admin', 'kinds_bool_exp');
-- which are numbers, and which have an order
SELECT gqle_internal.schema_type('admin', 'kinds_sum_fields');
SELECT gqle_internal.schema_type('admin', 'kinds_max_fields');
SELECT gqle_internal.schema_type('admin', 'kinds_inc_input');
-- operators of families
SELECT gqle_internal.schema_type('admin', 'ltree_comparison_exp');
SELECT gqle_internal.schema_type('admin', 'inet_comparison_exp');
SELECT gqle_internal.schema_type('admin', 'jsonb_array_comparison_exp');
SELECT m[1] FROM regexp_matches(gqle_internal.schema_type('admin', 'citext_comparison_exp'), '(?n)^  (\w+:.*)$', 'g') m;
-- text[] and varchar[] share a type, elements of a domain have one of their own
INSERT INTO kinds (c_ints, c_texts, c_varchars, c_positives) VALUES ('{}', '{a}', '{a}', '{1}');
SELECT graphql.execute('{}', '{ kinds(where: {c_texts: {_eq: ["a"]}, c_varchars: {_contains: "{a}"}, c_positives: {_eq: ["1"]}}) { c_varchars c_positives } }');
SELECT graphql.execute('{}', '{ kinds(where: {c_varchars: {_contained_in: ["a", "b"]}}) { c_texts } }');
SELECT graphql.execute('{}', '{ kinds(where: {c_positives: {_eq: [1]}}) { c_texts } }');
-- types of one name are one scalar, and stay apart in Postgres
CREATE SCHEMA side;
CREATE TYPE side.mood AS ENUM ('calm');
ALTER TABLE kinds ADD c_calm side.mood DEFAULT 'calm';
UPDATE kinds SET c_enum = 'ok';
SELECT graphql.execute('{}', '{ kinds(where: {c_enum: {_eq: "ok"}, c_calm: {_eq: "calm"}}) { c_enum c_calm } }');
SELECT graphql.execute('{}', '{ kinds(where: {c_calm: {_in: ["calm"], _gte: "calm"}, c_enum: {_nin: ["sad"]}}) { c_enum c_calm } }');
ALTER TABLE kinds DROP c_calm;
DROP TYPE side.mood;
DROP SCHEMA side;
-- a column of a type whose name is no name in GraphQL is left out
CREATE TYPE "no-name" AS ENUM ('a');
ALTER TABLE kinds ADD c_unnamed "no-name", ADD c_unnamed_list "no-name"[];
SELECT gqle_internal.schema_type('admin', 'kinds') ~ 'c_unnamed';
ALTER TABLE kinds DROP c_unnamed, DROP c_unnamed_list;
DROP TYPE "no-name";
-- arrays as arguments are opaque
SELECT gqle_internal.schema_type('admin', 'find_args');
-- so are, where lists are not wanted, columns, but not their values
SET gqle.experimental_features = 'disable_postgres_arrays';
SELECT gqle_internal.schema_type('admin', '_varchar_comparison_exp');
SELECT graphql.execute('{}', '{ kinds(where: {c_varchars: {_eq: ["a"], _contains: "{a}", _contained_in: ["a", "b"]}}) { c_ints c_varchars } }');
SELECT graphql.execute('{}', 'query ($t: _varchar) { kinds(where: {c_varchars: {_eq: $t}}) { c_varchars } }', '{"t": ["a"]}');
SELECT graphql.execute('{}', 'query ($t: [String!]) { kinds(where: {c_varchars: {_eq: $t}}) { c_varchars } }', '{"t": ["a"]}');
SELECT graphql.execute('{}', '{ kinds(where: {c_ints: {_eq: [true]}}) { c_ints } }');
SELECT graphql.execute('{}', '{ kinds(where: {c_ints: {_eq: null}}) { c_ints } }');
RESET gqle.experimental_features;

DELETE FROM gqle.functions;
DELETE FROM gqle.tables;
DROP FUNCTION find;
DROP TABLE kinds;
DROP DOMAIN names, very_positive, positive;
DROP TYPE pair, mood;
DROP EXTENSION citext, ltree;
