/*
 * permission.c
 *		Rules of a role on a table: parsed, checked, inherited.
 *
 * Rules are made per (table, role) when first asked for and kept with the table.
 * Of an operation the role's own permission counts; an inherited role without
 * one combines those of its parents:
 *
 *	- select: rows that any parent sees; columns that any parent sees, where a
 *	  column not seen by all is shown only in rows that a parent who sees it sees
 *	  (its mask);
 *	- insert, update, delete: only if all parents that have one agree.
 *
 * A permission that cannot be enforced as written does not exist, and is
 * reported as inconsistent: never a part of it.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/base/spi.h"
#include "gqle/catalog/cache.h"
#include "gqle/catalog/roles.h"
#include "gqle/catalog/session.h"

#define ADMIN_ROLE "admin"
#define HOOK_TIMEOUT_SECONDS 10

typedef enum Operation
{
	OPERATION_SELECT,
	OPERATION_INSERT,
	OPERATION_UPDATE,
	OPERATION_DELETE
} Operation;

#define N_OPERATIONS (OPERATION_DELETE + 1)

static const char *const operation_names[N_OPERATIONS] = {
	"select", "insert", "update", "delete"
};

/*
 * Rules of a role.  What was stated but is inconsistent is stated without a
 * rule.
 */
typedef struct RoleRules
{
	GqleTablePerms perms;		/* first */
	bool		is_stated[N_OPERATIONS];	/* by the role's own permission */
	const GqleJson *definitions[N_OPERATIONS];	/* to compare those of parents;
												 * kept if roles inherit at all */
} RoleRules;

typedef struct PermParser
{
	GqleCatalog *catalog;
	GqleTable  *table;
	const char *role;
	Operation	operation;
	const GqleJson *json;
	GqleErrorSink sink;
} PermParser;

static const RoleRules no_rules;

static const RoleRules *get_rules(GqleCatalog *catalog, GqleTable *table, const char *role);

/* ------------------------------------------------------------------------
 * Parts of a permission
 * ------------------------------------------------------------------------ */

static Bitmapset *
all_columns(const GqleTable *table, Operation operation)
{
	Bitmapset  *columns = NULL;

	for (int i = 0; i < table->n_columns; i++)
	{
		const GqleColumn *column = table->columns[i];

		if (operation == OPERATION_SELECT ||
			(operation == OPERATION_INSERT && column->insertable) ||
			(operation == OPERATION_UPDATE && column->updatable))
			columns = bms_add_member(columns, i);
	}
	return columns;
}

/* A column of a permission's list, or NULL after reporting. */
static const GqleColumn *
require_column(PermParser *parser, const char *name)
{
	const char *hint = parser->operation == OPERATION_SELECT ?
		"permissions for relationships are automatically inferred" :
		psprintf("Only table columns can have %s permissions defined, not relationships or other field types",
				 operation_names[parser->operation]);

	return gqle_boolexp_require_column(parser->table, name, hint, NULL, &parser->sink);
}

/* "*" or a list of names; absent is "*" if that is allowed. */
static bool
parse_columns(PermParser *parser, bool optional, Bitmapset **columns)
{
	const GqleJson *json = gqle_json_lookup(parser->json, "columns");

	*columns = NULL;
	if (gqle_json_is_null(json) ? optional :
		json->kind == GQLE_JSON_STRING && strcmp(json->text, "*") == 0)
	{
		*columns = all_columns(parser->table, parser->operation);
		return true;
	}
	if (gqle_json_is_null(json))
		return gqle_error_report(&parser->sink, GQLE_ERR_PARSE_FAILED, NULL,
								 "key \"columns\" not found");
	if (json->kind != GQLE_JSON_ARRAY)
		return gqle_error_report(&parser->sink, GQLE_ERR_PARSE_FAILED, NULL,
								 "columns must be \"*\" or a list of column names");
	for (int i = 0; i < json->n; i++)
	{
		const GqleColumn *column;

		if (json->items[i]->kind != GQLE_JSON_STRING)
			return gqle_error_report(&parser->sink, GQLE_ERR_PARSE_FAILED, NULL,
									 "columns must be \"*\" or a list of column names");
		column = require_column(parser, json->items[i]->text);
		if (column == NULL)
			return false;
		if ((parser->operation == OPERATION_INSERT && !column->insertable) ||
			(parser->operation == OPERATION_UPDATE && !column->updatable))
			return gqle_error_report(&parser->sink, GQLE_ERR_UNEXPECTED, NULL,
									 "Column \"%s\" is not %s and so cannot have %s permissions defined",
									 column->name,
									 parser->operation == OPERATION_INSERT ? "insertable" : "updatable",
									 operation_names[parser->operation]);
		*columns = bms_add_member(*columns, column->index);
	}
	return true;
}

/* A boolean expression of the permission; absent is an error unless optional. */
static bool
parse_rule(PermParser *parser, const char *key, bool optional, const GqleBoolExp **exp)
{
	const GqleJson *json = gqle_json_lookup(parser->json, key);

	*exp = NULL;
	if (gqle_json_is_null(json))
		return optional ? true :
			gqle_error_report(&parser->sink, GQLE_ERR_PARSE_FAILED, NULL,
							  "key \"%s\" not found", key);
	*exp = gqle_boolexp_parse(parser->catalog, parser->table, json, "", &parser->sink);
	return *exp != NULL;
}

static GqleLeaf *
make_preset_leaf(const GqleColumn *column, const GqleJson *value)
{
	GqleLeaf   *leaf = palloc0(sizeof(GqleLeaf));

	leaf->scalar = column->scalar;
	leaf->nullable = true;
	if (value->kind == GQLE_JSON_STRING && gqle_session_is_reference(value->text))
	{
		char	   *name = pstrdup(pg_strcasecmp(value->text, "REQ_USER_ID") == 0 ?
								   "x-hasura-user-id" : value->text);

		for (char *c = name; *c; c++)
			*c = pg_ascii_tolower((unsigned char) *c);
		leaf->source = GQLE_LEAF_SESSION;
		leaf->session_name = name;
	}
	else
	{
		leaf->source = GQLE_LEAF_CONST;
		leaf->shows_numeric = true;
		leaf->value = gqle_catalog_copy_json(value);
	}
	return leaf;
}

