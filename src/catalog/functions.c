/*
 * functions.c
 *		Functions behind computed fields and tracked functions.
 *
 * Every function that metadata names is looked up once per catalog, and what
 * was found, or that nothing was, is remembered with a fingerprint: a message
 * about any function makes the next pin look at these again.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "gqle/base/ident.h"
#include "gqle/base/spi.h"
#include "gqle/catalog/cache.h"

/* ------------------------------------------------------------------------
 * Looking functions up
 * ------------------------------------------------------------------------ */

static GqleFunctionEntry *
lookup_function(GqleCatalog *catalog, const char *schema, const char *name)
{
	MemoryContext old = MemoryContextSwitchTo(catalog->context);
	char	   *key = quote_qualified_identifier(schema, name);
	GqleFunctionEntry *entry;

	if (catalog->function_entries == NULL)
		catalog->function_entries = gqle_strhash_make(catalog->context, 16);
	entry = gqle_strhash_lookup(catalog->function_entries, key);
	if (entry == NULL)
	{
		GqleFunctionFacts *facts;

		entry = palloc0(sizeof(GqleFunctionEntry));
		entry->schema = pstrdup(schema);
		entry->name = pstrdup(name);
		entry->n_found = gqle_pgcat_load_function(schema, name, &facts);
		entry->facts = facts;
		entry->fingerprint = gqle_pgcat_function_fingerprint(entry->n_found, facts);
		gqle_strhash_add(catalog->function_entries, key, entry);
	}
	MemoryContextSwitchTo(old);
	return entry;
}

static void
check_entry(const char *key, void *value, void *arg)
{
	const GqleFunctionEntry *entry = value;
	GqleFunctionFacts *facts;
	int			n_found;

	if (!*(bool *) arg)
		return;
	n_found = gqle_pgcat_load_function(entry->schema, entry->name, &facts);
	if (gqle_pgcat_function_fingerprint(n_found, facts) != entry->fingerprint)
		*(bool *) arg = false;
}

bool
gqle_function_entries_hold(GqleCatalog *catalog)
{
	bool		holds = true;

	if (catalog->function_entries != NULL)
		gqle_strhash_visit(catalog->function_entries, check_entry, &holds);
	return holds;
}

/*
 * Why a function cannot be used at all, or NULL.
 */
static char *
check_found(const GqleFunctionEntry *entry)
{
	char	   *display = gqle_tablenames_display(entry->schema, entry->name);

	if (entry->n_found == 0)
		return psprintf("no such function exists: \"%s\"", display);
	if (entry->n_found > 1)
		return psprintf("function \"%s\" is overloaded. Overloaded functions are not supported",
						display);
	return NULL;
}

/* ------------------------------------------------------------------------
 * Making functions
 * ------------------------------------------------------------------------ */

/* The bare name of a type, as metadata and messages know it. */
static const char *
type_name(Oid type_oid)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type_oid));
	char	   *name;

	if (!HeapTupleIsValid(tuple))
		return "unknown";
	name = pstrdup(NameStr(((Form_pg_type) GETSTRUCT(tuple))->typname));
	ReleaseSysCache(tuple);
	return name;
}

/* The relation whose rows a composite type holds, or InvalidOid. */
static Oid
type_relid(Oid type_oid)
{
	Oid			relid = get_typ_typrelid(type_oid);

	if (OidIsValid(relid) && gqle_pgcat_is_trackable(get_rel_relkind(relid)))
		return relid;
	return InvalidOid;
}

static int
find_argument(const GqleFunctionFacts *facts, const char *name)
{
	for (int i = 0; name != NULL && i < facts->n_arguments; i++)
	{
		if (facts->arguments[i].name != NULL && strcmp(facts->arguments[i].name, name) == 0)
			return i;
	}
	return -1;
}

