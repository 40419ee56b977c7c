/*
 * input.c
 *		Arguments: from literals and variables to the input tree of selection.h.
 *
 * GraphQL §3.3 to §3.12 Input Coercion, §6.4.1 Coercing Field Arguments.
 *
 * A value comes as a literal or, inside of a variable, as JSON.  Whatever the
 * planner must know (objects and their keys, lists, enum values, booleans, limits)
 * is resolved here, and if it came from a variable the shape is told.  Values of
 * Postgres types stay leaves: where to find them in a request.
 *
 * compat: the order of checks and the messages are those of Hasura's parsers; in
 * an object, unknown keys come first, then the fields as they are defined
 * (validator.h tells how that order is reached).
 */
#include "gqle/gqle.h"

#include "miscadmin.h"

#include "gqle/lang/parser.h"
#include "gqle/limits.h"
#include "gqle/validate/coerce.h"
#include "gqle/validate/plain.h"
#include "gqle/validate/rules.h"

/* A value to coerce: exactly one is set, JSON inside of a variable. */
typedef struct Value
{
	const GqleValueNode *literal;
	const GqleJson *json;
} Value;

/* A key of an input object, resolved. */
typedef struct Member
{
	const GqleInputField *field;
	Value		value;
	int			index;			/* among the keys */
} Member;

static bool coerce_position(GqleValidator *v, const GqleInputField *field,
							Value value, GqleInput **input);
static bool coerce_default(GqleValidator *v, const GqleInputField *field,
						   GqleInput **input);
static bool resolve_variable(GqleValidator *v, GqleTypeRef ref, bool has_default,
							 Value *value, bool *is_removed);
static bool coerce_value(GqleValidator *v, const GqleInputField *field,
						 GqleTypeRef ref, bool is_item, Value value, GqleInput **input);
static bool coerce_container(GqleValidator *v, const GqleInputField *field,
							 GqleTypeRef ref, Value value, GqleInput *input);
static bool coerce_list(GqleValidator *v, const GqleInputField *field,
						GqleTypeRef ref, Value value, GqleInput *list);
static bool coerce_item(GqleValidator *v, const GqleInputField *field,
						GqleTypeRef ref, int index, Value value, GqleInput *list);
static bool coerce_object(GqleValidator *v, GqleType *type, Value value,
						  GqleInput *object);
static bool resolve_members(GqleValidator *v, GqleType *type, Value value,
							Member *members, int *n_members);
static bool coerce_members(GqleValidator *v, GqleType *type, Value value,
						   const Member *members, int n_members, GqleInput *object);
static bool coerce_members_in_order(GqleValidator *v, GqleType *type, Value value,
									const Member *members, int n_members,
									GqleInput *object);
static bool coerce_member(GqleValidator *v, Value object, const Member *member,
						  GqleInput *result);
static bool coerce_absent(GqleValidator *v, const GqleInputField *field,
						  GqleInput *object);
static bool coerce_enum(GqleValidator *v, GqleType *type, Value value, GqleInput *input);
static bool coerce_constant(GqleValidator *v, const GqleInputField *field,
							const GqleType *type, Value value, GqleInput *input);
static bool coerce_any(GqleValidator *v, Value value, GqleInput *input);
static bool coerce_integer(GqleValidator *v, const char *text, int64 min, int64 max,
						   GqleInput *input);
static bool coerce_leaf(GqleValidator *v, const GqleInputField *field,
						GqleTypeRef ref, Value value, GqleInput *input);
static bool resolve_template(GqleValidator *v, const GqleValueNode *node,
							 GqleTypeRef item_ref, GqleValueNode **resolved,
							 bool *has_variables);
static bool resolve_items(GqleValidator *v, const GqleValueNode *list,
						  GqleTypeRef item_ref, GqleValueNode *copy,
						  bool *has_variables);
static bool resolve_fields(GqleValidator *v, const GqleValueNode *object,
						   GqleValueNode *copy, bool *has_variables);

/* Of what is inside of a value of a Postgres type. */
static const GqleTypeRef no_type = {NULL, 0};

