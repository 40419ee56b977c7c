/*
 * api_debug_validate.c
 *		Validation seen from SQL: gqle_internal.validated_operation and
 *		gqle_internal.shares_operation.
 *
* One line a field, indented as it is nested; below it its arguments.  Leaves are
 * shown as <type: source = value>, where the value is what is bound in this
 * request: a datum through its output function, or the text for the input
 * function in quotes.
 */
#include "gqle/gqle.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "gqle/base/json_write.h"
#include "gqle/catalog/session.h"
#include "gqle/lang/printer.h"
#include "gqle/validate/coerce.h"
#include "gqle/validate/doclimits.h"
#include "gqle/validate/validate.h"

PG_FUNCTION_INFO_V1(gqle_sql_validated_operation);
PG_FUNCTION_INFO_V1(gqle_sql_shares_operation);

typedef struct Dump
{
	StringInfoData out;
	const GqleJson *variables;
	const GqleSession *session;
	GqleErrorSink *sink;
} Dump;

static bool append_selections(Dump *dump, GqleSelection **selections, int n, int indent);
static bool append_input(Dump *dump, const GqleInputField *field, const GqleInput *input);
static bool append_leaf(Dump *dump, const GqleLeaf *leaf);
static void append_source(StringInfo out, const GqleLeaf *leaf);

/* A json argument, which Postgres has checked already. */
static GqleJson *
get_json(FunctionCallInfo fcinfo, int arg)
{
	text	   *value;
	GqleJson   *json;
	GqleJsonError error;

	if (PG_ARGISNULL(arg))
		return NULL;
	value = PG_GETARG_TEXT_PP(arg);
	json = gqle_json_parse(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), &error);
	if (json == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("could not read JSON: %s", error.message)));
	return json;
}

static char *
get_text(FunctionCallInfo fcinfo, int arg)
{
	return PG_ARGISNULL(arg) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(arg));
}

static void
read_request(FunctionCallInfo fcinfo, int arg, GqleRequest *request)
{
	memset(request, 0, sizeof(*request));
	request->query = get_text(fcinfo, arg);
	request->query_len = strlen(request->query);
	request->variables = get_json(fcinfo, arg + 1);
}

/*
 * gqle_internal.validated_operation(session json, query text, variables json,
 * operation_name text) returns text: the operation, or the error as JSON
 */
Datum
gqle_sql_validated_operation(PG_FUNCTION_ARGS)
{
	GqleErrorSink sink = {0};
	Dump		dump = {0};
	GqleRequest request;
	GqleCatalog *catalog;
	GqleSchema *schema;
	const GqleOperation *operation = NULL;

	initStringInfo(&dump.out);
	read_request(fcinfo, 1, &request);
	request.operation_name = get_text(fcinfo, 3);
	dump.sink = &sink;
	dump.variables = request.variables;
	dump.session = gqle_session_from_json(get_json(fcinfo, 0), &sink);
	catalog = gqle_catalog_pin();
	if (!sink.has_error)
	{
		schema = gqle_schema_get(catalog, dump.session->role, dump.session->backend_only);
		operation = gqle_validate(schema, &request, gqle_shape_make(CurrentMemoryContext),
								  &sink);
	}
	if (operation != NULL &&
		append_selections(&dump, operation->roots, operation->n_roots, 0))
	{
		int			depth;
		int			n_nodes;

		gqle_doclimits_measure(operation, &depth, &n_nodes);
		appendStringInfo(&dump.out, "depth %d, nodes %d", depth, n_nodes);
	}
	gqle_catalog_release(catalog);
	if (sink.has_error)
	{
		resetStringInfo(&dump.out);
		gqle_error_append_graphql(&dump.out, &sink.error, false);
	}
	PG_RETURN_TEXT_P(cstring_to_text_with_len(dump.out.data, dump.out.len));
}

/*
 * gqle_internal.shares_operation(session json, query text, variables json, others
 * json) returns boolean: would a request with the other variables run the
 * operation compiled for the first?
 */
Datum
gqle_sql_shares_operation(PG_FUNCTION_ARGS)
{
	GqleErrorSink sink = {0};
	GqleShape  *shape = gqle_shape_make(CurrentMemoryContext);
	const GqleSession *session = gqle_session_from_json(get_json(fcinfo, 0), &sink);
	GqleCatalog *catalog = gqle_catalog_pin();
	GqleRequest request;

	read_request(fcinfo, 1, &request);
	if (!sink.has_error)
		gqle_validate(gqle_schema_get(catalog, session->role, session->backend_only),
					  &request, shape, &sink);
	gqle_catalog_release(catalog);
	if (sink.has_error)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the first request is not valid: %s", sink.error.message)));
	PG_RETURN_BOOL(gqle_shape_hash(shape, request.variables) ==
				   gqle_shape_hash(shape, get_json(fcinfo, 3)));
}

