/*
 * dml_operation.c
 *		The GraphQL operation that a command on rows becomes, from its beginning to
 *		its answer, and how mistakes are reported.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "utils/snapmgr.h"

#include "gqle/api/dml.h"
#include "gqle/exec/errmap.h"
#include "gqle/exec/execute.h"

/* ------------------------------------------------------------------------
 * Messages
 * ------------------------------------------------------------------------ */

/* gqle_dml_append_place renders a place below the path of the call. */
void
gqle_dml_append_place(StringInfo out, const GqleDmlPlace *place)
{
	if (place == NULL)
		return;
	gqle_dml_append_place(out, place->parent);
	if (place->key == NULL)
	{
		appendStringInfo(out, "[%d]", place->index);
		return;
	}
	gqle_error_append_path_key(out, place->key);
}

/* gqle_dml_fail_at reports a mistake at a place; always false. */
bool
gqle_dml_fail_at(GqleDml *dml, const GqleDmlPlace *place, GqleErrorCode code,
				 const char *message)
{
	StringInfoData path;

	initStringInfo(&path);
	appendStringInfoString(&path, dml->call->path);
	gqle_dml_append_place(&path, place);
	return gqle_error_report(dml->call->sink, code, path.data, "%s", message);
}

/*
 * gqle_dml_fail_column reports a column that does not exist, or that the role must not
 * use; which of the two, only admin is told.
 */
bool
gqle_dml_fail_column(GqleDml *dml, const GqleDmlPlace *place, const char *verb,
					 const char *column)
{
	return gqle_dml_fail_at(
		dml, place, GQLE_ERR_PERMISSION_DENIED,
		dml->schema->is_admin
			? psprintf("no such column exists: \"%s\"", column)
			: psprintf(
				  "role \"%s\" does not have permission to %s column \"%s\"",
				  dml->role, verb, column));
}

/* gqle_dml_fail_missing reports a name that nothing of the table has; always false. */
bool
gqle_dml_fail_missing(GqleDml *dml, const GqleDmlPlace *place, const char *what,
					  const char *name)
{
	return gqle_dml_fail_at(dml, place, GQLE_ERR_NOT_EXISTS,
							psprintf("%s\"%s\" does not exist", what, name));
}

/* gqle_dml_display returns how messages print the table. */
const char *
gqle_dml_display(const GqleTable *table)
{
	GqleMetaName name = {table->source, table->schema, table->name};

	return gqle_meta_display(&name);
}

/* gqle_dml_fail_unreadable reports a relationship whose target the role cannot select. */
bool
gqle_dml_fail_unreadable(GqleDml *dml, const GqleDmlPlace *place,
						 const GqleRelationship *relationship)
{
	return gqle_dml_fail_at(
		dml, place, GQLE_ERR_PERMISSION_DENIED,
		psprintf(
			"role \"%s\" does not have permission to read relationship \"%s\"; no permission on table \"%s\"",
			dml->role, relationship->name,
			gqle_dml_display(relationship->target)));
}

/* ------------------------------------------------------------------------
 * Table, schema, roots
 * ------------------------------------------------------------------------ */

/* gqle_dml_begin looks the table up, that is said to be at a place, and prepares an empty operation. */
bool
gqle_dml_begin(GqleDml *dml, GqleMetaCall *call, const GqleJson *args,
			   const GqleDmlPlace *place)
{
	GqleMetaName name = gqle_meta_name(args, "table");
	const GqleSession *session = call->request->session;

	memset(dml, 0, sizeof(GqleDml));
	dml->call = call;
	dml->role = session->role;
	if (!gqle_meta_need_source(call, name.source))
		return false;
	dml->table = gqle_meta_lookup_table(call->request, &name);
	if (dml->table == NULL)
		return gqle_dml_fail_at(dml, place, GQLE_ERR_NOT_EXISTS,
								psprintf("table \"%s\" does not exist",
										 gqle_meta_display(&name)));
	dml->schema = gqle_schema_get(call->request->catalog, session->role,
								  session->backend_only);
	dml->perms = gqle_permission_get(call->request->catalog, dml->table,
									 session->role);
	dml->variables = gqle_json_make_object();
	initStringInfo(&dml->declarations);
	initStringInfo(&dml->body);
	return true;
}

/* gqle_dml_need_select refuses a role that must not select from the table. */
bool
gqle_dml_need_select(GqleDml *dml, const char *command, const char *hint)
{
	if (dml->perms->select != NULL)
		return true;
	return gqle_meta_fail(dml->call, GQLE_ERR_PERMISSION_DENIED,
						  "%s on \"%s\" for role \"%s\" is not allowed. %s",
						  command, gqle_dml_display(dml->table), dml->role,
						  hint);
}