bool
gqle_input_coerce_arguments(GqleValidator *v, GqleInputField **defs, int n_defs,
							const GqleArgumentNode *nodes, int n_nodes,
							GqleInput ***args)
{
	int			i;
	int			j;

	*args = n_defs > 0 ? palloc0(sizeof(GqleInput *) * n_defs) : NULL;
	for (i = 0; i < n_defs; i++)
	{
		int			mark = gqle_validator_enter_key(v, defs[i]->name);
		Value		value = {NULL, NULL};

		for (j = 0; j < n_nodes; j++)
		{
			if (strcmp(nodes[j].name, defs[i]->name) == 0)
				value.literal = nodes[j].value;
		}
		if (value.literal == NULL)
		{
			if (!gqle_rule_required_input(v, defs[i]) ||
				!coerce_default(v, defs[i], &(*args)[i]))
				return false;
		}
		else if (!coerce_position(v, defs[i], value, &(*args)[i]))
			return false;
		gqle_validator_leave(v, mark);
	}
	return true;
}

/* ------------------------------------------------------------------------
 * Values of either origin
 * ------------------------------------------------------------------------ */

static inline bool
is_null(Value value)
{
	return value.json != NULL ? value.json->kind == GQLE_JSON_NULL :
		value.literal->kind == GQLE_VALUE_NULL;
}

static inline GqleTypeRef
nullable(GqleTypeRef ref)
{
	return gqle_typeref_is_non_null(ref) ? gqle_typeref_unwrap(ref) : ref;
}

/* Does the place take one value of a Postgres type, be it a list? */
static bool
is_leaf(const GqleInputField *field, GqleTypeRef ref, bool is_item)
{
	if (field->value_class != GQLE_CLASS_LEAF || ref.type->kind != GQLE_TYPE_SCALAR)
		return false;
	return !gqle_typeref_is_list(nullable(ref)) ||
		(field->is_leaf_list && !is_item) ||
		(field->scalar != NULL && field->scalar->coercion == GQLE_COERCE_ARRAY);
}

/* NULL after reporting. */
static GqleInput *
make_input(GqleValidator *v, GqleInputKind kind)
{
	const char *path = gqle_validator_copy_path(v);
	GqleInput  *input;

	if (path == NULL)
		return NULL;
	if (++v->n_inputs > GQLE_MAX_INPUTS)
	{
		gqle_validator_fail(v, "the operation has more than %d values in its arguments",
							GQLE_MAX_INPUTS);
		return NULL;
	}
	input = palloc0(sizeof(GqleInput));
	input->kind = kind;
	input->path = path;
	return input;
}

/* ------------------------------------------------------------------------
 * Arguments and input fields
 * ------------------------------------------------------------------------ */

/* Coerce what is given for an argument or input field; NULL where absent. */
static bool
coerce_position(GqleValidator *v, const GqleInputField *field, Value value,
				GqleInput **input)
{
	bool		is_variable = value.json == NULL && value.literal->kind == GQLE_VALUE_VARIABLE;
	bool		done = true;

	*input = NULL;
	if (is_variable)
	{
		bool		is_removed;

		if (!resolve_variable(v, field->type, field->default_text != NULL,
							  &value, &is_removed))
			return false;
		if (is_removed)
			return gqle_rule_required_input(v, field) &&
				coerce_default(v, field, input);
	}

	if (!field->null_is_absent || !is_null(value))
		done = coerce_value(v, field, field->type, false, value, input);
	if (is_variable)
		v->in_variable = NULL;
	return done;
}

/* The default value of a field nothing was given for; NULL if it has none. */
static bool
coerce_default(GqleValidator *v, const GqleInputField *field, GqleInput **input)
{
	MemoryContext old;
	GqleParseError error;
	Value		value = {NULL, NULL};

	*input = NULL;
	if (field->default_text == NULL)
		return true;
	old = MemoryContextSwitchTo(v->scratch);
	value.literal = gqle_parser_parse_value(field->default_text,
											strlen(field->default_text), &error);
	MemoryContextSwitchTo(old);
	Ensure(value.literal != NULL, "default value of an input field cannot be parsed");
	return coerce_value(v, field, field->type, false, value, input);
}

