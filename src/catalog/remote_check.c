/*
 * remote_check.c
 *		Do the types of a remote schema fit together?
 *
 * Only what can be reached from the roots is looked at, depth first in the order of
 * Hasura, which reports the first mistake it meets.  A chain of types may be as long
 * as the server likes: below a certain depth types are put off until the way up is
 * done, and only the order of mistakes depends on that.
 *
 * compat: that the types of arguments are compared with their nullability, and those of
 * fields with less of it, is as in Hasura.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/pg_list.h"

#include "gqle/catalog/remote_parts.h"

#define MAX_DEPTH	200

/* Marks of types. */
#define MARK_UNSEEN	0
#define MARK_SEEN	1

typedef struct Check
{
	GqleRemoteGraph *graph;
	GqleErrorSink *sink;
	List	   *put_off;		/* types yet to be looked at */
	int			depth;
} Check;

static bool check_root(Check *check, const char *name);
static bool check_type(Check *check, GqleRemoteType *type);
static bool check_field(Check *check, const GqleRemoteField *field);
static bool check_input(Check *check, const GqleRemoteInput *input);
static bool check_object(Check *check, GqleRemoteType *type);
static bool check_possible(Check *check, GqleRemoteType *type);
static bool check_implements(Check *check, const GqleRemoteType *object,
							 const GqleRemoteType *interface);

#define complain(check, ...) \
	gqle_error_report((check)->sink, GQLE_ERR_REMOTE_SCHEMA_ERROR, NULL, __VA_ARGS__)

/* See remote_parts.h. */
bool
gqle_remote_check(GqleRemoteGraph *graph, GqleErrorSink *sink)
{
	Check		check = {graph, sink, NIL, 0};

	for (int i = 0; i < graph->n_types; i++)
		graph->types[i]->mark = MARK_UNSEEN;
	if (!check_root(&check, graph->query_name) ||
		(graph->mutation_name != NULL && !check_root(&check, graph->mutation_name)) ||
		(graph->subscription_name != NULL && !check_root(&check, graph->subscription_name)))
		return false;
	while (check.put_off != NIL)
	{
		GqleRemoteType *type = llast(check.put_off);

		check.put_off = list_delete_last(check.put_off);
		if (!check_type(&check, type))
			return false;
	}
	return true;
}

/* The fields of a root.  The type itself is looked at only if something has it. */
static bool
check_root(Check *check, const char *name)
{
	GqleRemoteType *type = gqle_remote_lookup_type(check->graph, name);

	if (type == NULL || type->kind != GQLE_REMOTE_OBJECT_TYPE)
		return gqle_error_report(check->sink, GQLE_ERR_UNEXPECTED, NULL,
								 "\"%s\" has to be an object type", name);
	for (int i = 0; i < type->n_fields; i++)
		if (!check_field(check, &type->fields[i]))
			return false;
	return true;
}

static bool
check_type(Check *check, GqleRemoteType *type)
{
	bool		done = true;

	if (type->mark == MARK_SEEN)
		return true;
	if (check->depth >= MAX_DEPTH)
	{
		check->put_off = lappend(check->put_off, type);
		return true;
	}
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	type->mark = MARK_SEEN;
	check->depth++;
	switch (type->kind)
	{
		case GQLE_REMOTE_SCALAR:
			break;
		case GQLE_REMOTE_ENUM:
			if (type->n_values == 0)
				done = complain(check, "List of values cannot be empty for enum '%s'",
								type->name);
			break;
		case GQLE_REMOTE_OBJECT_TYPE:
			done = check_object(check, type);
			break;
		case GQLE_REMOTE_INTERFACE:
			for (int i = 0; done && i < type->n_fields; i++)
				done = check_field(check, &type->fields[i]);
			done = done && check_possible(check, type);
			if (done && type->n_fields == 0)
				done = complain(check, "List of fields cannot be empty for interface '%s'",
								type->name);
			break;
		case GQLE_REMOTE_UNION:
			done = check_possible(check, type);
			if (done && type->n_possible == 0)
				done = complain(check,
								"List of member types cannot be empty for union type '%s'",
								type->name);
			break;
		case GQLE_REMOTE_INPUT_OBJECT:
			for (int i = 0; done && i < type->n_inputs; i++)
				done = type->inputs[i].preset != NULL ||
					check_input(check, &type->inputs[i]);
			break;
	}
	check->depth--;
	return done;
}

