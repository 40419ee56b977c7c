/*
 * boolexp.c
 *		Boolean expressions of permissions: from metadata JSON to checked trees.
 *
 * compat: keys are names of the database, operators may be spelt with "_" or
 * "$", a value that is a string naming a session variable is a reference to it,
 * and equality on what may be null is null-safe, unlike in requests.
 *
 * The parser keeps two tables: the one the expression is over at this point, and
 * the root, on which the permission is defined ("$").
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/base/strhash.h"
#include "gqle/catalog/boolexp.h"
#include "gqle/catalog/cache.h"
#include "gqle/catalog/session.h"

typedef struct BoolParser
{
	GqleCatalog *catalog;
	const GqleTable *root;
	GqleErrorSink *sink;
	StringInfoData path;		/* of what is looked at, for reports */
} BoolParser;

/* What stands on the left of operators. */
typedef struct Subject
{
	const char *name;
	const GqleTable *table;
	const GqleColumn *column;	/* or NULL */
	const GqleComputedField *computed_field;	/* or NULL */
	const char *cast_sql_name;	/* or NULL */
	const GqleScalar *scalar;	/* after the cast */
	bool		null_safe;		/* equality is */
} Subject;

bool		(*gqle_boolexp_check_value) (const GqleLeaf *leaf, const GqleJson *variables,
										 GqleErrorSink *sink);

static const GqleBoolExp *parse_exp(BoolParser *parser, const GqleTable *table,
									const GqleJson *json);
static const GqleBoolExp *parse_operations(BoolParser *parser, const Subject *subject,
										   const GqleJson *json);

/* ------------------------------------------------------------------------
 * Makers
 * ------------------------------------------------------------------------ */

GqleBoolExp *
gqle_boolexp_make(GqleBoolKind kind, int n_children, const GqleBoolExp **children)
{
	GqleBoolExp *exp = palloc0(sizeof(GqleBoolExp));

	exp->kind = kind;
	exp->n_children = n_children;
	exp->children = children;
	return exp;
}

bool
gqle_boolexp_is_true(const GqleBoolExp *exp)
{
	return exp->kind == GQLE_BOOL_AND && exp->n_children == 0;
}

static GqleBoolExp *
make_unary(GqleBoolKind kind, const GqleBoolExp *child)
{
	const GqleBoolExp **children = palloc(sizeof(GqleBoolExp *));

	children[0] = child;
	return gqle_boolexp_make(kind, 1, children);
}

/* All of the children; one child stands for itself. */
static const GqleBoolExp *
make_and(int n, const GqleBoolExp **children)
{
	return n == 1 ? children[0] : gqle_boolexp_make(GQLE_BOOL_AND, n, children);
}

/* Go down to a member; the result is what leave needs. */
static int
enter(BoolParser *parser, const char *key)
{
	int			len = parser->path.len;

	gqle_error_append_path_key(&parser->path, key);
	return len;
}

static void
leave(BoolParser *parser, int len)
{
	parser->path.len = len;
	parser->path.data[len] = '\0';
}

static void *
fail(BoolParser *parser, GqleErrorCode code, const char *message)
{
	gqle_error_report(parser->sink, code, NULL, "%s", message);
	return NULL;
}

static void *
fail_kind(BoolParser *parser, const char *what, const char *wanted, const GqleJson *json)
{
	gqle_error_report(parser->sink, GQLE_ERR_PARSE_FAILED, parser->path.data,
					  "parsing %s failed, expected %s, but encountered %s", what, wanted,
					  gqle_json_kind_name(json));
	return NULL;
}

/* The name of a subject's type in messages: of an enum, its table's. */
static const char *
type_name(const Subject *subject)
{
	const GqleTable *table = subject->column ? subject->column->enum_table : NULL;

	if (table == NULL || subject->cast_sql_name != NULL)
		return subject->scalar->mapped_name;
	return table->has_custom_name ? table->plain_name : table->display;
}

/* ------------------------------------------------------------------------
 * Operands
 * ------------------------------------------------------------------------ */