/*
 * Replace a variable by its value: JSON as given, the literal of its default, or
 * null.  Under the feature no_null_unbound_variable_default a use of a variable
 * without any of these is as if it were not there.
 */
static bool
resolve_variable(GqleValidator *v, GqleTypeRef ref, bool has_default, Value *value,
				 bool *is_removed)
{
	static const GqleValueNode null_literal = {.kind = GQLE_VALUE_NULL};
	GqleVariable *variable;

	variable = gqle_validator_lookup_variable(v, value->literal->text);
	*is_removed = variable->is_removed;
	if (variable->is_removed)
		return true;
	if (!gqle_rule_variable_usage(v, variable, ref, has_default))
		return false;
	if (variable->value != NULL)
	{
		value->literal = NULL;
		value->json = variable->value;
		v->in_variable = variable;
		v->n_steps = 0;
	}
	else if (variable->node->default_value != NULL)
		value->literal = variable->node->default_value;
	else
		value->literal = &null_literal;
	return true;
}

/*
 * Coerce a value that is not a variable to a type.  is_item: it is an item of
 * the list the field wants, not the whole.
 */
static bool
coerce_value(GqleValidator *v, const GqleInputField *field, GqleTypeRef ref,
			 bool is_item, Value value, GqleInput **input)
{
	GqleInput  *result;

	check_stack_depth();
	if (is_leaf(field, ref, is_item))
	{
		*input = result = make_input(v, GQLE_IN_LEAF);
		return result != NULL && coerce_leaf(v, field, ref, value, result);
	}
	if (is_null(value) &&
		(is_item ? !gqle_typeref_is_non_null(ref) : field->leaf_nullable))
	{
		*input = make_input(v, GQLE_IN_NULL);
		return *input != NULL;
	}

	*input = result = make_input(v, GQLE_IN_CONST);
	if (result == NULL)
		return false;
	ref = nullable(ref);
	if (!gqle_typeref_is_list(ref) && ref.type->kind == GQLE_TYPE_SCALAR)
		return coerce_constant(v, field, ref.type, value, result);
	if (!gqle_typeref_is_list(ref) && ref.type->kind == GQLE_TYPE_ENUM)
		return coerce_enum(v, ref.type, value, result);
	return coerce_container(v, field, ref, value, result);
}

/* A list or an object: the depth of both together is bounded. */
static bool
coerce_container(GqleValidator *v, const GqleInputField *field, GqleTypeRef ref,
				 Value value, GqleInput *input)
{
	bool		done;

	if (++v->input_depth > GQLE_MAX_INPUT_DEPTH)
		return gqle_validator_fail(v, "the values in the operation's arguments are nested deeper "
								   "than %d levels",
								   GQLE_MAX_INPUT_DEPTH);
	if (gqle_typeref_is_list(ref))
		done = coerce_list(v, field, gqle_typeref_unwrap(ref), value, input);
	else
	{
		Ensure(ref.type->kind == GQLE_TYPE_INPUT_OBJECT,
			   "an output type where a value is expected");
		done = coerce_object(v, ref.type, value, input);
	}
	v->input_depth--;
	return done;
}

/* ------------------------------------------------------------------------
 * Lists
 * ------------------------------------------------------------------------ */

