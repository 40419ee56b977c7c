/*
 * build_root.c
 *		query_root, mutation_root and subscription_root.
 *
 * A root's fields are made one by one, as names are looked up: the catalog says
 * which table and which kind of field a name means, and the builders of the kind
 * say whether the role may see it.  Only introspection lists them all.
 *
 * With a namespace (source customization) a root has one field of that name, of
 * a type that is a root in the same way.  Such a type's detail is the schema's
 * customization; that of a real root is NULL.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "gqle/base/strhash.h"
#include "gqle/schema/build.h"

static const char placeholder_text[] =
"There are no queries available to the current role. Either there are no sources "
"or remote schemas configured, or the current role doesn't have the required "
"permissions.";

/* Which roots of tables an operation has, and on which permissions they hang. */
typedef struct OperationRoots
{
	uint32		roots;
	uint32		permissions;
} OperationRoots;

#define BIT(root) (1U << (root))

static const OperationRoots operation_roots[] = {
	[GQLE_OPERATION_QUERY] = {
		BIT(GQLE_ROOT_SELECT) | BIT(GQLE_ROOT_SELECT_BY_PK) |
		BIT(GQLE_ROOT_SELECT_AGGREGATE),
		GQLE_PERM_SELECT
	},
	[GQLE_OPERATION_SUBSCRIPTION] = {
		BIT(GQLE_ROOT_SELECT) | BIT(GQLE_ROOT_SELECT_BY_PK) |
		BIT(GQLE_ROOT_SELECT_AGGREGATE) | BIT(GQLE_ROOT_SELECT_STREAM),
		GQLE_PERM_SELECT
	},
	[GQLE_OPERATION_MUTATION] = {
		BIT(GQLE_ROOT_INSERT) | BIT(GQLE_ROOT_INSERT_ONE) |
		BIT(GQLE_ROOT_UPDATE) | BIT(GQLE_ROOT_UPDATE_BY_PK) |
		BIT(GQLE_ROOT_UPDATE_MANY) | BIT(GQLE_ROOT_DELETE) |
		BIT(GQLE_ROOT_DELETE_BY_PK),
		GQLE_PERM_INSERT | GQLE_PERM_UPDATE | GQLE_PERM_DELETE
	}
};

/* ------------------------------------------------------------------------
 * Fields of tables and functions
 * ------------------------------------------------------------------------ */

/* What each root of a table is, and its description but for a comment. */
typedef struct TableRootText
{
	GqleFieldKind kind;
	const char *description;
} TableRootText;

static const TableRootText table_root_texts[] = {
	[GQLE_ROOT_SELECT] = {GQLE_FIELD_SELECT,
	"fetch data from the table: \"%s\""},
	[GQLE_ROOT_SELECT_BY_PK] = {GQLE_FIELD_SELECT_BY_PK,
	"fetch data from the table: \"%s\" using primary key columns"},
	[GQLE_ROOT_SELECT_AGGREGATE] = {GQLE_FIELD_SELECT_AGGREGATE,
	"fetch aggregated fields from the table: \"%s\""},
	[GQLE_ROOT_SELECT_STREAM] = {GQLE_FIELD_SELECT_STREAM,
	"fetch data from the table in a streaming manner: \"%s\""},
	[GQLE_ROOT_INSERT] = {GQLE_FIELD_INSERT,
	"insert data into the table: \"%s\""},
	[GQLE_ROOT_INSERT_ONE] = {GQLE_FIELD_INSERT_ONE,
	"insert a single row into the table: \"%s\""},
	[GQLE_ROOT_UPDATE] = {GQLE_FIELD_UPDATE,
	"update data of the table: \"%s\""},
	[GQLE_ROOT_UPDATE_BY_PK] = {GQLE_FIELD_UPDATE_BY_PK,
	"update single row of the table: \"%s\""},
	[GQLE_ROOT_UPDATE_MANY] = {GQLE_FIELD_UPDATE_MANY,
	"update multiples rows of table: \"%s\""},
	[GQLE_ROOT_DELETE] = {GQLE_FIELD_DELETE,
	"delete data from the table: \"%s\""},
	[GQLE_ROOT_DELETE_BY_PK] = {GQLE_FIELD_DELETE_BY_PK,
	"delete single row from the table: \"%s\""}
};

