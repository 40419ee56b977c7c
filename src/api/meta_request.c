/*
 * meta_request.c
 *		From the body of a request to its answer: decode, check who asks, run.
 *
 * The whole request is decoded before anything runs, so a mistake of shape in
 * the last item of a bulk leaves nothing behind, as in Hasura.  Then it runs in
 * one subtransaction, so that an error reported as a value undoes everything
 * while the caller's transaction goes on.
 *
 * Paths (reference §1.4): mistakes of shape are reported below "$.args", on
 * /v1/query without the "args"; mistakes of meaning at "$.args", on /v2/query
 * at "$".
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "gqle/api/cron_events.h"
#include "gqle/api/event.h"
#include "gqle/api/meta.h"
#include "gqle/api/meta_link.h"
#include "gqle/api/run_sql.h"
#include "gqle/base/guc.h"
#include "gqle/base/json_write.h"
#include "gqle/base/spi.h"
#include "gqle/catalog/metadata.h"
#include "gqle/catalog/version.h"
#include "gqle/errcodes.h"

static bool run_body(GqleMetaRequest *request, const char *body, int body_len,
					 GqleErrorSink *sink, StringInfo out);
static bool read_resource_version(GqleMetaReader *reader, const GqleMetaPath *root,
								  const GqleJson *json, int64 *version);
static bool decode_call(GqleMetaRequest *request, GqleErrorSink *sink,
						const GqleJson *json, const GqleMetaPath *path,
						const char *base_path, GqleMetaCall *call);
static bool decode_head(GqleMetaReader *reader, GqleEndpoint endpoint,
						const GqleJson *json, const GqleMetaPath *path,
						const char **type, int *version);
static bool decode_arguments(GqleMetaReader *reader, GqleMetaCall *call,
							 const GqleJson *args, const GqleMetaPath *path);
static bool decode_items(GqleMetaReader *reader, GqleMetaCall *call,
						 const GqleJson *args, const GqleMetaPath *path);
static bool allows_any_role(const GqleMetaCall *call);
static bool writes_data(const GqleMetaCall *call);
static bool may_store(GqleMetaCall *call);
static bool is_unstored(const GqleMetaCall *call);
static int64 count_inactive(void);
static void warn_inactive(const GqleMetaRequest *request);
static bool run_request(GqleMetaCall *call);
static void report_thrown(GqleMetaCall *call, const ErrorData *edata);
static void append_success(GqleMetaCall *call);

/*
 * gqle_meta_run answers a request and returns the HTTP status, or that it has to be
 * run again when calls have been made.  Must be called
 * inside a transaction; all changes are undone unless the status is 200.  Throws
 * if the extension is of another version than the library.
 */
int
gqle_meta_run(const GqleSession *session, GqleEndpoint endpoint,
			  const char *body, int body_len, bool owns_transaction,
			  GqleOutcalls *outcalls, StringInfo out)
{
	GqleMetaRequest request = {0};
	GqleErrorSink sink = {0};
	bool		done;

	gqle_version_require();
	request.session = session;
	request.endpoint = endpoint;
	request.resource_version = -1;
	request.owns_transaction = owns_transaction;
	request.outcalls = outcalls;
	if (outcalls != NULL)
		gqle_outcalls_rewind(outcalls);

	done = run_body(&request, body, body_len, &sink, out);
	if (request.catalog != NULL)
		gqle_catalog_release(request.catalog);
	if (request.is_pending)
		return GQLE_META_PENDING;
	if (done)
		return 200;

	gqle_error_append_plain(out, &sink.error,
							gqle_guc_dev_mode ||
							(session->is_admin && gqle_guc_admin_internal_errors));
	return sink.error.http_status != 0 ? sink.error.http_status : 400;
}

