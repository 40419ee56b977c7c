/*
 * sdl.c
 *		A role's schema in the schema definition language.
 *
 * Sorted by name throughout, with descriptions, so that two schemas can be
 * compared line by line.  What every GraphQL server has (built-in scalars and
 * directives, the introspection types) is left out, as printers do.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "gqle/base/json_write.h"
#include "gqle/schema/build.h"
#include "gqle/schema/sdl.h"

/* Longer descriptions stand on lines of their own. */
#define MAX_ONE_LINE 70

/*
 * Would a block string give the text back?  It drops blank lines at either end
 * and indentation that all lines share, and cannot hold control characters.
 */
static bool
is_block_string(const char *text)
{
	const char *p;

	for (p = text; *p != '\0'; p++)
	{
		bool		starts_line = p == text || p[-1] == '\n';

		if ((unsigned char) *p < ' ' && *p != '\n' && *p != '\t')
			return false;
		if (starts_line && (*p == ' ' || *p == '\t' || *p == '\n'))
			return false;
	}
	return p > text && p[-1] != '\n';
}

/* A description, before what it describes. */
static void
append_description(StringInfo out, const char *indent, const char *description)
{
	bool		one_line;
	const char *p;
	int			len;

	if (description == NULL)
		return;
	appendStringInfoString(out, indent);
	if (!is_block_string(description))
	{
		gqle_json_write_cstring(out, description);
		appendStringInfoChar(out, '\n');
		return;
	}

	/* a quote or backslash at the end would join the closing quotes */
	len = strlen(description);
	one_line = len <= MAX_ONE_LINE && strchr(description, '\n') == NULL &&
		description[len - 1] != '"' && description[len - 1] != '\\';
	appendStringInfoString(out, "\"\"\"");
	if (!one_line)
		appendStringInfo(out, "\n%s", indent);
	for (p = description; *p != '\0'; p++)
	{
		if (strncmp(p, "\"\"\"", 3) == 0)
			appendStringInfoChar(out, '\\');
		appendStringInfoChar(out, *p);
		if (*p == '\n')
			appendStringInfoString(out, indent);
	}
	if (!one_line)
		appendStringInfo(out, "\n%s", indent);
	appendStringInfoString(out, "\"\"\"\n");
}

/* "name: Type = default" */
static void
append_input(StringInfo out, const GqleInputField *input)
{
	appendStringInfo(out, "%s: ", input->name);
	gqle_typeref_append(out, input->type);
	if (input->default_text != NULL)
		appendStringInfo(out, " = %s", input->default_text);
}

/* "(a: X, b: Y)", on lines of their own if one has a description. */
static void
append_args(StringInfo out, const char *indent, GqleInputField *const *args, int n)
{
	bool		described = false;
	char		inner[16];
	int			i;

	if (n == 0)
		return;
	for (i = 0; i < n; i++)
		described = described ||
			(args[i]->description != NULL && !args[i]->is_hidden);
	snprintf(inner, sizeof(inner), "%s  ", indent);
	appendStringInfoString(out, described ? "(\n" : "(");
	for (i = 0; i < n; i++)
	{
		if (args[i]->is_hidden)
			continue;
		if (described)
		{
			append_description(out, inner, args[i]->description);
			appendStringInfoString(out, inner);
		}
		else if (i > 0)
			appendStringInfoString(out, ", ");
		append_input(out, args[i]);
		if (described)
			appendStringInfoChar(out, '\n');
	}
	if (described)
		appendStringInfoString(out, indent);
	appendStringInfoChar(out, ')');
}

static void
append_fields(StringInfo out, const GqleType *type)
{
	int			i;

	if (type->n_fields == 0)
		return;
	appendStringInfoString(out, " {\n");
	for (i = 0; i < type->n_fields; i++)
	{
		const GqleField *field = type->fields[i];

		append_description(out, "  ", field->description);
		appendStringInfo(out, "  %s", field->name);
		append_args(out, "  ", field->args, field->n_args);
		appendStringInfoString(out, ": ");
		gqle_typeref_append(out, field->type);
		appendStringInfoChar(out, '\n');
	}
	appendStringInfoChar(out, '}');
}

static void
append_input_fields(StringInfo out, const GqleType *type)
{
	int			i;

	if (type->n_input_fields == 0)
		return;
	appendStringInfoString(out, " {\n");
	for (i = 0; i < type->n_input_fields; i++)
	{
		append_description(out, "  ", type->input_fields[i]->description);
		appendStringInfoString(out, "  ");
		append_input(out, type->input_fields[i]);
		appendStringInfoChar(out, '\n');
	}
	appendStringInfoChar(out, '}');
}

static void
append_values(StringInfo out, const GqleType *type)
{
	int			i;

	appendStringInfoString(out, " {\n");
	for (i = 0; i < type->n_values; i++)
	{
		append_description(out, "  ", type->values[i].description);
		appendStringInfo(out, "  %s\n", type->values[i].name);
	}
	appendStringInfoChar(out, '}');
}

/* Names of types with something before the first and between them. */
static void
append_type_names(StringInfo out, const char *start, const char *separator,
				  GqleType *const *types, int n)
{
	int			i;

	for (i = 0; i < n; i++)
		appendStringInfo(out, "%s%s", i == 0 ? start : separator, types[i]->name);
}