static bool
check_field(Check *check, const GqleRemoteField *field)
{
	if (field->ref.type == NULL)
		return complain(check, "Could not find type with name \"%s\"", field->ref.name);
	for (int i = 0; i < field->n_args; i++)
		if (field->args[i].preset == NULL && !check_input(check, &field->args[i]))
			return false;
	if (field->ref.type->kind == GQLE_REMOTE_INPUT_OBJECT)
		return complain(check, "expected output type, but got input type");
	return check_type(check, field->ref.type);
}

static bool
check_input(Check *check, const GqleRemoteInput *input)
{
	if (input->ref.type == NULL)
		return complain(check, "Could not find type with name \"%s\"", input->ref.name);
	switch (input->ref.type->kind)
	{
		case GQLE_REMOTE_OBJECT_TYPE:
		case GQLE_REMOTE_INTERFACE:
		case GQLE_REMOTE_UNION:
			return complain(check, "expected input type, but got output type");
		default:
			return check_type(check, input->ref.type);
	}
}

static bool
check_object(Check *check, GqleRemoteType *type)
{
	for (int i = 0; i < type->n_fields; i++)
		if (!check_field(check, &type->fields[i]))
			return false;
	for (int i = 0; i < type->n_interfaces; i++)
	{
		const GqleRemoteType *interface = type->interfaces[i].type;

		if (interface == NULL || interface->kind != GQLE_REMOTE_INTERFACE)
			return complain(check, "Could not find interface '%s' implemented by Object type '%s'",
							type->interfaces[i].name, type->name);
	}
	for (int i = 0; i < type->n_interfaces; i++)
		if (!check_type(check, type->interfaces[i].type))
			return false;
	for (int i = 0; i < type->n_interfaces; i++)
		if (!check_implements(check, type, type->interfaces[i].type))
			return false;
	return true;
}