/* Reasons against the types of the arguments that a client gives. */
static List *
check_argument_types(const GqleFunctionFacts *facts, int table_argument,
					 int session_argument, List *reasons)
{
	for (int i = 0; i < facts->n_arguments; i++)
	{
		const GqleScalar *scalar = gqle_scalar_get_argument(
			facts->arguments[i].type_oid);

		if (i != table_argument && i != session_argument &&
			!gqle_ident_is_name(scalar->name))
			reasons = lappend(
				reasons,
				psprintf(
					"cannot use SQL type \"%s\" in the GraphQL schema because "
					"its name is not a valid GraphQL identifier",
					scalar->mapped_name));
	}
	return reasons;
}

/*
 * A function with its arguments; scalar or table is left to the caller.
 * compat: arguments without a name are numbered among those a user gives.
 */
static GqleFunction *
make_function(const GqleFunctionEntry *entry, int table_argument, int session_argument)
{
	const GqleFunctionFacts *facts = entry->facts;
	GqleFunction *function = palloc0(sizeof(GqleFunction));
	int			unnamed = 0;

	function->function_oid = facts->function_oid;
	function->schema = entry->schema;
	function->name = entry->name;
	function->qualified = gqle_tablenames_display(entry->schema, entry->name);
	function->description = facts->comment;
	function->is_volatile = facts->volatility == PROVOLATILE_VOLATILE;
	function->returns_set = facts->returns_set;
	function->n_arguments = facts->n_arguments;
	function->arguments = palloc0(sizeof(GqleArgument) * Max(facts->n_arguments, 1));
	function->table_argument = table_argument;
	function->session_argument = session_argument;
	for (int i = 0; i < facts->n_arguments; i++)
	{
		GqleArgument *argument = &function->arguments[i];

		argument->name = facts->arguments[i].name;
		argument->graphql_name = argument->name;
		argument->has_default = facts->arguments[i].has_default;
		argument->scalar = gqle_scalar_get_argument(facts->arguments[i].type_oid);
		if (argument->name == NULL && i != table_argument && i != session_argument)
			argument->graphql_name = psprintf("arg_%d", ++unnamed);
	}
	return function;
}

/* ------------------------------------------------------------------------
 * Computed fields
 * ------------------------------------------------------------------------ */

/* A type as messages know it: like a table, with its schema unless that is public. */
static const char *
type_display(Oid type_oid)
{
	HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type_oid));
	char *schema;

	if (!HeapTupleIsValid(tuple))
		return "unknown";
	schema = get_namespace_name(
		((Form_pg_type) GETSTRUCT(tuple))->typnamespace);
	ReleaseSysCache(tuple);
	return gqle_tablenames_display(
		schema != NULL ? schema : "",
		gqle_scalar_get_argument(type_oid)->mapped_name);
}

/*
 * Reasons against the table argument; its index is put into *index.  compat: what
 * is no composite is no table either, and both are told.
 */
static List *
check_table_argument(const GqleTable *table, const GqleFunctionFacts *facts,
					 const char *function, const char *name, List *reasons, int *index)
{
	const char *what;
	Oid			type_oid;

	*index = name ? find_argument(facts, name) : 0;
	if (*index < 0)
		return lappend(reasons, psprintf("\"%s\" is not an input argument of the function \"%s\"",
										 name, function));
	what = name ? psprintf("\"%s\" argument", name) : "first argument";
	type_oid = facts->arguments[*index].type_oid;
	if (get_typtype(type_oid) != TYPTYPE_COMPOSITE)
		reasons = lappend(
			reasons, psprintf("%s of the function \"%s\" is not COMPOSITE type",
							  what, function));
	if (get_typ_typrelid(type_oid) != table->relid)
		return lappend(
			reasons,
			psprintf(
				"%s of the function \"%s\" of type \"%s\" is not the table to which the computed field is being added",
				what, function, type_display(type_oid)));
	return reasons;
}

