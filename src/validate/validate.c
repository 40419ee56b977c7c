/*
 * validate.c
 *		Request text and variables to a validated operation: the walk.
 *
 * First the document as a whole (rules.c), then the selection sets depth first:
 * the fields of a set are collected (collect.c), and of each field in turn the
 * arguments are coerced (input.c) before its own selection set is entered.  The
 * first mistake ends it.
 */
#include "gqle/gqle.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "gqle/lang/parser.h"
#include "gqle/limits.h"
#include "gqle/validate/rules.h"

static bool parse_document(GqleValidator *v);
static GqleOperation *walk_operation(GqleValidator *v);
static bool walk_set(GqleValidator *v, GqleType *type, const GqleSelectionSets *sets,
					 GqleSelection ***selections, int *n_selections, List **conditions);
static bool walk_field(GqleValidator *v, GqleType *type,
					   const GqleCollectedField *collected, GqleSelection **result);
static bool walk_types(GqleValidator *v, GqleType *type, const GqleSelectionSets *sets,
					   List *conditions, GqleSelection *selection);
static bool walk_possible(GqleValidator *v, GqleType *type, const GqleSelectionSets *sets,
						  GqleSelection *selection);
static bool walk_children(GqleValidator *v, const GqleSelectionSets *sets,
						  GqleSelection *selection);

GqleOperation *
gqle_validate(GqleSchema *schema, const GqleRequest *request, GqleShape *shape,
			  GqleErrorSink *sink)
{
	GqleValidator v = {0};
	GqleErrorSink first = {0};
	GqleOperation *operation = NULL;

	v.schema = schema;
	v.request = request;
	v.shape = shape;
	v.sink = &first;
	v.scratch = AllocSetContextCreate(CurrentMemoryContext, "gqle document",
									  ALLOCSET_DEFAULT_SIZES);
	initStringInfo(&v.path);
	appendStringInfoChar(&v.path, '$');

	if (parse_document(&v) && gqle_rules_check_document(&v))
	{
		operation = walk_operation(&v);
		if (operation == NULL && v.order_matters)
		{
			GqleErrorSink in_order = {0};

			v.definition_order = true;
			v.sink = &in_order;
			if (walk_operation(&v) == NULL)
				first = in_order;
		}
	}
	MemoryContextDelete(v.scratch);
	if (operation == NULL && !sink->has_error)
		*sink = first;
	return operation;
}

bool
gqle_validate_operation_type(const GqleRequest *request, GqleOperationType *type,
							 GqleErrorSink *sink)
{
	GqleValidator v = {0};
	bool		found;

	v.request = request;
	v.sink = sink;
	v.scratch = AllocSetContextCreate(CurrentMemoryContext, "gqle document",
									  ALLOCSET_DEFAULT_SIZES);
	initStringInfo(&v.path);
	appendStringInfoChar(&v.path, '$');
	found = parse_document(&v) && gqle_rule_operation_choice(&v);
	if (found)
		*type = v.operation->type;
	MemoryContextDelete(v.scratch);
	return found;
}

/*
 * compat: whatever is wrong with the text, the message says no more than that.
 * A document beyond our own limits is not wrong, so there the limit is told.
 */
static bool
parse_document(GqleValidator *v)
{
	MemoryContext old = MemoryContextSwitchTo(v->scratch);
	GqleParseError error = {0};

	v->document = gqle_parser_parse_document(v->request->query, v->request->query_len,
											 NULL, &error);
	MemoryContextSwitchTo(old);
	if (v->document != NULL)
		return true;
	return gqle_error_report(v->sink, GQLE_ERR_VALIDATION_FAILED, "$.query", "%s",
							 error.limit_exceeded ? error.message :
							 "not a valid graphql query");
}

