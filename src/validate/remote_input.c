/*
 * remote_input.c
 *		Arguments of fields of remote schemas: checked, and as they are to be sent.
 *
 * The remote schema makes sense of its values; here only their shape is looked at: the
 * fields of objects, enum values, nulls, and the types of variables.  A scalar may be
 * given as any literal.
 *
 * Values go out as they came in: literals as literals, variables as variables.  Where
 * something has to be put into a value (a preset of the role) or is named otherwise there
 * (customized types), the value is *altered*: variables are taken apart, and each part
 * that remained as it was becomes a variable of our own.
 *
 * compat: the order of checks, their messages, and what is taken apart are Hasura's.  A
 * variable at an optional place is sent as one of our own, too; an argument that is
 * absent is sent with its default.
 */
#include "gqle/gqle.h"

#include "miscadmin.h"

#include "gqle/base/guc.h"
#include "gqle/lang/printer.h"
#include "gqle/limits.h"
#include "gqle/validate/rules.h"

/* A value to look at: exactly one is set, JSON inside of a variable. */
typedef struct Value
{
	const GqleValueNode *literal;
	const GqleJson *json;
} Value;

/* A value to send: NULL if nothing is. */
typedef struct Sent
{
	GqleRemoteValue *value;
	bool		is_altered;
} Sent;

static bool coerce_inputs(GqleValidator *v, GqleInputField **defs, int n_defs,
						  const GqleRemoteInput *inputs, int n_inputs, Value object,
						  Sent *sent);
static bool coerce_position(GqleValidator *v, const GqleInputField *def, Value value,
							bool is_given, Sent *sent);
static bool coerce_value(GqleValidator *v, const GqleInputField *def, GqleTypeRef ref,
						 Value value, Sent *sent);
static bool coerce_bare(GqleValidator *v, const GqleInputField *def, GqleTypeRef ref,
						Value value, Sent *sent);
static bool coerce_list(GqleValidator *v, const GqleInputField *def, GqleTypeRef ref,
						Value value, Sent *sent);
static bool coerce_object(GqleValidator *v, GqleType *type, Value value, Sent *sent);
static bool coerce_enum(GqleValidator *v, GqleType *type, Value value, Sent *sent);
static GqleRemoteValue *copy_literal(GqleValidator *v, const GqleInputField *def,
									 const GqleValueNode *node);

/* ------------------------------------------------------------------------
 * Making values
 * ------------------------------------------------------------------------ */

static GqleRemoteValue *
make_value(GqleRemoteValueKind kind)
{
	GqleRemoteValue *value = palloc0(sizeof(GqleRemoteValue));

	value->kind = kind;
	return value;
}

static GqleRemoteValue *
make_literal(const GqleValueNode *node)
{
	GqleRemoteValue *value = make_value(GQLE_REMOTE_LITERAL);
	StringInfoData out;

	initStringInfo(&out);
	gqle_printer_append_value(&out, node);
	value->text = out.data;
	return value;
}

static GqleRemoteValue *
make_null(void)
{
	static const GqleValueNode null_literal = {.kind = GQLE_VALUE_NULL};

	return make_literal(&null_literal);
}

/* The part of the variable where the walk is, as a variable of our own. */
static GqleRemoteValue *
make_json(GqleValidator *v, const char *type)
{
	GqleRemoteValue *value = make_value(GQLE_REMOTE_JSON);
	GqleLeaf   *leaf = palloc0(sizeof(GqleLeaf));

	gqle_validator_make_leaf(v, leaf);
	value->leaf = leaf;
	value->type = type;
	return value;
}

/* A type that the client wrote, in the remote schema's own names. */
static void
append_declared(StringInfo out, const GqleRemoteGraph *graph, const GqleTypeNode *type)
{
	if (type->name == NULL)
	{
		appendStringInfoChar(out, '[');
		append_declared(out, graph, type->of);
		appendStringInfoChar(out, ']');
	}
	else
	{
		const GqleRemoteType *named = gqle_remote_lookup_public(graph, type->name);

		appendStringInfoString(out, named != NULL ? named->name : type->name);
	}
	if (type->non_null)
		appendStringInfoChar(out, '!');
}