/* Reasons against what the function returns. */
static List *
check_field_result(GqleCatalog *catalog, const GqleFunctionFacts *facts,
				   const char *function, List *reasons)
{
	Oid			relid = type_relid(facts->result_type);
	const GqleScalar *scalar;

	if (OidIsValid(relid))
	{
		GqleTableEntry *target = gqle_catalog_lookup_entry_relid(catalog, relid);
		char	   *schema;
		char	   *name;

		if (target != NULL && target->state == GQLE_ENTRY_OK)
			return reasons;
		if (!gqle_pgcat_relation_name(relid, &schema, &name))
			schema = name = "";
		return lappend(reasons,
					   psprintf("the function \"%s\" returning set of table \"%s\" is not tracked or not found in database",
								function, gqle_tablenames_display(schema, name)));
	}
	scalar = gqle_scalar_get_argument(facts->result_type);
	if (scalar->typtype != TYPTYPE_BASE || !scalar->is_known || facts->returns_set)
		return lappend(reasons,
					   psprintf("the function \"%s\" returning type %s is not a BASE type",
								function, type_name(facts->result_type)));
	return reasons;
}

/*
 * Make the function of a computed field; NULL with reasons why not.
 */
static GqleFunction *
make_field_function(GqleCatalog *catalog, const GqleTable *table,
					const GqleFunctionEntry *entry, const char *field,
					const GqleJson *definition, List **reasons)
{
	const GqleFunctionFacts *facts = entry->facts;
	const char *display = gqle_tablenames_display(entry->schema, entry->name);
	const char *table_name = gqle_catalog_json_string(definition, "table_argument");
	const char *session_name = gqle_catalog_json_string(definition, "session_argument");
	int			table_argument = -1;
	int			session_argument = -1;
	GqleFunction *function;
	Oid			relid;

	if (!gqle_ident_is_name(field))
		*reasons = lappend(*reasons, psprintf("\"%s\" is not valid GraphQL name", field));
	if (facts->volatility == PROVOLATILE_VOLATILE)
		*reasons = lappend(*reasons,
						   psprintf("the function \"%s\" is of type VOLATILE; cannot be added as a computed field",
									display));
	*reasons = check_field_result(catalog, facts, display, *reasons);
	if (facts->n_arguments == 0)
		*reasons = lappend(*reasons,
						   psprintf("the function \"%s\" has no input arguments", display));
	else
		*reasons = check_table_argument(table, facts, display, table_name, *reasons,
										&table_argument);
	/* compat: nothing more is told when there is no such table argument */
	if (session_name != NULL &&
		(table_argument >= 0 || facts->n_arguments == 0))
	{
		session_argument = find_argument(facts, session_name);
		if (session_argument < 0)
			*reasons = lappend(*reasons,
							   psprintf("\"%s\" is not an input argument of the function \"%s\"",
										session_name, display));
		else if (facts->arguments[session_argument].type_oid != JSONOID &&
				 facts->arguments[session_argument].type_oid != JSONBOID)
			*reasons = lappend(*reasons,
							   psprintf("\"%s\" argument of the function \"%s\" is not of type JSON",
										session_name, display));
	}
	*reasons = check_argument_types(facts, table_argument, session_argument,
									*reasons);
	if (*reasons != NIL)
		return NULL;

	function = make_function(entry, table_argument, session_argument);
	relid = type_relid(facts->result_type);
	if (OidIsValid(relid))
		function->table = &gqle_catalog_lookup_entry_relid(catalog, relid)->table;
	else
		function->scalar = gqle_scalar_get(facts->result_type);
	return function;
}

static GqleJson *
make_field_definition(const GqleTable *table, const char *name, GqleJson *definition,
					  const char *comment)
{
	GqleJson   *json = gqle_json_make_object();

	gqle_json_object_set(json, "comment", comment ? gqle_json_make_string(comment) :
						 gqle_json_make_null());
	gqle_json_object_set(json, "definition", definition);
	gqle_json_object_set(json, "name", gqle_json_make_string(name));
	gqle_json_object_set(json, "source", gqle_json_make_string(table->source));
	gqle_json_object_set(json, "table", gqle_problem_table_name(table->schema, table->name));
	return json;
}

