/*
 * api_pg_dump.c
 *		POST /v1alpha1/pg_dump: the database as SQL.
 *
 * pg_dump runs as a child of the executor that has the call, on the database
 * that is served, through the first of the server's Unix sockets (or the
 * loopback interface if it has none) and as the owner of the cluster: an admin
 * of the API may read everything by run_sql, too.  Where, what and who is in its
 * environment, not among its arguments; a password, if pg_hba.conf asks for one,
 * comes from the file that libpq looks for.
 *
 * The call holds no transaction while the program runs.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_authid_d.h"
#include "commands/dbcommands.h"
#include "miscadmin.h"
#include "port.h"
#include "postmaster/postmaster.h"
#include "utils/snapmgr.h"
#include "utils/varlena.h"

#include "gqle/api/meta.h"
#include "gqle/api/pg_dump_text.h"
#include "gqle/base/child.h"
#include "gqle/base/guc.h"
#include "gqle/base/json_write.h"

#define RESTRICT_OPTION	"--restrict-key"
#define MAX_HELP		(64 * 1024)

/* Where to connect, and the program that does. */
typedef struct DumpTarget
{
	const char *program;
	const char *database;
	const char *user;
	const char **env;
} DumpTarget;

static GqleJson *read_option(GqleMetaReader *reader, const GqleMetaPath *path,
							 const GqleJson *value, const void *data);

static const GqleMetaField request_fields[] = {
	{"source", GQLE_META_NAME},
	{"opts", GQLE_META_CUSTOM, GQLE_META_REQUIRED | GQLE_META_LIST,
	.custom = read_option},
	{"clean_output", GQLE_META_BOOL},
	{NULL}
};
static const GqleMetaShape request_shape = {"Object", request_fields};

static const GqleJson *read_request(GqleCall *call, GqleErrorSink *sink);
static bool find_target(const GqleJson *request, DumpTarget *target, GqleErrorSink *sink);
static bool dump(const GqleJson *request, const DumpTarget *target, StringInfo out,
				 GqleErrorSink *sink);
static bool knows_restrict_key(const DumpTarget *target);
static const char *program_path(void);
static const char *socket_directory(void);
static const char **environment(const DumpTarget *target);
static bool report_failure(GqleErrorSink *sink, const char *message,
						   const char *internal);

/* See call.h; called outside a transaction. */
void
gqle_api_pg_dump(GqleCall *call)
{
	GqleErrorSink sink = {0};
	DumpTarget	target = {0};
	const GqleJson *request = read_request(call, &sink);

	if (request != NULL && find_target(request, &target, &sink) &&
		dump(request, &target, call->out, &sink))
		return;
	gqle_error_append_plain(call->out, &sink.error,
							gqle_guc_dev_mode ||
							(gqle_guc_admin_internal_errors && call->session->is_admin));
	call->status = sink.error.http_status != 0 ? sink.error.http_status : 400;
}

/* The request in canonical form, or NULL after reporting what is wrong. */
static const GqleJson *
read_request(GqleCall *call, GqleErrorSink *sink)
{
	GqleMetaPath root = {NULL, NULL, 0, "$"};
	GqleMetaReader reader = {sink, NULL};
	GqleJsonError json_error;
	GqleJson   *json = gqle_json_parse(call->body, call->body_len, &json_error);

	if (json == NULL)
		gqle_error_report(sink, GQLE_ERR_INVALID_JSON, "$", "Error in $: %s",
						  json_error.message);
	else
		json = gqle_meta_shape_apply(&reader, &root, &request_shape, json);
	if (json == NULL)
		return NULL;
	if (!call->session->is_admin)
	{
		gqle_error_report(sink, GQLE_ERR_ACCESS_DENIED, NULL,
						  "You have to be an admin to access this endpoint");
		return NULL;
	}
	return gqle_pg_dump_check_options(gqle_json_lookup(json, "opts"), sink) ? json : NULL;
}

/* One of the options; GqleMetaCustom. */
static GqleJson *
read_option(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
			const void *data)
{
	if (value->kind != GQLE_JSON_STRING)
		return gqle_meta_reader_mismatch(reader, path, "String", "String", value);
	return unconstify(GqleJson *, value);
}

/* The source must be this database; what of it pg_dump needs to know. */
static bool
find_target(const GqleJson *request, DumpTarget *target, GqleErrorSink *sink)
{
	MemoryContext context = CurrentMemoryContext;
	const char *source = gqle_meta_source(request);
	bool		found;

	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	found = gqle_meta_store_exists("sources", "name", source) &&
		strcmp(source, gqle_meta_local_source()) == 0;
	MemoryContextSwitchTo(context);
	target->database = get_database_name(MyDatabaseId);
	target->user = GetUserNameFromId(BOOTSTRAP_SUPERUSERID, false);
	PopActiveSnapshot();
	CommitTransactionCommand();
	MemoryContextSwitchTo(context);

	target->program = program_path();
	target->env = environment(target);
	return found || gqle_error_report(sink, GQLE_ERR_NOT_FOUND, NULL,
									  "source \"%s\" not found", source);
}