static GqleLeaf *
make_leaf(const GqleScalar *scalar, bool is_list, const GqleJson *json)
{
	GqleLeaf   *leaf = palloc0(sizeof(GqleLeaf));

	leaf->scalar = scalar;
	leaf->is_list = is_list;
	leaf->nullable = true;
	if (json->kind == GQLE_JSON_STRING && gqle_session_is_reference(json->text))
	{
		char	   *name = pstrdup(pg_strcasecmp(json->text, "REQ_USER_ID") == 0 ?
								   "x-hasura-user-id" : json->text);

		for (char *c = name; *c; c++)
			*c = pg_ascii_tolower((unsigned char) *c);
		leaf->source = GQLE_LEAF_SESSION;
		leaf->session_name = name;
	}
	else
	{
		leaf->source = GQLE_LEAF_CONST;
		leaf->value = gqle_catalog_copy_json(json);
	}
	return leaf;
}

/* See boolexp.h. */
bool
gqle_boolexp_check_enum(const GqleColumn *column, const GqleJson *json, const char *path,
						GqleErrorSink *sink)
{
	const GqleTable *table = column != NULL ? column->enum_table : NULL;
	StringInfoData values;

	if (table == NULL || json->kind != GQLE_JSON_STRING ||
		gqle_session_is_reference(json->text))
		return true;
	initStringInfo(&values);
	for (int i = 0; i < table->n_enum_rows; i++)
	{
		if (strcmp(table->enum_rows[i].value, json->text) == 0)
			return true;
		appendStringInfo(&values, "%s\"%s\"", i > 0 ? ", " : "", table->enum_rows[i].value);
	}
	return gqle_error_report(sink, GQLE_ERR_UNEXPECTED_PAYLOAD, path,
							 "expected one of the values %s for type \"%s\", given \"%s\"",
							 values.data,
							 strcmp(table->schema, "public") == 0 ? table->name :
							 psprintf("%s_%s", table->schema, table->name), json->text);
}

/* Operands of a column of an enum table are among its values. */
static bool
check_enum_operand(BoolParser *parser, const Subject *subject, const GqleJson *json)
{
	const GqleColumn *column = subject->cast_sql_name == NULL ? subject->column : NULL;

	if (json->kind != GQLE_JSON_ARRAY)
		return gqle_boolexp_check_enum(column, json, parser->path.data, parser->sink);
	for (int i = 0; i < json->n; i++)
		if (!gqle_boolexp_check_enum(column, json->items[i], parser->path.data, parser->sink))
			return false;
	return true;
}

/* A value of a scalar or a list of them, or a session variable; NULL after reporting. */
static GqleLeaf *
parse_value(BoolParser *parser, const GqleScalar *scalar, bool is_list, const GqleJson *json)
{
	GqleLeaf   *leaf = make_leaf(scalar, is_list, json);
	bool		is_right;

	if (leaf->source == GQLE_LEAF_SESSION)
		return leaf;
	if (is_list && json->kind != GQLE_JSON_ARRAY)
		return fail_kind(parser, "[]", "Array", json);
	leaf->path = parser->path.data;
	is_right = gqle_boolexp_check_value(leaf, NULL, parser->sink);
	leaf->path = NULL;
	return is_right ? leaf : NULL;
}

/* The scalar of that GraphQL name, or NULL after reporting. */
static const GqleScalar *
require_scalar(BoolParser *parser, const char *name)
{
	const GqleScalar *scalar = gqle_scalar_lookup_by_name(name);

	if (scalar == NULL)
		gqle_error_report(parser->sink, GQLE_ERR_NOT_SUPPORTED, parser->path.data,
						  "type \"%s\" does not exist in the database", name);
	return scalar;
}

/* A member of {distance, from[, use_spheroid]} as a leaf, or NULL after reporting. */
static GqleLeaf *
parse_d_within_member(BoolParser *parser, const GqleScalar *scalar, const char *type,
					  const GqleJson *json, const char *key)
{
	const GqleJson *value;

	if (json->kind != GQLE_JSON_OBJECT)
		return fail_kind(parser, psprintf("Hasura.RQL.IR.BoolExp.%s(%s)", type, type),
						 "Object", json);
	value = gqle_json_lookup(json, key);
	if (value != NULL)
	{
		int			len = enter(parser, key);
		GqleLeaf   *leaf = parse_value(parser, scalar, false, value);

		if (leaf != NULL)
			leave(parser, len);
		return leaf;
	}
	gqle_error_report(parser->sink, GQLE_ERR_PARSE_FAILED, parser->path.data,
					  "parsing Hasura.RQL.IR.BoolExp.%s(%s) failed, key \"%s\" not found",
					  type, type, key);
	return NULL;
}