/* Why a computed field's name is taken, or NULL. */
static const char *
check_field_name(const GqleTable *table, const char *name)
{
	const GqleColumn *column;

	if (gqle_table_lookup_column(table, name) != NULL)
		return "field definition conflicts with postgres column";
	column = gqle_table_lookup_graphql_column(table, name);
	if (column != NULL)
		return psprintf("field definition conflicts with custom field name for postgres column \"%s\"",
						column->name);
	return NULL;
}

/* Record that a computed field and a relationship have one name: neither is served. */
static void
report_rivals(GqleCatalog *catalog, GqleTableEntry *entry, const GqleRelationship *rel,
			  GqleJson *definition)
{
	GqleTable  *table = &entry->table;
	GqleJson   *whole = gqle_json_make_object();
	GqleJson   *objects = gqle_json_make_array();
	GqleJson   *field = gqle_json_make_object();
	char	   *name = psprintf("computed_field %s in table %s in source %s", rel->name,
								table->display, table->source);

	gqle_json_object_set(field, "definition", definition);
	gqle_json_object_set(field, "name", gqle_json_make_string(name));
	gqle_json_object_set(field, "type", gqle_json_make_string("computed_field"));
	gqle_json_array_add(objects, gqle_relationship_describe(rel));
	gqle_json_array_add(objects, field);
	gqle_json_object_set(whole, "objects", objects);
	gqle_json_object_set(whole, "reason",
						 gqle_json_make_string(psprintf("Conflicting objects: conflicting definitions for field \"%s\"",
														rel->name)));
	gqle_problem_add_whole(catalog, entry, "conflicting field", name, whole);
	gqle_relationship_remove(table, rel->index);
}

/* Make one computed field; NULL after recording why not. */
static GqleComputedField *
load_computed_field(GqleCatalog *catalog, GqleTableEntry *entry, MemoryContext scratch,
					const GqleRows *rows, int row)
{
	GqleTable  *table = &entry->table;
	const char *name = gqle_rows_text(rows, row, 0);
	GqleJson   *definition = gqle_catalog_row_json(scratch, rows, row, 1);
	bool		has_comment = gqle_rows_bool(rows, row, 2);
	const char *comment = gqle_rows_text(rows, row, 3);
	const char *reason = check_field_name(table, name);
	const GqleRelationship *rival;
	GqleFunction *function = NULL;
	GqleComputedField *field;
	const char *schema;
	const char *function_name;

	if (reason == NULL &&
		!gqle_catalog_parse_name(gqle_json_lookup(definition, "function"), &schema,
								 &function_name))
		reason = "key \"function\" not found";
	if (reason == NULL)
	{
		GqleFunctionEntry *found = lookup_function(catalog, schema, function_name);
		List	   *reasons = NIL;
		char	   *missing = check_found(found);
		const char *what = NULL;

		if (missing != NULL)
			what = missing;
		else
			function = make_field_function(catalog, table, found, name, definition, &reasons);
		if (reasons != NIL)
			what = gqle_catalog_join_reasons(psprintf("the computed field \"%s\" cannot be added to table \"%s\"",
													  name, table->display), reasons);
		if (what != NULL)
			reason = psprintf("in table \"%s\": in computed field \"%s\": %s",
							  table->display, name, what);
	}
	if (reason != NULL)
	{
		gqle_problem_add_member(catalog, entry, "computed_field", name,
								make_field_definition(table, name, definition, comment), reason);
		return NULL;
	}
	rival = gqle_table_lookup_relationship(table, name);
	if (rival != NULL)
	{
		report_rivals(catalog, entry, rival,
					  make_field_definition(table, name, definition, comment));
		return NULL;
	}

	field = palloc0(sizeof(GqleComputedField));
	field->name = name;
	field->table = table;
	field->function = function;
	if (has_comment)
		field->description = comment;
	else if (function->description != NULL)
		field->description = function->description;
	else
		field->description = psprintf("A computed field, executes function \"%s\"",
									  function->qualified);
	return field;
}