/* A value that is no list becomes a list of one, at index 0 to errors. */
static bool
coerce_list(GqleValidator *v, const GqleInputField *field, GqleTypeRef ref,
			Value value, GqleInput *list)
{
	int			i;
	int			n = 1;
	bool		is_list;

	list->kind = GQLE_IN_LIST;
	if (is_null(value))
		return gqle_validator_fail(v, "expected a list, but found null");
	gqle_validator_mark_structure(v);
	is_list = value.json != NULL ? value.json->kind == GQLE_JSON_ARRAY :
		value.literal->kind == GQLE_VALUE_LIST;
	if (is_list)
		n = value.json != NULL ? value.json->n : value.literal->n;
	if (n > 0)
		list->items = MemoryContextAllocHuge(CurrentMemoryContext,
											 sizeof(GqleInput *) * n);
	if (!is_list)
		return coerce_item(v, field, ref, 0, value, list);

	for (i = 0; i < n; i++)
	{
		Value		item = {NULL, NULL};
		bool		done;

		CHECK_FOR_INTERRUPTS();
		if (value.json == NULL)
		{
			item.literal = value.literal->items[i];
			done = coerce_item(v, field, ref, i, item, list);
		}
		else
		{
			item.json = value.json->items[i];
			gqle_validator_push_step(v, NULL, i);
			done = coerce_item(v, field, ref, i, item, list);
			v->n_steps--;
		}
		if (!done)
			return false;
	}
	return true;
}

static bool
coerce_item(GqleValidator *v, const GqleInputField *field, GqleTypeRef ref, int index,
			Value value, GqleInput *list)
{
	int			mark = gqle_validator_enter_index(v, index);
	bool		is_variable = value.json == NULL && value.literal->kind == GQLE_VALUE_VARIABLE;
	GqleInput  *input;

	if (is_variable)
	{
		bool		is_removed;

		if (!resolve_variable(v, ref, false, &value, &is_removed))
			return false;
		if (is_removed)
		{
			gqle_validator_leave(v, mark);
			return true;
		}
	}
	if (!coerce_value(v, field, ref, true, value, &input))
		return false;
	if (is_variable)
		v->in_variable = NULL;
	list->items[list->n++] = input;
	gqle_validator_leave(v, mark);
	return true;
}

/* ------------------------------------------------------------------------
 * Objects
 * ------------------------------------------------------------------------ */

/* Fields that may get an entry though they are not given. */
static int
count_defaults(const GqleType *type)
{
	int			n = 0;
	int			i;

	for (i = 0; i < type->n_input_fields; i++)
	{
		if (type->input_fields[i]->default_text != NULL)
			n++;
	}
	return n;
}

static bool
coerce_object(GqleValidator *v, GqleType *type, Value value, GqleInput *object)
{
	Member	   *members = NULL;
	int			n_keys;
	int			n_members;
	bool		done;

	object->kind = GQLE_IN_OBJECT;
	if (value.json != NULL ? value.json->kind != GQLE_JSON_OBJECT :
		value.literal->kind != GQLE_VALUE_OBJECT)
		return gqle_rule_value_mismatch(v, type->name, "an object",
										value.literal, value.json);

	gqle_validator_mark_structure(v);
	gqle_type_fill(v->schema, type);
	n_keys = value.json != NULL ? value.json->n : value.literal->n;
	if (n_keys > 0)
		members = palloc_extended(sizeof(Member) * n_keys, MCXT_ALLOC_HUGE);
	if (!resolve_members(v, type, value, members, &n_members))
		return false;

	object->entries = palloc(sizeof(GqleInputEntry) *
							 (n_members + count_defaults(type) + 1));
	if (v->definition_order)
		done = coerce_members_in_order(v, type, value, members, n_members, object);
	else
	{
		done = coerce_members(v, type, value, members, n_members, object);
		if (!done)
			v->order_matters = true;
	}
	if (members != NULL)
		pfree(members);
	return done;
}

/*
 * Find the fields of an object's keys.  Of a key that JSON gives repeatedly, the
 * last value counts.
 */
static bool
resolve_members(GqleValidator *v, GqleType *type, Value value, Member *members,
				int *n_members)
{
	int			n_keys = value.json != NULL ? value.json->n : value.literal->n;
	int			i;
	int			j;

	*n_members = 0;
	for (i = 0; value.json != NULL && i < n_keys; i++)
	{
		if (!gqle_rule_input_key_is_name(v, value.json->members[i].key))
			return false;
	}
	for (i = 0; i < n_keys; i++)
	{
		Member		member = {NULL, {NULL, NULL}, i};
		const char *key;

		CHECK_FOR_INTERRUPTS();
		if (value.json != NULL)
		{
			key = value.json->members[i].key;
			member.value.json = value.json->members[i].value;
		}
		else
		{
			key = value.literal->fields[i].name;
			member.value.literal = value.literal->fields[i].value;
		}
		member.field = gqle_rule_input_field_exists(v, type, key);
		if (member.field == NULL)
			return false;
		for (j = 0; j < *n_members; j++)
		{
			if (members[j].field == member.field)
				break;
		}
		members[j] = member;
		if (j == *n_members)
			(*n_members)++;
	}
	return true;
}

