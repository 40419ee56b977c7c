/*
 * diagnose.c
 *		What is wrong with documents that are kept to be run later.
 *
 * Queries of collections are not run when they are stored, and the schema may
 * change under them.  So what can be told without values is looked at: whether
 * fields exist and have the selections their types want, whether fields of one
 * response key are of one type, and whether the types of variables exist.  Unlike
 * validation this goes on after a mistake, to tell all of them.
 *
 * compat: this is what Hasura's analysis sees.  Arguments, directives and type
 * conditions are not looked at; nor is what is below an interface or union; and
 * fields of one inline fragment are not compared with each other.
 *
 * Types are made as they are asked for.  Those of arguments are made only on the
 * way to variables, which is where the types of variables are found; of a type that
 * is not found there, the name decides.
 */
#include "gqle/gqle.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "gqle/lang/parser.h"
#include "gqle/limits.h"
#include "gqle/validate/diagnose.h"
#include "gqle/validate/rules.h"

/* Fields of an answer, in order and by name. */
typedef struct Answers
{
	List	   *list;			/* of Answer */
	GqleStrHash *by_name;		/* NULL while there are few */
} Answers;

/* A field of the answer. */
typedef struct Answer
{
	const char *name;			/* response key */
	GqleTypeRef type;
	Answers		below;
} Answer;

/* So many fields are searched one by one. */
#define FEW_ANSWERS 8

typedef struct Diagnosis
{
	GqleSchema *schema;
	GqleValidator *v;			/* for fragments and the budget */
	StringInfoData path;		/* names of fields, "$.author.articles" */
	List	   *errors;			/* texts */
} Diagnosis;

static bool diagnose_set(Diagnosis *d, GqleType *type, const GqleSelectionSetNode *set,
						 Answers *answers);
static bool diagnose_selection(Diagnosis *d, GqleType *type,
							   const GqleSelectionNode *node, Answers *answers);
static Answer *diagnose_field(Diagnosis *d, GqleType *type, const GqleSelectionNode *node);
static bool merge(Diagnosis *d, Answers *answers, Answer *answer);
static void reach_arguments(Diagnosis *d, const GqleField *field,
							const GqleSelectionNode *node);
static void diagnose_variables(Diagnosis *d);

/* report notes a mistake at the current field; always false. */
static bool report(Diagnosis *d, const char *format,...) pg_attribute_printf(2, 3);

static bool
report(Diagnosis *d, const char *format,...)
{
	StringInfoData text;
	int			needed;

	initStringInfo(&text);
	appendStringInfo(&text, "%s: ", d->path.data);
	do
	{
		va_list		args;

		va_start(args, format);
		needed = appendStringInfoVA(&text, format, args);
		va_end(args);
		if (needed > 0)
			enlargeStringInfo(&text, needed);
	} while (needed > 0);
	d->errors = lappend(d->errors, text.data);
	return false;
}

/* find_operation parses the document and finds its operation, or tells why not. */
static bool
find_operation(Diagnosis *d)
{
	GqleParseError error = {0};

	d->v->document = gqle_parser_parse_document(d->v->request->query,
												d->v->request->query_len, NULL, &error);
	if (d->v->document == NULL)
	{
		d->errors = lappend(d->errors, "not a valid graphql query");
		return false;
	}
	if (gqle_rule_operation_choice(d->v) && gqle_rule_fragment_names(d->v) &&
		gqle_rule_fragment_spreads(d->v))
		return true;
	d->errors = lappend(d->errors, (void *) d->v->sink->error.message);
	return false;
}

/* diagnose_root looks at the operation's selection set. */
static void
diagnose_root(Diagnosis *d)
{
	Answers		answers = {0};
	GqleType   *root = d->schema->query;
	const char *name = "query_root";

	switch (d->v->operation->type)
	{
		case GQLE_OPERATION_QUERY:
			break;
		case GQLE_OPERATION_MUTATION:
			root = d->schema->mutation;
			name = "mutation_root";
			break;
		case GQLE_OPERATION_SUBSCRIPTION:
			root = d->schema->subscription;
			name = "subscription_root";
			break;
	}
	if (root != NULL)
		(void) diagnose_set(d, root, d->v->operation->set, &answers);
	else
		report(d, "type '%s' not found in the schema", name);
}

List *
gqle_diagnose_document(GqleSchema *schema, const char *query, int len)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(caller, "gqle diagnosis",
												  ALLOCSET_DEFAULT_SIZES);
	GqleValidator v = {0};
	GqleRequest request = {0};
	GqleErrorSink sink = {0};
	Diagnosis	d = {schema, &v};
	List	   *errors = NIL;
	ListCell   *cell;

	MemoryContextSwitchTo(scratch);
	request.query = query;
	request.query_len = len;
	v.schema = schema;
	v.request = &request;
	v.sink = &sink;
	v.scratch = scratch;
	initStringInfo(&v.path);
	appendStringInfoChar(&v.path, '$');
	initStringInfo(&d.path);
	appendStringInfoChar(&d.path, '$');
	if (find_operation(&d))
	{
		diagnose_root(&d);
		diagnose_variables(&d);
	}
	MemoryContextSwitchTo(caller);
	foreach(cell, d.errors)
		errors = lappend(errors, pstrdup(lfirst(cell)));
	MemoryContextDelete(scratch);
	return errors;
}