/* run_body decodes a body and runs it. */
static bool
run_body(GqleMetaRequest *request, const char *body, int body_len,
		 GqleErrorSink *sink, StringInfo out)
{
	GqleMetaPath root = {NULL, NULL, 0, "$"};
	GqleMetaReader reader = {sink, NULL};
	GqleJsonError json_error;
	GqleJson   *json = gqle_json_parse(body, body_len, &json_error);
	GqleMetaCall call = {0};

	if (json == NULL)
		return gqle_error_report(sink, GQLE_ERR_INVALID_JSON, "$", "Error in $: %s",
								 json_error.message);
	if (json->kind == GQLE_JSON_OBJECT && request->endpoint == GQLE_ENDPOINT_METADATA &&
		!read_resource_version(&reader, &root, json, &request->resource_version))
		return false;
	if (!decode_call(request, sink, json, &root, "$", &call))
		return false;
	if (!request->session->is_admin && !allows_any_role(&call))
		return gqle_error_report(sink, GQLE_ERR_ACCESS_DENIED, "$.args",
								 "restricted access : admin only");
	call.out = out;
	if (gqle_sql_is_alone(&call))
		return gqle_sql_run_alone(&call);
	return gqle_meta_run_atomically(&call, run_request);
}

/* read_resource_version reads the version that the client saw, if it says. */
static bool
read_resource_version(GqleMetaReader *reader, const GqleMetaPath *root,
					  const GqleJson *json, int64 *version)
{
	static const GqleMetaField field = {"resource_version", GQLE_META_INT, 0};
	GqleMetaPath path = {root, "resource_version", 0, NULL};
	const GqleJson *value = gqle_json_lookup(json, "resource_version");

	if (gqle_json_is_null(value))
		return true;
	if (gqle_meta_shape_apply_field(reader, &path, &field, value) == NULL)
		return false;
	*version = strtoll(value->text, NULL, 10);
	return true;
}

/* ------------------------------------------------------------------------
 * Decoding
 * ------------------------------------------------------------------------ */

/*
 * decode_call decodes one request object.  path is where the object is;
 * base_path is the same as mistakes of meaning show it.
 */
static bool
decode_call(GqleMetaRequest *request, GqleErrorSink *sink, const GqleJson *json,
			const GqleMetaPath *path, const char *base_path, GqleMetaCall *call)
{
	GqleMetaReader reader = {sink, NULL};
	GqleMetaPath args_path = {path, "args", 0, NULL};
	const char *type;
	const GqleJson *args;

	call->request = request;
	call->sink = sink;
	if (!decode_head(&reader, request->endpoint, json, path, &type, &call->version))
		return false;
	call->command = gqle_meta_lookup_command(request->endpoint, type);
	if (call->command == NULL ||
		(call->version == 1 && (call->command->flags & GQLE_META_ONLY_VERSION_2)) ||
		(call->version == 2 &&
		 !(call->command->flags & (request->endpoint == GQLE_ENDPOINT_METADATA ?
								   GQLE_META_VERSION_2 : GQLE_META_V1_VERSION_2))))
		return gqle_meta_report_unknown(&reader, request->endpoint, call->version, type,
										path);
	if (request->endpoint == GQLE_ENDPOINT_METADATA &&
		(call->command->flags & GQLE_META_BACKEND))
		reader.command = call->command->name;

	call->path = request->endpoint == GQLE_ENDPOINT_V2_QUERY ? base_path :
		psprintf("%s.args", base_path);
	args = gqle_json_lookup(json, "args");
	if (args == NULL && (call->command->flags & GQLE_META_NO_ARGS))
		args = gqle_json_make_object();
	if (args == NULL)
	{
		gqle_meta_reader_fail(&reader, path, "key \"args\" not found");
		return false;
	}
	return decode_arguments(&reader, call, args,
							request->endpoint == GQLE_ENDPOINT_V1_QUERY ?
							path : &args_path);
}

/*
 * decode_head reads type and version of a request object.  /v2/query knows no
 * version.
 */
