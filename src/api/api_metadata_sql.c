/*
 * api_metadata_sql.c
 *		Metadata commands for SQL: gqle.metadata and what needs more than SQL.
 *
 * A command run from SQL is part of the caller's transaction.  What the client
 * did wrong is raised as an error here, with the code of the API in its detail.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "gqle/api/meta.h"
#include "gqle/base/spi.h"
#include "gqle/errcodes.h"

PG_FUNCTION_INFO_V1(gqle_sql_metadata);
PG_FUNCTION_INFO_V1(gqle_sql_call_api);
PG_FUNCTION_INFO_V1(gqle_sql_track_schema);
PG_FUNCTION_INFO_V1(gqle_sql_import_from_hasura);

static int	run_to_end(const GqleSession *session, GqleEndpoint endpoint, const char *body,
					   int len, StringInfo out);
static text *run_request(const char *request);
static void raise_error(const char *answer);
static GqleJson *make_request(const char *type, GqleJson *args);

/* gqle_sql_metadata runs any command: gqle.metadata(jsonb) returns json. */
Datum
gqle_sql_metadata(PG_FUNCTION_ARGS)
{
	Jsonb	   *request = PG_GETARG_JSONB_P(0);

	PG_RETURN_TEXT_P(run_request(JsonbToCString(NULL, &request->root,
												VARSIZE(request))));
}

/*
 * gqle_sql_call_api answers as an endpoint does, errors and all:
 * gqle_internal.call_api(path text, body text, session jsonb, OUT status int,
 * OUT answer json).
 */
Datum
gqle_sql_call_api(PG_FUNCTION_ARGS)
{
	const char *path = text_to_cstring(PG_GETARG_TEXT_PP(0));
	text	   *body = PG_GETARG_TEXT_PP(1);
	Jsonb	   *variables = PG_GETARG_JSONB_P(2);
	GqleErrorSink sink = {0};
	GqleSession *session;
	GqleEndpoint endpoint;
	StringInfoData out;
	TupleDesc	desc;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	if (strcmp(path, "/v1/metadata") == 0)
		endpoint = GQLE_ENDPOINT_METADATA;
	else if (strcmp(path, "/v1/query") == 0)
		endpoint = GQLE_ENDPOINT_V1_QUERY;
	else if (strcmp(path, "/v2/query") == 0)
		endpoint = GQLE_ENDPOINT_V2_QUERY;
	else
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is no endpoint of metadata and SQL", path)));
	session = gqle_session_from_json(gqle_meta_parse_stored(JsonbToCString(NULL,
																		  &variables->root,
																		  VARSIZE(variables))),
									 &sink);
	if (session == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_GQLE_INVALID_SESSION),
				 errmsg("%s", sink.error.message)));
	initStringInfo(&out);
	values[0] = Int32GetDatum(run_to_end(session, endpoint, VARDATA_ANY(body),
										 VARSIZE_ANY_EXHDR(body), &out));
	values[1] = PointerGetDatum(cstring_to_text_with_len(out.data, out.len));
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values,
													  nulls)));
}

/* run_to_end runs a request, and again after calls it has asked for. */
static int
run_to_end(const GqleSession *session, GqleEndpoint endpoint, const char *body, int len,
		   StringInfo out)
{
	GqleOutcalls *outcalls = gqle_outcalls_make(CurrentMemoryContext);
	int			status;

	while ((status = gqle_meta_run(session, endpoint, body, len, false, outcalls, out)) ==
		   GQLE_META_PENDING)
		gqle_outcalls_perform(outcalls);
	return status;
}

/* run_request runs a request as admin; returns its answer or raises its error. */
static text *
run_request(const char *request)
{
	static GqleSessionVariable variable = {"x-hasura-role", "admin"};
	GqleSession session = {0};
	StringInfoData out;

	session.role = "admin";
	session.is_admin = true;
	session.n_variables = 1;
	session.variables = &variable;
	initStringInfo(&out);
	if (run_to_end(&session, GQLE_ENDPOINT_METADATA, request, strlen(request), &out) != 200)
		raise_error(out.data);
	return cstring_to_text_with_len(out.data, out.len);
}