/* The catalog's context is current. */
void
gqle_function_load_computed_fields(GqleCatalog *catalog, GqleTableEntry *entry,
								   MemoryContext scratch)
{
	static GqleSpiStatement statement = {
		"SELECT name, definition, has_comment, comment FROM gqle.computed_fields "
		"WHERE source = $1 AND schema_name = $2 AND table_name = $3 ORDER BY name", NULL
	};
	GqleTable  *table = &entry->table;
	GqleRows   *rows = gqle_catalog_query_table(scratch, &statement, table);

	table->computed_fields = palloc(sizeof(GqleComputedField *) * Max(rows->n, 1));
	for (int i = 0; i < rows->n; i++)
	{
		GqleComputedField *field = load_computed_field(catalog, entry, scratch, rows, i);

		if (field == NULL)
			continue;
		field->index = table->n_computed_fields;
		table->computed_fields[table->n_computed_fields++] = field;
	}
}

/* ------------------------------------------------------------------------
 * Tracked functions
 * ------------------------------------------------------------------------ */

/* Is the function exposed as a mutation?  Adds a reason if it cannot be. */
static bool
decide_exposure(const GqleFunctionFacts *facts, const GqleJson *configuration,
				List **reasons)
{
	const char *exposed = gqle_catalog_json_string(configuration, "exposed_as");
	bool		is_volatile = facts->volatility == PROVOLATILE_VOLATILE;

	if (exposed == NULL)
		return is_volatile;
	if (strcmp(exposed, "mutation") != 0)
		return false;
	if (!is_volatile)
		*reasons = lappend(*reasons,
						   "the function was requested to be exposed as a mutation, but is not marked VOLATILE. "
						   "Maybe the function was given the wrong volatility when it was defined?");
	return true;
}

/* Reasons against a function whatever it returns. */
static List *
check_root_arguments(const GqleFunctionEntry *entry, const char *session_name, List *reasons)
{
	const GqleFunctionFacts *facts = entry->facts;
	StringInfoData bad;

	initStringInfo(&bad);
	for (int i = 0; i < facts->n_arguments; i++)
	{
		const char *name = facts->arguments[i].name;

		if (name != NULL && !gqle_ident_is_name(name))
			appendStringInfo(&bad, "%s%s", bad.len > 0 ? "," : "", name);
	}
	if (bad.len > 0)
		reasons = lappend(
			reasons,
			psprintf(
				"the function arguments %s are not in compliance with GraphQL spec",
				bad.data));
	if (session_name != NULL)
	{
		int			index = find_argument(facts, session_name);

		if (index < 0)
			reasons = lappend(reasons,
							  psprintf("given session argument \"%s\" not the input argument of the function",
									   session_name));
		else if (facts->arguments[index].type_oid != JSONOID)
			reasons = lappend(reasons,
							  psprintf("given session argument \"%s\" is not of type json",
									   session_name));
	}
	return reasons;
}

/*
 * Make a tracked function; NULL with *reason set.  compat: that a table is not tracked
 * is told without the function's name.
 */