/* "set" */
static bool
parse_presets(PermParser *parser, int *n_presets, GqlePreset **presets)
{
	const GqleJson *json = gqle_json_lookup(parser->json, "set");

	*n_presets = 0;
	*presets = NULL;
	if (gqle_json_is_null(json))
		return true;
	if (json->kind != GQLE_JSON_OBJECT)
		return gqle_error_report(&parser->sink, GQLE_ERR_PARSE_FAILED, NULL,
								 "set must be an object");
	*presets = palloc0(sizeof(GqlePreset) * Max(json->n, 1));
	for (int i = 0; i < json->n; i++)
	{
		const char *name = json->members[i].key;
		const GqleColumn *column =
			gqle_boolexp_require_column(parser->table, name,
										psprintf("column \"%s\" not found in table \"%s\"",
												 name, parser->table->display),
										NULL, &parser->sink);
		GqleLeaf   *leaf;

		if (column == NULL)
			return false;
		leaf = make_preset_leaf(column, json->members[i].value);
		if (leaf->source == GQLE_LEAF_CONST &&
			(!gqle_boolexp_check_value(leaf, NULL, &parser->sink) ||
			 !gqle_boolexp_check_enum(column, json->members[i].value, NULL, &parser->sink)))
			return false;
		(*presets)[*n_presets].column = column;
		(*presets)[*n_presets].leaf = leaf;
		(*n_presets)++;
	}
	return true;
}

/* Take columns with a preset out of those that may be given. */
static void
remove_presets(int n_presets, const GqlePreset *presets, Bitmapset **columns)
{
	for (int i = 0; i < n_presets; i++)
		*columns = bms_del_member(*columns, presets[i].column->index);
}

/* The webhook that validates what is written; absent is none. */
static bool
parse_hook(PermParser *parser, const GqleWebhook **hook)
{
	const GqleJson *json = gqle_json_lookup(parser->json, "validate_input");
	const GqleJson *type;

	*hook = NULL;
	if (gqle_json_is_null(json))
		return true;
	type = gqle_json_lookup(json, "type");
	if (type == NULL || type->kind != GQLE_JSON_STRING || strcmp(type->text, "http") != 0)
		return gqle_error_report(&parser->sink, GQLE_ERR_PARSE_FAILED, NULL,
								 "validate_input is not of type \"http\"");
	json = gqle_catalog_copy_json(json);
	*hook = gqle_webhook_parse(gqle_json_lookup(json, "definition"), HOOK_TIMEOUT_SECONDS,
							   &parser->sink);
	return *hook != NULL;
}

/* ------------------------------------------------------------------------
 * Select
 * ------------------------------------------------------------------------ */

#define QUERY_ROOTS \
	((1 << GQLE_ROOT_SELECT) | (1 << GQLE_ROOT_SELECT_BY_PK) | (1 << GQLE_ROOT_SELECT_AGGREGATE))
#define SUBSCRIPTION_ROOTS (QUERY_ROOTS | (1 << GQLE_ROOT_SELECT_STREAM))

/* Does the role see the whole primary key? */
static bool
has_primary_key(const GqleTable *table, const Bitmapset *columns)
{
	const GqleUniqueKey *key = table->primary_key;

	if (key == NULL)
		return false;
	for (int i = 0; i < key->n_columns; i++)
	{
		if (!bms_is_member(key->columns[i]->index, columns))
			return false;
	}
	return true;
}

/* query_root_fields or subscription_root_fields: absent means all. */
static bool
parse_roots(PermParser *parser, const char *key, uint32 all, const GqleSelectPerm *perm,
			uint32 *roots)
{
	static const struct
	{
		const char *name;
		GqleTableRoot root;
	}			names[] = {
		{"select", GQLE_ROOT_SELECT},
		{"select_by_pk", GQLE_ROOT_SELECT_BY_PK},
		{"select_aggregate", GQLE_ROOT_SELECT_AGGREGATE},
		{"select_stream", GQLE_ROOT_SELECT_STREAM},
	};
	const GqleJson *json = gqle_json_lookup(parser->json, key);

	*roots = all;
	if (gqle_json_is_null(json))
		return true;
	if (json->kind != GQLE_JSON_ARRAY)
		return gqle_error_report(&parser->sink, GQLE_ERR_PARSE_FAILED, NULL,
								 "%s must be a list", key);
	*roots = 0;
	for (int i = 0; i < json->n; i++)
	{
		uint32		bit = 0;

		for (size_t j = 0; j < lengthof(names); j++)
		{
			if (json->items[i]->kind == GQLE_JSON_STRING &&
				strcmp(json->items[i]->text, names[j].name) == 0)
				bit = (uint32) 1 << names[j].root;
		}
		if ((bit & all) == 0)
			return gqle_error_report(&parser->sink, GQLE_ERR_PARSE_FAILED, NULL,
									 "unexpected root field in %s", key);
		*roots |= bit;
	}
	if ((*roots & (1 << GQLE_ROOT_SELECT_BY_PK)) &&
		!has_primary_key(parser->table, perm->columns))
		return gqle_error_report(&parser->sink, GQLE_ERR_VALIDATION_FAILED, NULL,
								 "The \"select_by_pk\" field cannot be included in the query_root_fields or subscription_root_fields "
								 "because the role \"%s\" does not have access to the primary key of the table \"%s\" in the source \"%s\"",
								 parser->role, parser->table->display, parser->table->source);
	if ((*roots & (1 << GQLE_ROOT_SELECT_AGGREGATE)) && !perm->allow_aggregations)
		return gqle_error_report(&parser->sink, GQLE_ERR_VALIDATION_FAILED, NULL,
								 "The \"select_aggregate\" root field can only be enabled in the query_root_fields or "
								 " the subscription_root_fields when \"allow_aggregations\" is set to true");
	return true;
}

