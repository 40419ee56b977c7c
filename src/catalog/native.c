/*
 * native.c
 *		Native queries and logical models: row types that the metadata declare,
 *		and SQL whose rows have them.
 *
 * Both are tables without a relation.  A logical model has the columns that its
 * definition lists, and permissions.  A native query shares the columns of its
 * logical model, which may be written within its own definition, and has
 * relationships.
 *
 * A native query is right if Postgres takes it: it is prepared when it is first
 * touched, and its columns are compared with the model's.  The plan is kept to
 * learn from its invalidation that something the query uses has changed; it is
 * never run, since requests embed the text in statements of their own.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/base/ident.h"
#include "gqle/catalog/cache.h"
#include "gqle/catalog/nativetype.h"

#define FAILED "Failed to validate query"

/* ------------------------------------------------------------------------
 * Names
 * ------------------------------------------------------------------------ */

/* The first part of a table that is no relation. */
static void
begin_entry(GqleCatalog *catalog, GqleTableEntry *entry, const char *name,
			GqleJson *definition)
{
	GqleTable  *table = &entry->table;

	entry->source = catalog->local;
	entry->state = GQLE_ENTRY_OK;
	entry->definition = definition;
	table->source = catalog->local->name;
	table->customization = &catalog->local->customization;
	table->schema = "";
	table->name = table->display = table->type_name = name;
	table->base_name = table->plain_name = name;
	table->has_custom_name = true;
	table->is_visible = true;
	table->row_estimate = -1;
}

static void
load_models(GqleCatalog *catalog, const GqleRows *rows)
{
	catalog->n_models = rows->n;
	catalog->models = palloc0(sizeof(GqleTableEntry) * Max(rows->n, 1));
	for (int i = 0; i < rows->n; i++)
	{
		begin_entry(catalog, &catalog->models[i], gqle_rows_text(rows, i, 0),
					gqle_catalog_parse_json(gqle_rows_text(rows, i, 1)));
		catalog->models[i].table.is_model = true;
	}
}

static void
load_natives(GqleCatalog *catalog, const GqleRows *rows)
{
	catalog->n_natives = rows->n;
	catalog->natives = palloc0(sizeof(GqleNativeEntry) * Max(rows->n, 1));
	catalog->native_tables = palloc(sizeof(GqleTable *) * Max(rows->n, 1));
	for (int i = 0; i < rows->n; i++)
	{
		GqleNativeEntry *native = &catalog->natives[i];

		begin_entry(catalog, &native->entry, gqle_rows_text(rows, i, 0),
					gqle_catalog_parse_json(gqle_rows_text(rows, i, 1)));
		native->entry.table.native = &native->query;
		catalog->native_tables[i] = &native->entry.table;
	}
}

/* Plans are not part of the catalog's memory. */
static void
free_plans(void *arg)
{
	GqleCatalog *catalog = arg;

	for (int i = 0; i < catalog->n_natives; i++)
	{
		if (catalog->natives[i].plan != NULL)
			gqle_spi_plan_free(catalog->natives[i].plan);
	}
}