/* {distance, from[, use_spheroid]} */
static bool
parse_d_within(BoolParser *parser, GqleBoolExp *exp, const Subject *subject,
			   const GqleJson *json, bool is_geography)
{
	const char *type = is_geography ? "DWithinGeogOp" : "DWithinGeomOp";
	GqleLeaf   *distance = parse_d_within_member(parser,
													 gqle_scalar_lookup_by_name("float8"),
													 type, json, "distance");

	if (distance == NULL)
		return false;
	exp->rhs = parse_d_within_member(parser, subject->scalar, type, json, "from");
	exp->more = palloc(sizeof(GqleLeaf *) * 2);
	exp->more[exp->n_more++] = distance;
	if (exp->rhs != NULL && is_geography)
		exp->more[exp->n_more++] =
			parse_d_within_member(parser, gqle_scalar_lookup_by_name("Boolean"), type, json,
								  "use_spheroid");
	return !parser->sink->has_error;
}

/* The operand of an operator other than column comparisons. */
static bool
parse_operand(BoolParser *parser, GqleBoolExp *exp, const Subject *subject,
			  const GqleJson *json)
{
	const GqleScalar *scalar = NULL;
	bool		is_list = false;

	exp->rhs_kind = GQLE_RHS_LEAF;
	switch (exp->op->operand)
	{
		case GQLE_OPERAND_SAME:
			scalar = subject->scalar;
			break;
		case GQLE_OPERAND_LIST:
			scalar = subject->scalar;
			is_list = true;
			break;
		case GQLE_OPERAND_BOOLEAN:
			exp->rhs_kind = GQLE_RHS_NONE;
			if (json->kind != GQLE_JSON_BOOL)
				return fail_kind(parser, "Bool", "Boolean", json) != NULL;
			exp->boolean = json->boolean;
			return true;
		case GQLE_OPERAND_TEXT:
			scalar = require_scalar(parser, "String");
			break;
		case GQLE_OPERAND_TEXT_LIST:
			scalar = require_scalar(parser, "String");
			is_list = true;
			break;
		case GQLE_OPERAND_LTREE_LIST:
			scalar = subject->scalar;
			is_list = true;
			break;
		case GQLE_OPERAND_LQUERY:
			scalar = require_scalar(parser, "lquery");
			break;
		case GQLE_OPERAND_LQUERY_LIST:
			scalar = require_scalar(parser, "lquery");
			is_list = true;
			break;
		case GQLE_OPERAND_LTXTQUERY:
			scalar = require_scalar(parser, "ltxtquery");
			break;
		case GQLE_OPERAND_D_WITHIN:
			return parse_d_within(parser, exp, subject, json, false);
		case GQLE_OPERAND_D_WITHIN_GEOGRAPHY:
			return parse_d_within(parser, exp, subject, json, true);
		case GQLE_OPERAND_NBAND_GEOM:
		case GQLE_OPERAND_GEOM_NBAND:
		case GQLE_OPERAND_CAST:
			return fail(parser, GQLE_ERR_UNEXPECTED_PAYLOAD, "unexpected operator") != NULL;
	}
	if (scalar == NULL)
		return false;
	exp->rhs = parse_value(parser, scalar, is_list, json);
	return exp->rhs != NULL;
}

/* See boolexp.h. */
const GqleColumn *
gqle_boolexp_require_column(const GqleTable *table, const char *name, const char *hint,
							const char *path, GqleErrorSink *sink)
{
	const GqleColumn *column = gqle_table_lookup_column(table, name);
	bool		is_relationship;

	if (column != NULL)
		return column;
	is_relationship = gqle_table_lookup_relationship(table, name) != NULL;
	if (is_relationship || gqle_table_lookup_computed_field(table, name) != NULL)
		gqle_error_report(sink, GQLE_ERR_UNEXPECTED_PAYLOAD, path,
						  "expecting a database column; but, \"%s\" is a %s; %s", name,
						  is_relationship ? "relationship" : "computed field", hint);
	else
		gqle_error_report(sink, GQLE_ERR_NOT_EXISTS, path, "column \"%s\" does not exist",
						  name);
	return NULL;
}

/*
 * The column on the right of _ceq and its kin: "col", ["col"] or ["$", "col"].
 */