static const Member *
lookup_member(const Member *members, int n_members, const GqleInputField *field)
{
	int			i;

	for (i = 0; i < n_members; i++)
	{
		if (members[i].field == field)
			return &members[i];
	}
	return NULL;
}

/* Fields in the order of the request, then those that are not there. */
static bool
coerce_members(GqleValidator *v, GqleType *type, Value value, const Member *members,
			   int n_members, GqleInput *object)
{
	int			i;

	for (i = 0; i < n_members; i++)
	{
		if (!coerce_member(v, value, &members[i], object))
			return false;
	}
	for (i = 0; i < type->n_input_fields; i++)
	{
		const GqleInputField *field = type->input_fields[i];

		if ((field->default_text != NULL || gqle_typeref_is_non_null(field->type)) &&
			lookup_member(members, n_members, field) == NULL &&
			!coerce_absent(v, field, object))
			return false;
	}
	return true;
}

/* Fields in the order of their definition: to find the first mistake. */
static bool
coerce_members_in_order(GqleValidator *v, GqleType *type, Value value,
						const Member *members, int n_members, GqleInput *object)
{
	int			i;

	for (i = 0; i < type->n_input_fields; i++)
	{
		const GqleInputField *field = type->input_fields[i];
		const Member *member = lookup_member(members, n_members, field);

		CHECK_FOR_INTERRUPTS();
		if (member != NULL ? !coerce_member(v, value, member, object) :
			!coerce_absent(v, field, object))
			return false;
	}
	return true;
}

static bool
coerce_member(GqleValidator *v, Value object, const Member *member, GqleInput *result)
{
	int			mark = gqle_validator_enter_key(v, member->field->name);
	GqleInput  *input;
	bool		done;

	if (object.json != NULL)
		gqle_validator_push_step(v, member->field->name, member->index);
	done = coerce_position(v, member->field, member->value, &input);
	if (object.json != NULL)
		v->n_steps--;
	if (!done)
		return false;
	if (input != NULL)
	{
		result->entries[result->n].field = member->field;
		result->entries[result->n].value = input;
		result->n++;
	}
	gqle_validator_leave(v, mark);
	return true;
}

static bool
coerce_absent(GqleValidator *v, const GqleInputField *field, GqleInput *object)
{
	int			mark = gqle_validator_enter_key(v, field->name);
	const GqleVariable *in_variable = v->in_variable;
	GqleInput  *input;

	if (!gqle_rule_required_input(v, field))
		return false;
	v->in_variable = NULL;
	if (!coerce_default(v, field, &input))
		return false;
	v->in_variable = in_variable;
	if (input != NULL)
	{
		object->entries[object->n].field = field;
		object->entries[object->n].value = input;
		object->n++;
	}
	gqle_validator_leave(v, mark);
	return true;
}

/* ------------------------------------------------------------------------
 * Values that must be known when planning
 * ------------------------------------------------------------------------ */

/* compat: a literal must be an enum value; a variable's is a string. */
static bool
coerce_enum(GqleValidator *v, GqleType *type, Value value, GqleInput *input)
{
	const char *name;

	input->kind = GQLE_IN_ENUM;
	if (value.json != NULL && value.json->kind == GQLE_JSON_STRING &&
		gqle_rules_is_name(value.json->text))
		name = value.json->text;
	else if (value.json == NULL && value.literal->kind == GQLE_VALUE_ENUM)
		name = value.literal->text;
	else
		return gqle_rule_value_mismatch(v, type->name, "an enum value",
										value.literal, value.json);
	gqle_validator_pin(v);
	input->value = gqle_rule_enum_value(v, type, name);
	return input->value != NULL;
}

