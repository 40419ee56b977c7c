/*
 * remote_custom.c
 *		The public names of types and fields of remote schemas.
 *
 * compat: a mapping counts more than a namespace, which renames the root types, and
 * that more than prefix and suffix, which leave alone what begins with "__", the
 * built-in scalars, and without a namespace the root types.
 */
#include "postgres.h"

#include "gqle/catalog/cache.h"
#include "gqle/catalog/remote_parts.h"

static bool customize_fields(GqleRemoteGraph *graph, const GqleJson *customization);
static bool check_fields(const GqleRemoteType *type, GqleErrorSink *sink);
static bool check_interface(const GqleRemoteType *type, GqleErrorSink *sink);

/* What a prefix and a suffix make of a name. */
static const char *
affix(const GqleJson *custom, const char *name)
{
	const char *prefix = gqle_catalog_json_string(custom, "prefix");
	const char *suffix = gqle_catalog_json_string(custom, "suffix");

	if (prefix == NULL && suffix == NULL)
		return name;
	return gqle_catalog_join(prefix, name, suffix);
}

static bool
is_root(const GqleRemoteGraph *graph, const char *name)
{
	return (graph->query_name != NULL && strcmp(name, graph->query_name) == 0) ||
		(graph->mutation_name != NULL && strcmp(name, graph->mutation_name) == 0) ||
		(graph->subscription_name != NULL && strcmp(name, graph->subscription_name) == 0);
}