GqleField *
gqle_build_table_root(GqleSchema *schema, GqleTable *table, GqleTableRoot root,
					  GqleTypeRef ref)
{
	const TableRootText *text = &table_root_texts[root];
	const GqleRootName *name = &table->roots[root];
	bool		has_comment = name->has_comment && root != GQLE_ROOT_SELECT_STREAM;
	GqleField  *field;

	/* compat: a stream's comment is not shown */
	field = gqle_build_loose_field(schema, text->kind, name->name,
								   has_comment ? name->comment :
								   gqle_build_text(schema, text->description,
												   table->display),
								   ref);
	field->table = table;
	field->perms = gqle_build_perms(schema, table);
	return field;
}

/* A table's root field, or NULL if the role does not have it. */
static GqleField *
make_table_field(GqleSchema *schema, GqleTable *table, GqleTableRoot root,
				 GqleOperationType operation)
{
	switch (root)
	{
		case GQLE_ROOT_SELECT:
		case GQLE_ROOT_SELECT_BY_PK:
		case GQLE_ROOT_SELECT_AGGREGATE:
			return gqle_build_select_root(schema, table, root, operation);
		case GQLE_ROOT_SELECT_STREAM:
			return gqle_build_stream_root(schema, table);
		case GQLE_ROOT_INSERT:
		case GQLE_ROOT_INSERT_ONE:
			return gqle_build_insert_root(schema, table, root);
		case GQLE_ROOT_UPDATE:
		case GQLE_ROOT_UPDATE_BY_PK:
		case GQLE_ROOT_UPDATE_MANY:
			return gqle_build_update_root(schema, table, root);
		case GQLE_ROOT_DELETE:
		case GQLE_ROOT_DELETE_BY_PK:
			return gqle_build_delete_root(schema, table, root);
	}
	return NULL;
}

/* Does the operation's root have nodes and connections instead of selects? */
static bool
is_relay_select(const GqleSchema *schema, GqleOperationType operation)
{
	return schema->is_relay && operation != GQLE_OPERATION_MUTATION;
}

/* The field of a tracked function with that name, or NULL. */
static GqleField *
make_function_field(GqleSchema *schema, const char *name, GqleOperationType operation)
{
	const GqleRootFunction **functions;
	GqleField  *field;
	int			n;
	int			i;

	functions = gqle_catalog_functions(schema->catalog, &n);
	for (i = 0; i < n; i++)
	{
		const GqleRootFunction *function = functions[i];
		bool		aggregate = strcmp(function->aggregate_name, name) == 0;

		if (is_relay_select(schema, operation))
		{
			field = gqle_build_function_connection(schema, function);
			if (field != NULL && strcmp(field->name, name) == 0)
				return field;
			continue;
		}

		if (!aggregate && strcmp(function->root_name, name) != 0)
			continue;
		field = gqle_build_function_root(schema, function, aggregate, operation);
		if (field != NULL)
			return field;
	}
	return NULL;
}

/* The field of a native query, or NULL; the Relay schema and mutations have none. */
static GqleField *
make_native_field(GqleSchema *schema, const char *name, GqleOperationType operation)
{
	GqleTable  *table;

	if (schema->is_relay || operation == GQLE_OPERATION_MUTATION)
		return NULL;
	table = gqle_catalog_lookup_native(schema->catalog, name);
	return table != NULL ? gqle_build_native_root(schema, table) : NULL;
}

/* ------------------------------------------------------------------------
 * All fields
 * ------------------------------------------------------------------------ */

typedef bool (*RootVisitor) (GqleSchema *schema, GqleType *type, GqleField *field);