/* The digits of an integer literal or JSON number, or NULL. */
static const char *
number_text(Value value)
{
	if (value.json != NULL)
		return value.json->kind == GQLE_JSON_NUMBER ? value.json->text : NULL;
	return value.literal->kind == GQLE_VALUE_INT ? value.literal->text : NULL;
}

static const char *
string_text(Value value)
{
	if (value.json != NULL)
		return value.json->kind == GQLE_JSON_STRING ? value.json->text : NULL;
	return value.literal->kind == GQLE_VALUE_STRING ? value.literal->text : NULL;
}

/* Less than zero, whatever its size? */
static bool
is_negative(const char *number)
{
	const char *c;

	if (*number != '-')
		return false;
	for (c = number + 1; *c != '\0' && *c != 'e' && *c != 'E'; c++)
	{
		if (*c >= '1' && *c <= '9')
			return true;
	}
	return false;
}

static bool
coerce_boolean(GqleValidator *v, const GqleType *type, Value value, GqleInput *input)
{
	if (value.json != NULL && value.json->kind == GQLE_JSON_BOOL)
		input->boolean = value.json->boolean;
	else if (value.json == NULL && value.literal->kind == GQLE_VALUE_BOOLEAN)
		input->boolean = value.literal->boolean;
	else
		return gqle_rule_value_mismatch(v, type->name, "a boolean",
										value.literal, value.json);
	return true;
}

/* The whole values of variables used in a literal decide what is compiled. */
static void
pin_variables(GqleValidator *v, const GqleValueNode *node)
{
	int			i;

	check_stack_depth();
	if (node->kind == GQLE_VALUE_VARIABLE)
		gqle_shape_pin(v->shape, node->text, 0, NULL);
	for (i = 0; node->kind == GQLE_VALUE_LIST && i < node->n; i++)
		pin_variables(v, node->items[i]);
	for (i = 0; node->kind == GQLE_VALUE_OBJECT && i < node->n; i++)
		pin_variables(v, node->fields[i].value);
}

/* Any value, as JSON of its own: the operation outlives the request. */
static bool
coerce_any(GqleValidator *v, Value value, GqleInput *input)
{
	const GqleJson *json = value.json;
	GqleJsonError error;
	char	   *text;

	if (json == NULL)
	{
		GqleValueNode *resolved;
		bool		has_variables = false;

		if (!resolve_template(v, value.literal, no_type, &resolved, &has_variables))
			return false;
		pin_variables(v, resolved);
		json = gqle_coerce_literal_to_json(resolved, v->request->variables);
	}
	text = gqle_json_to_text(json);
	input->json = gqle_json_parse(text, strlen(text), &error);
	Ensure(input->json != NULL, "JSON cannot be read again");
	return true;
}

static bool
coerce_constant(GqleValidator *v, const GqleInputField *field, const GqleType *type,
				Value value, GqleInput *input)
{
	const char *number = number_text(value);
	const char *string = string_text(value);
	const char *what = NULL;

	gqle_validator_pin(v);
	switch (field->value_class)
	{
		case GQLE_CLASS_LEAF:
			Ensure(false, "a leaf is no constant");
			break;
		case GQLE_CLASS_BOOLEAN:
			return coerce_boolean(v, type, value, input);
		case GQLE_CLASS_INT:
			if (number != NULL)
				return coerce_integer(v, number, PG_INT32_MIN, PG_INT32_MAX, input);
			what = "a 32-bit integer";
			break;
		case GQLE_CLASS_NON_NEGATIVE_INT:
			if (number != NULL && !is_negative(number))
				return coerce_integer(v, number, 0, PG_INT32_MAX, input);
			what = "a non-negative 32-bit integer";
			break;
		case GQLE_CLASS_OFFSET:
			if (number != NULL ||
				(string != NULL && *string != '\0' &&
				 strspn(string, "0123456789") == strlen(string)))
				return coerce_integer(v, number != NULL ? number : string,
									  PG_INT64_MIN, PG_INT64_MAX, input);
			what = "a 32-bit integer, or a 64-bit integer represented as a string";
			break;
		case GQLE_CLASS_STRING:
			if (string != NULL)
			{
				input->text = pstrdup(string);
				return true;
			}
			what = "a string";
			break;
		case GQLE_CLASS_JSON:
			return coerce_any(v, value, input);
		case GQLE_CLASS_ID:
			if (string != NULL || number != NULL)
			{
				input->text = pstrdup(string != NULL ? string : number);
				return string != NULL ||
					coerce_integer(v, number, PG_INT64_MIN, PG_INT64_MAX, input);
			}
			what = "a String or a 32-bit integer";
			break;
	}
	return gqle_rule_value_mismatch(v, type->name, what, value.literal, value.json);
}