/* A variable of the client under its own name, with its default. */
static GqleRemoteValue *
make_variable(GqleValidator *v, const GqleInputField *def, const char *name)
{
	GqleVariable *variable = gqle_validator_lookup_variable(v, name);
	GqleRemoteValue *value = make_value(GQLE_REMOTE_VARIABLE);
	GqleLeaf   *leaf = palloc0(sizeof(GqleLeaf));
	const GqleVariable *outer = v->in_variable;
	int			n_steps = v->n_steps;
	StringInfoData type;

	initStringInfo(&type);
	append_declared(&type, def->remote->ref.type->graph, variable->node->type);
	value->text = pstrdup(name);
	value->type = type.data;
	if (variable->node->default_value != NULL)
		value->default_text = make_literal(variable->node->default_value)->text;
	if (variable->value == NULL)
		return value;
	v->in_variable = variable;
	v->n_steps = 0;
	gqle_validator_make_leaf(v, leaf);
	v->in_variable = outer;
	v->n_steps = n_steps;
	value->leaf = leaf;
	return value;
}

static void
add_entry(GqleRemoteValue *object, const char *key, GqleRemoteValue *item)
{
	object->keys[object->n] = key;
	object->items[object->n++] = item;
}

static GqleRemoteValue *
make_container(GqleRemoteValueKind kind, int n)
{
	GqleRemoteValue *value = make_value(kind);

	value->items = palloc_extended(sizeof(GqleRemoteValue *) * Max(n, 1), MCXT_ALLOC_HUGE);
	if (kind == GQLE_REMOTE_OBJECT)
		value->keys = palloc_extended(sizeof(char *) * Max(n, 1), MCXT_ALLOC_HUGE);
	return value;
}

/* Has a literal variables in it? */
static bool
has_variables(const GqleValueNode *node)
{
	int			i;

	check_stack_depth();
	if (node->kind == GQLE_VALUE_VARIABLE)
		return true;
	for (i = 0; node->kind == GQLE_VALUE_LIST && i < node->n; i++)
		if (has_variables(node->items[i]))
			return true;
	for (i = 0; node->kind == GQLE_VALUE_OBJECT && i < node->n; i++)
		if (has_variables(node->fields[i].value))
			return true;
	return false;
}

/* A literal as it was written. */
static GqleRemoteValue *
copy_literal(GqleValidator *v, const GqleInputField *def, const GqleValueNode *node)
{
	GqleRemoteValue *value;
	int			i;

	check_stack_depth();
	if (node->kind == GQLE_VALUE_VARIABLE)
		return make_variable(v, def, node->text);
	if (!has_variables(node))
		return make_literal(node);
	if (node->kind == GQLE_VALUE_LIST)
	{
		value = make_container(GQLE_REMOTE_LIST, node->n);
		for (i = 0; i < node->n; i++)
			value->items[value->n++] = copy_literal(v, def, node->items[i]);
		return value;
	}
	value = make_container(GQLE_REMOTE_OBJECT, node->n);
	for (i = 0; i < node->n; i++)
		add_entry(value, pstrdup(node->fields[i].name),
				  copy_literal(v, def, node->fields[i].value));
	return value;
}

/* ------------------------------------------------------------------------
 * Positions
 * ------------------------------------------------------------------------ */

bool
gqle_remote_input_coerce(GqleValidator *v, const GqleField *field,
						 const GqleArgumentNode *nodes, int n_nodes,
						 GqleRemoteValue **result)
{
	const GqleRemoteField *remote = field->detail;
	GqleValueNode object = {.kind = GQLE_VALUE_OBJECT};
	Value		value = {&object, NULL};
	Sent		sent;
	int			i;

	*result = NULL;
	if (remote->n_args == 0)
		return true;
	object.n = n_nodes;
	object.fields = palloc(sizeof(GqleObjectFieldNode) * Max(n_nodes, 1));
	for (i = 0; i < n_nodes; i++)
	{
		object.fields[i].name = nodes[i].name;
		object.fields[i].offset = nodes[i].offset;
		object.fields[i].value = nodes[i].value;
	}
	if (!coerce_inputs(v, field->args, field->n_args, remote->args, remote->n_args, value,
					   &sent))
		return false;
	if (sent.value->n > 0)
		*result = sent.value;
	return true;
}