static GqleRootFunction *
make_root_function(GqleCatalog *catalog, const GqleFunctionEntry *entry,
				   const GqleJson *configuration, const char *comment, const char **reason)
{
	const GqleFunctionFacts *facts = entry->facts;
	const char *display = gqle_tablenames_display(entry->schema, entry->name);
	const char *session_name = gqle_catalog_json_string(configuration, "session_argument");
	GqleRootFunction *root = palloc0(sizeof(GqleRootFunction));
	GqleFunction *function;
	GqleTableEntry *target;
	List	   *reasons = NIL;
	Oid			relid = type_relid(facts->result_type);

	/* compat: another name for it does not help */
	if (!gqle_ident_is_name(strcmp(entry->schema, "public") == 0 ? entry->name :
							psprintf("%s_%s", entry->schema, entry->name)))
		reasons = lappend(reasons, "function name is not a legal GraphQL identifier");
	if (facts->is_variadic)
		reasons = lappend(reasons, "function with \"VARIADIC\" parameters are not supported");
	if (get_typtype(facts->result_type) != TYPTYPE_COMPOSITE)
		reasons = lappend(reasons, "the function does not return a \"COMPOSITE\" type");
	if (!OidIsValid(relid))
		reasons = lappend(reasons, "the function does not return a table");
	root->is_mutation = decide_exposure(facts, configuration, &reasons);
	reasons = check_root_arguments(entry, session_name, reasons);
	reasons = check_argument_types(facts, -1,
								   find_argument(facts, session_name), reasons);
	if (reasons != NIL)
	{
		const char *what = psprintf("the function \"%s\" cannot be tracked", display);

		*reason = psprintf("in function \"%s\": %s", display,
						   gqle_catalog_join_reasons(what, reasons));
		return NULL;
	}
	target = gqle_catalog_lookup_entry_relid(catalog, relid);
	if (target == NULL || target->state != GQLE_ENTRY_OK)
	{
		char	   *schema;
		char	   *name;

		if (!gqle_pgcat_relation_name(relid, &schema, &name))
			schema = name = "";
		*reason = psprintf("table \"%s\" is not tracked", gqle_tablenames_display(schema, name));
		return NULL;
	}
	function = make_function(entry, -1, find_argument(facts, session_name));
	function->table = &target->table;
	root->function = function;
	root->description = comment;
	gqle_tablenames_function(root, gqle_catalog_customization(catalog), configuration);
	return root;
}

static const GqleRootFunction *
load_root_function(GqleCatalog *catalog, const GqleRows *rows, int row)
{
	char	   *schema = gqle_rows_text(rows, row, 0);
	char	   *name = gqle_rows_text(rows, row, 1);
	GqleJson   *configuration = gqle_catalog_parse_json(gqle_rows_text(rows, row, 2));
	GqleFunctionEntry *entry = lookup_function(catalog, schema, name);
	const char *reason = check_found(entry);
	GqleRootFunction *root = NULL;
	const char *display = gqle_tablenames_display(schema, name);

	if (reason != NULL)
		reason = psprintf("in function \"%s\": %s", display, reason);
	else
		root = make_root_function(catalog, entry, configuration,
								  gqle_rows_text(rows, row, 3), &reason);
	if (root == NULL)
		gqle_problem_add(catalog, "function",
						 psprintf("function %s in source %s", display, catalog->local->name),
						 gqle_problem_table_name(schema, name), "%s", reason);
	return root;
}

void
gqle_function_load_roots(GqleCatalog *catalog)
{
	static GqleSpiStatement statement = {
		"SELECT schema_name, function_name, configuration, comment FROM gqle.functions "
		"WHERE source = $1 ORDER BY schema_name, function_name", NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	MemoryContext old;
	GqleRows   *rows;
	int			n = 0;

	if (catalog->has_root_functions)
		return;
	old = MemoryContextSwitchTo(catalog->context);
	if (catalog->local != NULL)
	{
		gqle_spi_add_text(&args, catalog->local->name);
		rows = gqle_spi_query_kept(&statement, &args);
		catalog->root_functions = palloc(sizeof(GqleRootFunction *) * Max(rows->n, 1));
		for (int i = 0; i < rows->n; i++)
		{
			const GqleRootFunction *root = load_root_function(catalog, rows, i);

			if (root != NULL)
				catalog->root_functions[n++] = root;
		}
	}
	catalog->n_root_functions = n;
	catalog->has_root_functions = true;
	MemoryContextSwitchTo(old);
}

const GqleRootFunction **
gqle_catalog_functions(GqleCatalog *catalog, int *n)
{
	gqle_function_load_roots(catalog);
	*n = catalog->n_root_functions;
	return catalog->root_functions;
}