static bool
coerce_integer(GqleValidator *v, const char *text, int64 min, int64 max, GqleInput *input)
{
	StringInfoData number;

	if (gqle_coerce_integer(text, min, max, &input->integer))
		return true;
	initStringInfo(&number);
	gqle_coerce_append_number(&number, text);
	return gqle_validator_report(v, GQLE_ERR_PARSE_FAILED, GQLE_COERCE_INTEGER_MESSAGE,
								 number.data);
}

/* ------------------------------------------------------------------------
 * Values of Postgres types
 * ------------------------------------------------------------------------ */

static bool
coerce_leaf(GqleValidator *v, const GqleInputField *field, GqleTypeRef ref, Value value,
			GqleInput *input)
{
	GqleLeaf   *leaf = palloc0(sizeof(GqleLeaf));
	GqleTypeRef item_ref = no_type;

	input->leaf = leaf;
	leaf->source = GQLE_LEAF_CONST;
	leaf->scalar = field->scalar;
	leaf->is_list = field->is_leaf_list && gqle_typeref_is_list(nullable(ref));
	leaf->plain = field->plain;
	leaf->shows_numeric = v->operation->type == GQLE_OPERATION_MUTATION;
	leaf->nullable = field->role == GQLE_INPUT_ACTION ? !gqle_typeref_is_non_null(ref) :
		field->leaf_nullable;
	leaf->path = input->path;
	if (leaf->is_list)
		item_ref = gqle_typeref_unwrap(nullable(ref));
	if (value.literal != NULL && !(leaf->nullable && is_null(value)) &&
		!gqle_plain_takes_literal(leaf->plain, value.literal->kind))
		return gqle_rule_value_mismatch(v, gqle_plain_name(leaf->plain),
										gqle_plain_words(leaf->plain), value.literal, NULL);

	if (value.json != NULL)
		gqle_validator_make_leaf(v, leaf);
	else if (value.literal->kind != GQLE_VALUE_LIST &&
			 value.literal->kind != GQLE_VALUE_OBJECT)
		leaf->value = gqle_coerce_literal_to_json(value.literal, NULL);
	else
	{
		GqleValueNode *resolved;
		bool		has_variables = false;

		if (!resolve_template(v, value.literal, item_ref, &resolved, &has_variables))
			return false;
		leaf->source = has_variables ? GQLE_LEAF_TEMPLATE : GQLE_LEAF_CONST;
		if (has_variables)
			leaf->node = resolved;
		else
			leaf->value = gqle_coerce_literal_to_json(resolved, NULL);
	}
	return gqle_coerce_check_leaf(leaf, v->request->variables, v->sink);
}

/*
 * Make a copy of a literal in which variables that are not given are replaced by
 * their defaults or null, those that are given stay; with item_ref, the literal
 * is a list of values of that type, not a single value made of anything.
 */