/* Report what is no computed field. */
static bool
fail_computed_field(PermParser *parser, const char *name)
{
	bool		is_column = gqle_table_lookup_column(parser->table, name) != NULL;

	if (!is_column && gqle_table_lookup_relationship(parser->table, name) == NULL)
		return gqle_error_report(&parser->sink, GQLE_ERR_NOT_EXISTS, NULL,
								 "computed field \"%s\" does not exist", name);
	return gqle_error_report(&parser->sink, GQLE_ERR_UNEXPECTED_PAYLOAD, NULL,
							 "expecting a computed field; but, \"%s\" is a %s", name,
							 is_column ? "column" : "relationship");
}

static bool
parse_computed_fields(PermParser *parser, Bitmapset **fields)
{
	const GqleJson *json = gqle_json_lookup(parser->json, "computed_fields");

	*fields = NULL;
	if (gqle_json_is_null(json))
		return true;
	if (json->kind != GQLE_JSON_ARRAY)
		return gqle_error_report(&parser->sink, GQLE_ERR_PARSE_FAILED, NULL,
								 "computed_fields must be a list");
	for (int i = 0; i < json->n; i++)
	{
		const char *name = json->items[i]->kind == GQLE_JSON_STRING ? json->items[i]->text : "";
		const GqleComputedField *field = gqle_table_lookup_computed_field(parser->table, name);

		if (field == NULL)
			return fail_computed_field(parser, name);
		if (field->function->table != NULL)
			return gqle_error_report(&parser->sink, GQLE_ERR_INVALID_CONFIGURATION, NULL,
									 "select permissions on computed field \"%s\" are auto-derived from the permissions "
									 "on its returning table \"%s\" and cannot be specified manually",
									 name, field->function->table->display);
		*fields = bms_add_member(*fields, field->index);
	}
	return true;
}

static bool
parse_limit(PermParser *parser, int64 *limit)
{
	const GqleJson *json = gqle_json_lookup(parser->json, "limit");
	char	   *end;

	*limit = -1;
	if (gqle_json_is_null(json))
		return true;
	if (json->kind != GQLE_JSON_NUMBER)
		return gqle_error_report(&parser->sink, GQLE_ERR_PARSE_FAILED, NULL,
								 "parsing Int failed, expected Number, but encountered %s",
								 gqle_json_kind_name(json));
	errno = 0;
	*limit = strtoll(json->text, &end, 10);
	if (errno != 0 || *end != '\0')
		return gqle_error_report(&parser->sink, GQLE_ERR_PARSE_FAILED, NULL,
								 "limit must be a whole number");
	if (*limit < 0)
		return gqle_error_report(&parser->sink, GQLE_ERR_NOT_SUPPORTED, NULL,
								 "unexpected negative value");
	return true;
}

static const GqleSelectPerm *
parse_select(PermParser *parser)
{
	GqleSelectPerm *perm = palloc0(sizeof(GqleSelectPerm));

	perm->table = parser->table;
	/* compat: native queries have no aggregates */
	perm->allow_aggregations = !parser->table->is_model &&
		gqle_catalog_json_bool(parser->json, "allow_aggregations", false);
	if (!parse_rule(parser, "filter", false, &perm->filter) ||
		!parse_columns(parser, false, &perm->columns) ||
		!parse_computed_fields(parser, &perm->computed_fields) ||
		!parse_limit(parser, &perm->limit) ||
		!parse_roots(parser, "query_root_fields", QUERY_ROOTS, perm, &perm->query_roots) ||
		!parse_roots(parser, "subscription_root_fields", SUBSCRIPTION_ROOTS, perm,
					 &perm->subscription_roots))
		return NULL;
	return perm;
}

/* ------------------------------------------------------------------------
 * Insert, update, delete
 * ------------------------------------------------------------------------ */

static const GqleInsertPerm *
parse_insert(PermParser *parser)
{
	GqleInsertPerm *perm = palloc0(sizeof(GqleInsertPerm));

	perm->table = parser->table;
	perm->backend_only = gqle_catalog_json_bool(parser->json, "backend_only", false);
	if (!parse_rule(parser, "check", false, &perm->check) ||
		!parse_presets(parser, &perm->n_presets, &perm->presets) ||
		!parse_columns(parser, true, &perm->columns) ||
		!parse_hook(parser, &perm->hook))
		return NULL;
	remove_presets(perm->n_presets, perm->presets, &perm->columns);
	return perm;
}

static const GqleUpdatePerm *
parse_update(PermParser *parser)
{
	GqleUpdatePerm *perm = palloc0(sizeof(GqleUpdatePerm));

	perm->table = parser->table;
	perm->backend_only = gqle_catalog_json_bool(parser->json, "backend_only", false);
	if (!parse_rule(parser, "filter", false, &perm->filter) ||
		!parse_rule(parser, "check", true, &perm->check) ||
		!parse_presets(parser, &perm->n_presets, &perm->presets) ||
		!parse_columns(parser, false, &perm->columns) ||
		!parse_hook(parser, &perm->hook))
		return NULL;
	remove_presets(perm->n_presets, perm->presets, &perm->columns);
	return perm;
}

static const GqleDeletePerm *
parse_delete(PermParser *parser)
{
	GqleDeletePerm *perm = palloc0(sizeof(GqleDeletePerm));

	perm->table = parser->table;
	perm->backend_only = gqle_catalog_json_bool(parser->json, "backend_only", false);
	if (!parse_rule(parser, "filter", false, &perm->filter) ||
		!parse_hook(parser, &perm->hook))
		return NULL;
	return perm;
}

/* ------------------------------------------------------------------------
 * A role's own rules
 * ------------------------------------------------------------------------ */

