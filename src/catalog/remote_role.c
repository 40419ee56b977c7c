/*
 * remote_role.c
 *		The part of a remote schema that a role sees.
 *
 * It is written as a document of type definitions, each of which must be a part of the
 * type of its name in the remote schema.  All mistakes are collected, as far as one does
 * not hide the next, and told together.
 *
 * compat: words, and which mistake hides which, are Hasura's; a list of names within a
 * message is in the order of the document.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/pg_list.h"

#include "gqle/catalog/cache.h"
#include "gqle/catalog/remote_parts.h"
#include "gqle/lang/printer.h"

#define complain gqle_remote_role_complain

/* How the kinds of things are called. */
static const char *const kind_names[] = {
	[GQLE_DEF_SCALAR] = "Scalar",
	[GQLE_DEF_OBJECT] = "Object",
	[GQLE_DEF_INTERFACE] = "Interface",
	[GQLE_DEF_UNION] = "Union",
	[GQLE_DEF_ENUM] = "Enum",
	[GQLE_DEF_INPUT_OBJECT] = "Input object",
};

#define INPUT_ARGUMENT "Input object argument"

static void validate(GqleRemoteRole *role);
static void validate_type(GqleRemoteRole *role, const GqleTypeDefNode *node);
static void validate_object(GqleRemoteRole *role, const GqleTypeDefNode *node,
							const GqleRemoteType *upstream);
static void validate_fields(GqleRemoteRole *role, const GqleTypeDefNode *node,
							const GqleRemoteType *upstream);
static void validate_field(GqleRemoteRole *role, const GqleTypeDefNode *node,
						   const GqleFieldDefNode *field, const GqleRemoteField *upstream,
						   GqleRemoteField *made);
static void validate_inputs(GqleRemoteRole *role, const char *owner,
							const GqleInputDefNode *inputs, int n,
							const GqleRemoteInput *upstream, int n_upstream,
							GqleRemoteInput *made);
static void validate_input(GqleRemoteRole *role, const char *owner, const GqleInputDefNode *input,
						   const GqleRemoteInput *upstream, GqleRemoteInput *made);
static bool validate_directives(GqleRemoteRole *role, const GqleDirectiveNode *directives, int n,
								bool may_preset, const char *kind, const char *name,
								const GqleDirectiveNode **preset);

/* ------------------------------------------------------------------------
 * Mistakes
 * ------------------------------------------------------------------------ */

/* See remote_parts.h. */
void
gqle_remote_role_complain(GqleRemoteRole *role, const char *fmt,...)
{
	StringInfoData out;
	int			needed;

	initStringInfo(&out);
	do
	{
		va_list		args;

		va_start(args, fmt);
		needed = appendStringInfoVA(&out, fmt, args);
		va_end(args);
		if (needed > 0)
			enlargeStringInfo(&out, needed);
	} while (needed > 0);
	role->mistakes = lappend(role->mistakes, out.data);
}

/* Names in quotes: "a", "a" and "b", "a", "b", and "c". */
static char *
quote(List *names)
{
	const char **items = palloc(sizeof(char *) * Max(list_length(names), 1));
	ListCell   *cell;
	int			n = 0;

	foreach(cell, names)
		items[n++] = lfirst(cell);
	return gqle_catalog_english_list(items, n);
}

static bool
contains(List *names, const char *name)
{
	ListCell   *cell;

	foreach(cell, names)
		if (strcmp(lfirst(cell), name) == 0)
			return true;
	return false;
}

/* Add a name that is in the hash already to those that are repeated. */
static List *
note_repeated(GqleStrHash *seen, List *repeated, const char *name)
{
	if (!gqle_strhash_add(seen, name, unconstify(char *, name)) &&
		!contains(repeated, name))
		repeated = lappend(repeated, unconstify(char *, name));
	return repeated;
}

static GqleStrHash *
make_seen(int n)
{
	return gqle_strhash_make(CurrentMemoryContext, Max(n, 1));
}

