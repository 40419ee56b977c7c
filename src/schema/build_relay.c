/*
 * build_relay.c
 *		What the Relay schema has besides the ordinary one: nodes, connections,
 *		and the fields that page through them (§20).
 *
 * Every table with a primary key is a node: its type has a global "id" and
 * implements Node.  The members of Node's list of possible types are only made
 * for introspection; validation asks by name.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/schema/build.h"

/* "String!" and the like */
static GqleTypeRef
required(GqleSchema *schema, const char *name)
{
	return gqle_typeref_non_null(gqle_typeref(gqle_build_builtin(schema, name)));
}

/* ------------------------------------------------------------------------
 * Node
 * ------------------------------------------------------------------------ */

bool
gqle_build_is_node(const GqleSchema *schema, const GqleTable *table)
{
	return schema->is_relay && table->primary_key != NULL;
}

/* The tables of which the role can have nodes. */
static void
add_possible_types(GqleSchema *schema, GqleType *type)
{
	GqleTable **tables;
	int			n;
	int			i;

	tables = gqle_permission_tables(schema->catalog, schema->role, GQLE_PERM_SELECT, &n);
	type->possible = palloc(Max(n, 1) * sizeof(GqleType *));
	for (i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		gqle_catalog_load_table(schema->catalog, tables[i]);
		if (gqle_build_is_node(schema, tables[i]) &&
			gqle_build_perms(schema, tables[i])->select != NULL)
			type->possible[type->n_possible++] = gqle_build_object(schema, tables[i]);
	}
}

static void
fill_node(GqleSchema *schema, GqleType *type)
{
	type->description = "An object with globally unique ID";
	gqle_build_field(schema, type, GQLE_FIELD_NODE_ID, "id", "A globally unique identifier",
					 required(schema, "ID"));
	if (schema->has_descriptions)
		add_possible_types(schema, type);
}

GqleType *
gqle_build_node(GqleSchema *schema)
{
	return gqle_build_type(schema, GQLE_TYPE_INTERFACE, pstrdup("Node"), fill_node, NULL);
}

void
gqle_build_node_members(GqleSchema *schema, GqleType *type)
{
	GqleField  *field;

	field = gqle_build_field(schema, type, GQLE_FIELD_NODE_ID, "id", NULL,
							 required(schema, "ID"));
	field->table = type->table;
	type->interfaces = palloc(sizeof(GqleType *));
	type->interfaces[0] = gqle_build_node(schema);
	type->n_interfaces = 1;
}

/* See schema.h. */
GqleType *
gqle_schema_possible_type(GqleSchema *schema, const GqleType *type, const char *name)
{
	MemoryContext old_context;
	GqleTable  *table;
	GqleType   *object = NULL;
	int			i;

	if (type->kind == GQLE_TYPE_UNION || type->remote != NULL)
	{
		gqle_type_fill(schema, unconstify(GqleType *, type));
		for (i = 0; i < type->n_possible; i++)
		{
			if (strcmp(type->possible[i]->name, name) == 0)
				return type->possible[i];
		}
		return NULL;
	}
	table = gqle_catalog_lookup_type(schema->catalog, name);
	if (table == NULL || !gqle_build_is_node(schema, table))
		return NULL;
	old_context = MemoryContextSwitchTo(schema->context);
	if (gqle_build_perms(schema, table)->select != NULL)
		object = gqle_build_object(schema, table);
	MemoryContextSwitchTo(old_context);
	return object;
}

GqleField *
gqle_build_node_field(GqleSchema *schema)
{
	GqleField  *field;
	GqleInputField *arg;

	field = gqle_build_loose_field(schema, GQLE_FIELD_NODE, "node", NULL,
								   gqle_typeref(gqle_build_node(schema)));
	arg = gqle_build_arg(schema, field, GQLE_INPUT_NODE_ID, "id", "A globally unique id",
						 required(schema, "ID"));
	arg->value_class = GQLE_CLASS_ID;
	return field;
}

/* ------------------------------------------------------------------------
 * Connections
 * ------------------------------------------------------------------------ */

static void
fill_page_info(GqleSchema *schema, GqleType *type)
{
	gqle_build_field(schema, type, GQLE_FIELD_END_CURSOR, "endCursor", NULL,
					 required(schema, "String"));
	gqle_build_field(schema, type, GQLE_FIELD_HAS_NEXT_PAGE, "hasNextPage", NULL,
					 required(schema, "Boolean"));
	gqle_build_field(schema, type, GQLE_FIELD_HAS_PREVIOUS_PAGE, "hasPreviousPage", NULL,
					 required(schema, "Boolean"));
	gqle_build_field(schema, type, GQLE_FIELD_START_CURSOR, "startCursor", NULL,
					 required(schema, "String"));
}

static void
fill_edge(GqleSchema *schema, GqleType *type)
{
	GqleField  *field;

	gqle_build_field(schema, type, GQLE_FIELD_CURSOR, "cursor", NULL,
					 required(schema, "String"));
	field = gqle_build_field(schema, type, GQLE_FIELD_EDGE_NODE, "node", NULL,
							 gqle_typeref_non_null(gqle_typeref(gqle_build_object(schema, type->table))));
	field->table = type->table;
}