static GqleJson *
make_definition(const GqleTable *table, const char *role, GqleJson *permission,
				const char *comment)
{
	GqleJson   *json = gqle_json_make_object();

	gqle_json_object_set(json, "comment", comment ? gqle_json_make_string(comment) :
						 gqle_json_make_null());
	gqle_json_object_set(json, "permission", permission);
	gqle_json_object_set(json, "role", gqle_json_make_string(role));
	gqle_json_object_set(json, "source", gqle_json_make_string(table->source));
	gqle_json_object_set(json, "table", gqle_problem_table_name(table->schema, table->name));
	return json;
}

/* The rule of an operation, parsed; NULL with an error in the parser's sink. */
static const void *
parse_rule_of(PermParser *parser)
{
	if (parser->json->kind != GQLE_JSON_OBJECT)
	{
		gqle_error_report(&parser->sink, GQLE_ERR_PARSE_FAILED, NULL,
						  "permission must be an object");
		return NULL;
	}
	switch (parser->operation)
	{
		case OPERATION_SELECT:
			return parse_select(parser);
		case OPERATION_INSERT:
			return parse_insert(parser);
		case OPERATION_UPDATE:
			return parse_update(parser);
		case OPERATION_DELETE:
			return parse_delete(parser);
	}
	return NULL;
}

static void
set_rule(RoleRules *rules, Operation operation, const void *rule)
{
	switch (operation)
	{
		case OPERATION_SELECT:
			rules->perms.select = rule;
			break;
		case OPERATION_INSERT:
			rules->perms.insert = rule;
			break;
		case OPERATION_UPDATE:
			rules->perms.update = rule;
			break;
		case OPERATION_DELETE:
			rules->perms.del = rule;
			break;
	}
}

/* Parse JSON in a context other than the current one. */
static GqleJson *
parse_in(MemoryContext context, const char *text)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	GqleJson   *json = gqle_catalog_parse_json(text);

	MemoryContextSwitchTo(old);
	return json;
}

/* Record that a permission on a logical model is inconsistent. */
static void
report_model_rule(GqleCatalog *catalog, const GqleTable *table, const char *role,
				  GqleJson *permission, const char *comment, const char *reason)
{
	const char *owner = table->is_inline ? "native_query" : "logical_model";
	GqleJson   *json = gqle_json_make_object();

	gqle_json_object_set(json, "comment", comment ? gqle_json_make_string(comment) :
						 gqle_json_make_null());
	gqle_json_object_set(json, "name", gqle_json_make_string(table->name));
	gqle_json_object_set(json, "permission", permission);
	gqle_json_object_set(json, "role", gqle_json_make_string(role));
	gqle_json_object_set(json, "source", gqle_json_make_string(table->source));
	gqle_problem_add(catalog, "select_permission",
					 psprintf("select_permission %s in %s %s in source %s", role, owner,
							  table->name, table->source),
					 json, "in %s \"%s\": in permission for role \"%s\": %s",
					 table->is_inline ? "logical model for native query" : "logical model",
					 table->name, role, reason);
}

/* Record that a permission is inconsistent. */
static void
report_rule(GqleCatalog *catalog, GqleTable *table, const char *role, const char *operation,
			GqleJson *permission, const char *comment, const char *reason)
{
	if (table->is_model)
		report_model_rule(catalog, table, role, permission, comment, reason);
	else
		gqle_problem_add_member(catalog, gqle_entry(table),
								gqle_catalog_join(operation, "_permission", NULL),
								role, make_definition(table, role, permission, comment),
								psprintf("in table \"%s\": in permission for role \"%s\": %s",
										 table->display, role, reason));
}

/*
 * The rule that a permission's text means, NULL after recording why there is
 * none.  Rules don't know their role, so roles with equal texts share one.
 */
static const void *
get_shared_rule(GqleCatalog *catalog, GqleTable *table, const char *role,
				Operation operation, const char *text, const char *comment,
				MemoryContext scratch)
{
	GqleTableEntry *entry = gqle_entry(table);
	char	   *key = gqle_catalog_join(operation_names[operation], text, NULL);
	const void *rule;
	GqleJson   *json;
	PermParser	parser;

	if (entry->shared_rules == NULL)
		entry->shared_rules = gqle_strhash_make(catalog->context, 2);
	rule = gqle_strhash_lookup(entry->shared_rules, key);
	if (rule != NULL)
	{
		pfree(key);
		return rule;
	}
	json = parse_in(scratch, text);
	memset(&parser, 0, sizeof(parser));
	parser.catalog = catalog;
	parser.table = table;
	parser.role = role;
	parser.operation = operation;
	parser.json = json;
	rule = parse_rule_of(&parser);
	if (rule != NULL)
		gqle_strhash_add(entry->shared_rules, key, unconstify(void *, rule));
	else
		report_rule(catalog, table, role, operation_names[operation], json, comment,
					parser.sink.error.message);
	return rule;
}

/*
 * The rules that metadata states for the role itself, in rows of operation,
 * definition and comment from first up to end.  An operation whose
 * permission is inconsistent is stated but has no rule: parents don't step in
 * for it.
 */
static RoleRules *
read_own_rules(GqleCatalog *catalog, GqleTable *table, const char *role,
			   MemoryContext scratch, const GqleRows *rows, int first, int end)
{
	MemoryContext context = MemoryContextSwitchTo(scratch);
	RoleRules  *rules = MemoryContextAllocZero(context, sizeof(RoleRules));

	for (int i = first; i < end; i++)
	{
		char	   *name = gqle_rows_text(rows, i, 0);
		char	   *text = gqle_rows_text(rows, i, 1);
		char	   *comment = gqle_rows_text(rows, i, 2);

		MemoryContextSwitchTo(context);
		for (int operation = 0; operation < N_OPERATIONS; operation++)
		{
			if (strcmp(name, operation_names[operation]) != 0)
				continue;
			set_rule(rules, operation,
					 get_shared_rule(catalog, table, role, operation, text, comment,
									 scratch));
			rules->is_stated[operation] = true;
			if (catalog->n_inherited > 0)
				rules->definitions[operation] = gqle_catalog_parse_json(text);
		}
		MemoryContextSwitchTo(scratch);
	}
	MemoryContextSwitchTo(context);
	return rules;
}