/* raise_error raises the error of an answer. */
static void
raise_error(const char *answer)
{
	const GqleJson *error = gqle_meta_parse_stored(answer);
	const char *message = gqle_meta_text(error, "error");
	const char *code = gqle_meta_text(error, "code");
	const GqleJson *internal = gqle_json_lookup(error, "internal");

	ereport(ERROR,
			(errcode(ERRCODE_GQLE_METADATA_ERROR),
			 errmsg("%s", message != NULL ? message : answer),
			 errdetail("The code is \"%s\", at %s.", code != NULL ? code : "unexpected",
					   gqle_meta_text(error, "path")),
			 code != NULL && strcmp(code, "dependency-error") == 0 ?
			 errhint("Give cascade to drop the dependent objects, too.") :
			 code != NULL && strcmp(code, "parse-failed") == 0 ?
			 errhint("The commands and their arguments are those of Hasura's metadata API.") :
			 internal != NULL ?
			 errhint("More is known: %s", gqle_json_to_text(internal)) : 0));
}

/* make_request returns {"type","args"}. */
static GqleJson *
make_request(const char *type, GqleJson *args)
{
	GqleJson   *request = gqle_json_make_object();

	gqle_json_object_set(request, "type", gqle_json_make_string(type));
	gqle_json_object_set(request, "args", args);
	return request;
}

/* ------------------------------------------------------------------------
 * gqle.track_schema
 * ------------------------------------------------------------------------ */

/* untracked_tables returns the arguments of pg_track_tables for a schema. */
static GqleJson *
untracked_tables(const char *schema, const char *source)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;
	GqleJson   *tables = gqle_json_make_array();
	int			i;

	gqle_spi_add_text(&args, schema);
	gqle_spi_add_text(&args, source);
	rows = gqle_spi_query("SELECT c.relname::text FROM pg_class c "
						  "JOIN pg_namespace n ON n.oid = c.relnamespace "
						  "WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') "
						  "AND NOT c.relispartition "
						  "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass "
						  "AND d.objid = c.oid AND d.deptype = 'e') "
						  "AND NOT EXISTS (SELECT FROM gqle.tables t WHERE t.source = $2 "
						  "AND t.schema_name = $1 AND t.table_name = c.relname) "
						  "ORDER BY c.relname", &args);
	for (i = 0; i < rows->n; i++)
	{
		GqleJson   *entry = gqle_json_make_object();

		gqle_json_object_set(entry, "source", gqle_json_make_string(source));
		gqle_json_object_set(entry, "table",
							 gqle_meta_name_json(schema, gqle_rows_text(rows, i, 0)));
		gqle_json_array_add(tables, entry);
	}
	return tables;
}

/* is_free tells whether a table has no field of that name yet. */
static bool
is_free(const char *schema, const char *table, const char *name)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;

	gqle_spi_add_text(&args, schema);
	gqle_spi_add_text(&args, table);
	gqle_spi_add_text(&args, name);
	return gqle_spi_query("SELECT 1 FROM gqle.relationships WHERE schema_name = $1 "
						  "AND table_name = $2 AND name = $3 "
						  "UNION ALL SELECT 1 FROM gqle.computed_fields WHERE schema_name = $1 "
						  "AND table_name = $2 AND name = $3 "
						  "UNION ALL SELECT 1 FROM pg_attribute a "
						  "JOIN pg_class c ON c.oid = a.attrelid "
						  "JOIN pg_namespace n ON n.oid = c.relnamespace "
						  "WHERE n.nspname = $1 AND c.relname = $2 AND a.attname = $3",
						  &args)->n == 0;
}