/* What an object has for a key: the last one of JSON, the only one of a literal. */
static bool
lookup_member(Value object, const char *key, Value *value, int *index)
{
	int			i;

	value->literal = NULL;
	value->json = NULL;
	if (object.json != NULL)
	{
		for (i = object.json->n - 1; i >= 0; i--)
		{
			if (strcmp(object.json->members[i].key, key) == 0)
			{
				value->json = object.json->members[i].value;
				*index = i;
				return true;
			}
		}
		return false;
	}
	for (i = 0; i < object.literal->n; i++)
	{
		if (strcmp(object.literal->fields[i].name, key) == 0)
		{
			value->literal = object.literal->fields[i].value;
			*index = i;
			return true;
		}
	}
	return false;
}

/* What is sent for an input object all of whose fields have presets. */
static GqleRemoteValue *
make_presets(const GqleRemoteType *type)
{
	GqleRemoteValue *object = make_container(GQLE_REMOTE_OBJECT, type->n_inputs);
	int			i;

	for (i = 0; i < type->n_inputs; i++)
		add_entry(object, type->inputs[i].name,
				  unconstify(GqleRemoteValue *, type->inputs[i].preset));
	return object;
}

/*
 * The arguments of a field, or the fields of an object, in the order of their
 * definition: inputs are all, defs those that clients see.
 */
static bool
coerce_inputs(GqleValidator *v, GqleInputField **defs, int n_defs,
			  const GqleRemoteInput *inputs, int n_inputs, Value object, Sent *sent)
{
	int			next = 0;
	int			i;

	sent->value = make_container(GQLE_REMOTE_OBJECT, n_inputs);
	sent->is_altered = false;
	for (i = 0; i < n_inputs; i++)
	{
		const GqleInputField *def = next < n_defs ? defs[next] : NULL;
		const GqleRemoteInput *input = &inputs[i];
		Sent		member;
		Value		value;
		int			index = 0;
		int			mark;
		bool		is_given;
		bool		done;

		if (input->preset != NULL || gqle_remote_is_all_preset(input->ref.type))
		{
			add_entry(sent->value, input->name, input->preset != NULL ?
					  unconstify(GqleRemoteValue *, input->preset) :
					  make_presets(input->ref.type));
			sent->is_altered = true;
			continue;
		}
		Ensure(def != NULL && def->remote == input, "inputs of a remote schema are not in order");
		next++;
		mark = gqle_validator_enter_key(v, def->name);
		is_given = lookup_member(object, input->name, &value, &index);
		if (object.json != NULL)
			gqle_validator_push_step(v, def->name, index);
		done = coerce_position(v, def, value, is_given, &member);
		if (object.json != NULL)
			v->n_steps--;
		if (!done)
			return false;
		gqle_validator_leave(v, mark);
		sent->is_altered = sent->is_altered || member.is_altered;
		if (member.value != NULL)
			add_entry(sent->value, input->name, member.value);
	}
	return true;
}

/* See resolve_variable. */
typedef enum Resolved
{
	RESOLVED_VALUE,
	RESOLVED_ABSENT,
	RESOLVED_ERROR
} Resolved;

/* Replace a variable by its value, of the request or its default. */
static Resolved
resolve_variable(GqleValidator *v, GqleTypeRef ref, bool has_default, Value *value)
{
	GqleVariable *variable = gqle_validator_lookup_variable(v, value->literal->text);

	if (variable->is_removed)
		return RESOLVED_ABSENT;
	if (!gqle_rule_variable_usage(v, variable, ref, has_default))
		return RESOLVED_ERROR;
	if (variable->value != NULL)
	{
		value->literal = NULL;
		value->json = variable->value;
		v->in_variable = variable;
		v->n_steps = 0;
		return RESOLVED_VALUE;
	}
	value->literal = variable->node->default_value;
	return value->literal != NULL ? RESOLVED_VALUE : RESOLVED_ABSENT;
}

static inline bool
is_variable(Value value)
{
	return value.json == NULL && value.literal != NULL &&
		value.literal->kind == GQLE_VALUE_VARIABLE;
}