static bool
parse_rhs_column(BoolParser *parser, GqleBoolExp *exp, const Subject *subject,
				 const GqleJson *json)
{
	const GqleTable *table = subject->table;
	const GqleJson *name = json;

	exp->rhs_kind = GQLE_RHS_COLUMN;
	exp->rhs_scope = GQLE_SCOPE_CURRENT;
	if (json->kind == GQLE_JSON_ARRAY && json->n == 2 &&
		json->items[0]->kind == GQLE_JSON_STRING && strcmp(json->items[0]->text, "$") == 0)
	{
		exp->rhs_scope = GQLE_SCOPE_ROOT;
		table = parser->root;
		name = json->items[1];
	}
	else if (json->kind == GQLE_JSON_ARRAY && json->n == 1)
		name = json->items[0];
	else if (json->kind == GQLE_JSON_ARRAY)
		return fail(parser, GQLE_ERR_UNEXPECTED, json->n == 0 ? "path cannot be empty" :
					"Relationship references are not supported in column comparison RHS") != NULL;
	else if (json->kind != GQLE_JSON_STRING)
		return fail(parser, GQLE_ERR_UNEXPECTED,
					"a boolean expression JSON must be either a string or an array") != NULL;
	if (name->kind != GQLE_JSON_STRING)
		return fail_kind(parser, "Text", "String", name) != NULL;
	exp->rhs_column = gqle_boolexp_require_column(table, name->text,
												  "column operators can only compare postgres columns",
												  parser->path.data, parser->sink);
	if (exp->rhs_column == NULL)
		return false;
	if (exp->rhs_column->scalar != subject->scalar)
	{
		Subject		other = {name->text, table, exp->rhs_column, NULL, NULL,
		exp->rhs_column->scalar, false};

		return gqle_error_report(parser->sink, GQLE_ERR_UNEXPECTED_PAYLOAD, parser->path.data,
								 "incompatible column types: \"%s%s%s\" has type \"%s\", but \"%s\" has type \"%s\"",
								 subject->name, subject->cast_sql_name ? "::" : "",
								 subject->cast_sql_name ? subject->scalar->mapped_name : "",
								 type_name(subject), name->text, type_name(&other));
	}
	return true;
}

/* ------------------------------------------------------------------------
 * Operators
 * ------------------------------------------------------------------------ */

static GqleBoolExp *
make_compare(const Subject *subject, const GqleOperator *op)
{
	GqleBoolExp *exp = gqle_boolexp_make(GQLE_BOOL_COMPARE, 0, NULL);

	exp->column = subject->column;
	exp->computed_field = subject->computed_field;
	exp->cast_sql_name = subject->cast_sql_name;
	exp->lhs_scalar = subject->scalar;
	exp->op = op;
	return exp;
}

/*
 * {"_cast": {"text": {...}}}, keyed by the name of a type of Postgres.  Only the
 * three casts that requests have, too.
 */
static const GqleBoolExp *
parse_cast(BoolParser *parser, const Subject *subject, const GqleJson *json)
{
	const GqleBoolExp **children;

	if (json->kind != GQLE_JSON_OBJECT)
		return fail_kind(parser, "HashMap ~Text", "Object", json);
	children = palloc(sizeof(GqleBoolExp *) * Max(json->n, 1));
	for (int i = 0; i < json->n; i++)
	{
		const char *type = json->members[i].key;
		const char *from = type_name(subject);
		Subject		cast = *subject;
		int			len;

		if (strcmp(from, "jsonb") == 0 && strcmp(type, "text") == 0)
			cast.scalar = gqle_scalar_lookup_by_name("String");
		else if ((strcmp(from, "geometry") == 0 && strcmp(type, "geography") == 0) ||
				 (strcmp(from, "geography") == 0 && strcmp(type, "geometry") == 0))
			cast.scalar = require_scalar(parser, type);
		else
		{
			gqle_error_report(parser->sink, GQLE_ERR_UNEXPECTED_PAYLOAD, parser->path.data,
							  "cannot cast column of type \"%s\" to type \"%s\"", from, type);
			return NULL;
		}
		if (cast.scalar == NULL)
			return NULL;
		cast.cast_sql_name = cast.scalar->sql_name;
		cast.null_safe = true;
		len = enter(parser, type);
		enter(parser, psprintf("%s::%s", subject->name, type));
		children[i] = parse_operations(parser, &cast, json->members[i].value);
		if (children[i] == NULL)
			return NULL;
		leave(parser, len);
	}
	return make_and(json->n, children);
}

