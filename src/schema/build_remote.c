/*
 * build_remote.c
 *		Types and root fields of remote schemas.
 *
 * A type here is a view of one in the graph that the role sees, made when it is first
 * touched.  Remote schemas and tables may have types of one name, told in the same
 * words (the catalog sees to that), but they remain types of their own: a request gets
 * to them along different fields, and is planned by what they stand for.  So types of
 * remote schemas are found by the schema's name and their own, those of the database by
 * their name alone.  Scalars are shared.
 */
#include "postgres.h"

#include "gqle/base/strhash.h"
#include "gqle/catalog/join.h"
#include "gqle/catalog/remote.h"
#include "gqle/schema/build.h"

StaticAssertDecl(GQLE_WRAP_NON_NULL == GQLE_REMOTE_NON_NULL &&
				 GQLE_WRAP_LIST == GQLE_REMOTE_LIST_OF,
				 "types must be wrapped alike in the catalog and here");

static void fill_type(GqleSchema *schema, GqleType *type);

/* ------------------------------------------------------------------------
 * Types
 * ------------------------------------------------------------------------ */

static const GqleTypeKind kinds[] = {
	[GQLE_REMOTE_SCALAR] = GQLE_TYPE_SCALAR,
	[GQLE_REMOTE_OBJECT_TYPE] = GQLE_TYPE_OBJECT,
	[GQLE_REMOTE_INTERFACE] = GQLE_TYPE_INTERFACE,
	[GQLE_REMOTE_UNION] = GQLE_TYPE_UNION,
	[GQLE_REMOTE_ENUM] = GQLE_TYPE_ENUM,
	[GQLE_REMOTE_INPUT_OBJECT] = GQLE_TYPE_INPUT_OBJECT
};

/* See build.h. */
GqleType *
gqle_build_remote_type(GqleSchema *schema, const GqleRemoteType *remote)
{
	char	   *key;
	GqleType   *type;

	if (remote->kind == GQLE_REMOTE_SCALAR)
	{
		type = gqle_build_shared_scalar(schema, remote->public_name, remote->description);
		if (type != NULL)
			return type;
	}
	key = psprintf("%s/%s", remote->graph->schema->name, remote->name);
	if (schema->remote_types == NULL)
		schema->remote_types = gqle_strhash_make(schema->context, 16);
	type = gqle_strhash_lookup(schema->remote_types, key);
	if (type != NULL)
	{
		pfree(key);
		return type;
	}
	type = gqle_arena_alloc0(&schema->arena, sizeof(GqleType));
	type->kind = kinds[remote->kind];
	type->name = remote->public_name;
	type->description = remote->description;
	type->remote = remote;
	type->fill = fill_type;
	gqle_strhash_add(schema->remote_types, key, type);
	return type;
}

static GqleTypeRef
make_ref(GqleSchema *schema, GqleRemoteRef ref)
{
	GqleTypeRef result = {gqle_build_remote_type(schema, ref.type), ref.wraps};

	return result;
}

/* Is there anything for a client to give? */
static bool
is_hidden(const GqleRemoteInput *input)
{
	return input->preset != NULL || gqle_remote_is_all_preset(input->ref.type);
}

static void
complete_input(GqleInputField *made, const GqleRemoteInput *input)
{
	made->remote = input;
	made->default_text = input->default_text;
	made->value_class = GQLE_CLASS_JSON;
}

/* See build.h. */
GqleField *
gqle_build_remote_field(GqleSchema *schema, const GqleRemoteField *remote)
{
	GqleField  *field = gqle_build_loose_field(schema, GQLE_FIELD_REMOTE, remote->public_name,
											   remote->description,
											   make_ref(schema, remote->ref));
	int			i;

	field->detail = remote;
	for (i = 0; i < remote->n_args; i++)
	{
		const GqleRemoteInput *arg = &remote->args[i];

		if (!is_hidden(arg))
			complete_input(gqle_build_arg(schema, field, GQLE_INPUT_REMOTE, arg->name,
										  arg->description, make_ref(schema, arg->ref)),
						   arg);
	}
	return field;
}

static GqleType **
make_types(GqleSchema *schema, const GqleRemoteRef *refs, int n)
{
	GqleType  **types = palloc(Max(n, 1) * sizeof(GqleType *));
	int			i;

	for (i = 0; i < n; i++)
		types[i] = gqle_build_remote_type(schema, refs[i].type);
	return types;
}

/* Remote relationships that the type is the left side of. */
static void
add_joins(GqleSchema *schema, GqleType *type)
{
	const GqleRemoteType *remote = type->remote;
	int			n;
	const GqleJoin **joins = gqle_catalog_remote_joins(schema->catalog,
													   remote->graph->schema->name,
													   remote->name, &n);
	int			i;

	for (i = 0; i < n; i++)
		gqle_build_join_fields(schema, type, joins[i]);
}

