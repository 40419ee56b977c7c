/*
 * join_strip.c
 *		What of a remote field's arguments is left to the client of a join to it.
 *
 * What the join's template gives is taken out of the arguments: values of one piece
 * go, objects and lists stay with what else they can hold, under types of their own
 * that are named after the join.  compat: so they are called, and so they keep being
 * required where they were.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/catalog/join_parts.h"
#include "gqle/catalog/remote.h"

/* What one join strips. */
typedef struct Stripping
{
	const GqleJoin *join;
	List	   *types;			/* GqleRemoteType: those made */
} Stripping;

static bool strip_value(Stripping *stripping, const GqleJson *value, uint32 wraps,
						GqleRemoteRef *ref);

/* The public name of a type of our own: the schema's affixes, as another has them. */
static char *
make_public_name(const GqleRemoteType *type, const char *name)
{
	const char *at = strstr(type->public_name, type->name);

	if (at == NULL)
		return pstrdup(name);
	return psprintf("%.*s%s%s", (int) (at - type->public_name), type->public_name, name,
					at + strlen(type->name));
}

/* Take what a template gives out of inputs; returns how many are left. */
static int
strip_inputs(Stripping *stripping, const GqleJson *template, const GqleRemoteInput *inputs,
			 int n, GqleRemoteInput **left)
{
	int			n_left = 0;

	*left = palloc0(sizeof(GqleRemoteInput) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		const GqleJson *value = gqle_json_lookup(template, inputs[i].name);
		GqleRemoteInput input = inputs[i];

		if (value != NULL)
		{
			if (!strip_value(stripping, value, input.ref.wraps, &input.ref))
				continue;
			input.preset = NULL;
		}
		(*left)[n_left++] = input;
	}
	return n_left;
}

/* The type of that name, made now or, for another place, before. */
static GqleRemoteType *
get_type(Stripping *stripping, const GqleRemoteType *type)
{
	const char *name = psprintf("%s_remote_rel_%s%s", type->name, stripping->join->owner,
								stripping->join->name);
	GqleRemoteType *stripped;
	ListCell   *lc;

	foreach(lc, stripping->types)
	{
		stripped = lfirst(lc);
		if (strcmp(stripped->name, name) == 0)
			return stripped;
	}
	stripped = palloc(sizeof(GqleRemoteType));
	*stripped = *type;
	stripped->name = name;
	stripped->public_name = make_public_name(type, name);
	stripping->types = lappend(stripping->types, stripped);
	return stripped;
}

/*
 * The type that is left of an input object.  compat: of several places where one type
 * is stripped the last decides, the outermost coming after those within.
 */
static GqleRemoteType *
strip_object(Stripping *stripping, const GqleJson *object, const GqleRemoteType *type)
{
	GqleRemoteType *stripped = get_type(stripping, type);
	GqleRemoteInput *inputs;
	int			n = strip_inputs(stripping, object, type->inputs, type->n_inputs, &inputs);

	stripped->n_inputs = n;
	stripped->inputs = inputs;
	return stripped;
}

/*
 * Take what a value of a template gives out of a type, of which wraps are those not
 * looked into yet; false if nothing is left.
 */
static bool
strip_value(Stripping *stripping, const GqleJson *value, uint32 wraps, GqleRemoteRef *ref)
{
	check_stack_depth();
	if ((wraps & 3) == GQLE_REMOTE_NON_NULL)
		wraps >>= 2;
	if (value->kind == GQLE_JSON_ARRAY && value->n == 1 && (wraps & 3) == GQLE_REMOTE_LIST_OF)
		return strip_value(stripping, value->items[0], wraps >> 2, ref);
	if (value->kind != GQLE_JSON_OBJECT || ref->type == NULL)
		return false;
	ref->type = strip_object(stripping, value, ref->type);
	ref->name = ref->type->name;
	return true;
}

/* See join.h. */
const GqleRemoteField *
gqle_join_remote_field(GqleCatalog *catalog, const GqleJoin *join,
					   const GqleRemoteGraph *graph)
{
	char	   *key = psprintf("%p %p", join, graph);
	MemoryContext old;
	const GqleRemoteField *leaf;
	GqleRemoteField *field;
	Stripping	stripping = {join, NIL};
	GqleErrorSink sink = {0};

	if (catalog->join_fields == NULL)
		catalog->join_fields = gqle_strhash_make(catalog->context, 16);
	field = gqle_strhash_lookup(catalog->join_fields, key);
	if (field != NULL)
		return field;
	old = MemoryContextSwitchTo(catalog->context);
	leaf = gqle_join_find_field(join, graph, &sink);
	if (leaf != NULL)
	{
		field = palloc(sizeof(GqleRemoteField));
		*field = *leaf;
		field->n_args = strip_inputs(&stripping, join->calls[join->n_calls - 1].arguments,
									 leaf->args, leaf->n_args, &field->args);
		gqle_strhash_add(catalog->join_fields, pstrdup(key), field);
	}
	MemoryContextSwitchTo(old);
	return field;
}