/* The catalog's context is current. */
void
gqle_native_load_names(GqleCatalog *catalog)
{
	static GqleSpiStatement models = {
		"SELECT name, definition FROM gqle.logical_models WHERE source = $1 ORDER BY name", NULL
	};
	static GqleSpiStatement natives = {
		"SELECT root_field_name, definition FROM gqle.native_queries "
		"WHERE source = $1 ORDER BY root_field_name", NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	MemoryContextCallback *callback;

	if (catalog->local == NULL)
		return;
	gqle_spi_add_text(&args, catalog->local->name);
	load_models(catalog, gqle_spi_query_kept(&models, &args));
	load_natives(catalog, gqle_spi_query_kept(&natives, &args));
	if (catalog->n_natives == 0)
		return;
	callback = palloc(sizeof(MemoryContextCallback));
	callback->func = free_plans;
	callback->arg = catalog;
	MemoryContextRegisterResetCallback(catalog->context, callback);
}

static int
compare_names(const void *name, const void *entry)
{
	return strcmp(name, ((const GqleTableEntry *) entry)->table.name);
}

static GqleTableEntry *
lookup_model(GqleCatalog *catalog, const char *name)
{
	return bsearch(name, catalog->models, catalog->n_models, sizeof(GqleTableEntry),
				   compare_names);
}

GqleTableEntry *
gqle_native_lookup_entry(GqleCatalog *catalog, const char *name)
{
	return bsearch(name, catalog->natives, catalog->n_natives, sizeof(GqleNativeEntry),
				   compare_names);
}

GqleTable **
gqle_catalog_natives(GqleCatalog *catalog, int *n)
{
	*n = catalog->n_natives;
	return catalog->native_tables;
}

GqleTable *
gqle_catalog_lookup_native(GqleCatalog *catalog, const char *name)
{
	GqleTableEntry *entry = gqle_native_lookup_entry(catalog, name);

	if (entry == NULL)
		return NULL;
	gqle_catalog_load_table(catalog, &entry->table);
	return entry->table.is_visible ? &entry->table : NULL;
}

/* ------------------------------------------------------------------------
 * Problems
 * ------------------------------------------------------------------------ */

/* Record why one is inconsistent, and serve it no more. */
static void
mark_broken(GqleCatalog *catalog, GqleTableEntry *entry, const char *reason,
			GqleJson *message)
{
	const char *type = entry->table.is_model ? "logical_model" : "native_query";

	entry->state = GQLE_ENTRY_BROKEN;
	entry->table.is_visible = false;
	gqle_problem_add_message(catalog, type,
							 psprintf("%s %s in source %s", type, entry->table.name,
									  entry->source->name),
							 entry->definition, reason, message);
}

/* What Postgres says about a statement, as Hasura prints it. */
static GqleJson *
make_message(const char *statement, const ErrorData *error)
{
	GqleJson   *message = gqle_json_make_object();
	GqleJson   *inner = gqle_json_make_object();

	gqle_json_object_set(message, "arguments", gqle_json_make_array());
	gqle_json_object_set(inner, "description", error->detail ?
						 gqle_json_make_string(error->detail) : gqle_json_make_null());
	gqle_json_object_set(inner, "exec_status", gqle_json_make_string("FatalError"));
	gqle_json_object_set(inner, "hint", error->hint ?
						 gqle_json_make_string(error->hint) : gqle_json_make_null());
	gqle_json_object_set(inner, "message", gqle_json_make_string(error->message));
	gqle_json_object_set(inner, "status_code",
						 gqle_json_make_string(pstrdup(unpack_sql_state(error->sqlerrcode))));
	gqle_json_object_set(message, "error", inner);
	gqle_json_object_set(message, "prepared", gqle_json_make_bool(false));
	gqle_json_object_set(message, "statement", gqle_json_make_string(pstrdup(statement)));
	return message;
}

/* ------------------------------------------------------------------------
 * Form
 *
 * Rows that another program wrote, or an earlier version, may lack anything.
 * ------------------------------------------------------------------------ */

static bool
has_kind(const GqleJson *json, GqleJsonKind kind)
{
	return json != NULL && json->kind == kind;
}

/* Absent, null, or an array of objects that have names? */
static bool
is_list(const GqleJson *json)
{
	if (gqle_json_is_null(json))
		return true;
	if (json->kind != GQLE_JSON_ARRAY)
		return false;
	for (int i = 0; i < json->n; i++)
	{
		if (gqle_catalog_json_string(json->items[i], "name") == NULL)
			return false;
	}
	return true;
}

/* Are these fields?  A type that is a name becomes the scalar of that name. */
static bool
take_fields(const GqleJson *fields)
{
	if (!has_kind(fields, GQLE_JSON_ARRAY) || !is_list(fields))
		return false;
	for (int i = 0; i < fields->n; i++)
	{
		GqleJson   *field = fields->items[i];
		const char *name = gqle_catalog_json_string(field, "type");
		GqleJson   *type;
		const char *canonical;

		if (name == NULL)
		{
			if (!has_kind(gqle_json_lookup(field, "type"), GQLE_JSON_OBJECT))
				return false;
			continue;
		}
		canonical = gqle_nativetype_canonical(name);
		type = gqle_json_make_object();
		gqle_json_object_set(type, "scalar",
							 gqle_json_make_string(pstrdup(canonical ? canonical : name)));
		gqle_json_object_set(type, "nullable",
							 gqle_json_make_bool(gqle_catalog_json_bool(field, "nullable", false)));
		gqle_json_object_set(field, "type", type);
	}
	return true;
}

static bool
are_arguments(const GqleJson *json)
{
	if (gqle_json_is_null(json))
		return true;
	if (json->kind != GQLE_JSON_OBJECT)
		return false;
	for (int i = 0; i < json->n; i++)
	{
		if (gqle_catalog_json_string(json->members[i].value, "type") == NULL)
			return false;
	}
	return true;
}

/* The key of a definition whose value has not the form it must have; or NULL. */
static const char *
find_malformed(const GqleTableEntry *entry)
{
	const GqleJson *definition = entry->definition;
	const GqleJson *returns = gqle_json_lookup(definition, "returns");

	if (entry->table.is_model)
		return take_fields(gqle_json_lookup(definition, "fields")) ? NULL : "fields";
	if (gqle_catalog_json_string(definition, "code") == NULL)
		return "code";
	if (!has_kind(returns, GQLE_JSON_STRING) && !take_fields(gqle_json_lookup(returns, "fields")))
		return "returns";
	if (!are_arguments(gqle_json_lookup(definition, "arguments")))
		return "arguments";
	if (!is_list(gqle_json_lookup(definition, "array_relationships")))
		return "array_relationships";
	if (!is_list(gqle_json_lookup(definition, "object_relationships")))
		return "object_relationships";
	return NULL;
}

/* ------------------------------------------------------------------------
 * Logical models
 * ------------------------------------------------------------------------ */

/* The columns that fields of scalar types are; returns why there are none. */
static const char *
load_columns(GqleTable *table, const GqleJson *fields)
{
	table->columns = palloc(sizeof(GqleColumn *) * Max(fields->n, 1));
	for (int i = 0; i < fields->n; i++)
	{
		const GqleJson *field = fields->items[i];
		const GqleJson *type = gqle_json_lookup(field, "type");
		const char *name = gqle_catalog_json_string(field, "name");
		const char *scalar = gqle_catalog_json_string(type, "scalar");
		Oid			oid;
		GqleColumn *column;

		if (scalar == NULL)
			continue;
		if (!gqle_ident_is_name(name))
			return psprintf("\"%s\" is not a valid GraphQL name", name);
		oid = gqle_nativetype_oid(scalar);
		if (!OidIsValid(oid))
			return psprintf("type \"%s\" does not exist in the database", scalar);
		column = palloc0(sizeof(GqleColumn));
		column->index = table->n_columns;
		column->name = column->graphql_name = name;
		column->description = gqle_catalog_json_string(field, "description");
		column->scalar = gqle_scalar_get(oid);
		column->type_oid = oid;
		column->not_null = !gqle_catalog_json_bool(type, "nullable", false);
		table->columns[table->n_columns++] = column;
	}
	return NULL;
}

static void
load_model(GqleCatalog *catalog, GqleTableEntry *entry)
{
	GqleTable  *table = &entry->table;
	const char *malformed = find_malformed(entry);
	const char *reason;

	table->n_columns = 0;
	if (malformed != NULL)
	{
		mark_broken(catalog, entry, psprintf("key \"%s\" is malformed", malformed), NULL);
		return;
	}
	table->description = gqle_catalog_json_string(entry->definition, "description");
	reason = load_columns(table, gqle_json_lookup(entry->definition, "fields"));
	if (reason != NULL)
		mark_broken(catalog, entry, reason, NULL);
}

/* The logical model of a native query, perhaps written within it; or NULL. */
static GqleTableEntry *
find_model(GqleCatalog *catalog, const GqleTableEntry *native)
{
	GqleJson   *returns = gqle_json_lookup(native->definition, "returns");
	GqleJson   *description = gqle_json_lookup(native->definition, "description");
	GqleTableEntry *model;
	GqleJson   *definition;

	if (find_malformed(native) != NULL)
		return NULL;
	if (returns->kind == GQLE_JSON_STRING)
		return lookup_model(catalog, returns->text);
	definition = gqle_json_make_object();
	if (description != NULL)
		gqle_json_object_set(definition, "description", description);
	gqle_json_object_set(definition, "fields", gqle_json_lookup(returns, "fields"));
	model = palloc0(sizeof(GqleTableEntry));
	begin_entry(catalog, model, native->table.name, definition);
	model->table.is_model = model->table.is_inline = true;
	return model;
}

/* ------------------------------------------------------------------------
 * Text and arguments
 * ------------------------------------------------------------------------ */

/* Spaces and semicolons at the end must not get between the text and what follows. */
static char *
trim_end(const char *code)
{
	char	   *copy = pstrdup(code);
	size_t		len = strlen(copy);

	while (len > 0 && strchr(" \t\n", copy[len - 1]) != NULL)
		len--;
	while (len > 0 && copy[len - 1] == ';')
		len--;
	copy[len] = '\0';
	return copy;
}

/* Cut the text at "{{name}}"; names[i] is what stands after pieces[i]. */
static void
split_code(const char *code, const char ***pieces, const char ***names, int *n)
{
	const char *open;
	int			max = 1;

	for (open = strstr(code, "{{"); open != NULL; open = strstr(open + 2, "{{"))
		max++;
	*pieces = palloc(sizeof(char *) * max);
	*names = palloc(sizeof(char *) * max);
	*n = 0;
	while ((open = strstr(code, "{{")) != NULL)
	{
		const char *close = strstr(open, "}}");

		if (close == NULL)
			break;
		(*pieces)[*n] = pnstrdup(code, open - code);
		(*names)[(*n)++] = pnstrdup(open + 2, close - open - 2);
		code = close + 2;
	}
	/* a comment may be the last line */
	(*pieces)[*n] = psprintf("%s\n", trim_end(code));
}

static const GqleArgument *
find_argument(const GqleNativeQuery *query, const char *name)
{
	for (int i = 0; i < query->n_arguments; i++)
	{
		if (strcmp(query->arguments[i].name, name) == 0)
			return &query->arguments[i];
	}
	return NULL;
}

static int
compare_arguments(const void *a, const void *b)
{
	return strcmp(((const GqleArgument *) a)->name, ((const GqleArgument *) b)->name);
}

/* The arguments that are declared; returns what is wrong with one. */
static const char *
load_arguments(GqleNativeQuery *query, const GqleJson *json)
{
	int			n = json != NULL ? json->n : 0;

	query->arguments = palloc0(sizeof(GqleArgument) * Max(n, 1));
	query->n_arguments = n;
	query->needs_arguments = false;
	for (int i = 0; i < n; i++)
	{
		GqleArgument *argument = &query->arguments[i];
		const GqleJson *type = json->members[i].value;
		const char *type_name = gqle_catalog_json_string(type, "type");
		Oid			oid = gqle_nativetype_oid(type_name);

		argument->name = argument->graphql_name = json->members[i].key;
		argument->description = gqle_catalog_json_string(type, "description");
		argument->has_default = gqle_catalog_json_bool(type, "nullable", false);
		if (!argument->has_default)
			query->needs_arguments = true;
		if (!gqle_ident_is_name(argument->name))
			return psprintf("\"%s\" is not a valid GraphQL name", argument->name);
		if (!OidIsValid(oid))
			return psprintf("type \"%s\" does not exist in the database", type_name);
		argument->scalar = gqle_scalar_get(oid);
	}
	qsort(query->arguments, n, sizeof(GqleArgument), compare_arguments);
	return NULL;
}

/* "['a', 'b']" of names, sorted and each once. */
static char *
list_names(const char **names, int n)
{
	StringInfoData out;

	qsort(names, n, sizeof(char *), pg_qsort_strcmp);
	initStringInfo(&out);
	for (int i = 0; i < n; i++)
	{
		if (i == 0 || strcmp(names[i - 1], names[i]) != 0)
			appendStringInfo(&out, "%s'%s'", i > 0 ? ", " : "[", names[i]);
	}
	appendStringInfoChar(&out, ']');
	return out.data;
}

/* Arguments are declared if and only if the text uses them; returns a mistake. */
static const char *
bind_uses(GqleNativeQuery *query, const char **names)
{
	const char **bad = palloc(sizeof(char *) * Max(query->n_uses + query->n_arguments, 1));
	int			n_bad = 0;

	query->uses = palloc(sizeof(GqleArgument *) * Max(query->n_uses, 1));
	for (int i = 0; i < query->n_uses; i++)
	{
		query->uses[i] = find_argument(query, names[i]);
		if (query->uses[i] == NULL)
			bad[n_bad++] = names[i];
	}
	if (n_bad > 0)
		return psprintf("The following columns are used in the query, but are not declared as arguments: %s",
						list_names(bad, n_bad));
	for (int i = 0; i < query->n_arguments; i++)
	{
		bool		is_used = false;

		for (int j = 0; j < query->n_uses && !is_used; j++)
			is_used = query->uses[j] == &query->arguments[i];
		if (!is_used)
			bad[n_bad++] = query->arguments[i].name;
	}
	if (n_bad > 0)
		return psprintf("The following columns are declared as arguments, but are not used in the query: %s",
						list_names(bad, n_bad));
	return NULL;
}

static const char *
load_code(GqleNativeEntry *native)
{
	GqleNativeQuery *query = &native->query;
	const GqleJson *definition = native->entry.definition;
	const char **names;
	const char *reason;

	query->description = gqle_catalog_json_string(definition, "description");
	split_code(gqle_catalog_json_string(definition, "code"), &query->pieces, &names,
			   &query->n_uses);
	reason = load_arguments(query, gqle_json_lookup(definition, "arguments"));
	return reason != NULL ? reason : bind_uses(query, names);
}

/* ------------------------------------------------------------------------
 * Does Postgres take it?
 * ------------------------------------------------------------------------ */

/* The number of each use's parameter, in order of first use; returns how many. */
static int
number_uses(const GqleNativeQuery *query, int *numbers, const GqleArgument **order)
{
	int			n = 0;

	for (int i = 0; i < query->n_uses; i++)
	{
		int			number = 0;

		while (number < n && order[number] != query->uses[i])
			number++;
		if (number == n)
			order[n++] = query->uses[i];
		numbers[i] = number + 1;
	}
	return n;
}

/* The query with its model's columns taken from it. */
static char *
make_statement(const GqleNativeEntry *native, const int *numbers)
{
	const GqleNativeQuery *query = &native->query;
	const GqleTable *table = &native->entry.table;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "WITH _cte_logimo_vali_ AS (\n");
	for (int i = 0; i <= query->n_uses; i++)
	{
		appendStringInfoString(&sql, query->pieces[i]);
		if (i < query->n_uses)
			appendStringInfo(&sql, "$%d", numbers[i]);
	}
	appendStringInfoString(&sql, "\n)\nSELECT ");
	for (int i = 0; i < table->n_columns; i++)
		appendStringInfo(&sql, "%s\"%s\"", i > 0 ? ", " : "", table->columns[i]->name);
	appendStringInfoString(&sql, "\nFROM _cte_logimo_vali_");
	return sql.data;
}