static bool
decode_head(GqleMetaReader *reader, GqleEndpoint endpoint, const GqleJson *json,
			const GqleMetaPath *path, const char **type, int *version)
{
	GqleMetaPath type_path = {path, "type", 0, NULL};
	GqleMetaPath version_path = {path, "version", 0, NULL};
	const char *name = endpoint == GQLE_ENDPOINT_V1_QUERY ? "Object" :
		endpoint == GQLE_ENDPOINT_V2_QUERY ? "RQLQuery" :
		path->parent == NULL ? "RQLMetadata" : "RQLMetadataRequest";
	const GqleJson *value;

	if (json->kind != GQLE_JSON_OBJECT)
	{
		gqle_meta_reader_mismatch(reader, path, name, "Object", json);
		return false;
	}

	*version = 1;
	value = gqle_json_lookup(json, "version");
	if (endpoint != GQLE_ENDPOINT_V2_QUERY && !gqle_json_is_null(value))
	{
		if (value->kind != GQLE_JSON_NUMBER)
			gqle_meta_reader_mismatch(reader, &version_path, "Int", "Number", value);
		else if (strcmp(value->text, "1") != 0 && strcmp(value->text, "2") != 0)
			gqle_meta_reader_fail(reader, &version_path,
								  "expected 1 or 2, encountered %s", value->text);
		else
			*version = value->text[0] - '0';
		if (reader->sink->has_error)
			return false;
	}

	value = gqle_json_lookup(json, "type");
	if (value != NULL && value->kind == GQLE_JSON_STRING)
	{
		*type = value->text;
		return true;
	}
	if (value == NULL)
		gqle_meta_reader_fail(reader, path, "%skey \"type\" not found",
							  gqle_meta_tag_prefix(endpoint, *version));
	else
		gqle_meta_reader_fail(reader, &type_path,
							  "%sparsing Text failed, expected String, but encountered %s",
							  gqle_meta_tag_prefix(endpoint, *version),
							  gqle_json_kind_name(value));
	return false;
}

/* decode_arguments brings the arguments of a call into canonical form. */
static bool
decode_arguments(GqleMetaReader *reader, GqleMetaCall *call, const GqleJson *args,
				 const GqleMetaPath *path)
{
	if (call->command->flags & GQLE_META_BULK)
		return decode_items(reader, call, args, path);
	if (call->command->prepare != NULL)
	{
		args = call->command->prepare(call, reader, path, args);
		if (args == NULL)
			return false;
	}
	call->args = args;
	if (call->command->shape != NULL)
		call->args = gqle_meta_shape_apply(reader, path, call->command->shape, args);
	return call->args != NULL;
}