/* ------------------------------------------------------------------------
 * Selections
 * ------------------------------------------------------------------------ */

/*
 * diagnose_set looks at a selection set and adds its fields to *answers; returns
 * false, after reporting, if two of a response key differ.
 */
static bool
diagnose_set(Diagnosis *d, GqleType *type, const GqleSelectionSetNode *set,
			 Answers *answers)
{
	List	   *found = NIL;
	ListCell   *cell;
	ListCell   *of_selection;
	int			i;

	check_stack_depth();
	for (i = 0; i < set->n; i++)
	{
		Answers		fields = {0};

		CHECK_FOR_INTERRUPTS();
		if (!diagnose_selection(d, type, set->items[i], &fields))
			return false;
		found = lappend(found, fields.list);
	}
	foreach(cell, found)
		foreach(of_selection, (List *) lfirst(cell))
			if (!merge(d, answers, lfirst(of_selection)))
				return false;
	return true;
}

/* lookup_answer returns the field with a response key, or NULL. */
static Answer *
lookup_answer(const Answers *answers, const char *name)
{
	ListCell   *cell;

	if (answers->by_name != NULL)
		return gqle_strhash_lookup(answers->by_name, name);
	foreach(cell, answers->list)
		if (strcmp(((Answer *) lfirst(cell))->name, name) == 0)
			return lfirst(cell);
	return NULL;
}

/* add_answer adds a field of a new response key. */
static void
add_answer(Answers *answers, Answer *answer)
{
	ListCell   *cell;

	answers->list = lappend(answers->list, answer);
	if (answers->by_name != NULL)
		gqle_strhash_add(answers->by_name, answer->name, answer);
	else if (list_length(answers->list) > FEW_ANSWERS)
	{
		answers->by_name = gqle_strhash_make(CurrentMemoryContext, 2 * FEW_ANSWERS);
		foreach(cell, answers->list)
			gqle_strhash_add(answers->by_name, ((Answer *) lfirst(cell))->name,
							 lfirst(cell));
	}
}

/* diagnose_selection does so for one selection; of a fragment, the first of a key counts. */
static bool
diagnose_selection(Diagnosis *d, GqleType *type, const GqleSelectionNode *node,
				   Answers *answers)
{
	const GqleSelectionSetNode *set = node->set;
	Answer	   *answer;
	int			i;

	check_stack_depth();

	/* a document of a few lines may be one of millions of fields */
	if (++d->v->n_selections > GQLE_MAX_SELECTIONS)
		return false;
	switch (node->kind)
	{
		case GQLE_SELECTION_FIELD:
			answer = diagnose_field(d, type, node);
			if (answer != NULL && lookup_answer(answers, answer->name) == NULL)
				add_answer(answers, answer);
			return true;
		case GQLE_SELECTION_SPREAD:
			set = gqle_validator_lookup_fragment(d->v, node->name)->node->set;
			break;
		case GQLE_SELECTION_INLINE:
			break;
	}
	for (i = 0; i < set->n; i++)
		if (!diagnose_selection(d, type, set->items[i], answers))
			return false;
	return true;
}

/* diagnose_below looks at what is selected of a field that exists. */
static bool
diagnose_below(Diagnosis *d, const GqleField *field, const GqleSelectionNode *node,
			   Answer *answer)
{
	GqleType   *type = field->type.type;
	bool		has_set = node->set != NULL && node->set->n > 0;

	reach_arguments(d, field, node);
	switch (type->kind)
	{
		case GQLE_TYPE_SCALAR:
			return !has_set ||
				report(d, "scalar '%s' does not accept a selection set", type->name);
		case GQLE_TYPE_ENUM:
			return !has_set ||
				report(d, "enum '%s' does not accept a selection set", type->name);
		case GQLE_TYPE_OBJECT:
			if (!has_set)
				return report(d, "object of type '%s' must have a selection set",
							  type->name);
			return diagnose_set(d, type, node->set, &answer->below);
		case GQLE_TYPE_INPUT_OBJECT:
			return report(d, "input object '%s' cannot be used for output", type->name);
		case GQLE_TYPE_INTERFACE:
		case GQLE_TYPE_UNION:
			break;
	}
	return false;
}

