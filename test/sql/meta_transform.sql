-- Transforms of webhooks: test_webhook_transform, and what is stored.
\a
\t
SET client_min_messages = error;
CREATE FUNCTION pg_temp.m(type text, args text) RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || answer FROM gqle_internal.call_api('/v1/metadata', format('{"type": "%s", "args": %s}', type, args)) $$;
-- a transform of {"a": 1, "list": ["x", "y z"]}, sent to http://host/path?q=1
CREATE FUNCTION pg_temp.t(transform text, more text DEFAULT '') RETURNS text LANGUAGE sql AS
	$$ SELECT pg_temp.m('test_webhook_transform', format('{"webhook_url": "http://host/path?q=1", "body": {"a": 1, "list": ["x", "y z"]}, "request_transform": %s%s}', transform, more)) $$;

-- nothing to do
SELECT pg_temp.t('{}');
SELECT pg_temp.t('{"version": 2, "template_engine": "Kriti"}', ', "request_headers": [["X-A", "1"], ["x-a", "2"]]');
-- method and URL: the query of the URL as configured stays
SELECT pg_temp.t('{"method": "put", "url": "{{$base_url}}/more?lost=1#gone"}');
SELECT pg_temp.t('{"url": "HTTPS://other:443/{{$body.a}}/{{escapeUri($body.list[1])}}"}');
SELECT pg_temp.t('{"url": "http://user@other:8080"}');
SELECT pg_temp.t('{"url": "mailto:somebody"}');
SELECT pg_temp.t('{"url": "{{$body.list[1]}}"}');
SELECT pg_temp.t('{"url": "http://{{$body.nope}}"}');
-- query parameters: by name, null ones left out, or as a text
SELECT pg_temp.t('{"query_params": {"b": "{{$body.a}}", "a b": "{{$body.list[1]}}&", "alone": null, "no": "{{$body?.nope}}", "{{$body.list[0]}}": "key"}}');
SELECT pg_temp.t('{"query_params": {}}');
SELECT pg_temp.t('{"query_params": "?a=b%20c;d&e=+f&=g"}');
SELECT pg_temp.t('{"query_params": {"q": "{{$query_params[0][1]}}", "n": "{{size($query_params)}}"}}');
SELECT pg_temp.m('test_webhook_transform', '{"webhook_url": "http://h?a=%C3%A9%ff-%c3", "body": 1, "request_transform": {"body": "$query_params"}}');
-- bodies, versions 1 and 2
SELECT pg_temp.t('{"body": "{\"z\": 1, \"b\": {{range _, x := $body.list}} toUpper(x) {{end}}, \"a\": $body.a}"}');
SELECT pg_temp.t('{"version": 2, "body": {"action": "transform", "template": "{{ if $body.a == 1 }} null {{ else }} 2 {{ end }}"}}');
SELECT pg_temp.t('{"version": 2, "body": {"action": "remove"}}');
SELECT pg_temp.t('{"version": 2, "body": {"action": "x_www_form_urlencoded", "form_template": {"a": "{{$body.a}}", "k y": "{{$body.list[1]}}/", "n": "{{$body?.nope}}", "o": "{{$body.list}}"}}}');
-- headers: removed in any case, then added
SELECT pg_temp.t('{"request_headers": {"add_headers": {"X-New": "v{{$body.a}}", "X-B": "again"}, "remove_headers": ["x-A"]}}', ', "request_headers": [["X-A", "1"], ["X-B", "{{V}}"]], "env": {"V": "from env"}');
-- session variables, environment
SELECT pg_temp.t('{"body": "[$session_variables, getSessionVariable(\"X-Hasura-ID\"), getSessionVariable(null)]"}', ', "session_variables": {"X-Hasura-Id": "7"}');
SELECT pg_temp.t('{"body": "[$session_variables]"}');
SELECT pg_temp.t('{"body": "getSessionVariable(\"x-hasura-id\")"}');
SELECT pg_temp.t('{"body": "getSessionVariable(1)"}');
SELECT pg_temp.m('test_webhook_transform', '{"webhook_url": "http://{{H}}:3000{{", "env": {"H": "name"}, "body": null, "request_transform": {"url": "{{$base_url}}x"}}');
SELECT pg_temp.m('test_webhook_transform', '{"webhook_url": "http://{{H}}:3000", "env": {"H": "name"}, "body": null, "request_transform": {"url": "{{$base_url}}"}}');
SELECT pg_temp.m('test_webhook_transform', '{"webhook_url": {"from_env": "H"}, "env": {"H": "http://name"}, "body": [1.50], "request_transform": {}}');
SELECT pg_temp.m('test_webhook_transform', '{"webhook_url": {"from_env": "PATH"}, "body": 1, "request_transform": {}}');
SELECT pg_temp.m('test_webhook_transform', '{"webhook_url": "http://{{PATH}}/{{HOME}}", "body": 1, "request_transform": {}}');
SELECT pg_temp.m('test_webhook_transform', '{"webhook_url": "", "body": 1, "request_transform": {}}');
SELECT pg_temp.m('test_webhook_transform', format('{"webhook_url": "%s", "body": 1, "request_transform": {}}', url)) FROM unnest('{http:://a,host:80,nothing,ftp://a,http://a:b,http://a/b c?d e=é}'::text[]) AS url;

