/*
 * remote_graph.c
 *		Graphs of remote schemas: from the tree of a type system to types that refer
 *		to each other.
 *
 * What a remote server said is copied, so that the tree, which is large, can go.  A
 * reference to a type that isn't there stays open: it is a mistake only if somebody
 * can get there.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/catalog/remote_parts.h"
#include "gqle/lang/printer.h"

/* GraphQL §4; fragments are written out, since some servers see no others. */
#define TYPE_REF \
	"kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name " \
	"ofType { kind name ofType { kind name ofType { kind name } } } } } } }"
#define INPUT_VALUE "name description type { " TYPE_REF " } defaultValue"

/* See remote.h. */
const char *const gqle_remote_introspection_query =
"query IntrospectionQuery { __schema { queryType { name } mutationType { name } "
"subscriptionType { name } types { kind name description "
"fields(includeDeprecated: true) { name description args { " INPUT_VALUE " } "
"type { " TYPE_REF " } isDeprecated deprecationReason } "
"inputFields { " INPUT_VALUE " } interfaces { " TYPE_REF " } "
"enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } "
"possibleTypes { " TYPE_REF " } } "
"directives { name description locations args { " INPUT_VALUE " } } } }";

/* Types with fewer fields are searched one by one. */
#define FEW_FIELDS	12

static GqleRemoteType *make_type(GqleRemoteGraph *graph, const GqleTypeDefNode *node);
static void copy_fields(GqleRemoteType *type, const GqleTypeDefNode *node);
static GqleRemoteInput *copy_inputs(const GqleInputDefNode *nodes, int n);
static GqleRemoteRef copy_ref(const GqleTypeNode *node);
static GqleValueNode *copy_value(const GqleValueNode *value);
static void link_ref(GqleRemoteGraph *graph, GqleRemoteRef *ref);
static void link_inputs(GqleRemoteGraph *graph, GqleRemoteInput *inputs, int n);

/* ------------------------------------------------------------------------
 * Making
 * ------------------------------------------------------------------------ */

static const char *
copy_text(const char *text)
{
	return text != NULL ? pstrdup(text) : NULL;
}

/* See remote_parts.h. */
GqleRemoteGraph *
gqle_remote_graph_make(const GqleRemoteSchema *schema, const GqleTypeSystemNode *system)
{
	GqleRemoteGraph *graph = palloc0(sizeof(GqleRemoteGraph));
	int			i;

	graph->schema = schema;
	graph->by_name = gqle_strhash_make(CurrentMemoryContext, Max(system->n_types, 1));
	graph->by_public = graph->by_name;
	graph->types = palloc_extended(sizeof(GqleRemoteType *) * Max(system->n_types, 1),
								   MCXT_ALLOC_HUGE);
	for (i = 0; i < system->n_types; i++)
	{
		GqleRemoteType *type = make_type(graph, &system->types[i]);
		GqleRemoteType *former = gqle_strhash_lookup(graph->by_name, type->name);

		CHECK_FOR_INTERRUPTS();
		type->mark = former != NULL ? former->mark : graph->n_types++;
		graph->types[type->mark] = type;
		if (former != NULL)
			gqle_strhash_remove(graph->by_name, former->name);
		gqle_strhash_add(graph->by_name, type->name, type);
	}
	graph->query_name = copy_text(system->roots[GQLE_OPERATION_QUERY]);
	graph->mutation_name = copy_text(system->roots[GQLE_OPERATION_MUTATION]);
	graph->subscription_name = copy_text(system->roots[GQLE_OPERATION_SUBSCRIPTION]);
	return graph;
}

static GqleRemoteType *
make_type(GqleRemoteGraph *graph, const GqleTypeDefNode *node)
{
	/* in the order of GqleTypeDefKind */
	static const GqleRemoteKind kinds[] = {GQLE_REMOTE_SCALAR, GQLE_REMOTE_OBJECT_TYPE,
		GQLE_REMOTE_INTERFACE, GQLE_REMOTE_UNION, GQLE_REMOTE_ENUM,
		GQLE_REMOTE_INPUT_OBJECT
	};
	GqleRemoteType *type = palloc0(sizeof(GqleRemoteType));
	GqleRemoteRef *refs;
	int			i;

	type->kind = kinds[node->kind];
	type->name = pstrdup(node->name);
	type->public_name = type->name;
	type->description = copy_text(node->description);
	type->graph = graph;
	copy_fields(type, node);
	type->inputs = copy_inputs(node->inputs, node->n_inputs);
	type->n_inputs = node->n_inputs;

	type->values = palloc0(sizeof(GqleRemoteEnumValue) * Max(node->n_values, 1));
	for (i = 0; i < node->n_values; i++)
	{
		type->values[i].name = pstrdup(node->values[i].name);
		type->values[i].description = copy_text(node->values[i].description);
	}
	type->n_values = node->n_values;

	refs = palloc0(sizeof(GqleRemoteRef) * Max(node->n_names, 1));
	for (i = 0; i < node->n_names; i++)
		refs[i].name = pstrdup(node->names[i]);
	if (node->kind == GQLE_DEF_OBJECT)
	{
		type->interfaces = refs;
		type->n_interfaces = node->n_names;
	}
	else
	{
		type->possible = refs;
		type->n_possible = node->n_names;
	}
	return type;
}