/* Coerce what is given for an argument or input field, or not given. */
static bool
coerce_position(GqleValidator *v, const GqleInputField *def, Value value, bool is_given,
				Sent *sent)
{
	const GqleVariable *outer = v->in_variable;
	const GqleValueNode *default_value = def->remote->default_value;
	bool		is_optional = !gqle_typeref_is_non_null(def->type) || default_value != NULL;
	Value		given;
	bool		done;

	sent->value = NULL;
	sent->is_altered = false;
	if (is_given && is_optional && is_variable(value))
	{
		Resolved	resolved = resolve_variable(v, def->type, default_value != NULL, &value);

		if (resolved == RESOLVED_ERROR)
			return false;
		is_given = resolved == RESOLVED_VALUE;
	}
	if (!is_given)
	{
		if (default_value == NULL)
			return gqle_rule_required_input(v, def);
		value.json = NULL;
		value.literal = default_value;
		v->in_variable = NULL;
	}
	given = value;
	done = coerce_value(v, def, def->type, value, sent);
	/* what was not altered is sent as it came */
	if (done && sent->value != NULL && !sent->is_altered)
	{
		if (given.json != NULL)
			sent->value = make_json(v, gqle_remote_ref_text(def->remote->ref));
		else
			sent->value = copy_literal(v, def, given.literal);
	}
	v->in_variable = outer;
	return done;
}

/* ------------------------------------------------------------------------
 * Values
 * ------------------------------------------------------------------------ */

static inline bool
is_null(Value value)
{
	return value.json != NULL ? value.json->kind == GQLE_JSON_NULL :
		value.literal->kind == GQLE_VALUE_NULL;
}

/* Is the named type called otherwise here than in the remote schema? */
static bool
is_renamed(const GqleInputField *def)
{
	const GqleRemoteType *type = def->remote->ref.type;

	return strcmp(type->name, type->public_name) != 0;
}

/* Coerce to a type that may be nullable; nothing is sent for what is not there. */
static bool
coerce_value(GqleValidator *v, const GqleInputField *def, GqleTypeRef ref, Value value,
			 Sent *sent)
{
	const GqleVariable *outer = v->in_variable;
	bool		done;

	check_stack_depth();
	sent->value = NULL;
	sent->is_altered = false;
	if (gqle_typeref_is_non_null(ref))
		return coerce_bare(v, def, gqle_typeref_unwrap(ref), value, sent);
	if (is_variable(value))
	{
		switch (resolve_variable(v, ref, false, &value))
		{
			case RESOLVED_ERROR:
				return false;
			case RESOLVED_ABSENT:
				return true;
			case RESOLVED_VALUE:
				break;
		}
	}
	if (is_null(value))
	{
		gqle_validator_mark_structure(v);
		if (!gqle_guc_remote_schema_skip_nulls)
		{
			sent->value = make_null();
			sent->is_altered = is_renamed(def);
		}
		v->in_variable = outer;
		return true;
	}
	done = coerce_bare(v, def, ref, value, sent);
	v->in_variable = outer;
	return done;
}

/* Count against the limits. */
static bool
count_value(GqleValidator *v)
{
	if (++v->n_inputs > GQLE_MAX_INPUTS)
		return gqle_validator_fail(v, "the operation has more than %d values in its arguments",
								   GQLE_MAX_INPUTS);
	return true;
}

/* A list or an object: the depth of both together is bounded. */
static bool
coerce_container(GqleValidator *v, const GqleInputField *def, GqleTypeRef ref, Value value,
				 Sent *sent)
{
	bool		done;

	if (++v->input_depth > GQLE_MAX_INPUT_DEPTH)
		return gqle_validator_fail(v, "the values in the operation's arguments are nested deeper "
								   "than %d levels",
								   GQLE_MAX_INPUT_DEPTH);
	done = gqle_typeref_is_list(ref) ?
		coerce_list(v, def, gqle_typeref_unwrap(ref), value, sent) :
		coerce_object(v, ref.type, value, sent);
	v->input_depth--;
	return done;
}

/* Coerce to a type without its "!". */
static bool
coerce_bare(GqleValidator *v, const GqleInputField *def, GqleTypeRef ref, Value value,
			Sent *sent)
{
	const GqleVariable *outer = v->in_variable;
	const GqleRemoteType *named = def->remote->ref.type;
	bool		is_scalar = !gqle_typeref_is_list(ref) && ref.type->kind == GQLE_TYPE_SCALAR;
	bool		done;

	if (!count_value(v))
		return false;
	if (is_scalar)
	{
		if (value.json != NULL)
			sent->value = make_json(v, psprintf("%s!", named->name));
		else
		{
			if (is_variable(value) &&
				!gqle_rule_variable_usage(v, gqle_validator_lookup_variable(v, value.literal->text),
										  gqle_typeref_non_null(ref), false))
				return false;
			sent->value = copy_literal(v, def, value.literal);
		}
		sent->is_altered = is_renamed(def) && (value.json != NULL || is_variable(value));
		return true;
	}
	if (is_variable(value))
	{
		switch (resolve_variable(v, gqle_typeref_non_null(ref), false, &value))
		{
			case RESOLVED_ERROR:
				return false;
			case RESOLVED_ABSENT:
				return gqle_rule_required_input(v, def);
			case RESOLVED_VALUE:
				break;
		}
	}
	if (!gqle_typeref_is_list(ref) && ref.type->kind == GQLE_TYPE_ENUM)
		done = coerce_enum(v, ref.type, value, sent);
	else
		done = coerce_container(v, def, ref, value, sent);
	v->in_variable = outer;
	return done;
}