static bool
is_builtin(const char *name)
{
	static const char *const names[] = {"Boolean", "Float", "ID", "Int", "String"};

	for (int i = 0; i < (int) lengthof(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static const char *
public_type_name(const GqleRemoteGraph *graph, const GqleJson *custom, const char *name)
{
	const char *mapped = gqle_catalog_json_string(gqle_json_lookup(custom, "mapping"), name);
	bool		root = is_root(graph, name);

	if (mapped != NULL)
		return pstrdup(mapped);
	if (root && graph->namespace != NULL)
		return gqle_catalog_join(graph->namespace, name, NULL);
	if (strncmp(name, "__", 2) == 0 || is_builtin(name) || root)
		return name;
	return affix(custom, name);
}

/* Note a name that came before in a list, unless it is there already. */
static List *
note_repeated(List *repeated, GqleStrHash *seen, const char *name)
{
	ListCell   *cell;

	if (gqle_strhash_add(seen, name, unconstify(char *, name)))
		return repeated;
	foreach(cell, repeated)
		if (strcmp(lfirst(cell), name) == 0)
			return repeated;
	return lappend(repeated, unconstify(char *, name));
}

/* "a", "b": compat: in no order of Hasura's, so in that of the alphabet. */
static char *
quote_list(List *names)
{
	StringInfoData out;
	ListCell   *cell;

	initStringInfo(&out);
	foreach(cell, names)
		appendStringInfo(&out, "%s\"%s\"", out.len > 0 ? ", " : "", (char *) lfirst(cell));
	return out.data;
}

/* See remote_parts.h. */
bool
gqle_remote_customize(GqleRemoteGraph *graph, const GqleJson *customization,
					  GqleErrorSink *sink)
{
	const GqleJson *types = NULL;
	List	   *repeated = NIL;

	if (gqle_json_is_null(customization))
		return true;
	types = gqle_json_lookup(customization, "type_names");
	graph->namespace = gqle_catalog_json_string(customization, "root_fields_namespace");
	if (graph->namespace != NULL)
		graph->namespace = pstrdup(graph->namespace);
	graph->by_public = gqle_strhash_make(CurrentMemoryContext, Max(graph->n_types, 1));
	for (int i = 0; i < graph->n_types; i++)
	{
		GqleRemoteType *type = graph->types[i];

		type->public_name = public_type_name(graph, types, type->name);
		graph->renames_types = graph->renames_types ||
			strcmp(type->public_name, type->name) != 0;
		repeated = note_repeated(repeated, graph->by_public, type->public_name);
		if (gqle_strhash_lookup(graph->by_public, type->public_name) == type->public_name)
			gqle_strhash_set(graph->by_public, type->public_name, type);
	}
	(void) customize_fields(graph, customization);
	for (int i = 0; i < graph->n_types; i++)
		if (graph->types[i]->kind == GQLE_REMOTE_INTERFACE &&
			!check_interface(graph->types[i], sink))
			return false;
	if (repeated != NIL)
		return gqle_error_report(sink, GQLE_ERR_REMOTE_SCHEMA_ERROR, NULL,
								 "Type name mappings are not distinct; the following types appear more than once: %s",
								 quote_list(repeated));
	for (int i = 0; i < graph->n_types; i++)
		if (!check_fields(graph->types[i], sink))
			return false;
	return true;
}

/* Give fields of the types that the customization names public names. */
static bool
customize_fields(GqleRemoteGraph *graph, const GqleJson *customization)
{
	const GqleJson *list = gqle_json_lookup(customization, "field_names");

	for (int i = 0; !gqle_json_is_null(list) && i < list->n; i++)
	{
		const GqleJson *custom = list->items[i];
		const char *parent = gqle_catalog_json_string(custom, "parent_type");
		GqleRemoteType *type = parent != NULL ? gqle_remote_lookup_type(graph, parent) : NULL;

		for (int j = 0; type != NULL && j < type->n_fields; j++)
		{
			GqleRemoteField *field = &type->fields[j];
			const char *mapped;

			mapped = gqle_catalog_json_string(gqle_json_lookup(custom, "mapping"),
											  field->name);
			field->public_name = mapped != NULL ? pstrdup(mapped) :
				affix(custom, field->name);
		}
	}
	return true;
}

/* A field of an interface has one name wherever it is. */
static bool
check_interface(const GqleRemoteType *type, GqleErrorSink *sink)
{
	for (int i = 0; i < type->n_possible; i++)
	{
		const GqleRemoteType *object = type->possible[i].type;

		for (int j = 0; object != NULL && j < type->n_fields; j++)
		{
			const GqleRemoteField *field = &type->fields[j];
			const GqleRemoteField *same = gqle_remote_lookup_field(object, field->name);
			const char *name = same != NULL ? same->public_name : field->name;

			if (strcmp(name, field->public_name) != 0)
				return gqle_error_report(sink, GQLE_ERR_REMOTE_SCHEMA_ERROR, NULL,
										 "Remote schema customization inconsistency: field name mapping for field \"%s\" of interface \"%s\" is inconsistent with mapping for type \"%s\". Interface field name maps to \"%s\". Type field name maps to \"%s\".",
										 field->name, type->name, object->name,
										 field->public_name, name);
		}
	}
	return true;
}

static bool
check_fields(const GqleRemoteType *type, GqleErrorSink *sink)
{
	GqleStrHash *seen;
	List	   *repeated = NIL;

	if (type->n_fields == 0)
		return true;
	seen = gqle_strhash_make(CurrentMemoryContext, type->n_fields);
	for (int i = 0; i < type->n_fields; i++)
		repeated = note_repeated(repeated, seen, type->fields[i].public_name);
	if (repeated == NIL)
		return true;
	return gqle_error_report(sink, GQLE_ERR_REMOTE_SCHEMA_ERROR, NULL,
							 "Field name mappings for %s type \"%s\" are not distinct; the following fields appear more than once: %s",
							 type->kind == GQLE_REMOTE_INTERFACE ? "interface" : "object",
							 type->name, quote_list(repeated));
}

/* See remote_parts.h. */
void
gqle_remote_customize_like(GqleRemoteGraph *graph, const GqleRemoteGraph *upstream)
{
	graph->namespace = upstream->namespace;
	graph->renames_types = upstream->renames_types;
	graph->by_public = gqle_strhash_make(CurrentMemoryContext, Max(graph->n_types, 1));
	for (int i = 0; i < graph->n_types; i++)
	{
		GqleRemoteType *type = graph->types[i];
		const GqleRemoteType *same = gqle_remote_lookup_type(upstream, type->name);

		if (same != NULL)
			type->public_name = same->public_name;
		gqle_strhash_set(graph->by_public, type->public_name, type);
		for (int j = 0; same != NULL && j < type->n_fields; j++)
		{
			const GqleRemoteField *field = gqle_remote_lookup_field(same,
																	type->fields[j].name);

			if (field != NULL)
				type->fields[j].public_name = field->public_name;
		}
	}
}