/* diagnose_field looks at one field; NULL if there is nothing to compare it by. */
static Answer *
diagnose_field(Diagnosis *d, GqleType *type, const GqleSelectionNode *node)
{
	int			mark = d->path.len;
	const GqleField *field = gqle_schema_lookup_field(d->schema, type, node->name);
	Answer	   *answer = palloc0(sizeof(Answer));

	appendStringInfo(&d->path, ".%s", node->name);
	if (field == NULL)
	{
		report(d, "field '%s' not found in object '%s'", node->name, type->name);
		answer = NULL;
	}
	else
	{
		answer->name = node->alias != NULL ? node->alias : node->name;
		answer->type = field->type;
		if (!diagnose_below(d, field, node, answer))
			answer = NULL;
	}
	d->path.len = mark;
	d->path.data[mark] = '\0';
	return answer;
}

/* ------------------------------------------------------------------------
 * Fields of one response key
 * ------------------------------------------------------------------------ */

/* same_type compares two types with their wrappers. */
static bool
same_type(GqleTypeRef a, GqleTypeRef b)
{
	return a.type == b.type && a.wraps == b.wraps;
}

/* append_type prints a type as messages about two of them do. */
static void
append_type(StringInfo out, GqleTypeRef type)
{
	bool		is_non_null = gqle_typeref_is_non_null(type);

	if (is_non_null)
		type = gqle_typeref_unwrap(type);
	appendStringInfo(out, "%s (Nullability {unNullability = %s}) (",
					 gqle_typeref_is_list(type) ? "TypeList" : "TypeNamed",
					 is_non_null ? "False" : "True");
	if (gqle_typeref_is_list(type))
		append_type(out, gqle_typeref_unwrap(type));
	else
		appendStringInfo(out, "Name {unName = \"%s\"}", type.type->name);
	appendStringInfoChar(out, ')');
}

/* merge adds a field, or what is below it, to the fields of a selection set. */
static bool
merge(Diagnosis *d, Answers *answers, Answer *answer)
{
	Answer	   *former = lookup_answer(answers, answer->name);
	StringInfoData types;
	ListCell   *cell;

	check_stack_depth();
	if (former == NULL)
	{
		add_answer(answers, answer);
		return true;
	}
	if (!same_type(former->type, answer->type))
	{
		initStringInfo(&types);
		append_type(&types, former->type);
		appendStringInfoString(&types, " and ");
		append_type(&types, answer->type);
		return report(d, "field '%s' seen with two different types: %s", answer->name,
					  types.data);
	}
	foreach(cell, answer->below.list)
		if (!merge(d, &former->below, lfirst(cell)))
			return false;
	return true;
}

/* ------------------------------------------------------------------------
 * Variables
 * ------------------------------------------------------------------------ */

/* reach_value makes the types on the way to variables in a value. */
static void
reach_value(Diagnosis *d, GqleType *type, const GqleValueNode *value)
{
	int			i;

	check_stack_depth();
	for (i = 0; i < value->n; i++)
	{
		const GqleInputField *field;

		if (value->kind == GQLE_VALUE_LIST)
			reach_value(d, type, value->items[i]);
		if (value->kind != GQLE_VALUE_OBJECT || type->kind != GQLE_TYPE_INPUT_OBJECT)
			continue;
		field = gqle_schema_lookup_input_field(d->schema, type, value->fields[i].name);
		if (field != NULL)
			reach_value(d, field->type.type, value->fields[i].value);
	}
}

/* reach_arguments does so for the arguments of a field. */
static void
reach_arguments(Diagnosis *d, const GqleField *field, const GqleSelectionNode *node)
{
	int			i;

	for (i = 0; i < node->n_args; i++)
	{
		const GqleInputField *arg = gqle_field_lookup_arg(field, node->args[i].name, NULL);

		if (arg != NULL)
			reach_value(d, arg->type.type, node->args[i].value);
	}
}

/* diagnose_type looks at the type of a variable. */
static void
diagnose_type(Diagnosis *d, const char *name)
{
	const GqleType *type = gqle_strhash_lookup(d->schema->types, name);

	if (type == NULL && gqle_catalog_lookup_type(d->schema->catalog, name) != NULL)
		report(d, "object '%s' cannot be used in an input type", name);
	else if (type == NULL && !gqle_schema_may_have_type(d->schema, name))
		report(d, "type '%s' not found in the schema", name);
	else if (type == NULL)
		return;
	else if (type->kind == GQLE_TYPE_OBJECT)
		report(d, "object '%s' cannot be used in an input type", name);
	else if (type->kind == GQLE_TYPE_UNION)
		report(d, "union '%s' cannot be used in an input type", name);
	else if (type->kind == GQLE_TYPE_INTERFACE)
		report(d, "interface '%s' cannot be used in an input type", name);
}

/* diagnose_variables looks at the types of the operation's variables. */
static void
diagnose_variables(Diagnosis *d)
{
	int			i;

	for (i = 0; i < d->v->operation->n_variables; i++)
	{
		const GqleVariableDefNode *variable = &d->v->operation->variables[i];
		const GqleTypeNode *type = variable->type;
		int			mark = d->path.len;

		while (type->name == NULL)
			type = type->of;
		appendStringInfo(&d->path, ".%s", variable->name);
		diagnose_type(d, type->name);
		d->path.len = mark;
		d->path.data[mark] = '\0';
	}
}