/* Run pg_dump and append what it wrote. */
static bool
dump(const GqleJson *request, const DumpTarget *target, StringInfo out,
	 GqleErrorSink *sink)
{
	const GqleJson *options = gqle_json_lookup(request, "opts");
	const char **argv = palloc((options->n + 5) * sizeof(char *));
	GqleChild	child = {.path = target->program,.argv = argv,.env = target->env,
	.max_output = gqle_guc_pg_dump_max_size * 1024};
	int			n = 0;

	argv[n++] = "pg_dump";
	argv[n++] = "--no-password";
	argv[n++] = "--encoding=utf8";
	if (knows_restrict_key(target))
		argv[n++] = RESTRICT_OPTION "=hasura";
	for (int i = 0; i < options->n; i++)
		argv[n++] = options->items[i]->text;
	argv[n] = NULL;

	gqle_child_run(&child);
	if (child.spawn_errno != 0)
		return report_failure(sink, "internal exception while executing pg_dump",
							  psprintf("could not execute \"%s\": %s", target->program,
									   strerror(child.spawn_errno)));
	if (child.is_too_long)
		return report_failure(sink, "error while executing pg_dump",
							  psprintf("the dump is larger than gqle.pg_dump_max_size (%d kB)",
									   gqle_guc_pg_dump_max_size));
	if (child.exit_status != 0)
		return report_failure(sink, "error while executing pg_dump", child.err.data);
	if (gqle_meta_bool(request, "clean_output", false))
		gqle_pg_dump_append_clean(out, child.out.data, child.out.len);
	else
		appendBinaryStringInfo(out, child.out.data, child.out.len);
	return true;
}

/*
 * Since the minor releases of August 2025 plain dumps hold a key, random unless
 * it is given.  Asked once of each program.
 */
static bool
knows_restrict_key(const DumpTarget *target)
{
	static char asked_program[MAXPGPATH] = "";
	static bool knows;
	const char *argv[] = {"pg_dump", "--help", NULL};
	GqleChild	child = {.path = target->program,.argv = argv,.env = target->env,
	.max_output = MAX_HELP};

	if (strcmp(asked_program, target->program) == 0)
		return knows;
	gqle_child_run(&child);
	knows = strstr(child.out.data, RESTRICT_OPTION) != NULL;
	if (child.spawn_errno == 0)
		strlcpy(asked_program, target->program, sizeof(asked_program));
	return knows;
}

/* The configured program, or the one beside the server's. */
static const char *
program_path(void)
{
	char		path[MAXPGPATH];

	if (gqle_guc_is_set(gqle_guc_pg_dump_path))
		return gqle_guc_pg_dump_path;
	strlcpy(path, my_exec_path, sizeof(path));
	get_parent_directory(path);
	return psprintf("%s/pg_dump", path);
}

/* The first directory of Unix sockets, or NULL. */
static const char *
socket_directory(void)
{
	List	   *directories;

	if (!SplitDirectoriesString(pstrdup(Unix_socket_directories), ',', &directories) ||
		directories == NIL)
		return NULL;
	return linitial(directories);
}

/* What the program finds in its environment. */
static const char **
environment(const DumpTarget *target)
{
	static const char *const inherited[] = {"HOME", "PATH", "PGPASSFILE", "TZ"};
	const char *directory = socket_directory();
	const char **env = palloc((lengthof(inherited) + 8) * sizeof(char *));
	int			n = 0;

	for (size_t i = 0; i < lengthof(inherited); i++)
	{
		const char *value = getenv(inherited[i]);

		if (value != NULL)
			env[n++] = psprintf("%s=%s", inherited[i], value);
	}
	env[n++] = "LC_ALL=C";
	env[n++] = "PGAPPNAME=gqle pg_dump";
	env[n++] = psprintf("PGHOST=%s", directory != NULL ? directory : "localhost");
	env[n++] = psprintf("PGPORT=%d", PostPortNumber);
	env[n++] = psprintf("PGDATABASE=%s", target->database);
	env[n++] = psprintf("PGUSER=%s", target->user);
	env[n] = NULL;
	return env;
}

/* Report a failure that is not the request's; internal is a text. */
static bool
report_failure(GqleErrorSink *sink, const char *message, const char *internal)
{
	StringInfoData text;

	initStringInfo(&text);
	gqle_json_write_cstring(&text, internal);
	gqle_error_report(sink, GQLE_ERR_UNEXPECTED, NULL, "%s", message);
	sink->error.http_status = 500;
	sink->error.internal = text.data;
	return false;
}