/*
 * Permissions on the logical model $2 of source $1, stored beside it, or if $3
 * within the native query of that name.
 */
#define MODEL_PERMISSIONS \
	"SELECT 'select'::text AS operation, definition, comment, role " \
	"FROM gqle.logical_model_permissions " \
	"WHERE NOT $3 AND source = $1 AND name = $2 " \
	"UNION ALL SELECT 'select', p->'permission', p->>'comment', p->>'role' " \
	"FROM gqle.native_queries, " \
	"json_array_elements(definition->'returns'->'select_permissions') AS p " \
	"WHERE $3 AND source = $1 AND root_field_name = $2"

/* The rows of read_own_rules that metadata hold about a logical model. */
static GqleRows *
query_model(GqleSpiStatement *statement, const GqleTable *table, const char *role)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;

	gqle_spi_add_text(&args, table->source);
	gqle_spi_add_text(&args, table->name);
	gqle_spi_add_bool(&args, table->is_inline);
	if (role != NULL)
		gqle_spi_add_text(&args, role);
	return gqle_spi_query_kept(statement, &args);
}

/* The same, read from the metadata. */
static RoleRules *
load_own_rules(GqleCatalog *catalog, GqleTable *table, const char *role,
			   MemoryContext scratch)
{
	static GqleSpiStatement statement = {
		"SELECT operation, definition, comment FROM gqle.permissions "
		"WHERE source = $1 AND schema_name = $2 AND table_name = $3 AND role = $4", NULL
	};
	static GqleSpiStatement model_statement = {
		"SELECT operation, definition, comment FROM (" MODEL_PERMISSIONS ") AS p "
		"WHERE role = $4", NULL
	};
	MemoryContext context = MemoryContextSwitchTo(scratch);
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;

	if (table->is_model)
		rows = query_model(&model_statement, table, role);
	else
	{
		gqle_spi_add_text(&args, table->source);
		gqle_spi_add_text(&args, table->schema);
		gqle_spi_add_text(&args, table->name);
		gqle_spi_add_text(&args, role);
		rows = gqle_spi_query_kept(&statement, &args);
	}
	MemoryContextSwitchTo(context);
	return read_own_rules(catalog, table, role, scratch, rows, 0, rows->n);
}

static RoleRules *
make_admin_rules(GqleTable *table)
{
	RoleRules  *rules = palloc0(sizeof(RoleRules));
	GqleSelectPerm *select = palloc0(sizeof(GqleSelectPerm));
	GqleInsertPerm *insert = palloc0(sizeof(GqleInsertPerm));
	GqleUpdatePerm *update = palloc0(sizeof(GqleUpdatePerm));
	GqleDeletePerm *del = palloc0(sizeof(GqleDeletePerm));
	const GqleBoolExp *all = gqle_boolexp_make(GQLE_BOOL_AND, 0, NULL);

	select->table = insert->table = update->table = del->table = table;
	select->is_admin = insert->is_admin = update->is_admin = del->is_admin = true;
	select->columns = all_columns(table, OPERATION_SELECT);
	for (int i = 0; i < table->n_computed_fields; i++)
	{
		if (table->computed_fields[i]->function->scalar != NULL)
			select->computed_fields = bms_add_member(select->computed_fields, i);
	}
	select->filter = all;
	select->limit = -1;
	select->allow_aggregations = true;
	select->query_roots = QUERY_ROOTS;
	select->subscription_roots = SUBSCRIPTION_ROOTS;
	insert->columns = all_columns(table, OPERATION_INSERT);
	insert->check = all;
	update->columns = all_columns(table, OPERATION_UPDATE);
	update->filter = all;
	del->filter = all;

	rules->perms.select = select;
	if (table->is_model)
	{
		select->allow_aggregations = false;
		return rules;
	}
	rules->perms.insert = insert;
	rules->perms.update = update;
	rules->perms.del = del;
	return rules;
}

/* ------------------------------------------------------------------------
 * Inheritance: select
 * ------------------------------------------------------------------------ */

/*
 * One of several conditions is enough.  compat: TRUE does not swallow the others:
 * a session variable they name must be there.
 */
static const GqleBoolExp *
make_or(int n, const GqleBoolExp **children)
{
	const GqleBoolExp **copy;
	bool		all_true = true;

	for (int i = 0; i < n; i++)
		all_true = all_true && gqle_boolexp_is_true(children[i]);
	if (n == 1 || all_true)
		return children[0];
	copy = palloc(sizeof(GqleBoolExp *) * n);
	memcpy(copy, children, sizeof(GqleBoolExp *) * n);
	return gqle_boolexp_make(GQLE_BOOL_OR, n, copy);
}

static const GqleBoolExp *
make_both(const GqleBoolExp *a, const GqleBoolExp *b)
{
	const GqleBoolExp **children;

	if (a == NULL || gqle_boolexp_is_true(a))
		return b;
	if (gqle_boolexp_is_true(b))
		return a;
	children = palloc(sizeof(GqleBoolExp *) * 2);
	children[0] = a;
	children[1] = b;
	return gqle_boolexp_make(GQLE_BOOL_AND, 2, children);
}

/*
 * Condition under which a member (column or computed field) is shown, or NULL if
 * every parent shows it in all rows that it sees.
 */