/* @key(fields: "id other") of the type of an entity's rows */
static void
append_key(StringInfo out, GqleSchema *schema, const GqleType *type)
{
	const GqleUniqueKey *key;
	int			i;

	if (type->table == NULL || strcmp(type->name, type->table->type_name) != 0 ||
		!gqle_build_is_entity(schema, type->table))
		return;
	key = type->table->primary_key;
	appendStringInfoString(out, " @key(fields: \"");
	for (i = 0; i < key->n_columns; i++)
		appendStringInfo(out, "%s%s", i > 0 ? " " : "", key->columns[i]->graphql_name);
	appendStringInfoString(out, "\")");
}

/* A type; of a subgraph, given its schema, with its key. */
static void
append_type(StringInfo out, const GqleType *type, GqleSchema *subgraph)
{
	append_description(out, "", type->description);
	switch (type->kind)
	{
		case GQLE_TYPE_SCALAR:
			appendStringInfo(out, "scalar %s", type->name);
			break;
		case GQLE_TYPE_OBJECT:
		case GQLE_TYPE_INTERFACE:
			appendStringInfo(out, "%s %s",
							 type->kind == GQLE_TYPE_OBJECT ? "type" : "interface",
							 type->name);
			append_type_names(out, " implements ", " & ", type->interfaces,
							  type->n_interfaces);
			if (subgraph != NULL && type->kind == GQLE_TYPE_OBJECT)
				append_key(out, subgraph, type);
			append_fields(out, type);
			break;
		case GQLE_TYPE_UNION:
			appendStringInfo(out, "union %s", type->name);
			append_type_names(out, " = ", " | ", type->possible, type->n_possible);
			break;
		case GQLE_TYPE_ENUM:
			appendStringInfo(out, "enum %s", type->name);
			append_values(out, type);
			break;
		case GQLE_TYPE_INPUT_OBJECT:
			appendStringInfo(out, "input %s", type->name);
			append_input_fields(out, type);
			break;
	}
	appendStringInfoChar(out, '\n');
}

void
gqle_sdl_append_type(StringInfo out, const GqleType *type)
{
	append_type(out, type, NULL);
}

/* Is this part of every GraphQL schema? */
static bool
is_standard(const GqleType *type)
{
	return strncmp(type->name, "__", 2) == 0 || strcmp(type->name, "String") == 0 ||
		strcmp(type->name, "Int") == 0 || strcmp(type->name, "Float") == 0 ||
		strcmp(type->name, "Boolean") == 0 || strcmp(type->name, "ID") == 0;
}

/* schema { query: .. mutation: .. subscription: .. } */
static void
append_roots(StringInfo out, const GqleSchema *schema)
{
	appendStringInfo(out, "schema {\n  query: %s\n", schema->query->name);
	if (schema->mutation != NULL)
		appendStringInfo(out, "  mutation: %s\n", schema->mutation->name);
	if (schema->subscription != NULL)
		appendStringInfo(out, "  subscription: %s\n", schema->subscription->name);
	appendStringInfoString(out, "}\n");
}

/* Directives beyond include and skip. */
static void
append_directives(StringInfo out, GqleSchema *schema)
{
	GqleDirectiveDef *directives;
	int			n;
	int			i;
	int			j;

	directives = gqle_directives_make(schema, &n);
	for (i = 2; i < n; i++)
	{
		GqleInputField *args[4];

		for (j = 0; j < directives[i].n_args; j++)
			args[j] = &directives[i].args[j];
		appendStringInfoChar(out, '\n');
		append_description(out, "", directives[i].description);
		appendStringInfo(out, "directive @%s", directives[i].name);
		append_args(out, "", args, directives[i].n_args);
		appendStringInfoString(out, " on ");
		for (j = 0; directives[i].locations[j] != NULL; j++)
			appendStringInfo(out, "%s%s", j > 0 ? " | " : "", directives[i].locations[j]);
		appendStringInfoChar(out, '\n');
	}
}

/*
 * A complete schema of the role in a context of its own; as a subgraph's, without
 * the fields that only gateways use.  A gateway answers to directives itself.
 */
static GqleType **
make_complete(GqleSchema **schema, int *n, bool is_subgraph)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "gqle SDL",
												  ALLOCSET_DEFAULT_SIZES);

	*schema = gqle_schema_make_scratch(*schema, context);
	if (is_subgraph)
		(*schema)->is_subgraph = false;
	return gqle_schema_complete(*schema, n);
}

/* Append a complete schema and throw it away. */
static void
append_schema(StringInfo out, GqleSchema *schema, GqleType **types, int n, bool is_subgraph)
{
	int			i;

	append_roots(out, schema);
	if (!is_subgraph)
		append_directives(out, schema);
	for (i = 0; i < n; i++)
	{
		if (is_standard(types[i]))
			continue;
		appendStringInfoChar(out, '\n');
		append_type(out, types[i], is_subgraph ? schema : NULL);
	}
	MemoryContextDelete(schema->context);
}

void
gqle_sdl_append(StringInfo out, GqleSchema *schema)
{
	GqleType  **types;
	int			n;

	types = make_complete(&schema, &n, false);
	append_schema(out, schema, types, n, false);
}

void
gqle_sdl_append_subgraph(StringInfo out, GqleSchema *schema)
{
	GqleType  **types;
	int			n;

	types = make_complete(&schema, &n, true);
	append_schema(out, schema, types, n, true);
}

bool
gqle_sdl_append_named(StringInfo out, GqleSchema *schema, const char *name)
{
	GqleType  **types;
	bool		found = false;
	int			n;
	int			i;

	types = make_complete(&schema, &n, false);
	for (i = 0; i < n; i++)
	{
		if (strcmp(types[i]->name, name) == 0)
		{
			gqle_sdl_append_type(out, types[i]);
			found = true;
		}
	}
	MemoryContextDelete(schema->context);
	return found;
}
