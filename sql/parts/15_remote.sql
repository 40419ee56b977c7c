-- 15_remote.sql: what remote schemas answered when they were asked for their types.
--
-- State, no metadata: it is not exported.  Requests are served from it, so nobody
-- has to wait for the network; metadata commands and the delivery worker fill it.  A row
-- holds for a remote schema as long as "request", where and with which headers it was
-- asked, is what the definition says.  A failure leaves an older answer in place.

CREATE TABLE gqle.remote_introspections (
	remote_schema text COLLATE "C" PRIMARY KEY CHECK (remote_schema <> ''),
	request jsonb NOT NULL,
	answer text,
	digest text NOT NULL DEFAULT '',
	failure json,
	tries integer NOT NULL DEFAULT 0,
	fetched_at timestamptz NOT NULL DEFAULT pg_catalog.now()
);
COMMENT ON TABLE gqle.remote_introspections IS 'the last answers of remote schemas to the introspection query, and why the last try failed';

-- That a server is away still is no news: tries and fetched_at may change unnoticed.
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OF request, answer, digest, failure OR DELETE OR TRUNCATE
	ON gqle.remote_introspections
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
ALTER TABLE gqle.remote_introspections ENABLE ALWAYS TRIGGER note_change;
SELECT pg_catalog.pg_extension_config_dump('gqle.remote_introspections', '');

-- What of a definition decides what is asked.
CREATE FUNCTION gqle_internal.remote_request(definition json) RETURNS jsonb
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.jsonb_build_object('url', definition OPERATOR(pg_catalog.->) 'url',
		'url_from_env', definition OPERATOR(pg_catalog.->) 'url_from_env',
		'headers', COALESCE(definition OPERATOR(pg_catalog.->) 'headers', '[]'));
REVOKE ALL ON FUNCTION gqle_internal.remote_request(json) FROM PUBLIC;
COMMENT ON FUNCTION gqle_internal.remote_request(json) IS 'what of a remote schema''s definition decides where and how it is asked for its types';