/* The types that the operators of a family work on, in a message's words. */
static const char *
types_of_family(uint32 family)
{
	switch (family)
	{
		case GQLE_OPS_TEXT:
			return "\"varchar\", \"text\", \"citext\", \"bpchar\"";
		case GQLE_OPS_ARRAY:
			return "an array or JSONB";
		case GQLE_OPS_JSONB:
			return "\"jsonb\"";
		case GQLE_OPS_GEOGRAPHY:
			return "\"geometry\", \"geography\"";
		case GQLE_OPS_GEOMETRY:
			return "\"geometry\"";
		case GQLE_OPS_LTREE:
			return "\"ltree\"";
		default:
			return NULL;
	}
}

/* Report an operator that does not exist, or not for the type. */
static const GqleBoolExp *
fail_operator(BoolParser *parser, const Subject *subject, const char *name)
{
	const GqleOperator *op = gqle_operator_lookup(name);
	const char *types = op != NULL ? types_of_family(op->family) : NULL;

	if (types == NULL)
		gqle_error_report(parser->sink, GQLE_ERR_UNEXPECTED_PAYLOAD, parser->path.data,
						  "Unknown operator: %s", name);
	else
		gqle_error_report(parser->sink, GQLE_ERR_UNEXPECTED_PAYLOAD, parser->path.data,
						  " is of type \"%s\"; this operator works only on columns of type %s",
						  type_name(subject), types);
	return NULL;
}

/*
 * The operator of that name for a subject, or NULL.  compat: any type may be compared
 * as to order, and columns of enum tables are no text.
 */
static const GqleOperator *
find_operator(const Subject *subject, const char *name)
{
	const GqleOperator *op = gqle_operator_lookup(name);
	bool		is_enum = subject->cast_sql_name == NULL && subject->column != NULL &&
		subject->column->enum_table != NULL;

	if (op == NULL || op->family == 0 || op->family == GQLE_OPS_ORDER ||
		op->family == GQLE_OPS_CAST)
		return op;
	return is_enum ? NULL : gqle_operator_lookup_for(subject->scalar, name);
}

static const GqleBoolExp *
parse_operation(BoolParser *parser, const Subject *subject, const char *name,
				const GqleJson *json)
{
	const GqleOperator *op = find_operator(subject, name);
	GqleBoolExp *exp;

	if (op == NULL || op->family == GQLE_OPS_RASTER)
		return fail_operator(parser, subject, name);
	if (op->form == GQLE_FORM_CAST)
		return parse_cast(parser, subject, json);
	exp = make_compare(subject, op);
	if (op->compares_column)
		return parse_rhs_column(parser, exp, subject, json) ? exp : NULL;
	if (!parse_operand(parser, exp, subject, json) ||
		!check_enum_operand(parser, subject, json))
		return NULL;
	if (strcmp(op->name, "_eq") == 0 || strcmp(op->name, "_neq") == 0)
		exp->null_safe = subject->null_safe;
	return exp;
}

/*
 * {"_eq": .., "_gt": ..}, or a bare value: null-safe equality.
 */
static const GqleBoolExp *
parse_operations(BoolParser *parser, const Subject *subject, const GqleJson *json)
{
	const GqleBoolExp **children;

	check_stack_depth();
	if (json->kind != GQLE_JSON_OBJECT)
	{
		GqleBoolExp *exp = make_compare(subject, gqle_operator_lookup("_eq"));

		exp->rhs_kind = GQLE_RHS_LEAF;
		exp->rhs = parse_value(parser, subject->scalar, false, json);
		exp->null_safe = true;
		return exp->rhs != NULL && check_enum_operand(parser, subject, json) ? exp : NULL;
	}
	children = palloc(sizeof(GqleBoolExp *) * Max(json->n, 1));
	for (int i = 0; i < json->n; i++)
	{
		int			len = enter(parser, json->members[i].key);

		children[i] = parse_operation(parser, subject, json->members[i].key,
									  json->members[i].value);
		if (children[i] == NULL)
			return NULL;
		leave(parser, len);
	}
	return make_and(json->n, children);
}

/* ------------------------------------------------------------------------
 * Fields
 * ------------------------------------------------------------------------ */