/* A value that is no list becomes a list of one, at index 0 to errors. */
static bool
coerce_list(GqleValidator *v, const GqleInputField *def, GqleTypeRef ref, Value value,
			Sent *sent)
{
	bool		is_list = value.json != NULL ? value.json->kind == GQLE_JSON_ARRAY :
		value.literal->kind == GQLE_VALUE_LIST;
	int			n = !is_list ? 1 : value.json != NULL ? value.json->n : value.literal->n;
	int			i;

	if (is_null(value))
		return gqle_validator_fail(v, "expected a list, but found null");
	gqle_validator_mark_structure(v);
	sent->value = make_container(GQLE_REMOTE_LIST, n);
	for (i = 0; i < n; i++)
	{
		Value		item = value;
		Sent		one;
		int			mark = gqle_validator_enter_index(v, i);
		bool		has_step = is_list && value.json != NULL;
		bool		done;

		CHECK_FOR_INTERRUPTS();
		if (has_step)
		{
			item.json = value.json->items[i];
			gqle_validator_push_step(v, NULL, i);
		}
		else if (is_list)
			item.literal = value.literal->items[i];
		done = coerce_value(v, def, ref, item, &one);
		if (has_step)
			v->n_steps--;
		if (!done)
			return false;
		gqle_validator_leave(v, mark);
		sent->is_altered = sent->is_altered || one.is_altered;
		if (one.value != NULL)
			sent->value->items[sent->value->n++] = one.value;
	}
	return true;
}

/* Every key of an object must be one that clients see. */
static bool
check_keys(GqleValidator *v, GqleType *type, Value value)
{
	int			i;

	for (i = 0; value.json != NULL && i < value.json->n; i++)
		if (!gqle_rule_input_key_is_name(v, value.json->members[i].key))
			return false;
	for (i = 0; i < (value.json != NULL ? value.json->n : value.literal->n); i++)
		if (gqle_rule_input_field_exists(v, type, value.json != NULL ?
										 value.json->members[i].key :
										 value.literal->fields[i].name) == NULL)
			return false;
	return true;
}

static bool
coerce_object(GqleValidator *v, GqleType *type, Value value, Sent *sent)
{
	const GqleRemoteType *remote = type->remote;

	if (value.json != NULL ? value.json->kind != GQLE_JSON_OBJECT :
		value.literal->kind != GQLE_VALUE_OBJECT)
		return gqle_rule_value_mismatch(v, type->name, "an object", value.literal,
										value.json);
	gqle_validator_mark_structure(v);
	gqle_type_fill(v->schema, type);
	if (!check_keys(v, type, value) ||
		!coerce_inputs(v, type->input_fields, type->n_input_fields, remote->inputs,
					   remote->n_inputs, value, sent))
		return false;
	sent->is_altered = sent->is_altered || strcmp(remote->name, remote->public_name) != 0;
	return true;
}

static bool
coerce_enum(GqleValidator *v, GqleType *type, Value value, Sent *sent)
{
	const GqleRemoteType *remote = type->remote;
	const char *name;

	if (value.json != NULL && value.json->kind == GQLE_JSON_STRING &&
		gqle_rules_is_name(value.json->text))
		name = value.json->text;
	else if (value.json == NULL && value.literal->kind == GQLE_VALUE_ENUM)
		name = value.literal->text;
	else
		return gqle_rule_value_mismatch(v, type->name, "an enum value", value.literal,
										value.json);
	gqle_validator_pin(v);
	if (gqle_rule_enum_value(v, type, name) == NULL)
		return false;
	sent->value = make_value(GQLE_REMOTE_LITERAL);
	sent->value->text = pstrdup(name);
	sent->is_altered = strcmp(remote->name, remote->public_name) != 0;
	return true;
}