/* Everything that depends on the schema; may be called again. */
static GqleOperation *
walk_operation(GqleValidator *v)
{
	GqleSelectionSets sets = {1, 1, (const GqleSelectionSetNode **) &v->operation->set};
	GqleOperation *operation = palloc0(sizeof(GqleOperation));
	GqleDirectives directives;
	GqleDirectiveLocation location = GQLE_LOCATION_QUERY;

	gqle_validator_leave(v, 1);
	v->depth = 0;
	v->input_depth = 0;
	v->in_variable = NULL;
	v->n_steps = 0;
	v->n_selections = 0;
	v->n_inputs = 0;
	v->path_bytes = 0;

	operation->type = v->operation->type;
	if (v->operation->name != NULL)
		operation->name = pstrdup(v->operation->name);
	gqle_validator_enter_key(v, "selectionSet");
	if (!walk_set(v, v->root, &sets, &operation->roots, &operation->n_roots,
				  NULL))
		return NULL;
	gqle_validator_leave(v, 1);

	if (operation->type == GQLE_OPERATION_SUBSCRIPTION)
		return gqle_rule_subscription_root(v, operation) ? operation : NULL;
	if (operation->type == GQLE_OPERATION_MUTATION)
		location = GQLE_LOCATION_MUTATION;
	if (!gqle_rule_directives(v, v->operation->directives, v->operation->n_directives,
							  location, &directives))
		return NULL;
	return operation;
}

/* One selection set, made of all those its field gathered. */
static bool
walk_set(GqleValidator *v, GqleType *type, const GqleSelectionSets *sets,
		 GqleSelection ***selections, int *n_selections, List **conditions)
{
	GqleCollectedField **fields;
	int			n_fields;
	int			i;

	check_stack_depth();
	if (++v->depth > GQLE_MAX_SELECTION_DEPTH)
		return gqle_validator_fail(v, "the operation nests selection sets deeper than %d levels",
								   GQLE_MAX_SELECTION_DEPTH);
	if (!gqle_collect_fields(v, type, sets, &fields, &n_fields, conditions))
		return false;

	*n_selections = n_fields;
	*selections = n_fields > 0 ? palloc(sizeof(GqleSelection *) * n_fields) : NULL;
	for (i = 0; i < n_fields; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!walk_field(v, type, fields[i], &(*selections)[i]))
			return false;
	}
	v->depth--;
	return true;
}

static bool
is_leaf_type(const GqleType *type)
{
	return type->kind == GQLE_TYPE_SCALAR || type->kind == GQLE_TYPE_ENUM;
}

/* Is a webhook told the arguments of this field as they were written? */
static bool
wants_given(const GqleField *field)
{
	switch (field->kind)
	{
		case GQLE_FIELD_UPDATE:
		case GQLE_FIELD_UPDATE_BY_PK:
		case GQLE_FIELD_UPDATE_MANY:
			return field->perms->update->hook != NULL;
		case GQLE_FIELD_DELETE:
		case GQLE_FIELD_DELETE_BY_PK:
			return field->perms->del->hook != NULL;
		default:
			return false;
	}
}

/* The arguments of a field, whoever wants them. */
static bool
coerce_arguments(GqleValidator *v, const GqleField *field, const GqleSelectionNode *node,
				 GqleSelection *selection)
{
	GqleRemoteValue *remote = NULL;
	bool		done;

	if (field->kind != GQLE_FIELD_REMOTE && field->kind != GQLE_FIELD_JOIN_REMOTE)
		return gqle_input_coerce_arguments(v, field->args, field->n_args, node->args,
										   node->n_args, &selection->args);
	done = gqle_remote_input_coerce(v, field, node->args, node->n_args, &remote);
	selection->remote = remote;
	return done;
}