/* The operators on a column or computed field; only these show in paths (compat). */
static const GqleBoolExp *
parse_subject(BoolParser *parser, const Subject *subject, const GqleJson *json)
{
	int			len = enter(parser, subject->name);
	const GqleBoolExp *exp = parse_operations(parser, subject, json);

	if (exp != NULL)
		leave(parser, len);
	return exp;
}

static const GqleBoolExp *
parse_column(BoolParser *parser, const GqleTable *table, const GqleColumn *column,
			 const GqleJson *json)
{
	Subject		subject;

	if (strcmp(column->scalar->name, "json") == 0 &&
		column->scalar->coercion == GQLE_COERCE_JSON)
		return fail(parser, GQLE_ERR_UNEXPECTED_PAYLOAD,
					"JSON column can not be part of boolean expression");
	memset(&subject, 0, sizeof(subject));
	subject.name = column->name;
	subject.table = table;
	subject.column = column;
	subject.scalar = column->scalar;
	subject.null_safe = !column->not_null;
	return parse_subject(parser, &subject, json);
}

/* EXISTS over the rows of another table, with a condition on them. */
static const GqleBoolExp *
parse_related(BoolParser *parser, GqleBoolKind kind, GqleTable *target, const GqleJson *json,
			  GqleBoolExp **result)
{
	const GqleBoolExp *child;

	gqle_catalog_load_table(parser->catalog, target);
	child = parse_exp(parser, target, json);
	if (child == NULL)
		return NULL;
	*result = make_unary(kind, child);
	(*result)->table = target;
	return *result;
}

static const GqleBoolExp *
parse_computed_field(BoolParser *parser, const GqleTable *table,
					 const GqleComputedField *field, const GqleJson *json)
{
	const GqleFunction *function = field->function;
	GqleBoolExp *exp;
	Subject		subject;

	/* only the row and the session can be given here */
	for (int i = 0; i < function->n_arguments; i++)
	{
		if (i != function->table_argument && i != function->session_argument)
		{
			gqle_error_report(parser->sink, GQLE_ERR_UNEXPECTED_PAYLOAD, parser->path.data,
							  "Computed columns with input arguments can not be part of the where clause");
			return NULL;
		}
	}
	if (function->table != NULL)
	{
		if (parse_related(parser, GQLE_BOOL_COMPUTED_TABLE, function->table, json, &exp) == NULL)
			return NULL;
		exp->computed_field = field;
		return exp;
	}
	memset(&subject, 0, sizeof(subject));
	subject.name = field->name;
	subject.table = table;
	subject.computed_field = field;
	subject.scalar = function->scalar;
	subject.null_safe = true;
	return parse_subject(parser, &subject, json);
}

static const GqleBoolExp *
parse_field(BoolParser *parser, const GqleTable *table, const char *name,
			const GqleJson *json)
{
	const GqleColumn *column = gqle_table_lookup_column(table, name);
	const GqleRelationship *rel;
	const GqleComputedField *field;
	GqleBoolExp *exp;

	if (column != NULL)
		return parse_column(parser, table, column, json);
	rel = gqle_table_lookup_relationship(table, name);
	if (rel != NULL && rel->target->native != NULL)
		gqle_catalog_load_table(parser->catalog, rel->target);
	if (rel != NULL && rel->target->native != NULL &&
		(!rel->target->is_visible || rel->target->native->needs_arguments))
	{
		gqle_error_report(parser->sink, GQLE_ERR_NOT_SUPPORTED, parser->path.data,
						  "the native query of relationship \"%s\" cannot be used in permissions", name);
		return NULL;
	}
	if (rel != NULL)
	{
		if (parse_related(parser, GQLE_BOOL_RELATIONSHIP, rel->target, json, &exp) == NULL)
			return NULL;
		exp->relationship = rel;
		return exp;
	}
	field = gqle_table_lookup_computed_field(table, name);
	if (field != NULL)
		return parse_computed_field(parser, table, field, json);
	gqle_error_report(parser->sink, GQLE_ERR_NOT_EXISTS, parser->path.data, "\"%s\" does not exist", name);
	return NULL;
}

/* ------------------------------------------------------------------------
 * Connectives
 * ------------------------------------------------------------------------ */

/* Is the key this connective, in either spelling? */
static bool
is_connective(const char *key, const char *stem)
{
	return (key[0] == '_' || key[0] == '$') && strcmp(key + 1, stem) == 0;
}