/* compat: Hasura prepares by a statement of SQL. */
static char *
describe_statement(const char *sql, const GqleArgument **order, int n)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out, "PREPARE _logimo_vali_");
	for (int i = 0; i < n; i++)
	{
		const char *name = gqle_nativetype_name(order[i]->scalar->type_oid);

		appendStringInfo(&out, "%s%s", i > 0 ? ", " : "(",
						 name != NULL ? name : order[i]->scalar->sql_name);
	}
	appendStringInfo(&out, "%s AS %s", n > 0 ? ")" : "", sql);
	return out.data;
}

/* The first column whose type is not the one the model says, as a message; or NULL. */
static GqleJson *
compare_columns(const GqleNativeEntry *native, const GqleJson *fields)
{
	const GqleTable *table = &native->entry.table;
	TupleDesc	desc = gqle_spi_plan_desc(native->plan);
	int			column = 0;

	for (int i = 0; i < fields->n && column < table->n_columns; i++)
	{
		const char *expected = gqle_catalog_json_string(gqle_json_lookup(fields->items[i], "type"),
														"scalar");
		Oid			actual;
		const char *name;

		if (expected == NULL)
			continue;
		actual = TupleDescAttr(desc, column)->atttypid;
		name = gqle_nativetype_name(actual);
		if (gqle_nativetype_matches(expected, actual))
		{
			column++;
			continue;
		}
		return gqle_json_make_string(psprintf("Return column '%s' has a type mismatch. The expected type is '%s', "
											  "but the actual type is '%s'.",
											  table->columns[column]->name, expected,
											  name ? name : gqle_scalar_get(actual)->sql_name));
	}
	return NULL;
}