static bool
walk_field(GqleValidator *v, GqleType *type, const GqleCollectedField *collected,
		   GqleSelection **result)
{
	const GqleSelectionNode *node = collected->node;
	GqleSelection *selection = palloc0(sizeof(GqleSelection));
	const GqleField *field;
	int			mark = gqle_validator_enter_key(v, node->name);
	int			args_mark;

	field = gqle_rule_field_exists(v, type, node->name);
	if (field == NULL || !gqle_rule_introspection(v, field))
		return false;
	selection->response_key = pstrdup(collected->response_key);
	selection->field = field;
	selection->parent = type;
	selection->path = gqle_validator_copy_path(v);
	if (selection->path == NULL)
		return false;
	*result = selection;

	/* compat: arguments and sub-selections of __typename are not looked at */
	if (field->kind == GQLE_FIELD_TYPENAME)
	{
		gqle_validator_leave(v, mark);
		return true;
	}

	if (is_leaf_type(field->type.type) &&
		!gqle_rule_leaf_has_no_selection(v, collected->sets.n > 0))
		return false;
	if (!gqle_rule_argument_names(v, field->name, field->args, field->n_args,
								  node->args, node->n_args))
		return false;
	args_mark = gqle_validator_enter_key(v, "args");
	if (!coerce_arguments(v, field, node, selection))
		return false;
	gqle_validator_leave(v, args_mark);
	if (wants_given(field) &&
		!gqle_input_copy_arguments(v, node->args, node->n_args, &selection->given))
		return false;
	if (!is_leaf_type(field->type.type) && !walk_children(v, &collected->sets, selection))
		return false;
	gqle_validator_leave(v, mark);
	return true;
}

static bool
walk_children(GqleValidator *v, const GqleSelectionSets *sets, GqleSelection *selection)
{
	GqleType   *type = selection->field->type.type;
	int			mark = gqle_validator_enter_key(v, "selectionSet");
	List	   *conditions = NIL;

	if (type->remote != NULL && type->kind != GQLE_TYPE_OBJECT)
	{
		if (!walk_possible(v, type, sets, selection))
			return false;
		gqle_validator_leave(v, mark);
		return true;
	}
	if (!gqle_rule_object_has_selection(v, type, sets->n > 0) ||
		!walk_set(v, type, sets, &selection->children, &selection->n_children,
				  &conditions) ||
		!walk_types(v, type, sets, conditions, selection))
		return false;
	gqle_validator_leave(v, mark);
	return true;
}

/*
 * What is selected of an interface or union of a remote schema.  compat: the set is
 * walked once for every type that values can be of, as if it were one on that type.
 */
static bool
walk_possible(GqleValidator *v, GqleType *type, const GqleSelectionSets *sets,
			  GqleSelection *selection)
{
	int			i;

	gqle_type_fill(v->schema, type);
	selection->types = palloc0(Max(type->n_possible, 1) * sizeof(GqleTypeSelection));
	for (i = 0; i < type->n_possible; i++)
	{
		GqleTypeSelection *of_type = &selection->types[i];

		of_type->type = type->possible[i];
		gqle_type_fill(v->schema, type->possible[i]);
		if (!gqle_rule_object_has_selection(v, of_type->type, sets->n > 0) ||
			!walk_set(v, type->possible[i], sets, &of_type->children,
					  &of_type->n_children, NULL))
			return false;
		selection->n_types++;
	}
	return true;
}

/*
 * What is selected of each type that fragments on an interface or union name.
 * Fragments on types that cannot occur are ignored, as elsewhere.
 */
static bool
walk_types(GqleValidator *v, GqleType *type, const GqleSelectionSets *sets,
		   List *conditions, GqleSelection *selection)
{
	ListCell   *lc;

	if (conditions == NIL)
		return true;
	selection->types = palloc0(list_length(conditions) * sizeof(GqleTypeSelection));
	foreach(lc, conditions)
	{
		GqleType   *possible = gqle_schema_possible_type(v->schema, type, lfirst(lc));
		GqleTypeSelection *of_type = &selection->types[selection->n_types];

		if (possible == NULL)
			continue;
		gqle_type_fill(v->schema, possible);
		of_type->type = possible;
		if (!walk_set(v, possible, sets, &of_type->children, &of_type->n_children, NULL))
			return false;
		selection->n_types++;
	}
	return true;
}