static const GqleBoolExp *
parse_list_of_exps(BoolParser *parser, GqleBoolKind kind, const GqleTable *table,
				   const GqleJson *json)
{
	const GqleBoolExp **children;

	if (json->kind != GQLE_JSON_ARRAY)
		return fail_kind(parser, "[]", "Array", json);
	children = palloc(sizeof(GqleBoolExp *) * Max(json->n, 1));
	for (int i = 0; i < json->n; i++)
	{
		children[i] = parse_exp(parser, table, json->items[i]);
		if (children[i] == NULL)
			return NULL;
	}
	return json->n == 1 ? children[0] : gqle_boolexp_make(kind, json->n, children);
}

/* A member of "_exists", or NULL after reporting. */
static const GqleJson *
require_member(BoolParser *parser, const GqleJson *json, const char *key)
{
	const GqleJson *value;

	if (json->kind != GQLE_JSON_OBJECT)
		return fail_kind(parser, "_exists", "Object", json);
	value = gqle_json_lookup(json, key);
	if (value == NULL)
		gqle_error_report(parser->sink, GQLE_ERR_PARSE_FAILED, parser->path.data,
						  "key \"%s\" not found", key);
	return value;
}

static const GqleBoolExp *
parse_exists(BoolParser *parser, const GqleJson *json)
{
	const GqleJson *name = require_member(parser, json, "_table");
	const GqleJson *where = name ? require_member(parser, json, "_where") : NULL;
	const char *schema;
	const char *table_name;
	GqleTableEntry *target;
	GqleBoolExp *exp;
	int			len;

	if (where == NULL)
		return NULL;
	if (!gqle_catalog_parse_name(name, &schema, &table_name))
		return fail(parser, GQLE_ERR_PARSE_FAILED, "expecting a table name");
	len = enter(parser, "_exists");
	target = gqle_catalog_lookup_entry(parser->catalog, schema, table_name);
	if (target == NULL || target->state != GQLE_ENTRY_OK)
	{
		enter(parser, "_table");
		gqle_error_report(parser->sink, GQLE_ERR_NOT_EXISTS, parser->path.data,
						  "table \"%s\" does not exist",
						  gqle_tablenames_display(schema, table_name));
		return NULL;
	}
	enter(parser, "_where");
	if (parse_related(parser, GQLE_BOOL_EXISTS, &target->table, where, &exp) == NULL)
		return NULL;
	leave(parser, len);
	return exp;
}

static const GqleBoolExp *
parse_member(BoolParser *parser, const GqleTable *table, const char *key,
			 const GqleJson *json)
{
	const GqleBoolExp *child;

	if (is_connective(key, "and"))
		return parse_list_of_exps(parser, GQLE_BOOL_AND, table, json);
	if (is_connective(key, "or"))
		return parse_list_of_exps(parser, GQLE_BOOL_OR, table, json);
	if (is_connective(key, "not"))
	{
		child = parse_exp(parser, table, json);
		return child ? make_unary(GQLE_BOOL_NOT, child) : NULL;
	}
	if (is_connective(key, "exists"))
		return parse_exists(parser, json);
	return parse_field(parser, table, key, json);
}

static const GqleBoolExp *
parse_exp(BoolParser *parser, const GqleTable *table, const GqleJson *json)
{
	const GqleBoolExp **children;
	int			n = 0;

	check_stack_depth();
	if (json->kind != GQLE_JSON_OBJECT)
		return fail_kind(parser, "boolean expression", "Object", json);
	children = palloc(sizeof(GqleBoolExp *) * Max(json->n, 1));
	for (int i = 0; i < json->n; i++)
	{
		const GqleBoolExp *child = parse_member(parser, table, json->members[i].key,
												json->members[i].value);

		if (child == NULL)
			return NULL;
		if (!gqle_boolexp_is_true(child))
			children[n++] = child;
	}
	return make_and(n, children);
}

const GqleBoolExp *
gqle_boolexp_parse(GqleCatalog *catalog, const GqleTable *table, const GqleJson *json,
				   const char *path, GqleErrorSink *sink)
{
	BoolParser	parser;
	const GqleBoolExp *exp;

	parser.catalog = catalog;
	parser.root = table;
	parser.sink = sink;
	initStringInfo(&parser.path);
	appendStringInfoString(&parser.path, path);
	exp = parse_exp(&parser, table, json);
	pfree(parser.path.data);
	return exp;
}