static char *
print_type(const GqleTypeNode *type)
{
	StringInfoData out;

	initStringInfo(&out);
	gqle_printer_append_type(&out, type);
	return out.data;
}

/* ------------------------------------------------------------------------
 * Documents
 * ------------------------------------------------------------------------ */

static bool
is_builtin(const char *name)
{
	static const char *const names[] = {"ID", "Int", "Float", "Boolean", "String"};

	for (int i = 0; i < (int) lengthof(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* The document with the built-in scalars, which need no definition. */
static GqleTypeSystemNode *
add_builtins(const GqleTypeSystemNode *system)
{
	static const char *const names[] = {"ID", "Int", "Float", "Boolean", "String"};
	GqleTypeSystemNode *result = palloc(sizeof(GqleTypeSystemNode));

	*result = *system;
	result->types = palloc0(sizeof(GqleTypeDefNode) *
							(system->n_types + lengthof(names)));
	memcpy(result->types, system->types, sizeof(GqleTypeDefNode) * system->n_types);
	for (int i = 0; i < (int) lengthof(names); i++)
	{
		GqleTypeDefNode *node = &result->types[result->n_types++];

		node->kind = GQLE_DEF_SCALAR;
		node->name = names[i];
	}
	return result;
}

/* Report all mistakes together. */
static void
report(const GqleRemoteRole *role, GqleErrorSink *sink)
{
	StringInfoData out;
	ListCell   *cell;

	initStringInfo(&out);
	appendStringInfoString(&out, "validation for the given role-based schema failed ");
	if (list_length(role->mistakes) == 1)
		appendStringInfo(&out, "because %s", (char *) linitial(role->mistakes));
	else
	{
		appendStringInfoString(&out, "for the following reasons:\n");
		foreach(cell, role->mistakes)
			appendStringInfo(&out, " \xe2\x80\xa2 %s\n", (char *) lfirst(cell));
	}
	gqle_error_report(sink, GQLE_ERR_VALIDATION_FAILED, NULL, "%s", out.data);
}

/* See remote_parts.h. */
GqleRemoteGraph *
gqle_remote_role_make(const GqleRemoteGraph *upstream, const char *role_name,
					  const char *sdl, GqleErrorSink *sink)
{
	GqleRemoteRole role = {upstream};
	GqleParseError error;
	GqleTypeSystemNode *system = gqle_sdl_parse(sdl, (int) strlen(sdl), &error);

	if (system == NULL)
	{
		gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, NULL, "%s", error.message);
		return NULL;
	}
	if (strcmp(role_name, "admin") == 0)
	{
		gqle_error_report(sink, GQLE_ERR_CONSTRAINT_VIOLATION, NULL,
						  "cannot define permission for admin role");
		return NULL;
	}
	system = add_builtins(system);
	if (system->roots[GQLE_OPERATION_QUERY] == NULL)
		system->roots[GQLE_OPERATION_QUERY] = "Query";
	role.system = system;
	role.graph = gqle_remote_graph_make(upstream->schema, system);
	validate(&role);
	if (role.mistakes != NIL)
	{
		report(&role, sink);
		return NULL;
	}
	gqle_remote_graph_find_possible(role.graph);
	gqle_remote_graph_link(role.graph);
	gqle_remote_customize_like(role.graph, upstream);
	return gqle_remote_check(role.graph, sink) ? role.graph : NULL;
}

static void
validate(GqleRemoteRole *role)
{
	const GqleTypeSystemNode *system = role->system;
	GqleStrHash *seen = make_seen(system->n_types);
	List	   *repeated = NIL;

	for (int i = 0; i < system->n_types; i++)
		repeated = note_repeated(seen, repeated, system->types[i].name);
	if (repeated != NIL)
		complain(role, "duplicate type names found: %s", quote(repeated));
	else if (system->n_schemas > 1)
		complain(role, "multiple schema definitions found");
	else
		for (int i = 0; i < system->n_types; i++)
			validate_type(role, &system->types[i]);
}

/* ------------------------------------------------------------------------
 * Types
 * ------------------------------------------------------------------------ */

static bool
is_kind(const GqleRemoteType *type, GqleTypeDefKind kind)
{
	static const GqleRemoteKind kinds[] = {GQLE_REMOTE_SCALAR, GQLE_REMOTE_OBJECT_TYPE,
		GQLE_REMOTE_INTERFACE, GQLE_REMOTE_UNION, GQLE_REMOTE_ENUM,
		GQLE_REMOTE_INPUT_OBJECT
	};

	return type->kind == kinds[kind];
}

static void
validate_enum(GqleRemoteRole *role, const GqleTypeDefNode *node, const GqleRemoteType *upstream)
{
	GqleStrHash *seen = make_seen(node->n_values);
	GqleStrHash *known = make_seen(upstream->n_values);
	List	   *repeated = NIL;
	List	   *unknown = NIL;

	for (int i = 0; i < upstream->n_values; i++)
		gqle_strhash_set(known, upstream->values[i].name, &upstream->values[i]);
	for (int i = 0; i < node->n_values; i++)
	{
		const char *name = node->values[i].name;

		repeated = note_repeated(seen, repeated, name);
		if (gqle_strhash_lookup(known, name) == NULL && !contains(unknown, name))
			unknown = lappend(unknown, unconstify(char *, name));
	}
	if (repeated != NIL)
		complain(role, "duplicate enum values: %s found in the \"%s\" enum",
				 quote(repeated), node->name);
	else if (unknown != NIL)
		complain(role, "enum \"%s\" contains the following enum values that do not exist in the corresponding upstream remote enum: %s",
				 node->name, quote(unknown));
}

static void
validate_union(GqleRemoteRole *role, const GqleTypeDefNode *node, const GqleRemoteType *upstream)
{
	List	   *unknown = NIL;

	for (int i = 0; i < node->n_names; i++)
	{
		bool		found = false;

		for (int j = 0; !found && j < upstream->n_possible; j++)
			found = strcmp(node->names[i], upstream->possible[j].name) == 0;
		if (!found && !contains(unknown, node->names[i]))
			unknown = lappend(unknown, unconstify(char *, node->names[i]));
	}
	if (unknown != NIL)
		complain(role, "union \"%s\" contains members which do not exist in the members of the remote schema union :%s",
				 node->name, quote(unknown));
}

/* Descriptions that the document does not give are those of the remote schema. */
static void
inherit_description(const char **description, const char *upstream)
{
	if (*description == NULL)
		*description = upstream;
}

static void
validate_type(GqleRemoteRole *role, const GqleTypeDefNode *node)
{
	const GqleRemoteType *upstream = gqle_remote_lookup_type(role->upstream, node->name);
	GqleRemoteType *made = gqle_remote_lookup_type(role->graph, node->name);
	const GqleDirectiveNode *preset;

	CHECK_FOR_INTERRUPTS();
	if (node->kind == GQLE_DEF_SCALAR && is_builtin(node->name))
		return;
	if (upstream == NULL || !is_kind(upstream, node->kind))
	{
		complain(role, "\"%s\": \"%s\" does not exist in the upstream remote schema",
				 kind_names[node->kind], node->name);
		return;
	}
	inherit_description(&made->description, upstream->description);
	if (!validate_directives(role, node->directives, node->n_directives, false,
							 kind_names[node->kind], node->name, &preset))
		return;
	switch (node->kind)
	{
		case GQLE_DEF_SCALAR:
			break;
		case GQLE_DEF_OBJECT:
			validate_object(role, node, upstream);
			break;
		case GQLE_DEF_INTERFACE:
			validate_fields(role, node, upstream);
			break;
		case GQLE_DEF_UNION:
			validate_union(role, node, upstream);
			break;
		case GQLE_DEF_ENUM:
			validate_enum(role, node, upstream);
			break;
		case GQLE_DEF_INPUT_OBJECT:
			validate_inputs(role, node->name, node->inputs, node->n_inputs,
							upstream->inputs, upstream->n_inputs, made->inputs);
			break;
	}
}

/*
 * compat: an interface that the remote object does not have is custom if the document
 * defines it; if it doesn't, Hasura finds nothing wrong here, but later that there is no
 * such interface.
 */
static void
validate_object(GqleRemoteRole *role, const GqleTypeDefNode *node, const GqleRemoteType *upstream)
{
	List	   *custom = NIL;

	for (int i = 0; i < node->n_names; i++)
	{
		const GqleTypeDefNode *definition = gqle_remote_role_definition(role, node->names[i]);
		bool		found = false;

		for (int j = 0; !found && j < upstream->n_interfaces; j++)
			found = strcmp(node->names[i], upstream->interfaces[j].name) == 0;
		if (!found && definition != NULL && definition->kind == GQLE_DEF_INTERFACE &&
			!contains(custom, node->names[i]))
			custom = lappend(custom, unconstify(char *, node->names[i]));
	}
	if (custom != NIL)
		complain(role, "custom interfaces are not supported. Object\"%s\" implements the following custom interfaces: %s",
				 node->name, quote(custom));
	validate_fields(role, node, upstream);
}

static void
validate_fields(GqleRemoteRole *role, const GqleTypeDefNode *node, const GqleRemoteType *upstream)
{
	GqleRemoteType *made = gqle_remote_lookup_type(role->graph, node->name);
	GqleStrHash *seen = make_seen(node->n_fields);
	List	   *repeated = NIL;

	for (int i = 0; i < node->n_fields; i++)
		repeated = note_repeated(seen, repeated, node->fields[i].name);
	if (repeated != NIL)
	{
		complain(role, "duplicate fields: %sfound in the \"%s\" \"%s\"", quote(repeated),
				 kind_names[node->kind], node->name);
		return;
	}
	for (int i = 0; i < node->n_fields; i++)
	{
		const GqleRemoteField *field = gqle_remote_lookup_field(upstream,
																node->fields[i].name);

		if (field == NULL)
			complain(role, "field \"%s\" does not exist in the \"%s\": \"%s\"",
					 node->fields[i].name, kind_names[node->kind], node->name);
		else
			validate_field(role, node, &node->fields[i], field, &made->fields[i]);
	}
}

static void
validate_field(GqleRemoteRole *role, const GqleTypeDefNode *node, const GqleFieldDefNode *field,
			   const GqleRemoteField *upstream, GqleRemoteField *made)
{
	const char *kind = psprintf("%s field", kind_names[node->kind]);
	const GqleDirectiveNode *preset;

	inherit_description(&made->description, upstream->description);
	if (!validate_directives(role, field->directives, field->n_directives, false, kind,
							 node->name, &preset))
		return;
	if (!gqle_remote_same_ref(made->ref, upstream->ref))
		complain(role, "expected type of \"%s\"(\"%s\") to be %s but received %s",
				 field->name, kind, gqle_remote_ref_text(upstream->ref),
				 print_type(field->type));
	validate_inputs(role, field->name, field->args, field->n_args, upstream->args,
					upstream->n_args, made->args);
}

/* ------------------------------------------------------------------------
 * Arguments and input fields
 * ------------------------------------------------------------------------ */

static const GqleRemoteInput *
find_input(const GqleRemoteInput *inputs, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(inputs[i].name, name) == 0)
			return &inputs[i];
	return NULL;
}

/* What the remote schema must have and the document does not require. */
static List *
find_missing(const GqleInputDefNode *inputs, int n, const GqleRemoteInput *upstream,
			 int n_upstream)
{
	List	   *missing = NIL;

	for (int i = 0; i < n_upstream; i++)
	{
		bool		found = false;

		if (!gqle_remote_ref_is_non_null(upstream[i].ref))
			continue;
		for (int j = 0; !found && j < n; j++)
			found = inputs[j].type->non_null && strcmp(inputs[j].name, upstream[i].name) == 0;
		if (!found)
			missing = lappend(missing, unconstify(char *, upstream[i].name));
	}
	return missing;
}

static void
validate_inputs(GqleRemoteRole *role, const char *owner, const GqleInputDefNode *inputs, int n,
				const GqleRemoteInput *upstream, int n_upstream, GqleRemoteInput *made)
{
	GqleStrHash *seen = make_seen(n);
	List	   *repeated = NIL;
	List	   *missing = NIL;

	for (int i = 0; i < n; i++)
		repeated = note_repeated(seen, repeated, inputs[i].name);
	if (repeated != NIL)
	{
		complain(role, "duplicate arguments: %sfound in the field: \"%s\"", quote(repeated),
				 owner);
		return;
	}
	missing = find_missing(inputs, n, upstream, n_upstream);
	if (missing != NIL)
	{
		complain(role, "field: \"%s\" expects the following non nullable arguments to be present: %s",
				 owner, quote(missing));
		return;
	}
	for (int i = 0; i < n; i++)
	{
		const GqleRemoteInput *same = find_input(upstream, n_upstream, inputs[i].name);

		if (same == NULL)
			complain(role, "input argument \"%s\" does not exist in the input object:\"%s\"",
					 inputs[i].name, owner);
		else
			validate_input(role, owner, &inputs[i], same, &made[i]);
	}
}

static void
validate_input(GqleRemoteRole *role, const char *owner, const GqleInputDefNode *input,
			   const GqleRemoteInput *upstream, GqleRemoteInput *made)
{
	const GqleDirectiveNode *preset;
	const char *expected = upstream->default_text != NULL ? upstream->default_text : "";
	const char *given = gqle_remote_print_value(input->default_value);

	inherit_description(&made->description, upstream->description);
	if (!validate_directives(role, input->directives, input->n_directives, true,
							 INPUT_ARGUMENT, owner, &preset))
		return;
	if (!gqle_remote_same_ref(made->ref, upstream->ref))
		complain(role, "expected type of \"%s\"(\"" INPUT_ARGUMENT "\") to be %s but received %s",
				 input->name, gqle_remote_ref_text(upstream->ref), print_type(input->type));
	if (strcmp(expected, given) != 0)
		complain(role, "expected default value of input value: \"%s\"of input object \"%s\" to be %s but received %s",
				 input->name, owner, expected, given);
	if (preset != NULL)
		made->preset = gqle_remote_preset_parse(role, input, preset);
}

/* ------------------------------------------------------------------------
 * Directives
 * ------------------------------------------------------------------------ */

/*
 * Look at the directives of something; false if what it is of must not be looked at
 * further.  A remote schema does not tell where it has directives, so that no other than
 * @preset is known.
 */
static bool
validate_directives(GqleRemoteRole *role, const GqleDirectiveNode *directives, int n,
					bool may_preset, const char *kind, const char *name, const GqleDirectiveNode **preset)
{
	GqleStrHash *seen = make_seen(n);
	List	   *repeated = NIL;
	int			n_presets = 0;
	bool		fits = true;

	*preset = NULL;
	for (int i = 0; i < n; i++)
		if (strcmp(directives[i].name, "preset") != 0)
			repeated = note_repeated(seen, repeated, directives[i].name);
	if (repeated != NIL)
	{
		complain(role, "duplicate directives: %sfound in the \"%s\" \"%s\"", quote(repeated),
				 kind, name);
		return false;
	}
	for (int i = 0; i < n; i++)
	{
		if (strcmp(directives[i].name, "preset") == 0)
		{
			*preset = &directives[i];
			n_presets++;
			continue;
		}
		complain(role, "\"Directive\": \"%s\" does not exist in the upstream remote schema",
				 directives[i].name);
		fits = false;
	}
	if (!fits)
		return false;
	if (n_presets > 1)
	{
		complain(role, "found multiple preset directives at \"%s\" \"%s\"", kind, name);
		return false;
	}
	if (n_presets == 1 && !may_preset)
		complain(role, "Preset directives can be defined only on INPUT_FIELD_DEFINITION or ARGUMENT_DEFINITION");
	return true;
}
