-- JSON from rows: gqle_internal.json_row and gqle_internal.json_list give what
-- row_to_json and json_agg give, in the form the template says.
SET datestyle = 'SQL, DMY';
SET timezone = 'UTC';

-- places, constants, nested objects, and objects that are null
SELECT gqle_internal.json_row('{"id":$1,"name":$2}', 1, 'a "quoted" \ name'::text);
SELECT gqle_internal.json_row('{"n":1,"costs $5":"$1","x":$1}', true);
SELECT gqle_internal.json_row('{"a":$1?{"b":$2,"c":$3?{"d":$2}},"e":$2}', x, 'y'::text, z)
FROM (VALUES (1, 2), (NULL, 2), (1, NULL)) AS v (x, z);
SELECT gqle_internal.json_row(NULL, 1) IS NULL;

-- every kind of type is written as row_to_json writes it
CREATE TEMP TABLE kinds AS SELECT
    true AS bool, 1::int2 AS int2, -2147483648 AS int4, 9223372036854775807 AS int8,
    1.5::float4 AS float4, 'NaN'::float8 AS float8, 1.50::numeric AS num,
    'Infinity'::numeric AS inf, E'tab\tnewline\nbell\x07é'::text AS text,
    'x'::varchar(5) AS varchar, 'x'::char(3) AS bpchar, 'n'::name AS name, 'c'::"char" AS ch,
    '00112233-4455-6677-8899-aabbccddeeff'::uuid AS uuid,
    '2004-10-19'::date AS date, 'infinity'::date AS infdate,
    '2004-10-19 10:23:54.25'::timestamp AS ts, '2015-10-17 14:42:43+02'::timestamptz AS tstz,
    '11:09:23'::time AS time, '15:22:23+00'::timetz AS timetz, '01:03:02'::interval AS interval,
    '{"a" :  1}'::json AS json, '{"a": [1, null]}'::jsonb AS jsonb,
    ARRAY[[1, 2], [3, NULL]] AS arr, '{}'::int[] AS empty, ARRAY['2004-10-19'::date] AS dates,
    int4range(1, 5) AS range, '\xdeadbeef'::bytea AS bytea,
    '10.0.0.1/8'::inet AS inet, 'a b'::tsvector AS tsv, '(1,2)'::point AS point,
    '12.34'::money AS money, NULL::text AS nothing;
SELECT r.key, r.value::text AS row_to_json
FROM kinds k, json_each(row_to_json(k)) r
EXCEPT
SELECT j.key, j.value::text
FROM kinds k, json_each(gqle_internal.json_row(
    (SELECT '{' || string_agg(format('"%s":$%s', attname, attnum), ',' ORDER BY attnum) || '}'
     FROM pg_attribute WHERE attrelid = 'kinds'::regclass AND attnum > 0),
    bool, int2, int4, int8, float4, float8, num, inf, text, varchar, bpchar, name, ch, uuid, date,
    infdate, ts, tstz, time, timetz, interval, json, jsonb, arr, empty, dates, range, bytea,
    inet, tsv, point, money, nothing)) j;

-- domains, enums, composites with dropped columns
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN posint AS int CHECK (VALUE > 0);
CREATE TABLE pair (a int, gone text, b posint, m mood);
ALTER TABLE pair DROP COLUMN gone;
INSERT INTO pair VALUES (1, 2, 'sad');
SELECT gqle_internal.json_row('[$1,$2,$3]', pair, b, ARRAY[m]) FROM pair;

-- lists keep the order of their input and are empty without rows
SELECT gqle_internal.json_list('{"x":$1}', x) FROM (SELECT x FROM generate_series(1, 3) x ORDER BY x DESC) s;
SELECT gqle_internal.json_list('$1', x) FROM generate_series(1, 0) x;
SELECT g % 2 AS odd, gqle_internal.json_list('$1', g ORDER BY g) FROM generate_series(1, 5) g GROUP BY 1 ORDER BY 1;
SELECT p, (SELECT gqle_internal.json_list('{"p":$1,"c":$2}', p, c) FROM generate_series(1, p) c)
FROM generate_series(0, 2) p ORDER BY p;

-- more values than a call can have arguments
SELECT length(gqle_internal.json_row(
    (SELECT '[' || string_agg('$' || n, ',' ORDER BY n) || ']' FROM generate_series(1, 120) n),
    ROW(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, NULL))::text);

-- mistakes are errors, not crashes
SELECT gqle_internal.json_row('{"a":$2}', 1);
SELECT gqle_internal.json_row('{"a":$0}', 1);
SELECT gqle_internal.json_row('{"a":{', 1);

DROP TABLE pair;
DROP TYPE mood;
DROP DOMAIN posint;