/* gqle_dml_find_root returns a root field of the table, starting the operation with it. */
const GqleField *
gqle_dml_find_root(GqleDml *dml, bool is_mutation, GqleTableRoot root)
{
	GqleType *type = is_mutation ? dml->schema->mutation : dml->schema->query;
	const char *name = dml->table->roots[root].name;
	const GqleField *field = type != NULL && name != NULL
								 ? gqle_schema_lookup_field(dml->schema, type,
															name)
								 : NULL;

	if (field == NULL || field->table != dml->table)
	{
		static const char *const verbs[] = {"selectable", "insertable",
											"updatable", "deletable"};
		int verb = root >= GQLE_ROOT_DELETE	  ? 3
				   : root >= GQLE_ROOT_UPDATE ? 2
				   : root >= GQLE_ROOT_INSERT ? 1
											  : 0;

		gqle_meta_fail(dml->call, GQLE_ERR_NOT_SUPPORTED, "%s \"%s\" is not %s",
					   dml->table->relkind == RELKIND_VIEW ? "view" : "table",
					   gqle_dml_display(dml->table), verbs[verb]);
		return NULL;
	}
	resetStringInfo(&dml->body);
	appendStringInfo(&dml->body, "r: %s", name);
	return field;
}

/* gqle_dml_add_named_argument adds an argument by its name in the schema. */
bool
gqle_dml_add_named_argument(GqleDml *dml, const GqleField *field,
							const char *name, GqleJson *value, bool *first)
{
	const GqleInputField *arg = gqle_field_lookup_arg(field, name, NULL);
	char *variable;

	if (arg == NULL)
		return gqle_meta_fail(dml->call, GQLE_ERR_NOT_SUPPORTED,
							  "\"%s\" cannot be used on table \"%s\"", name,
							  gqle_dml_display(dml->table));
	variable = psprintf("v%d", ++dml->n_variables);
	appendStringInfo(&dml->declarations,
					 "%s$%s: ", dml->declarations.len > 0 ? ", " : "",
					 variable);
	gqle_typeref_append(&dml->declarations, arg->type);
	appendStringInfo(&dml->body, "%s%s: $%s", *first ? "(" : ", ", arg->name,
					 variable);
	*first = false;
	gqle_json_object_set(dml->variables, variable, value);
	return true;
}

/* gqle_dml_add_argument adds an argument by what it is for. */
bool
gqle_dml_add_argument(GqleDml *dml, const GqleField *field, GqleInputRole role,
					  GqleJson *value, bool *first)
{
	int i;

	for (i = 0; i < field->n_args; i++)
		if (field->args[i]->role == role)
			return gqle_dml_add_named_argument(dml, field, field->args[i]->name,
											   value, first);
	return gqle_meta_fail(dml->call, GQLE_ERR_NOT_SUPPORTED,
						  "an argument cannot be used on table \"%s\"",
						  gqle_dml_display(dml->table));
}

/* ------------------------------------------------------------------------
 * Executing
 * ------------------------------------------------------------------------ */

/* report_operation reports what the operation threw, at the call's path. */
static void
report_operation(GqleMetaCall *call, const ErrorData *edata)
{
	gqle_errmap_report(edata, call->path, call->sink);
}

/*
 * run_operation executes the operation; the call's answer is the value of its
 * only root field.
 */
static bool
run_operation(GqleMetaCall *call)
{
	static const char before[] = "{\"data\":{\"r\":";
	GqleDml *dml = call->data;
	StringInfoData text;
	StringInfoData answer;
	GqleRequest request = {0};
	GqleErrorSink sink = {0};
	GqleExecuteResult result;

	initStringInfo(&text);
	initStringInfo(&answer);
	appendStringInfoString(&text, dml->is_mutation ? "mutation" : "query");
	if (dml->declarations.len > 0)
		appendStringInfo(&text, "(%s)", dml->declarations.data);
	appendStringInfo(&text, " { %s }", dml->body.data);
	request.query = text.data;
	request.query_len = text.len;
	request.variables = dml->variables;
	/* see what earlier items of a bulk did */
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	result = gqle_execute(call->request->session, &request, 0, NULL, &answer,
						  &sink);
	PopActiveSnapshot();
	if (result != GQLE_EXECUTE_OK)
	{
		*call->sink = sink;
		call->sink->error.path = call->path;
		return false;
	}
	Ensure(answer.len > (int) sizeof(before) + 1, "an operation has no answer");
	appendBinaryStringInfo(call->out, answer.data + sizeof(before) - 1,
						   answer.len - (sizeof(before) - 1) - 2);
	return true;
}

/* gqle_dml_execute runs the operation and appends its answer to out. */
bool
gqle_dml_execute(GqleDml *dml, bool is_mutation, StringInfo out)
{
	GqleMetaCall *call = dml->call;
	StringInfo call_out = call->out;
	bool done;

	dml->is_mutation = is_mutation;
	call->data = dml;
	call->out = out;
	done = gqle_meta_run_reporting(call, run_operation, report_operation);
	call->out = call_out;
	return done;
}