/*
 * relationship_name chooses the name of a suggested relationship: an object
 * relationship is called as its column without "_id", an array relationship as
 * the other table in the plural; if that is taken, with the column behind.
 */
static const char *
relationship_name(bool is_object, const GqleJson *from, const GqleJson *to)
{
	const GqleJson *own = gqle_json_lookup(from, "table");
	const char *other = gqle_meta_text(gqle_json_lookup(to, "table"), "name");
	bool		holds_key = gqle_json_lookup(from, "constraint_name") != NULL;
	const GqleJson *columns = gqle_json_lookup(holds_key ? from : to, "columns");
	const char *column = columns->items[0]->text;
	int			len = strlen(column);
	const char *schema = gqle_meta_text(own, "schema");
	const char *table = gqle_meta_text(own, "name");
	const char *name;

	if (is_object && holds_key && columns->n == 1 && len > 3 &&
		strcmp(column + len - 3, "_id") == 0)
		name = pnstrdup(column, len - 3);
	else if (is_object || other[strlen(other) - 1] == 's')
		name = other;
	else
		name = psprintf("%ss", other);
	if (!is_free(schema, table, name))
		name = psprintf("%s_by_%s", name, column);
	if (!gqle_meta_is_graphql_name(name) || !is_free(schema, table, name))
		return NULL;
	return name;
}

/* relationship_request returns the request that creates a suggested relationship. */
static GqleJson *
relationship_request(const GqleJson *suggestion, const char *source)
{
	const GqleJson *from = gqle_json_lookup(suggestion, "from");
	const GqleJson *to = gqle_json_lookup(suggestion, "to");
	bool		is_object = strcmp(gqle_meta_text(suggestion, "type"), "object") == 0;
	bool		holds_key = gqle_json_lookup(from, "constraint_name") != NULL;
	const char *name = relationship_name(is_object, from, to);
	GqleJson   *args = gqle_json_make_object();
	GqleJson   *using = gqle_json_make_object();
	GqleJson   *key;

	if (name == NULL)
		return NULL;
	if (holds_key)
		key = gqle_json_lookup(from, "columns");
	else
	{
		key = gqle_json_make_object();
		gqle_json_object_set(key, "table", gqle_json_lookup(to, "table"));
		gqle_json_object_set(key, "columns", gqle_json_lookup(to, "columns"));
	}
	gqle_json_object_set(using, "foreign_key_constraint_on", key);
	gqle_json_object_set(args, "source", gqle_json_make_string(source));
	gqle_json_object_set(args, "table", gqle_json_lookup(from, "table"));
	gqle_json_object_set(args, "name", gqle_json_make_string(name));
	gqle_json_object_set(args, "using", using);
	return make_request(is_object ? "pg_create_object_relationship" :
						"pg_create_array_relationship", args);
}

/* track_relationships creates relationships for all foreign keys of a schema. */
static int
track_relationships(const char *schema, const char *source)
{
	GqleJson   *args = gqle_json_make_object();
	GqleJson   *requests = gqle_json_make_array();
	GqleJson   *list;
	text	   *answer;
	int			i;

	gqle_json_object_set(args, "source", gqle_json_make_string(source));
	gqle_json_object_set(args, "omit_tracked", gqle_json_make_bool(true));
	answer = run_request(gqle_json_to_text(make_request("pg_suggest_relationships", args)));
	list = gqle_json_lookup(gqle_meta_parse_stored(text_to_cstring(answer)),
							"relationships");
	for (i = 0; i < list->n; i++)
	{
		const GqleJson *table = gqle_json_lookup(gqle_json_lookup(list->items[i], "from"),
												 "table");
		GqleJson   *request;

		if (strcmp(gqle_meta_text(table, "schema"), schema) != 0)
			continue;
		request = relationship_request(list->items[i], source);
		if (request != NULL)
			gqle_json_array_add(requests, request);
	}

	/* checked together: each for itself would take as long as there are tables */
	if (requests->n > 0)
		(void) run_request(gqle_json_to_text(make_request("bulk_atomic", requests)));
	return requests->n;
}