/* The fields of the model of a native query, as its definition lists them. */
static const GqleJson *
model_fields(const GqleNativeEntry *native)
{
	return gqle_json_lookup(gqle_entry(native->entry.table.model)->definition, "fields");
}

/*
 * Prepare the query, and keep the plan if it is right; else *message is why not.
 */
static bool
validate(GqleNativeEntry *native, GqleJson **message)
{
	const GqleNativeQuery *query = &native->query;
	int		   *numbers = palloc(sizeof(int) * Max(query->n_uses, 1));
	const GqleArgument **order = palloc(sizeof(GqleArgument *) * Max(query->n_uses, 1));
	int			n = number_uses(query, numbers, order);
	Oid		   *types = palloc(sizeof(Oid) * Max(n, 1));
	char	   *sql = make_statement(native, numbers);
	ErrorData  *error;

	for (int i = 0; i < n; i++)
		types[i] = order[i]->scalar->type_oid;
	*message = NULL;
	native->plan = gqle_spi_plan_try(sql, n, types, &error);
	if (native->plan == NULL)
		*message = make_message(describe_statement(sql, order, n), error);
	else if (gqle_spi_plan_is_modifying(native->plan))
		*message = gqle_json_make_string("The query changes data.");
	else
		*message = compare_columns(native, model_fields(native));
	if (*message != NULL && native->plan != NULL)
	{
		gqle_spi_plan_free(native->plan);
		native->plan = NULL;
	}
	return *message == NULL;
}