static bool
resolve_template(GqleValidator *v, const GqleValueNode *node, GqleTypeRef item_ref,
				 GqleValueNode **resolved, bool *has_variables)
{
	GqleValueNode *copy;

	if (node->kind == GQLE_VALUE_VARIABLE)
	{
		const GqleVariable *variable = gqle_validator_lookup_variable(v, node->text);
		static const GqleValueNode null_literal = {.kind = GQLE_VALUE_NULL};

		if (variable->value != NULL)
		{
			gqle_shape_opaque(v->shape, variable->node->name, 0, NULL);
			*has_variables = true;
		}
		else if (variable->node->default_value != NULL)
			return resolve_template(v, variable->node->default_value, item_ref,
									resolved, has_variables);
		else
			node = &null_literal;
	}

	copy = palloc(sizeof(GqleValueNode));
	*copy = *node;
	*resolved = copy;
	if (node->text != NULL)
	{
		char	   *text = MemoryContextAllocHuge(CurrentMemoryContext, (Size) node->len + 1);

		memcpy(text, node->text, node->len);
		text[node->len] = '\0';
		copy->text = text;
	}
	if (node->kind == GQLE_VALUE_LIST)
		return resolve_items(v, node, item_ref, copy, has_variables);
	if (node->kind == GQLE_VALUE_OBJECT)
		return resolve_fields(v, node, copy, has_variables);
	return true;
}

static bool
is_removed_variable(const GqleValidator *v, const GqleValueNode *node)
{
	return node->kind == GQLE_VALUE_VARIABLE &&
		gqle_validator_lookup_variable(v, node->text)->is_removed;
}

static bool
resolve_items(GqleValidator *v, const GqleValueNode *list, GqleTypeRef item_ref,
			  GqleValueNode *copy, bool *has_variables)
{
	int			i;

	check_stack_depth();
	copy->items = palloc_extended(sizeof(GqleValueNode *) * Max(list->n, 1),
								  MCXT_ALLOC_HUGE);
	copy->n = 0;
	for (i = 0; i < list->n; i++)
	{
		const GqleValueNode *item = list->items[i];
		int			mark;

		if (is_removed_variable(v, item))
			continue;
		if (item_ref.type != NULL && item->kind == GQLE_VALUE_VARIABLE)
		{
			mark = gqle_validator_enter_index(v, i);
			if (!gqle_rule_variable_usage(v, gqle_validator_lookup_variable(v, item->text),
										  item_ref, false))
				return false;
			gqle_validator_leave(v, mark);
		}
		if (!resolve_template(v, item, no_type, &copy->items[copy->n], has_variables))
			return false;
		copy->n++;
	}
	return true;
}

static bool
resolve_fields(GqleValidator *v, const GqleValueNode *object, GqleValueNode *copy,
			   bool *has_variables)
{
	int			i;

	check_stack_depth();
	copy->fields = palloc_extended(sizeof(GqleObjectFieldNode) * Max(object->n, 1),
								   MCXT_ALLOC_HUGE);
	copy->n = 0;
	for (i = 0; i < object->n; i++)
	{
		GqleObjectFieldNode *field = &copy->fields[copy->n];

		if (is_removed_variable(v, object->fields[i].value))
			continue;
		*field = object->fields[i];
		field->name = pstrdup(field->name);
		if (!resolve_template(v, object->fields[i].value, no_type, &field->value,
							  has_variables))
			return false;
		copy->n++;
	}
	return true;
}

/* See validator.h. */
bool
gqle_input_copy_arguments(GqleValidator *v, const GqleArgumentNode *nodes, int n_nodes,
						  const GqleValueNode **given)
{
	GqleValueNode object = {.kind = GQLE_VALUE_OBJECT};
	GqleValueNode *copy = palloc0(sizeof(GqleValueNode));
	bool		has_variables = false;
	int			i;

	object.n = n_nodes;
	object.fields = palloc(sizeof(GqleObjectFieldNode) * Max(n_nodes, 1));
	for (i = 0; i < n_nodes; i++)
	{
		object.fields[i].name = nodes[i].name;
		object.fields[i].offset = nodes[i].offset;
		object.fields[i].value = nodes[i].value;
	}
	copy->kind = GQLE_VALUE_OBJECT;
	*given = copy;
	return resolve_fields(v, &object, copy, &has_variables);
}