static void
fill_type(GqleSchema *schema, GqleType *type)
{
	const GqleRemoteType *remote = type->remote;
	int			i;

	for (i = 0; i < remote->n_fields; i++)
		gqle_build_add_field(type, gqle_build_remote_field(schema, &remote->fields[i]));
	if (remote->kind == GQLE_REMOTE_OBJECT_TYPE)
		add_joins(schema, type);
	for (i = 0; i < remote->n_inputs; i++)
	{
		const GqleRemoteInput *input = &remote->inputs[i];

		if (!is_hidden(input))
			complete_input(gqle_build_input(schema, type, GQLE_INPUT_REMOTE, input->name,
											input->description, make_ref(schema, input->ref)),
						   input);
	}
	for (i = 0; i < remote->n_values; i++)
		gqle_build_value(type, remote->values[i].name, remote->values[i].description);
	type->interfaces = make_types(schema, remote->interfaces, remote->n_interfaces);
	type->n_interfaces = remote->n_interfaces;
	type->possible = make_types(schema, remote->possible, remote->n_possible);
	type->n_possible = remote->n_possible;
}

/* ------------------------------------------------------------------------
 * Root fields
 * ------------------------------------------------------------------------ */

/* The root of an operation in what the role sees of a remote schema, or NULL. */
static const GqleRemoteType *
get_root(GqleSchema *schema, const GqleRemoteSchema *remote, GqleOperationType operation)
{
	const GqleRemoteGraph *graph = gqle_remote_graph_of(schema->catalog, remote,
														schema->role, schema->backend_only);
	const GqleRemoteType *root;

	if (graph == NULL)
		return NULL;
	root = operation == GQLE_OPERATION_QUERY ? graph->query :
		operation == GQLE_OPERATION_MUTATION ? graph->mutation : graph->subscription;
	return root != NULL && root->n_fields > 0 ? root : NULL;
}

/* The field that holds all root fields of a remote schema. */
static GqleField *
make_namespace(GqleSchema *schema, const GqleRemoteType *root)
{
	return gqle_build_loose_field(schema, GQLE_FIELD_NAMESPACE, root->graph->namespace, NULL,
								  gqle_typeref(gqle_build_remote_type(schema, root)));
}

/* See build.h. */
GqleField *
gqle_build_remote_root(GqleSchema *schema, GqleOperationType operation, const char *name)
{
	const GqleRemoteSchema **remotes;
	int			n;
	int			i;
	int			j;

	if (schema->is_relay)
		return NULL;
	remotes = gqle_catalog_remotes(schema->catalog, &n);
	for (i = 0; i < n; i++)
	{
		const GqleRemoteType *root = get_root(schema, remotes[i], operation);

		if (root == NULL)
			continue;
		if (root->graph->namespace != NULL)
		{
			if (strcmp(root->graph->namespace, name) == 0)
				return make_namespace(schema, root);
			continue;
		}
		for (j = 0; j < root->n_fields; j++)
			if (strcmp(root->fields[j].public_name, name) == 0)
				return gqle_build_remote_field(schema, &root->fields[j]);
	}
	return NULL;
}

/* See build.h. */
bool
gqle_build_has_remote_root(GqleSchema *schema, GqleOperationType operation)
{
	const GqleRemoteSchema **remotes;
	int			n;
	int			i;

	if (schema->is_relay)
		return false;
	remotes = gqle_catalog_remotes(schema->catalog, &n);
	for (i = 0; i < n; i++)
		if (get_root(schema, remotes[i], operation) != NULL)
			return true;
	return false;
}

/* See build.h. */
void
gqle_build_visit_remote_roots(GqleSchema *schema, GqleType *type,
							  GqleOperationType operation,
							  void (*visit) (GqleSchema *schema, GqleType *type,
											 GqleField *field))
{
	const GqleRemoteSchema **remotes;
	int			n;
	int			i;
	int			j;

	if (schema->is_relay)
		return;
	remotes = gqle_catalog_remotes(schema->catalog, &n);
	for (i = n - 1; i >= 0; i--)
	{
		const GqleRemoteType *root = get_root(schema, remotes[i], operation);

		if (root == NULL)
			continue;
		if (root->graph->namespace != NULL)
			visit(schema, type, make_namespace(schema, root));
		for (j = 0; root->graph->namespace == NULL && j < root->n_fields; j++)
			visit(schema, type, gqle_build_remote_field(schema, &root->fields[j]));
	}
}