static bool
append_selections(Dump *dump, GqleSelection **selections, int n, int indent)
{
	StringInfo	out = &dump->out;
	int			i;
	int			j;

	for (i = 0; i < n; i++)
	{
		const GqleSelection *selection = selections[i];
		const GqleField *field = selection->field;

		appendStringInfoSpaces(out, indent);
		appendStringInfo(out, "%s: %s.%s\n", selection->response_key,
						 selection->parent->name, field->name);
		for (j = 0; selection->args != NULL && j < field->n_args; j++)
		{
			if (selection->args[j] == NULL)
				continue;
			appendStringInfoSpaces(out, indent + 2);
			appendStringInfo(out, "(%s: ", field->args[j]->name);
			if (!append_input(dump, field->args[j], selection->args[j]))
				return false;
			appendStringInfoString(out, ")\n");
		}
		if (!append_selections(dump, selection->children, selection->n_children,
							   indent + 2))
			return false;
		for (j = 0; j < selection->n_types; j++)
		{
			const GqleTypeSelection *of_type = &selection->types[j];

			appendStringInfoSpaces(out, indent + 2);
			appendStringInfo(out, "on %s\n", of_type->type->name);
			if (!append_selections(dump, of_type->children, of_type->n_children, indent + 4))
				return false;
		}
	}
	return true;
}

static void
append_constant(StringInfo out, const GqleInputField *field, const GqleInput *input)
{
	if (input->json != NULL)
		gqle_json_append(out, input->json);
	else if (input->text != NULL)
		gqle_json_write_cstring(out, input->text);
	else if (field->value_class == GQLE_CLASS_BOOLEAN)
		appendStringInfoString(out, input->boolean ? "true" : "false");
	else
		appendStringInfo(out, INT64_FORMAT, input->integer);
}

static bool
append_input(Dump *dump, const GqleInputField *field, const GqleInput *input)
{
	StringInfo	out = &dump->out;
	int			i;

	switch (input->kind)
	{
		case GQLE_IN_NULL:
			appendStringInfoString(out, "null");
			break;
		case GQLE_IN_LEAF:
			return append_leaf(dump, input->leaf);
		case GQLE_IN_CONST:
			append_constant(out, field, input);
			break;
		case GQLE_IN_ENUM:
			appendStringInfoString(out, input->value->name);
			break;
		case GQLE_IN_LIST:
			appendStringInfoChar(out, '[');
			for (i = 0; i < input->n; i++)
			{
				appendStringInfoString(out, i > 0 ? ", " : "");
				if (!append_input(dump, field, input->items[i]))
					return false;
			}
			appendStringInfoChar(out, ']');
			break;
		case GQLE_IN_OBJECT:
			appendStringInfoChar(out, '{');
			for (i = 0; i < input->n; i++)
			{
				appendStringInfo(out, "%s%s: ", i > 0 ? ", " : "",
								 input->entries[i].field->name);
				if (!append_input(dump, input->entries[i].field, input->entries[i].value))
					return false;
			}
			appendStringInfoChar(out, '}');
			break;
	}
	return true;
}

static bool
append_leaf(Dump *dump, const GqleLeaf *leaf)
{
	StringInfo	out = &dump->out;
	bool		is_null;
	bool		has_datum;
	Datum		datum;
	const char *value;
	Oid			output_oid;
	bool		is_varlena;

	if (!gqle_coerce_leaf(leaf, dump->variables, dump->session, dump->sink,
						  &is_null, &has_datum, &datum, &value))
		return false;
	appendStringInfo(out, "<%s%s: ", leaf->scalar->comparison_name,
					 leaf->is_list ? "[]" : "");
	append_source(out, leaf);
	appendStringInfoString(out, " = ");
	if (is_null)
		appendStringInfoString(out, "null");
	else if (has_datum)
	{
		getTypeOutputInfo(leaf->is_list ? leaf->scalar->array_oid : leaf->scalar->type_oid,
						  &output_oid, &is_varlena);
		appendStringInfoString(out, OidOutputFunctionCall(output_oid, datum));
	}
	else
		gqle_json_write_cstring(out, value);
	appendStringInfoChar(out, '>');
	return true;
}

static void
append_source(StringInfo out, const GqleLeaf *leaf)
{
	StringInfoData path;
	int			i;

	switch (leaf->source)
	{
		case GQLE_LEAF_CONST:
			appendStringInfoString(out, "constant");
			break;
		case GQLE_LEAF_VARIABLE:
			initStringInfo(&path);
			for (i = 0; i < leaf->n_steps; i++)
			{
				if (leaf->steps[i].key != NULL)
					gqle_error_append_path_key(&path, leaf->steps[i].key);
				else
					gqle_error_append_path_index(&path, leaf->steps[i].index);
			}
			appendStringInfo(out, "$%s%s", leaf->variable, path.data);
			break;
		case GQLE_LEAF_TEMPLATE:
			gqle_printer_append_value(out, leaf->node);
			break;
		case GQLE_LEAF_SESSION:
			appendStringInfoString(out, leaf->session_name);
			break;
		case GQLE_LEAF_SESSION_JSON:
			appendStringInfoString(out, "session");
			break;
	}
}