/* Visit the fields of tables; false if the visitor stopped. */
static bool
visit_tables(GqleSchema *schema, GqleType *type, GqleOperationType operation,
			 GqleTable **tables, int n, RootVisitor visitor)
{
	uint32		roots = operation_roots[operation].roots;
	int			root;
	int			i;

	for (i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		gqle_catalog_load_table(schema->catalog, tables[i]);
		if (is_relay_select(schema, operation))
		{
			GqleField  *field = gqle_build_connection_root(schema, tables[i], operation);

			if (field != NULL && !visitor(schema, type, field))
				return false;
			continue;
		}
		for (root = 0; root < GQLE_N_TABLE_ROOTS; root++)
		{
			GqleField  *field = NULL;

			if (roots & BIT(root))
				field = make_table_field(schema, tables[i], root, operation);
			if (field != NULL && !visitor(schema, type, field))
				return false;
		}
	}
	return true;
}

/* Visit the fields of tracked functions; false if the visitor stopped. */
static bool
visit_functions(GqleSchema *schema, GqleType *type, GqleOperationType operation,
				RootVisitor visitor)
{
	const GqleRootFunction **functions;
	int			aggregate;
	int			n;
	int			i;

	functions = gqle_catalog_functions(schema->catalog, &n);
	for (i = 0; i < n; i++)
	{
		if (is_relay_select(schema, operation))
		{
			GqleField  *field = gqle_build_function_connection(schema, functions[i]);

			if (field != NULL && !visitor(schema, type, field))
				return false;
			continue;
		}
		for (aggregate = 0; aggregate <= 1; aggregate++)
		{
			GqleField  *field = gqle_build_function_root(schema, functions[i],
														 aggregate != 0, operation);

			if (field != NULL && !visitor(schema, type, field))
				return false;
		}
	}
	return true;
}

/* Visit the fields of native queries; false if the visitor stopped. */
static bool
visit_natives(GqleSchema *schema, GqleType *type, GqleOperationType operation,
			  RootVisitor visitor)
{
	GqleTable **tables;
	int			n;
	int			i;

	tables = gqle_catalog_natives(schema->catalog, &n);
	for (i = 0; i < n; i++)
	{
		GqleField  *field = make_native_field(schema, tables[i]->name, operation);

		if (field != NULL && !visitor(schema, type, field))
			return false;
	}
	return true;
}

/* Visit the fields of what is no table; false if the visitor stopped. */
static bool
visit_others(GqleSchema *schema, GqleType *type, GqleOperationType operation,
			 RootVisitor visitor)
{
	return visit_functions(schema, type, operation, visitor) &&
		visit_natives(schema, type, operation, visitor);
}

/*
 * Tables on which the role has a permission of these kinds; at most max of them
 * unless it is 0.  Others are never loaded.  The lookup's garbage stays out of
 * the schema's context.
 */
static GqleTable **
find_tables(GqleSchema *schema, uint32 kinds, int max, int *n, bool *is_all)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "gqle tables",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old_context = MemoryContextSwitchTo(scratch);
	GqleTable **found;
	GqleTable **tables;

	*is_all = true;
	if (max == 0)
		found = gqle_permission_tables(schema->catalog, schema->role, kinds, n);
	else
		found = gqle_permission_some_tables(schema->catalog, schema->role, kinds, max,
											n, is_all);
	tables = MemoryContextAlloc(old_context, Max(*n, 1) * sizeof(GqleTable *));
	if (*n > 0)
		memcpy(tables, found, *n * sizeof(GqleTable *));
	MemoryContextSwitchTo(old_context);
	MemoryContextDelete(scratch);
	return tables;
}

/* Visit every field of an operation's root, made afresh, in order. */
static void
visit_fields(GqleSchema *schema, GqleType *type, GqleOperationType operation,
			 RootVisitor visitor)
{
	GqleTable **tables;
	bool		is_all;
	int			n;

	tables = find_tables(schema, operation_roots[operation].permissions, 0, &n, &is_all);
	if (visit_tables(schema, type, operation, tables, n, visitor))
		visit_others(schema, type, operation, visitor);
	pfree(tables);
}

/* Remember a root's field, so that pointers to it stay one. */
static void
keep_field(GqleSchema *schema, GqleType *type, GqleField *field)
{
	if (type->by_name == NULL)
		type->by_name = gqle_strhash_make(schema->context, 8);
	gqle_strhash_add(type->by_name, field->name, field);
}