static void
copy_fields(GqleRemoteType *type, const GqleTypeDefNode *node)
{
	int			i;

	type->fields = palloc0(sizeof(GqleRemoteField) * Max(node->n_fields, 1));
	for (i = 0; i < node->n_fields; i++)
	{
		GqleRemoteField *field = &type->fields[i];

		field->name = pstrdup(node->fields[i].name);
		field->public_name = field->name;
		field->description = copy_text(node->fields[i].description);
		field->parent = type;
		field->ref = copy_ref(node->fields[i].type);
		field->args = copy_inputs(node->fields[i].args, node->fields[i].n_args);
		field->n_args = node->fields[i].n_args;
	}
	type->n_fields = node->n_fields;
	if (type->n_fields <= FEW_FIELDS)
		return;
	type->by_name = gqle_strhash_make(CurrentMemoryContext, type->n_fields);
	for (i = 0; i < type->n_fields; i++)
		gqle_strhash_add(type->by_name, type->fields[i].name, &type->fields[i]);
}

static GqleRemoteInput *
copy_inputs(const GqleInputDefNode *nodes, int n)
{
	GqleRemoteInput *inputs = n > 0 ? palloc0(sizeof(GqleRemoteInput) * n) : NULL;
	int			i;

	for (i = 0; i < n; i++)
	{
		StringInfoData text;

		inputs[i].name = pstrdup(nodes[i].name);
		inputs[i].description = copy_text(nodes[i].description);
		inputs[i].ref = copy_ref(nodes[i].type);
		if (nodes[i].default_value == NULL)
			continue;
		inputs[i].default_value = copy_value(nodes[i].default_value);
		initStringInfo(&text);
		gqle_printer_append_value(&text, nodes[i].default_value);
		inputs[i].default_text = pstrdup(text.data);
		pfree(text.data);
	}
	return inputs;
}

/* Wrappers beyond what a reference can hold are no type that anything has. */
static GqleRemoteRef
copy_ref(const GqleTypeNode *node)
{
	GqleRemoteRef ref = {NULL, NULL, 0};
	int			shift = 0;

	for (; shift < 2 * GQLE_REMOTE_MAX_WRAPS; shift += 2)
	{
		if (node->non_null)
		{
			ref.wraps |= (uint32) GQLE_REMOTE_NON_NULL << shift;
			shift += 2;
		}
		if (node->name != NULL)
			break;
		ref.wraps |= (uint32) GQLE_REMOTE_LIST_OF << shift;
		node = node->of;
	}
	ref.name = pstrdup(shift <= 2 * GQLE_REMOTE_MAX_WRAPS ? gqle_sdl_base_name(node) : "");
	return ref;
}

static GqleValueNode *
copy_value(const GqleValueNode *value)
{
	GqleValueNode *copy = palloc(sizeof(GqleValueNode));
	int			i;

	check_stack_depth();
	*copy = *value;
	if (value->text != NULL)
	{
		char	   *text = palloc(value->len + 1);

		memcpy(text, value->text, value->len);
		text[value->len] = '\0';
		copy->text = text;
	}
	if (value->kind == GQLE_VALUE_LIST)
	{
		copy->items = palloc(sizeof(GqleValueNode *) * Max(value->n, 1));
		for (i = 0; i < value->n; i++)
			copy->items[i] = copy_value(value->items[i]);
	}
	if (value->kind == GQLE_VALUE_OBJECT)
	{
		copy->fields = palloc(sizeof(GqleObjectFieldNode) * Max(value->n, 1));
		for (i = 0; i < value->n; i++)
		{
			copy->fields[i] = value->fields[i];
			copy->fields[i].name = pstrdup(value->fields[i].name);
			copy->fields[i].value = copy_value(value->fields[i].value);
		}
	}
	return copy;
}

/* ------------------------------------------------------------------------
 * Linking
 * ------------------------------------------------------------------------ */

/* See remote_parts.h. */
void
gqle_remote_graph_find_possible(GqleRemoteGraph *graph)
{
	int			i;
	int			j;

	for (i = 0; i < graph->n_types; i++)
	{
		GqleRemoteType *type = graph->types[i];

		for (j = 0; j < type->n_interfaces; j++)
		{
			GqleRemoteType *interface = gqle_remote_lookup_type(graph,
																type->interfaces[j].name);

			if (interface == NULL || interface->kind != GQLE_REMOTE_INTERFACE)
				continue;
			interface->possible = repalloc(interface->possible,
										   sizeof(GqleRemoteRef) * (interface->n_possible + 1));
			memset(&interface->possible[interface->n_possible], 0, sizeof(GqleRemoteRef));
			interface->possible[interface->n_possible++].name = type->name;
		}
	}
}