/*
 * gqle_sql_track_schema tracks what is in a schema: gqle.track_schema(schema
 * text, relationships boolean, source text) returns json.
 */
Datum
gqle_sql_track_schema(PG_FUNCTION_ARGS)
{
	const char *schema = text_to_cstring(PG_GETARG_TEXT_PP(0));
	bool		relationships = PG_GETARG_BOOL(1);
	const char *source = text_to_cstring(PG_GETARG_TEXT_PP(2));
	GqleJson   *tables = untracked_tables(schema, source);
	int			n_relationships = 0;

	if (tables->n > 0)
	{
		GqleJson   *args = gqle_json_make_object();

		gqle_json_object_set(args, "tables", tables);
		(void) run_request(gqle_json_to_text(make_request("pg_track_tables", args)));
	}
	if (relationships)
		n_relationships = track_relationships(schema, source);
	PG_RETURN_TEXT_P(cstring_to_text(psprintf("{\"tables\":%d,\"relationships\":%d}",
											  tables->n, n_relationships)));
}

/* ------------------------------------------------------------------------
 * gqle.import_from_hasura
 * ------------------------------------------------------------------------ */

/* The metadata that Hasura keeps in this database, or an error. */
static GqleJson *
read_hasura_metadata(void)
{
	GqleRows   *rows = gqle_spi_query("SELECT to_regclass('hdb_catalog.hdb_metadata') IS NOT NULL, "
									  "to_regclass('hdb_catalog.hdb_table') IS NOT NULL", NULL);

	if (!gqle_rows_bool(rows, 0, 0))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("this database holds no metadata of Hasura v2"),
				 gqle_rows_bool(rows, 0, 1) ?
				 errhint("Those of Hasura v1 are here. Start Hasura v2 on them once, or import what \"hasura metadata export\" wrote.") :
				 errhint("They are in table hdb_catalog.hdb_metadata of the database that HASURA_GRAPHQL_METADATA_DATABASE_URL names.")));
	rows = gqle_spi_query("SELECT metadata FROM hdb_catalog.hdb_metadata ORDER BY id LIMIT 1",
						  NULL);
	if (rows->n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("hdb_catalog.hdb_metadata is empty")));
	return gqle_meta_parse_stored(gqle_rows_text(rows, 0, 0));
}

/* Take over what the command line and the console keep: migrations, settings. */
static void
import_hasura_state(void)
{
	GqleRows   *rows = gqle_spi_query("SELECT to_regclass('hdb_catalog.hdb_version') IS NOT NULL",
									  NULL);

	if (gqle_rows_bool(rows, 0, 0))
		gqle_spi_execute("UPDATE gqle.metadata_version SET catalog_state = "
						 "json_build_object('cli', v.cli_state, 'console', v.console_state) "
						 "FROM hdb_catalog.hdb_version v", NULL);
}

/*
 * gqle_sql_import_from_hasura replaces the metadata by those that a Hasura
 * engine keeps in this database, and the state of its tools.  Events are
 * captured here from then on: the triggers of event triggers are replaced.
 */
Datum
gqle_sql_import_from_hasura(PG_FUNCTION_ARGS)
{
	bool		allow_inconsistent = PG_GETARG_BOOL(0);
	GqleJson   *args = gqle_json_make_object();
	text	   *answer;

	gqle_json_object_set(args, "metadata", read_hasura_metadata());
	gqle_json_object_set(args, "allow_inconsistent_metadata",
						 gqle_json_make_bool(allow_inconsistent));
	answer = run_request(gqle_json_to_text(make_request("replace_metadata", args)));
	import_hasura_state();
	PG_RETURN_TEXT_P(answer);
}