/* Add a field to a root, or the one of that name that was made before. */
static bool
add_field(GqleSchema *schema, GqleType *type, GqleField *field)
{
	GqleField  *former = NULL;

	if (type->by_name != NULL)
		former = gqle_strhash_lookup(type->by_name, field->name);
	if (former != NULL)
		field = former;
	else
		keep_field(schema, type, field);
	gqle_build_add_field(type, field);
	return true;
}

/*
 * compat: a root that bears the name of a field for an array relationship with its
 * table is told in that field's words: Hasura makes the two but once.
 */
static void
retell_field(GqleType *type, GqleFieldKind kind, const GqleRelationship *rel,
			 const char *name, const char *description)
{
	GqleField *field = gqle_strhash_lookup(type->by_name, name);

	if (field != NULL && field->kind == kind && field->table == rel->target)
		field->description = description;
}

/* The same for the fields of all array relationships of a table. */
static void
retell_fields(GqleType *type, const GqleTable *table)
{
	int i;

	for (i = 0; i < table->n_relationships; i++)
	{
		const GqleRelationship *rel = table->relationships[i];

		if (rel->kind != GQLE_REL_ARRAY)
			continue;
		retell_field(type, GQLE_FIELD_SELECT, rel, rel->name,
					 GQLE_TEXT_ARRAY_REL);
		retell_field(type, GQLE_FIELD_SELECT_AGGREGATE, rel,
					 gqle_naming_aggregate_field(table->customization,
												 rel->name),
					 GQLE_TEXT_ARRAY_REL_AGGREGATE);
		retell_field(type, GQLE_FIELD_CONNECTION, rel,
					 gqle_naming_connection_field(rel->name),
					 GQLE_TEXT_ARRAY_REL_CONNECTION);
	}
}

/* Add the fields of all tables and functions to a root. */
static void
add_fields(GqleSchema *schema, GqleType *type)
{
	GqleTable **tables;
	bool is_all;
	int n;
	int i;

	visit_fields(schema, type, type->variant, add_field);
	if (type->by_name == NULL || type->variant == GQLE_OPERATION_MUTATION)
		return;
	tables = find_tables(schema, GQLE_PERM_SELECT, 0, &n, &is_all);
	for (i = 0; i < n; i++)
		retell_fields(type, tables[i]);
	pfree(tables);
}

/* A visitor that only wants to know that there is one. */
static bool
stop_at_field(GqleSchema *schema, GqleType *type, GqleField *field)
{
	*(bool *) type->detail = true;
	return false;
}

/* How many tables to look at before asking for all. */
#define FEW_TABLES 16

/*
 * Would the root of this operation have a field of a table or function?  Nearly
 * always one of a few tables says yes.
 */
static bool
has_field(GqleSchema *schema, GqleOperationType operation)
{
	GqleTable **tables;
	GqleType	probe;
	bool		found = false;
	bool		is_all;
	int			n;

	memset(&probe, 0, sizeof(probe));
	probe.detail = &found;
	tables = find_tables(schema, operation_roots[operation].permissions, FEW_TABLES, &n,
						 &is_all);
	visit_tables(schema, &probe, operation, tables, n, stop_at_field);
	pfree(tables);
	if (!found && !is_all)
		visit_fields(schema, &probe, operation, stop_at_field);
	else if (!found)
		visit_others(schema, &probe, operation, stop_at_field);
	return found;
}

/*
 * Visit the fields of actions, which belong to real roots whatever the source's
 * namespace is; false if the visitor stopped.
 */
static bool
visit_actions(GqleSchema *schema, GqleType *type, GqleOperationType operation,
			  RootVisitor visitor)
{
	const GqleAction **actions;
	int			n;
	int			i;

	actions = gqle_catalog_actions(schema->catalog, &n);
	for (i = 0; i < n; i++)
	{
		GqleField  *field = gqle_build_action_root(schema, actions[i], operation);

		if (field != NULL && !visitor(schema, type, field))
			return false;
	}
	return true;
}