/* decode_items decodes the list of requests that a bulk has. */
static bool
decode_items(GqleMetaReader *reader, GqleMetaCall *call, const GqleJson *args,
			 const GqleMetaPath *path)
{
	int			i;

	if (args->kind != GQLE_JSON_ARRAY)
	{
		gqle_meta_reader_mismatch(reader, path, "[]", "Array", args);
		return false;
	}
	call->args = args;
	call->n_items = args->n;
	call->items = palloc0(sizeof(GqleMetaCall) * (args->n + 1));
	for (i = 0; i < args->n; i++)
	{
		GqleMetaPath below = {path, NULL, i, NULL};

		if (!decode_call(call->request, call->sink, args->items[i], &below,
						 psprintf("%s[%d]", call->path, i), &call->items[i]))
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------------
 * Running
 * ------------------------------------------------------------------------ */

/* allows_any_role tells whether a call and all below it are not only for admin. */
static bool
allows_any_role(const GqleMetaCall *call)
{
	int			i;

	if (call->request->endpoint != GQLE_ENDPOINT_V1_QUERY ||
		!(call->command->flags & GQLE_META_ANY_ROLE))
		return false;
	for (i = 0; i < call->n_items; i++)
		if (!allows_any_role(&call->items[i]))
			return false;
	return true;
}

/* gqle_meta_changes tells whether a call or one below it may change metadata. */
bool
gqle_meta_changes(const GqleMetaCall *call)
{
	int			i;

	if (!(call->command->flags & (GQLE_META_READS | GQLE_META_BULK)))
		return true;
	for (i = 0; i < call->n_items; i++)
		if (gqle_meta_changes(&call->items[i]))
			return true;
	return false;
}

/*
 * writes_data tells whether a call or one below it may write to tables of the
 * database (compat: only on the endpoints of queries, and the list is Hasura's).
 */
static bool
writes_data(const GqleMetaCall *call)
{
	int			i;

	if (call->request->endpoint == GQLE_ENDPOINT_METADATA ||
		strcmp(call->command->name, "concurrent_bulk") == 0)
		return false;
	if (call->command->shape != NULL && call->command->shape == gqle_sql_commands[0].shape)
		return call->request->endpoint == GQLE_ENDPOINT_V1_QUERY ||
			!gqle_meta_bool(call->args, "read_only", false);
	if (call->command->flags & GQLE_META_WRITES_DATA)
		return true;
	for (i = 0; i < call->n_items; i++)
		if (writes_data(&call->items[i]))
			return true;
	return false;
}

/*
 * gqle_meta_begin_change makes this the only writer of metadata until the
 * transaction ends.
 */
void
gqle_meta_begin_change(GqleMetaCall *call)
{
	GqleMetaRequest *request = call->request;

	if (request->is_locked)
		return;
	request->stored_version = gqle_metadata_resource_version(true);
	request->is_locked = true;
	request->n_inactive = count_inactive();
	request->event_triggers = gqle_event_trigger_names();
	request->cron_triggers = gqle_cron_triggers();
}

/*
 * may_store refuses to keep what a request did if the client saw an older
 * version of the metadata, or if they must not be changed now.  compat: mistakes
 * in the request itself are told first.
 */
static bool
may_store(GqleMetaCall *call)
{
	GqleMetaRequest *request = call->request;

	if (gqle_guc_enable_maintenance_mode)
		gqle_error_report(call->sink, GQLE_ERR_UNEXPECTED, "$",
						  "metadata cannot be modified in maintenance mode");
	else if (gqle_guc_enable_read_only_mode &&
			 request->endpoint == GQLE_ENDPOINT_METADATA)
		return gqle_error_report(call->sink, GQLE_ERR_NOT_SUPPORTED, "$",
								 "metadata cannot be modified in read-only mode");
	else if (request->resource_version >= 0 &&
			 request->resource_version != request->stored_version)
		gqle_error_report(call->sink, GQLE_ERR_CONFLICT, "$",
						  "metadata resource version referenced (%lld) did not match current version",
						  (long long) request->resource_version);
	else
		return true;
	call->sink->error.http_status = gqle_guc_enable_maintenance_mode ? 500 : 409;
	return false;
}

/* count_inactive counts the objects that are stored but have no effect. */
static int64
count_inactive(void)
{
	static GqleSpiStatement statement = {"SELECT count(*) FROM gqle.not_yet_active"};
	GqleRows   *rows = gqle_spi_query_kept(&statement, NULL);

	return gqle_rows_int8(rows, 0, 0);
}

/* warn_inactive says in the log that a request stored more of them. */
static void
warn_inactive(const GqleMetaRequest *request)
{
	int64		more = count_inactive() - request->n_inactive;

	if (more > 0)
		ereport(WARNING,
				(errmsg_plural("%lld object was stored that has no effect in this version",
							   "%lld objects were stored that have no effect in this version",
							   (unsigned long) more, (long long) more),
				 errhint("See view gqle.not_yet_active.")));
}

/* run_request runs the whole request and counts the version up. */
static bool
run_request(GqleMetaCall *call)
{
	if (gqle_guc_enable_read_only_mode && writes_data(call))
		return gqle_error_report(call->sink, GQLE_ERR_NOT_SUPPORTED, "$",
								 "Cannot run write queries when read-only mode is enabled");
	if (gqle_meta_changes(call))
		gqle_meta_begin_change(call);
	if (!gqle_meta_run_call(call) || call->request->is_pending)
		return false;
	if (call->request->is_locked && !may_store(call))
		return false;
	if (call->request->is_changed)
	{
		gqle_event_triggers_follow(call->request->event_triggers);
		gqle_cron_events_follow(call->request->cron_triggers);
		gqle_metadata_bump();
		warn_inactive(call->request);
	}
	return true;
}

/*
 * gqle_meta_run_atomically runs something for a call in a subtransaction and
 * undoes it if it fails, be it by a reported or by a thrown error.
 */
bool
gqle_meta_run_atomically(GqleMetaCall *call, bool (*run) (GqleMetaCall *call))
{
	return gqle_meta_run_reporting(call, run, report_thrown);
}

/* gqle_meta_run_reporting lets a function of the caller report what was thrown. */
bool
gqle_meta_run_reporting(GqleMetaCall *call, bool (*run) (GqleMetaCall *call),
						void (*report) (GqleMetaCall *call, const ErrorData *edata))
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	GqleJson   *inconsistent = call->request->inconsistent;
	const GqleMetaCall *scope = call->request->scope;
	GqleMetaScope *near = call->request->near;
	bool		defers_checks = call->request->defers_checks;
	int			start = call->out->len;
	volatile bool done = false;

	/* pins taken inside are gone if the subtransaction aborts */
	if (call->request->catalog != NULL)
		gqle_catalog_release(call->request->catalog);
	call->request->catalog = NULL;
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		done = run(call);
		if (done)
			ReleaseCurrentSubTransaction();
		else
			RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		ErrorData  *edata;

		MemoryContextSwitchTo(context);
		edata = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		if (edata->sqlerrcode == ERRCODE_QUERY_CANCELED ||
			edata->sqlerrcode == ERRCODE_ADMIN_SHUTDOWN)
			ReThrowError(edata);
		report(call, edata);
		done = false;
	}
	PG_END_TRY();

	if (!done)
	{
		call->request->catalog = NULL;
		call->request->inconsistent = inconsistent;
		call->request->scope = scope;
		call->request->near = near;
		call->request->defers_checks = defers_checks;
		call->out->len = start;
		call->out->data[start] = '\0';
	}
	return done;
}