/* The types of which values of an interface or union can be. */
static bool
check_possible(Check *check, GqleRemoteType *type)
{
	bool		is_union = type->kind == GQLE_REMOTE_UNION;

	for (int i = 0; i < type->n_possible; i++)
	{
		const GqleRemoteRef *ref = &type->possible[i];

		if (ref->type != NULL && ref->type->kind == GQLE_REMOTE_INTERFACE)
			return complain(check, "%s type '%s' can only include object types. It cannot include '%s'",
							is_union ? "Union" : "Interface", type->name, ref->name);
		if (ref->type == NULL || ref->type->kind != GQLE_REMOTE_OBJECT_TYPE)
			return complain(check, "Could not find type '%s', which is defined as a member type of %s '%s'",
							ref->name, is_union ? "Union" : "Interface", type->name);
		if (!check_type(check, ref->type))
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------------
 * Interfaces
 * ------------------------------------------------------------------------ */

static bool
is_member(const GqleRemoteType *interface, const GqleRemoteType *object)
{
	for (int i = 0; i < interface->n_possible; i++)
		if (interface->possible[i].type == object)
			return true;
	return false;
}

/* Is a named type, of an object's field, another one's, or below it? */
static bool
is_sub_definition(const GqleRemoteType *type, const GqleRemoteType *of)
{
	if (type == of)
		return true;
	if (type->kind != GQLE_REMOTE_OBJECT_TYPE)
		return false;
	return of->kind == GQLE_REMOTE_UNION ||
		(of->kind == GQLE_REMOTE_INTERFACE && is_member(of, type));
}

/* compat: the nullability of lists does not count. */
static bool
is_sub_type(GqleRemoteRef ref, GqleRemoteRef of)
{
	for (;;)
	{
		bool		ref_non_null = gqle_remote_ref_is_non_null(ref);
		bool		of_non_null = gqle_remote_ref_is_non_null(of);
		bool		ref_is_list;
		bool		of_is_list;

		if (ref_non_null)
			ref.wraps >>= 2;
		if (of_non_null)
			of.wraps >>= 2;
		ref_is_list = (ref.wraps & 3) == GQLE_REMOTE_LIST_OF;
		of_is_list = (of.wraps & 3) == GQLE_REMOTE_LIST_OF;
		if (ref_is_list != of_is_list)
			return false;
		if (!ref_is_list)
			return (ref_non_null || !of_non_null) && ref.type != NULL && of.type != NULL &&
				is_sub_definition(ref.type, of.type);
		ref.wraps >>= 2;
		of.wraps >>= 2;
	}
}

static const GqleRemoteInput *
lookup_arg(const GqleRemoteField *field, const char *name)
{
	for (int i = 0; i < field->n_args; i++)
		if (strcmp(field->args[i].name, name) == 0)
			return &field->args[i];
	return NULL;
}

static bool
check_arguments(Check *check, const GqleRemoteType *object, const GqleRemoteField *field,
				const GqleRemoteType *interface, const GqleRemoteField *wanted)
{
	for (int i = 0; i < wanted->n_args; i++)
	{
		const GqleRemoteInput *arg = &wanted->args[i];
		const GqleRemoteInput *own = lookup_arg(field, arg->name);

		if (own == NULL)
			return complain(check, "Interface field argument '%s'.\"%s\"(\"%s\":) required, but Object field '%s'.\"%s\" does not provide it",
							interface->name, wanted->name, arg->name, object->name,
							field->name);
		if (!gqle_remote_same_ref(own->ref, arg->ref))
			return complain(check, "Interface field argument '%s'.\"%s\"(\"%s\":) expects type %s, but '%s'.\"%s\"(\"%s\":) has type %s",
							interface->name, wanted->name, arg->name,
							gqle_remote_ref_text(arg->ref), object->name, field->name,
							arg->name, gqle_remote_ref_text(own->ref));
	}
	for (int i = 0; i < field->n_args; i++)
	{
		const GqleRemoteInput *own = &field->args[i];

		if (lookup_arg(wanted, own->name) == NULL && gqle_remote_ref_is_non_null(own->ref))
			return complain(check, "Object field argument '%s'.\"%s\"(\"%s\":) is of required type %s, but is not provided by Interface field '%s'.\"%s\"",
							object->name, field->name, own->name,
							gqle_remote_ref_text(own->ref), interface->name, wanted->name);
	}
	return true;
}

/* Does an object have what its interface promises? */
static bool
check_implements(Check *check, const GqleRemoteType *object,
				 const GqleRemoteType *interface)
{
	for (int i = 0; i < interface->n_fields; i++)
	{
		const GqleRemoteField *wanted = &interface->fields[i];
		const GqleRemoteField *field = gqle_remote_lookup_field(object, wanted->name);

		if (field == NULL)
			return complain(check, "Interface field '%s'.\"%s\" expected, but '%s' does not provide it",
							interface->name, wanted->name, object->name);
		if (!is_sub_type(field->ref, wanted->ref))
			return complain(check, "The type of Object field '%s'.\"%s\" (%s) is not the same type/sub type of Interface field '%s'.\"%s\" (%s)",
							object->name, field->name, gqle_remote_ref_text(field->ref),
							interface->name, wanted->name, gqle_remote_ref_text(wanted->ref));
		if (!check_arguments(check, object, field, interface, wanted))
			return false;
	}
	return true;
}