static const GqleBoolExp *
combine_mask(const GqleSelectPerm **parents, int n_parents, int index, bool computed)
{
	const GqleBoolExp **shown = palloc(sizeof(GqleBoolExp *) * n_parents);
	int			n = 0;
	bool		is_masked = false;

	for (int i = 0; i < n_parents; i++)
	{
		const GqleSelectPerm *parent = parents[i];
		const GqleBoolExp **masks = computed ? parent->computed_masks : parent->column_masks;
		const GqleBoolExp *mask = masks ? masks[index] : NULL;

		if (!bms_is_member(index, computed ? parent->computed_fields : parent->columns))
		{
			is_masked = true;
			continue;
		}
		if (mask != NULL)
			is_masked = true;
		shown[n++] = make_both(mask, parent->filter);
	}
	return is_masked && n > 0 ? make_or(n, shown) : NULL;
}

/* Masks of all members of the combined set; NULL if there is none. */
static const GqleBoolExp **
combine_masks(const GqleSelectPerm **parents, int n_parents, const Bitmapset *members,
			  int n_members, bool computed)
{
	const GqleBoolExp **masks = palloc0(sizeof(GqleBoolExp *) * Max(n_members, 1));
	bool		any = false;
	int			index = -1;

	while ((index = bms_next_member(members, index)) >= 0)
	{
		masks[index] = combine_mask(parents, n_parents, index, computed);
		any = any || masks[index] != NULL;
	}
	return any ? masks : NULL;
}

/* compat: the highest of the limits that are set counts, even if one has none. */
static const GqleSelectPerm *
combine_select(GqleTable *table, const GqleSelectPerm **parents, int n_parents)
{
	GqleSelectPerm *perm = palloc0(sizeof(GqleSelectPerm));
	const GqleBoolExp **filters = palloc(sizeof(GqleBoolExp *) * n_parents);

	perm->table = table;
	perm->limit = -1;
	for (int i = 0; i < n_parents; i++)
	{
		perm->columns = bms_add_members(perm->columns, parents[i]->columns);
		perm->computed_fields = bms_add_members(perm->computed_fields,
												parents[i]->computed_fields);
		perm->limit = Max(perm->limit, parents[i]->limit);
		perm->allow_aggregations |= parents[i]->allow_aggregations;
		perm->query_roots |= parents[i]->query_roots;
		perm->subscription_roots |= parents[i]->subscription_roots;
		filters[i] = parents[i]->filter;
	}
	perm->filter = make_or(n_parents, filters);
	perm->column_masks = combine_masks(parents, n_parents, perm->columns,
									   table->n_columns, false);
	perm->computed_masks = combine_masks(parents, n_parents, perm->computed_fields,
										 table->n_computed_fields, true);
	return perm;
}

/* ------------------------------------------------------------------------
 * Inheritance: insert, update, delete
 * ------------------------------------------------------------------------ */

/* Equal members of two definitions; absent equals null, and {} as fallback. */
static bool
members_equal(const GqleJson *a, const GqleJson *b, const char *key)
{
	const GqleJson *x = gqle_json_lookup(a, key);
	const GqleJson *y = gqle_json_lookup(b, key);
	bool		x_empty = gqle_json_is_null(x) || (x->kind == GQLE_JSON_OBJECT && x->n == 0);
	bool		y_empty = gqle_json_is_null(y) || (y->kind == GQLE_JSON_OBJECT && y->n == 0);

	if (x_empty || y_empty)
		return x_empty && y_empty;
	return gqle_json_equal(x, y);
}

static const Bitmapset *
rule_columns(const RoleRules *rules, Operation operation)
{
	if (operation == OPERATION_INSERT)
		return rules->perms.insert->columns;
	if (operation == OPERATION_UPDATE)
		return rules->perms.update->columns;
	return NULL;
}

static bool
rules_equal(const RoleRules *a, const RoleRules *b, Operation operation)
{
	const GqleJson *x = a->definitions[operation];
	const GqleJson *y = b->definitions[operation];

	return bms_equal(rule_columns(a, operation), rule_columns(b, operation)) &&
		members_equal(x, y, "filter") && members_equal(x, y, "check") &&
		members_equal(x, y, "set") && members_equal(x, y, "validate_input") &&
		gqle_catalog_json_bool(x, "backend_only", false) ==
		gqle_catalog_json_bool(y, "backend_only", false);
}

static const void *
get_rule(const RoleRules *rules, Operation operation)
{
	switch (operation)
	{
		case OPERATION_SELECT:
			return rules->perms.select;
		case OPERATION_INSERT:
			return rules->perms.insert;
		case OPERATION_UPDATE:
			return rules->perms.update;
		case OPERATION_DELETE:
			return rules->perms.del;
	}
	return NULL;
}

/* Record that parents disagree about a table. */
static void
report_conflict(GqleCatalog *catalog, const GqleTable *table, const char *role,
				Operation operation)
{
	GqleJson   *json = gqle_json_make_object();
	GqleJson   *entity = gqle_json_make_object();

	gqle_json_object_set(entity, "permission_type",
						 gqle_json_make_string(operation_names[operation]));
	gqle_json_object_set(entity, "source", gqle_json_make_string(table->source));
	gqle_json_object_set(entity, "table", gqle_json_make_string(table->display));
	gqle_json_object_set(json, "entity", entity);
	gqle_json_object_set(json, "name", gqle_json_make_string(pstrdup(role)));
	gqle_json_object_set(json, "reason",
						 gqle_json_make_string(psprintf("Could not inherit permission for the role '%s' for the entity: "
														"'%s permission, table: %s, source: '%s''",
														role, operation_names[operation],
														table->display, table->source)));
	gqle_json_object_set(json, "type",
						 gqle_json_make_string("inherited role permission inconsistency"));
	gqle_problem_add_whole(catalog, gqle_entry(table), "inherited role permission inconsistency",
						   psprintf("%s %s %s", role, operation_names[operation], table->display),
						   json);
}