/* Would the real root of this operation have a field of an action? */
static bool
has_action(GqleSchema *schema, GqleOperationType operation)
{
	GqleType	probe;
	bool		found = false;

	memset(&probe, 0, sizeof(probe));
	probe.detail = &found;
	visit_actions(schema, &probe, operation, stop_at_field);
	return found;
}

/* ------------------------------------------------------------------------
 * Root types
 * ------------------------------------------------------------------------ */

static void fill_root(GqleSchema *schema, GqleType *type);

/* Is this a real root whose fields all moved into the namespace? */
static const char *
namespace_of(GqleSchema *schema, const GqleType *type)
{
	if (type->detail != NULL)
		return NULL;
	return gqle_catalog_customization(schema->catalog)->root_namespace;
}

/*
 * Does a real root have "node"?  Where roots have nodes it does for every role
 * that has any permission, even if there is no connection.
 */
static bool
has_node(GqleSchema *schema, GqleOperationType operation)
{
	bool		is_all;
	int			n;

	if (!is_relay_select(schema, operation))
		return false;
	if (strcmp(schema->role, "admin") == 0)
		return true;
	pfree(find_tables(schema, GQLE_PERM_SELECT | GQLE_PERM_INSERT | GQLE_PERM_UPDATE |
					  GQLE_PERM_DELETE, 1, &n, &is_all));
	return n > 0;
}

/* Does the real root of this operation have a field? */
static bool
has_any(GqleSchema *schema, GqleOperationType operation)
{
	return has_field(schema, operation) || has_node(schema, operation) ||
		has_action(schema, operation) || gqle_build_has_remote_root(schema, operation);
}

/* The field of a real root that holds all others, or NULL if it had none. */
static GqleField *
make_namespace_field(GqleSchema *schema, GqleType *type)
{
	const GqleCustomization *custom = gqle_catalog_customization(schema->catalog);
	const char *suffix = "_query";
	GqleType   *inner;
	char	   *name;

	if (type->variant == GQLE_OPERATION_MUTATION)
		suffix = schema->backend_only ? "_mutation_backend" : "_mutation_frontend";
	else if (type->variant == GQLE_OPERATION_SUBSCRIPTION)
		suffix = "_subscription";
	if (!has_field(schema, type->variant))
		return NULL;
	name = gqle_naming_namespace_type(custom, suffix);
	inner = gqle_build_type(schema, GQLE_TYPE_OBJECT, name, fill_root, NULL);
	inner->is_root = true;
	inner->variant = type->variant;
	inner->detail = custom;
	return gqle_build_loose_field(schema, GQLE_FIELD_NAMESPACE, custom->root_namespace, NULL,
								  gqle_typeref(inner));
}

/* no_queries_available: what a query_root has instead of nothing. */
static GqleField *
make_placeholder(GqleSchema *schema)
{
	GqleTypeRef string = gqle_typeref(gqle_build_builtin(schema, "String"));

	return gqle_build_loose_field(schema, GQLE_FIELD_PLACEHOLDER, "no_queries_available",
								  placeholder_text, gqle_typeref_non_null(string));
}

/* __schema and __type, which are not listed among query_root's fields. */
static GqleField *
make_introspection_field(GqleSchema *schema, const char *name)
{
	GqleTypeRef ref;
	GqleField  *field;
	GqleInputField *arg;

	if (strcmp(name, "__schema") == 0)
	{
		ref = gqle_typeref(gqle_introspect_schema_type(schema));
		return gqle_build_loose_field(schema, GQLE_FIELD_SCHEMA, "__schema", NULL,
									  gqle_typeref_non_null(ref));
	}
	if (strcmp(name, "__type") != 0)
		return NULL;
	ref = gqle_typeref(gqle_introspect_type_type(schema));
	field = gqle_build_loose_field(schema, GQLE_FIELD_TYPE, "__type", NULL, ref);
	ref = gqle_typeref(gqle_build_builtin(schema, "String"));
	arg = gqle_build_arg(schema, field, GQLE_INPUT_TYPE_NAME, "name", NULL,
						 gqle_typeref_non_null(ref));
	arg->value_class = GQLE_CLASS_STRING;
	return field;
}