/* ------------------------------------------------------------------------
 * Native queries
 * ------------------------------------------------------------------------ */

/* Fields that are rows must be relationships; returns what is wrong. */
static const char *
check_fields(const GqleNativeEntry *native)
{
	const GqleJson *fields = model_fields(native);

	for (int i = 0; i < fields->n; i++)
	{
		const GqleJson *type = gqle_json_lookup(fields->items[i], "type");
		const GqleJson *element = gqle_json_lookup(type, "array");
		const char *name = gqle_catalog_json_string(fields->items[i], "name");

		if (gqle_json_lookup(type, "scalar") != NULL ||
			gqle_table_lookup_relationship(&native->entry.table, name) != NULL)
			continue;
		if (element == NULL)
			return psprintf("Unexpected logical model object field '%s'.", name);
		if (gqle_json_lookup(element, "scalar") != NULL)
			return "Arrays of scalar types are not currently implemented";
		if (gqle_json_lookup(element, "array") != NULL)
			return "Nested arrays are not currently implemented";
		return psprintf("Unexpected logical model array field '%s'.", name);
	}
	return NULL;
}

/* Looks at the model only: relationships may lead in circles. */
bool
gqle_native_has_column(GqleCatalog *catalog, GqleTableEntry *entry, const char *name)
{
	GqleTableEntry *model;

	if (entry->table.model != NULL)
		return gqle_table_lookup_column(&entry->table, name) != NULL;
	model = find_model(catalog, entry);
	if (model == NULL)
		return false;
	gqle_catalog_load_table(catalog, &model->table);
	return gqle_table_lookup_column(&model->table, name) != NULL;
}

