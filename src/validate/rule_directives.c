/*
 * rule_directives.c
 *		Directives are known, allowed where they stand, given once and with the
 *		right arguments.
 *
 * GraphQL §5.7.1 Directives Are Defined, §5.7.2 Directives Are In Valid
 * Locations, §5.7.3 Directives Are Unique Per Location; §3.13.1 @skip,
 * §3.13.2 @include.
 *
 * compat: each directive in turn is looked up, then its place, then its
 * arguments; repetition is noticed last.  Directives of fragment definitions
 * are ignored.  A spread is an inline fragment to Hasura by the time it looks
 * at its directives, and called so.
 */
#include "gqle/gqle.h"

#include "gqle/schema/schema.h"
#include "gqle/validate/rules.h"

typedef enum DirectiveName
{
	DIRECTIVE_INCLUDE,
	DIRECTIVE_SKIP,
	DIRECTIVE_CACHED,
	DIRECTIVE_MANY_ROOTS
} DirectiveName;

#define N_DIRECTIVES (DIRECTIVE_MANY_ROOTS + 1)

#define EXCLUSION_LOCATIONS \
	(GQLE_LOCATION_FIELD | GQLE_LOCATION_FRAGMENT_SPREAD | GQLE_LOCATION_INLINE_FRAGMENT)

/* Types of directive arguments are the same in every schema. */
static GqleType boolean_type = {
	.kind = GQLE_TYPE_SCALAR,.name = "Boolean",.is_filled = true
};
static GqleType int_type = {
	.kind = GQLE_TYPE_SCALAR,.name = "Int",.is_filled = true
};

static GqleInputField if_argument = {
	.role = GQLE_INPUT_IF,.name = "if",
	.type = {&boolean_type, GQLE_WRAP_NON_NULL},
	.value_class = GQLE_CLASS_BOOLEAN
};
static GqleInputField ttl_argument = {
	.role = GQLE_INPUT_OTHER,.name = "ttl",
	.type = {&int_type, GQLE_WRAP_NON_NULL},.default_text = "60",
	.value_class = GQLE_CLASS_INT
};
static GqleInputField refresh_argument = {
	.role = GQLE_INPUT_OTHER,.name = "refresh",
	.type = {&boolean_type, GQLE_WRAP_NON_NULL},.default_text = "false",
	.value_class = GQLE_CLASS_BOOLEAN
};

static GqleInputField *exclusion_arguments[] = {&if_argument};
static GqleInputField *cached_arguments[] = {&ttl_argument, &refresh_argument};

static const struct
{
	const char *name;
	int			locations;
	int			n_args;
	GqleInputField **args;
}			directives[N_DIRECTIVES] = {
	[DIRECTIVE_INCLUDE] = {"include", EXCLUSION_LOCATIONS, 1, exclusion_arguments},
	[DIRECTIVE_SKIP] = {"skip", EXCLUSION_LOCATIONS, 1, exclusion_arguments},
	[DIRECTIVE_CACHED] = {"cached", GQLE_LOCATION_QUERY, 2, cached_arguments},
	[DIRECTIVE_MANY_ROOTS] = {"_multiple_top_level_fields", GQLE_LOCATION_SUBSCRIPTION, 0, NULL}
};

static const char *
describe_location(GqleDirectiveLocation location)
{
	switch (location)
	{
		case GQLE_LOCATION_QUERY:
			return "a query";
		case GQLE_LOCATION_MUTATION:
			return "a mutation";
		case GQLE_LOCATION_SUBSCRIPTION:
			return "a subscription";
		case GQLE_LOCATION_FIELD:
			return "a field";
		case GQLE_LOCATION_FRAGMENT_SPREAD:
		case GQLE_LOCATION_INLINE_FRAGMENT:
			return "an inline fragment";
	}
	pg_unreachable();
}

static bool
check_arguments(GqleValidator *v, DirectiveName which, const GqleDirectiveNode *node,
				GqleDirectives *result)
{
	int			n_args = directives[which].n_args;
	GqleInputField **defs = directives[which].args;
	GqleInput **args;
	int			mark = gqle_validator_enter_key(v, node->name);

	if (!gqle_rule_argument_names(v, node->name, defs, n_args, node->args, node->n_args))
		return false;
	gqle_validator_enter_key(v, "args");
	if (!gqle_input_coerce_arguments(v, defs, n_args, node->args, node->n_args, &args))
		return false;
	gqle_validator_leave(v, mark);

	switch (which)
	{
		case DIRECTIVE_INCLUDE:
			result->is_excluded |= !args[0]->boolean;
			break;
		case DIRECTIVE_SKIP:
			result->is_excluded |= args[0]->boolean;
			break;
		case DIRECTIVE_CACHED:
			break;
		case DIRECTIVE_MANY_ROOTS:
			result->many_roots = true;
			break;
	}
	return true;
}

bool
gqle_rule_directives(GqleValidator *v, const GqleDirectiveNode *nodes, int n_nodes,
					 GqleDirectiveLocation location, GqleDirectives *result)
{
	bool		seen[N_DIRECTIVES] = {false};
	bool		repeated[N_DIRECTIVES] = {false};
	StringInfoData names;
	int			which;
	int			i;

	memset(result, 0, sizeof(*result));
	if (n_nodes == 0)
		return true;

	for (i = 0; i < n_nodes; i++)
	{
		for (which = 0; which < N_DIRECTIVES; which++)
		{
			if (strcmp(directives[which].name, nodes[i].name) == 0)
				break;
		}
		if (which == N_DIRECTIVES)
			return gqle_validator_fail(v, "directive '%s' is not defined in the schema",
									   nodes[i].name);
		if ((directives[which].locations & location) == 0)
			return gqle_validator_fail(v, "directive '%s' is not allowed on %s",
									   nodes[i].name, describe_location(location));
		if (!check_arguments(v, which, &nodes[i], result))
			return false;
		repeated[which] = seen[which];
		seen[which] = true;
	}

	names.data = NULL;
	for (which = 0; which < N_DIRECTIVES; which++)
	{
		if (!repeated[which])
			continue;
		if (names.data == NULL)
			initStringInfo(&names);
		else
			appendStringInfoString(&names, ", ");
		appendStringInfo(&names, "'%s'", directives[which].name);
	}
	if (names.data == NULL)
		return true;
	return gqle_validator_fail(v, "the following directives are used more than once: [%s]",
							   names.data);
}