/* A field of a table or function by name, or NULL. */
static GqleField *
make_named_field(GqleSchema *schema, GqleOperationType operation, const char *name)
{
	GqleTable  *table;
	GqleTableRoot root;
	GqleField  *field;

	if (is_relay_select(schema, operation))
	{
		field = gqle_build_named_connection(schema, name, operation);
		if (field != NULL)
			return field;
	}
	else if (gqle_catalog_lookup_root(schema->catalog, name,
								 operation_roots[operation].roots, &table, &root))
	{
		field = make_table_field(schema, table, root, operation);
		if (field != NULL)
			return field;
	}
	field = make_function_field(schema, name, operation);
	return field != NULL ? field : make_native_field(schema, name, operation);
}

GqleField *
gqle_build_root_field(GqleSchema *schema, GqleType *type, const char *name)
{
	const char *namespace = namespace_of(schema, type);
	GqleField  *field = NULL;

	if (type == schema->query)
	{
		field = make_introspection_field(schema, name);
		if (field == NULL)
			field = gqle_build_federation_field(schema, name);
	}
	if (field == NULL && type->detail == NULL && strcmp(name, "node") == 0 &&
		has_node(schema, type->variant))
		field = gqle_build_node_field(schema);
	if (field == NULL)
	{
		if (namespace == NULL)
			field = make_named_field(schema, type->variant, name);
		else if (strcmp(name, namespace) == 0)
			field = make_namespace_field(schema, type);
	}
	if (field == NULL && type->detail == NULL)
		field = gqle_build_action_field(schema, name, type->variant);
	if (field == NULL && type->detail == NULL)
		field = gqle_build_remote_root(schema, type->variant, name);
	if (field == NULL && type == schema->query &&
		strcmp(name, "no_queries_available") == 0 &&
		!has_any(schema, GQLE_OPERATION_QUERY))
		field = make_placeholder(schema);
	if (field != NULL)
		keep_field(schema, type, field);
	return field;
}

/* The same for gqle_build_visit_remote_roots. */
static void
add_remote_field(GqleSchema *schema, GqleType *type, GqleField *field)
{
	(void) add_field(schema, type, field);
}

/* All fields, for introspection. */
static void
fill_root(GqleSchema *schema, GqleType *type)
{
	static const char *const federation_fields[] = {"_entities", "_service"};
	int			i;

	if (namespace_of(schema, type) != NULL)
	{
		GqleField  *field = make_namespace_field(schema, type);

		if (field != NULL)
			add_field(schema, type, field);
	}
	else
		add_fields(schema, type);
	if (type->detail == NULL)
	{
		visit_actions(schema, type, type->variant, add_field);
		gqle_build_visit_remote_roots(schema, type, type->variant, add_remote_field);
	}
	if (type->detail == NULL && has_node(schema, type->variant))
		add_field(schema, type, gqle_build_node_field(schema));
	if (type != schema->query)
		return;
	if (type->n_fields == 0)
		add_field(schema, type, make_placeholder(schema));
	for (i = 0; i < (int) lengthof(federation_fields); i++)
	{
		GqleField  *field = gqle_build_federation_field(schema, federation_fields[i]);

		if (field != NULL)
			add_field(schema, type, field);
	}
}

/* A root type of an operation. */
static GqleType *
make_root(GqleSchema *schema, GqleOperationType operation, const char *name,
		  const char *description)
{
	GqleType   *type;

	type = gqle_build_type(schema, GQLE_TYPE_OBJECT, pstrdup(name), fill_root, NULL);
	type->description = description;
	type->is_root = true;
	type->variant = operation;
	return type;
}

void
gqle_build_roots(GqleSchema *schema)
{
	schema->query = make_root(schema, GQLE_OPERATION_QUERY, "query_root", NULL);
	if (has_any(schema, GQLE_OPERATION_MUTATION))
		schema->mutation = make_root(schema, GQLE_OPERATION_MUTATION, "mutation_root",
									 "mutation root");
	if (has_any(schema, GQLE_OPERATION_SUBSCRIPTION))
		schema->subscription = make_root(schema, GQLE_OPERATION_SUBSCRIPTION,
										 "subscription_root", NULL);
}