/* Take the columns of the model; returns why there is none. */
static const char *
take_model(GqleCatalog *catalog, GqleTableEntry *entry)
{
	GqleTableEntry *model = find_model(catalog, entry);
	GqleTable  *table = &entry->table;

	if (model != NULL)
		gqle_catalog_load_table(catalog, &model->table);
	if (model == NULL || !model->table.is_visible)
		return psprintf("The logical model %s could not be found",
						model != NULL ? model->table.name :
						gqle_json_lookup(entry->definition, "returns")->text);
	table->model = &model->table;
	table->description = model->table.description;
	table->n_columns = model->table.n_columns;
	table->columns = model->table.columns;
	return NULL;
}

static void
load_native(GqleCatalog *catalog, GqleNativeEntry *native)
{
	GqleTableEntry *entry = &native->entry;
	GqleJson   *message = NULL;
	const char *reason = find_malformed(entry);

	reason = reason != NULL ? psprintf("key \"%s\" is malformed", reason) :
		take_model(catalog, entry);
	if (reason == NULL)
		reason = load_code(native);
	if (reason == NULL && !gqle_guc_disable_native_query_validation &&
		!validate(native, &message))
		reason = FAILED;
	if (reason == NULL)
		reason = gqle_relationship_load_native(catalog, entry);
	if (reason == NULL)
		reason = check_fields(native);
	if (reason != NULL)
		mark_broken(catalog, entry, reason, message);
}