static GqleRemoteType *
lookup_object(const GqleRemoteGraph *graph, const char *name)
{
	GqleRemoteType *type = name != NULL ? gqle_remote_lookup_type(graph, name) : NULL;

	return type != NULL && type->kind == GQLE_REMOTE_OBJECT_TYPE ? type : NULL;
}

/* See remote_parts.h. */
void
gqle_remote_graph_link(GqleRemoteGraph *graph)
{
	int			i;
	int			j;

	for (i = 0; i < graph->n_types; i++)
	{
		GqleRemoteType *type = graph->types[i];

		CHECK_FOR_INTERRUPTS();
		for (j = 0; j < type->n_fields; j++)
		{
			link_ref(graph, &type->fields[j].ref);
			link_inputs(graph, type->fields[j].args, type->fields[j].n_args);
		}
		link_inputs(graph, type->inputs, type->n_inputs);
		for (j = 0; j < type->n_interfaces; j++)
			link_ref(graph, &type->interfaces[j]);
		for (j = 0; j < type->n_possible; j++)
			link_ref(graph, &type->possible[j]);
	}
	/* compat: types of these names are roots even if the server does not say so */
	if (graph->mutation_name == NULL && lookup_object(graph, "Mutation") != NULL)
		graph->mutation_name = "Mutation";
	if (graph->subscription_name == NULL && lookup_object(graph, "Subscription") != NULL)
		graph->subscription_name = "Subscription";
	graph->query = lookup_object(graph, graph->query_name);
	graph->mutation = lookup_object(graph, graph->mutation_name);
	graph->subscription = lookup_object(graph, graph->subscription_name);
}

/* Names are shared with the type, so that equal types have equal pointers. */
static void
link_ref(GqleRemoteGraph *graph, GqleRemoteRef *ref)
{
	ref->type = gqle_remote_lookup_type(graph, ref->name);
	if (ref->type != NULL)
		ref->name = ref->type->name;
}

static void
link_inputs(GqleRemoteGraph *graph, GqleRemoteInput *inputs, int n)
{
	int			i;

	for (i = 0; i < n; i++)
		link_ref(graph, &inputs[i].ref);
}

/* ------------------------------------------------------------------------
 * Looking
 * ------------------------------------------------------------------------ */

/* See remote.h. */
GqleRemoteType *
gqle_remote_lookup_type(const GqleRemoteGraph *graph, const char *name)
{
	return gqle_strhash_lookup(graph->by_name, name);
}

/* See remote.h. */
GqleRemoteType *
gqle_remote_lookup_public(const GqleRemoteGraph *graph, const char *name)
{
	return gqle_strhash_lookup(graph->by_public, name);
}

/* See remote.h. */
GqleRemoteField *
gqle_remote_lookup_field(const GqleRemoteType *type, const char *name)
{
	int			i;

	if (type->by_name != NULL)
		return gqle_strhash_lookup(type->by_name, name);
	for (i = 0; i < type->n_fields; i++)
	{
		if (strcmp(type->fields[i].name, name) == 0)
			return &type->fields[i];
	}
	return NULL;
}

/* See remote.h. */
bool
gqle_remote_is_all_preset(const GqleRemoteType *type)
{
	int			i;

	for (i = 0; i < type->n_inputs; i++)
	{
		if (type->inputs[i].preset == NULL)
			return false;
	}
	return type->kind == GQLE_REMOTE_INPUT_OBJECT;
}

/* See remote.h. */
void
gqle_remote_append_ref(StringInfo out, GqleRemoteRef ref)
{
	GqleRemoteRef inner = ref;

	inner.wraps >>= 2;
	if ((ref.wraps & 3) == GQLE_REMOTE_NON_NULL)
	{
		gqle_remote_append_ref(out, inner);
		appendStringInfoChar(out, '!');
	}
	else if ((ref.wraps & 3) == GQLE_REMOTE_LIST_OF)
	{
		appendStringInfoChar(out, '[');
		gqle_remote_append_ref(out, inner);
		appendStringInfoChar(out, ']');
	}
	else
		appendStringInfoString(out, ref.name);
}

/* See remote.h. */
char *
gqle_remote_ref_text(GqleRemoteRef ref)
{
	StringInfoData out;

	initStringInfo(&out);
	gqle_remote_append_ref(&out, ref);
	return out.data;
}

/* See remote_parts.h. */
bool
gqle_remote_same_ref(GqleRemoteRef a, GqleRemoteRef b)
{
	return a.wraps == b.wraps && strcmp(a.name, b.name) == 0;
}