/* Take over a rule on which all parents that have one agree. */
static void
inherit_rule(GqleCatalog *catalog, GqleTable *table, const char *role, RoleRules *rules,
			 const RoleRules **parents, int n_parents, Operation operation)
{
	const RoleRules *chosen = NULL;

	for (int i = 0; i < n_parents; i++)
	{
		if (get_rule(parents[i], operation) == NULL)
			continue;
		if (chosen != NULL && !rules_equal(chosen, parents[i], operation))
		{
			report_conflict(catalog, table, role, operation);
			return;
		}
		chosen = parents[i];
	}
	if (chosen == NULL)
		return;
	rules->definitions[operation] = chosen->definitions[operation];
	set_rule(rules, operation, get_rule(chosen, operation));
}

/* Complete the rules of an inherited role from its parents. */
static void
inherit_rules(GqleCatalog *catalog, GqleTable *table, const char *role, RoleRules *rules)
{
	const char **names;
	int			n_parents = gqle_role_parents(catalog, role, &names);
	const RoleRules **parents;
	const GqleSelectPerm **selects;
	int			n_selects = 0;

	if (n_parents == 0)
		return;
	parents = palloc(sizeof(RoleRules *) * n_parents);
	selects = palloc(sizeof(GqleSelectPerm *) * n_parents);
	for (int i = 0; i < n_parents; i++)
	{
		parents[i] = get_rules(catalog, table, names[i]);
		if (parents[i]->perms.select != NULL)
			selects[n_selects++] = parents[i]->perms.select;
	}
	if (!rules->is_stated[OPERATION_SELECT] && n_selects > 0)
		rules->perms.select = combine_select(table, selects, n_selects);
	for (int operation = OPERATION_INSERT; operation < N_OPERATIONS; operation++)
	{
		if (!rules->is_stated[operation])
			inherit_rule(catalog, table, role, rules, parents, n_parents, operation);
	}
}

/* ------------------------------------------------------------------------
 * Public
 * ------------------------------------------------------------------------ */

/* Keep the rules of a role with the table; the catalog's context is current. */
static void
keep_rules(GqleCatalog *catalog, GqleTableEntry *entry, const char *role, RoleRules *rules)
{
	if (entry->perms == NULL)
		entry->perms = gqle_strhash_make(catalog->context, 4);
	gqle_strhash_set(entry->perms, role, rules);
}