-- mistakes: of all parts when parsed, of the first when run
SELECT pg_temp.t('{"url": "{{", "body": "{", "query_params": {"{{a b}}": "c"}, "request_headers": {"add_headers": {"x": "{{1 2}}"}}}');
SELECT pg_temp.t('{"body": "$body.nope", "query_params": "{{$nope}}", "request_headers": {"add_headers": {"x": "{{$a}}", "y": "{{$b}}"}}}');
SELECT pg_temp.t('{"request_headers": {"add_headers": {"x": "{{$a}}", "y": "{{$b}}"}}}');
SELECT pg_temp.t('{}', ', "response_transform": {"body": "}"}');
SELECT pg_temp.t('{"version": 3}');
SELECT pg_temp.t('{"version": 1, "body": {"action": "remove"}}');
SELECT pg_temp.t('{"version": 2, "body": "1"}');
SELECT pg_temp.t('{"version": 2, "body": {"action": "other"}}');
SELECT pg_temp.t('{"version": 2, "body": {"action": "transform"}}');
SELECT pg_temp.t('{"version": 2, "body": {"action": "x_www_form_urlencoded", "form_template": {"a": 1}}}');
SELECT pg_temp.t('{"template_engine": "Jinja"}');
SELECT pg_temp.t('{"method": 1}');
SELECT pg_temp.t('{"query_params": [1]}');
SELECT pg_temp.m('test_webhook_transform', '{"webhook_url": "http://a", "request_transform": {}}');
SELECT status, answer FROM gqle_internal.call_api('/v1/metadata', '{"type": "test_webhook_transform", "args": {"webhook_url": "http://a", "body": 1, "request_transform": {}}}', '{"x-hasura-role": "user"}');

-- what is stored has canonical form, and must be templates
SELECT pg_temp.m('set_custom_types', '{"objects": [{"name": "Out", "fields": [{"name": "a", "type": "Int"}]}]}');
SELECT pg_temp.m('create_action', '{"name": "act", "definition": {"handler": "http://h", "output_type": "Out", "request_transform": {"version": 2, "url": "{{$base_url}}", "content_type": "application/json", "body": {"template": "1", "action": "transform", "x": 1}, "request_headers": {"add_headers": {"b": "1", "a": "2"}}}, "response_transform": {"body": "$body"}}}');
SELECT a->'definition'->'request_transform', a->'definition'->'response_transform' FROM json_array_elements(gqle.export_metadata()->'actions') AS a;
SELECT pg_temp.m('update_action', '{"name": "act", "definition": {"handler": "http://h", "output_type": "Out", "request_transform": {"body": "{{"}}}');
SELECT pg_temp.m('create_action', '{"name": "other", "definition": {"handler": "http://h", "output_type": "Out", "response_transform": {"version": 2, "body": {"action": "x_www_form_urlencoded", "form_template": {"a": "{{"}}}}}');
CREATE TABLE t (id int PRIMARY KEY);
SELECT gqle.track_table('t');
SELECT pg_temp.m('pg_create_event_trigger', '{"name": "ev", "table": "t", "webhook": "http://h", "insert": {"columns": "*"}, "request_transform": {"url": "{{"}}');
SELECT pg_temp.m('create_cron_trigger', '{"name": "cr", "webhook": "http://h", "schedule": "* * * * *", "include_in_metadata": true, "request_transform": {"query_params": {"a": "{{"}}}');

-- answers: what templates see, and what becomes of the body
CREATE FUNCTION pg_temp.r(transform json, body text, status int DEFAULT 200) RETURNS text LANGUAGE sql AS
	$$ SELECT gqle_internal.transformed_response(transform, '{"body": {"q": 1}, "base_url": "http://h"}', '{"x-hasura-id": "7"}', status, body) $$;
SELECT pg_temp.r('{}', '{"b": 1, "a": 2}'), pg_temp.r('{}', 'no JSON');
SELECT pg_temp.r('{"body": "{\"got\": $body.a, \"asked\": $request.body.body.q, \"url\": $request.url.base_url, \"status\": $response.status, \"id\": $session_variables[\"x-hasura-id\"], \"same\": getSessionVariable(\"x-hasura-id\")}"}', '{"a": [1]}', 404);
SELECT pg_temp.r('{"version": 2, "body": {"action": "remove"}}', '1');
SELECT pg_temp.r('{"version": 2, "body": {"action": "x_www_form_urlencoded", "form_template": {"a b": "{{$body.a}}", "n": "{{$body.b}}"}}}', '{"a": "x&y", "b": null}');
SELECT pg_temp.r('{"body": "$body.nope"}', '{}'), pg_temp.r('{"body": "$body.nope"}', 'no JSON');
SELECT gqle_internal.transformed_response('{"body": "[$request, $session_variables, $body]"}', NULL, NULL, NULL, NULL);
SELECT pg_temp.m('clear_metadata', '{}');
DROP TABLE t;