static void
fill_connection(GqleSchema *schema, GqleType *type)
{
	GqleType   *edge;
	GqleType   *page_info;
	GqleTypeRef ref;

	type->description = gqle_build_text(schema, "A Relay connection object on \"%s\"",
										type->table->display);
	edge = gqle_build_type(schema, GQLE_TYPE_OBJECT,
						   gqle_naming_relay_type(type->table, "Edge"), fill_edge, type->table);
	ref = gqle_typeref_list(gqle_typeref_non_null(gqle_typeref(edge)));
	gqle_build_field(schema, type, GQLE_FIELD_EDGES, "edges", NULL,
					 gqle_typeref_non_null(ref))->table = type->table;
	page_info = gqle_build_type(schema, GQLE_TYPE_OBJECT, pstrdup("PageInfo"),
								fill_page_info, NULL);
	gqle_build_field(schema, type, GQLE_FIELD_PAGE_INFO, "pageInfo", NULL,
					 gqle_typeref_non_null(gqle_typeref(page_info)));
}

/* An argument that takes a cursor or a number of rows. */
static void
add_paging_arg(GqleSchema *schema, GqleField *field, GqleInputRole role, const char *name,
			   const char *type, GqleValueClass value_class)
{
	GqleInputField *arg = gqle_build_arg(schema, field, role, name, NULL,
										 gqle_typeref(gqle_build_builtin(schema, type)));

	arg->value_class = value_class;
	arg->null_is_absent = true;
}

/*
 * The arguments of a select but for limit and offset, then those that page, in the
 * order in which they are checked.
 */
static void
add_connection_args(GqleSchema *schema, GqleField *field, GqleTable *table)
{
	GqleTypeRef none = gqle_typeref(NULL);
	GqleField  *select = gqle_build_loose_field(schema, GQLE_FIELD_SELECT, NULL, NULL, none);
	GqleField  *paging = gqle_build_loose_field(schema, GQLE_FIELD_SELECT, NULL, NULL, none);
	Size		n;
	int			i;

	gqle_build_select_args(schema, select, table);
	add_paging_arg(schema, paging, GQLE_INPUT_AFTER, "after", "String", GQLE_CLASS_STRING);
	add_paging_arg(schema, paging, GQLE_INPUT_BEFORE, "before", "String", GQLE_CLASS_STRING);
	add_paging_arg(schema, paging, GQLE_INPUT_FIRST, "first", "Int",
				   GQLE_CLASS_NON_NEGATIVE_INT);
	add_paging_arg(schema, paging, GQLE_INPUT_LAST, "last", "Int",
				   GQLE_CLASS_NON_NEGATIVE_INT);
	n = (field->n_args + select->n_args + paging->n_args) * sizeof(GqleInputField *);
	field->args = field->args == NULL ? palloc(n) : repalloc(field->args, n);
	for (i = 0; i < select->n_args; i++)
	{
		if (select->args[i]->role != GQLE_INPUT_LIMIT &&
			select->args[i]->role != GQLE_INPUT_OFFSET)
			field->args[field->n_args++] = select->args[i];
	}
	for (i = 0; i < paging->n_args; i++)
		field->args[field->n_args++] = paging->args[i];
}

void
gqle_build_connection(GqleSchema *schema, GqleField *field, GqleTable *table)
{
	GqleType   *type;

	type = gqle_build_type(schema, GQLE_TYPE_OBJECT,
						   gqle_naming_relay_type(table, "Connection"),
						   fill_connection, table);
	field->kind = GQLE_FIELD_CONNECTION;
	field->type = gqle_typeref_non_null(gqle_typeref(type));
	field->table = table;
	field->perms = gqle_build_perms(schema, table);
	add_connection_args(schema, field, table);
}

/* ------------------------------------------------------------------------
 * Root fields
 * ------------------------------------------------------------------------ */

GqleField *
gqle_build_connection_root(GqleSchema *schema, GqleTable *table, GqleOperationType operation)
{
	const GqleSelectPerm *perm = gqle_build_perms(schema, table)->select;
	GqleField  *field;
	uint32		enabled;

	if (!gqle_build_is_node(schema, table) || perm == NULL)
		return NULL;
	enabled = operation == GQLE_OPERATION_QUERY ? perm->query_roots :
		perm->subscription_roots;
	if ((enabled & (1U << GQLE_ROOT_SELECT)) == 0)
		return NULL;
	field = gqle_build_loose_field(schema, GQLE_FIELD_CONNECTION,
								   gqle_naming_connection_root(table),
								   gqle_build_text(schema, "fetch data from the table: \"%s\"",
												   table->display),
								   gqle_typeref(NULL));
	gqle_build_connection(schema, field, table);
	return field;
}

GqleField *
gqle_build_named_connection(GqleSchema *schema, const char *name,
							GqleOperationType operation)
{
	GqleTable **tables;
	int			n;
	int			i;

	tables = gqle_catalog_tables(schema->catalog, &n);
	for (i = 0; i < n; i++)
	{
		char	   *root;
		bool		found;

		if (!tables[i]->is_visible)
			continue;
		root = gqle_naming_connection_root(tables[i]);
		found = strcmp(root, name) == 0;
		pfree(root);
		if (found)
		{
			gqle_catalog_load_table(schema->catalog, tables[i]);
			return gqle_build_connection_root(schema, tables[i], operation);
		}
	}
	return NULL;
}