static const RoleRules *
get_rules(GqleCatalog *catalog, GqleTable *table, const char *role)
{
	GqleTableEntry *entry = gqle_entry(table);
	RoleRules  *rules;
	MemoryContext scratch;
	MemoryContext old;

	check_stack_depth();
	gqle_catalog_load_table(catalog, table);
	if (entry->perms != NULL)
	{
		rules = gqle_strhash_lookup(entry->perms, role);
		if (rules != NULL)
			return rules;
	}
	/* names that nobody knows must not fill memory */
	if (!gqle_catalog_has_role(catalog, role))
		return &no_rules;

	scratch = AllocSetContextCreate(CurrentMemoryContext, "gqle permission load",
									ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(catalog->context);
	role = pstrdup(role);
	if (strcmp(role, ADMIN_ROLE) == 0)
		rules = make_admin_rules(table);
	else
	{
		rules = load_own_rules(catalog, table, role, scratch);
		inherit_rules(catalog, table, role, rules);
	}
	keep_rules(catalog, entry, role, rules);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
	return rules;
}

const GqleTablePerms *
gqle_permission_get(GqleCatalog *catalog, GqleTable *table, const char *role)
{
	/* a table without GraphQL name can be mentioned in rules, but not seen */
	if (!table->is_visible)
		return &no_rules.perms;
	if (table->model != NULL)
		table = table->model;
	return &get_rules(catalog, table, role)->perms;
}

/* Record permissions of admin, who has them all. */
static void
report_admin(GqleCatalog *catalog, GqleTable *table, MemoryContext scratch,
			 const GqleRows *rows, int first, int end)
{
	for (int i = first; i < end; i++)
		report_rule(catalog, table, ADMIN_ROLE, gqle_rows_text(rows, i, 0),
					parse_in(scratch, gqle_rows_text(rows, i, 1)),
					gqle_rows_text(rows, i, 2), "cannot define permission for admin role");
}

/*
 * Make the rules of all roles that state one, from one query, and those of the
 * roles that inherit.
 */
void
gqle_permission_check_table(GqleCatalog *catalog, GqleTableEntry *entry)
{
	static GqleSpiStatement statement = {
		"SELECT operation, definition, comment, role FROM gqle.permissions "
		"WHERE source = $1 AND schema_name = $2 AND table_name = $3 ORDER BY role", NULL
	};
	static GqleSpiStatement model_statement = {
		"SELECT operation, definition, comment, role FROM (" MODEL_PERMISSIONS ") AS p "
		"ORDER BY role", NULL
	};
	GqleTable  *table = &entry->table;
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "gqle permission check",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(catalog->context);
	GqleRows   *rows;
	char	  **roles;
	int			first = 0;

	MemoryContextSwitchTo(scratch);
	rows = table->is_model ? query_model(&model_statement, table, NULL) :
		gqle_catalog_query_table(scratch, &statement, table);
	roles = palloc(sizeof(char *) * Max(rows->n, 1));
	for (int i = 0; i < rows->n; i++)
		roles[i] = gqle_rows_text(rows, i, 3);
	MemoryContextSwitchTo(catalog->context);
	while (first < rows->n)
	{
		char	   *role = roles[first];
		int			end = first + 1;

		while (end < rows->n && strcmp(roles[end], role) == 0)
			end++;
		if (strcmp(role, ADMIN_ROLE) == 0)
			report_admin(catalog, table, scratch, rows, first, end);
		/* roles that inherit need their parents first: left to get_rules */
		else if (gqle_role_lookup(catalog, role) == NULL &&
			(entry->perms == NULL || gqle_strhash_lookup(entry->perms, role) == NULL))
			keep_rules(catalog, entry, pstrdup(role),
					   read_own_rules(catalog, table, role, scratch, rows, first, end));
		first = end;
	}
	for (int i = 0; rows->n > 0 && i < catalog->n_inherited; i++)
		get_rules(catalog, table, catalog->inherited[i].name);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
}

/* The role and all its ancestors. */
static List *
add_ancestors(GqleCatalog *catalog, const char *role, List *roles)
{
	const char **parents;
	int			n;
	ListCell   *cell;

	check_stack_depth();
	foreach(cell, roles)
	{
		if (strcmp(lfirst(cell), role) == 0)
			return roles;
	}
	roles = lappend(roles, unconstify(char *, role));
	n = gqle_role_parents(catalog, role, &parents);
	for (int i = 0; i < n; i++)
		roles = add_ancestors(catalog, parents[i], roles);
	return roles;
}

static const char **
role_and_ancestors(GqleCatalog *catalog, const char *role, int *n)
{
	List	   *roles = add_ancestors(catalog, role, NIL);
	const char **names = palloc(sizeof(char *) * list_length(roles));
	ListCell   *cell;

	*n = 0;
	foreach(cell, roles)
		names[(*n)++] = lfirst(cell);
	return names;
}

/* Names of the tables in the rows that are visible, as tables. */
static GqleTable **
visible_tables(GqleCatalog *catalog, const GqleRows *rows, int *n)
{
	GqleTable **tables = palloc(sizeof(GqleTable *) * Max(rows->n, 1));

	*n = 0;
	for (int i = 0; i < rows->n; i++)
	{
		GqleTableEntry *entry = gqle_catalog_lookup_entry(catalog, gqle_rows_text(rows, i, 0),
														  gqle_rows_text(rows, i, 1));

		if (entry != NULL && entry->table.is_visible)
			tables[(*n)++] = &entry->table;
	}
	return tables;
}

/* Source, roles and operations as $1, $2 and $3. */
static void
add_permission_args(GqleCatalog *catalog, const char *role, uint32 kinds, GqleSpiArgs *args)
{
	static const uint32 bits[N_OPERATIONS] = {
		GQLE_PERM_SELECT, GQLE_PERM_INSERT, GQLE_PERM_UPDATE, GQLE_PERM_DELETE
	};
	const char *operations[N_OPERATIONS];
	int			n_operations = 0;
	const char **roles;
	int			n_roles;

	for (int i = 0; i < N_OPERATIONS; i++)
	{
		if (kinds & bits[i])
			operations[n_operations++] = operation_names[i];
	}
	roles = role_and_ancestors(catalog, role, &n_roles);
	gqle_spi_add_text(args, catalog->local->name);
	gqle_spi_add_text_array(args, roles, n_roles);
	gqle_spi_add_text_array(args, operations, n_operations);
}

/* The first max visible tables of the catalog, for admin. */
static GqleTable **
admin_tables(GqleCatalog *catalog, int max, int *n)
{
	GqleTable **tables = palloc(sizeof(GqleTable *) * Max(Min(catalog->n_tables, max), 1));

	*n = 0;
	for (int i = 0; i < catalog->n_tables && *n < max; i++)
	{
		if (catalog->tables[i]->is_visible)
			tables[(*n)++] = catalog->tables[i];
	}
	return tables;
}

GqleTable **
gqle_permission_tables(GqleCatalog *catalog, const char *role, uint32 kinds, int *n)
{
	static GqleSpiStatement statement = {
		"SELECT DISTINCT schema_name, table_name FROM gqle.permissions "
		"WHERE source = $1 AND role = ANY ($2) AND operation = ANY ($3) "
		"ORDER BY schema_name, table_name", NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;

	*n = 0;
	if (strcmp(role, ADMIN_ROLE) == 0)
		return admin_tables(catalog, catalog->n_tables, n);
	if (catalog->local == NULL)
		return NULL;
	add_permission_args(catalog, role, kinds, &args);
	return visible_tables(catalog, gqle_spi_query_kept(&statement, &args), n);
}

GqleTable **
gqle_permission_some_tables(GqleCatalog *catalog, const char *role, uint32 kinds, int max,
							int *n, bool *is_all)
{
	static GqleSpiStatement statement = {
		"SELECT schema_name, table_name FROM gqle.permissions "
		"WHERE source = $1 AND role = ANY ($2) AND operation = ANY ($3) LIMIT $4", NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;

	*n = 0;
	*is_all = true;
	if (strcmp(role, ADMIN_ROLE) == 0)
	{
		*is_all = catalog->n_tables <= max;
		return admin_tables(catalog, max, n);
	}
	if (catalog->local == NULL)
		return NULL;
	add_permission_args(catalog, role, kinds, &args);
	gqle_spi_add_int8(&args, max);
	rows = gqle_spi_query_kept(&statement, &args);
	*is_all = rows->n < max;
	return visible_tables(catalog, rows, n);
}

/* Does a function permission name the role or one of its ancestors? */
static bool
has_function_permission(GqleCatalog *catalog, const GqleFunction *function, const char *role)
{
	static GqleSpiStatement statement = {
		"SELECT EXISTS (SELECT FROM gqle.function_permissions WHERE source = $1 "
		"AND schema_name = $2 AND function_name = $3 AND role = ANY ($4))", NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	const char **roles;
	int			n_roles;

	roles = role_and_ancestors(catalog, role, &n_roles);
	gqle_spi_add_text(&args, catalog->local->name);
	gqle_spi_add_text(&args, function->schema);
	gqle_spi_add_text(&args, function->name);
	gqle_spi_add_text_array(&args, roles, n_roles);
	return gqle_rows_bool(gqle_spi_query_kept(&statement, &args), 0, 0);
}

bool
gqle_permission_allows_function(GqleCatalog *catalog, const GqleRootFunction *root,
								const char *role)
{
	if (strcmp(role, ADMIN_ROLE) == 0)
		return true;
	if (gqle_permission_get(catalog, root->function->table, role)->select == NULL)
		return false;
	if (!root->is_mutation && gqle_guc_infer_function_permissions)
		return true;
	return has_function_permission(catalog, root->function, role);
}