void
gqle_native_load(GqleCatalog *catalog, GqleTableEntry *entry)
{
	MemoryContext old = MemoryContextSwitchTo(catalog->context);

	entry->is_filling = true;
	PG_TRY();
	{
		if (entry->table.is_model)
			load_model(catalog, entry);
		else
			load_native(catalog, (GqleNativeEntry *) entry);
		entry->table.is_loaded = true;
	}
	PG_FINALLY();
	{
		entry->is_filling = false;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old);
}

/* ------------------------------------------------------------------------
 * Changes and checks
 * ------------------------------------------------------------------------ */

bool
gqle_native_any_loaded(const GqleCatalog *catalog)
{
	for (int i = 0; i < catalog->n_natives; i++)
	{
		if (catalog->natives[i].entry.table.is_loaded)
			return true;
	}
	return false;
}

/* Would the query be found right, or wrong, as before? */
static bool
entry_holds(GqleNativeEntry *native)
{
	GqleSpiPlan *former = native->plan;
	bool		was_right = native->entry.state == GQLE_ENTRY_OK;
	GqleJson   *message;
	bool		is_right;

	if (former != NULL && gqle_spi_plan_is_valid(former))
		return true;
	/* what was wrong before Postgres was asked does not change by DDL */
	if (native->entry.table.model == NULL || native->query.uses == NULL)
		return true;
	is_right = validate(native, &message);
	if (former != NULL)
		gqle_spi_plan_free(former);
	return is_right == was_right;
}

bool
gqle_native_entries_hold(GqleCatalog *catalog)
{
	for (int i = 0; i < catalog->n_natives; i++)
	{
		GqleNativeEntry *native = &catalog->natives[i];

		if (native->entry.table.is_loaded && !gqle_guc_disable_native_query_validation &&
			!entry_holds(native))
			return false;
	}
	return true;
}

/* Fields refer to logical models that must be there. */
static void
check_references(GqleCatalog *catalog, const GqleTableEntry *owner, const char *type,
				 const GqleJson *fields)
{
	for (int i = 0; i < fields->n; i++)
	{
		const GqleJson *field_type = gqle_json_lookup(fields->items[i], "type");
		const char *name;

		while (gqle_json_lookup(field_type, "array") != NULL)
			field_type = gqle_json_lookup(field_type, "array");
		name = gqle_catalog_json_string(field_type, "logical_model");
		if (name == NULL || lookup_model(catalog, name) != NULL)
			continue;
		gqle_problem_add(catalog, psprintf("inner_logical_model_%s", name),
						 psprintf("inner_logical_model_%s %s in %s %s in source %s", name, name,
								  type, owner->table.name, owner->source->name),
						 owner->definition, "logical model \"%s\" is not tracked", name);
	}
}

/* The targets of a native query's relationships must be right, too. */
static void
check_targets(GqleCatalog *catalog, GqleTableEntry *entry)
{
	const GqleTable *table = &entry->table;

	for (int i = 0; i < table->n_relationships && entry->state == GQLE_ENTRY_OK; i++)
	{
		GqleTable  *target = table->relationships[i]->target;

		gqle_catalog_load_table(catalog, target);
		if (target->native != NULL && !target->is_visible)
			mark_broken(catalog, entry,
						psprintf("native query \"%s\" is not tracked", target->name), NULL);
	}
}

/* The catalog's context is current. */
void
gqle_native_check_all(GqleCatalog *catalog)
{
	for (int i = 0; i < catalog->n_models; i++)
	{
		GqleTableEntry *model = &catalog->models[i];

		gqle_catalog_load_table(catalog, &model->table);
		if (find_malformed(model) == NULL)
			check_references(catalog, model, "logical_model",
							 gqle_json_lookup(model->definition, "fields"));
		if (model->table.is_visible)
			gqle_permission_check_table(catalog, model);
	}
	for (int i = 0; i < catalog->n_natives; i++)
	{
		GqleTableEntry *entry = &catalog->natives[i].entry;

		CHECK_FOR_INTERRUPTS();
		gqle_catalog_load_table(catalog, &entry->table);
		if (!entry->table.is_visible)
			continue;
		check_targets(catalog, entry);
		if (gqle_json_lookup(entry->definition, "returns")->kind == GQLE_JSON_STRING)
			continue;
		check_references(catalog, entry, "native_query", model_fields(&catalog->natives[i]));
		gqle_permission_check_table(catalog, gqle_entry(entry->table.model));
	}
}