/* report_thrown reports an error of a statement of our own. */
static void
report_thrown(GqleMetaCall *call, const ErrorData *edata)
{
	GqleErrorSink *sink = call->sink;
	StringInfoData internal;

	if (edata->sqlerrcode == ERRCODE_GQLE_TYPE_CLASH)
	{
		gqle_meta_fail_status(call, 500, GQLE_ERR_UNEXPECTED, "%s",
							  edata->message);
		return;
	}
	initStringInfo(&internal);
	appendStringInfoString(&internal, "{\"error\":{\"message\":");
	gqle_json_write_cstring(&internal, edata->message);
	appendStringInfoString(&internal, ",\"status_code\":");
	gqle_json_write_cstring(&internal, unpack_sql_state(edata->sqlerrcode));
	appendStringInfoString(&internal, "}}");
	memset(sink, 0, sizeof(GqleErrorSink));
	gqle_error_report(sink, GQLE_ERR_UNEXPECTED, "$", "database query error");
	sink->error.internal = internal.data;
	sink->error.http_status = 500;
	ereport(LOG,
			(errcode(edata->sqlerrcode),
			 errmsg("metadata request failed: %s", edata->message)));
}

/*
 * is_unstored tells of commands that /v1/query answers without doing anything
 * (compat: set_relationship_comment, set_permission_comment).
 */
static bool
is_unstored(const GqleMetaCall *call)
{
	return call->request->endpoint == GQLE_ENDPOINT_V1_QUERY &&
		(call->command->flags & GQLE_META_UNSTORED_V1) != 0;
}

/* gqle_meta_run_call runs one call; without an answer it is a plain success. */
bool
gqle_meta_run_call(GqleMetaCall *call)
{
	int			start = call->out->len;
	const char *linked;
	GqleJson   *before;
	bool		done;

	CHECK_FOR_INTERRUPTS();
	linked = gqle_meta_linked_source(call);
	if (linked != NULL)
		return gqle_meta_link_forward(call, linked);
	before = gqle_meta_check_call_begin(call);
	done = is_unstored(call) || call->command->run(call, call->args);
	gqle_meta_check_call_end(call, before);
	if (!done)
		return false;
	if (!(call->command->flags & (GQLE_META_READS | GQLE_META_BULK)) &&
		!is_unstored(call))
		call->request->is_changed = true;
	if (call->out->len == start)
		append_success(call);
	return true;
}

/* append_success answers a command that has nothing to tell but warnings. */
static void
append_success(GqleMetaCall *call)
{
	appendStringInfoString(call->out, "{\"message\":\"success\"");
	if (call->warnings != NULL && call->warnings->n > 0)
	{
		appendStringInfoString(call->out, ",\"warnings\":");
		gqle_json_append(call->out, call->warnings);
	}
	appendStringInfoChar(call->out, '}');
}
