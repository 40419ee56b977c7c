/*
 * meta_table.c
 *		Commands on tracked tables (reference §4).
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_deps.h"
#include "gqle/api/meta_shapes.h"
#include "gqle/base/strhash.h"

static bool run_track(GqleMetaCall *call, const GqleJson *args);
static bool run_track_many(GqleMetaCall *call, const GqleJson *args);
static bool run_untrack(GqleMetaCall *call, const GqleJson *args);
static bool run_untrack_many(GqleMetaCall *call, const GqleJson *args);
static bool run_set_enum(GqleMetaCall *call, const GqleJson *args);
static bool run_set_customization(GqleMetaCall *call, const GqleJson *args);
static bool run_set_custom_fields(GqleMetaCall *call, const GqleJson *args);
static bool run_set_apollo(GqleMetaCall *call, const GqleJson *args);
static const GqleJson *prepare_track(GqleMetaCall *call, GqleMetaReader *reader,
									 const GqleMetaPath *path, const GqleJson *args);

/* ------------------------------------------------------------------------
 * Arguments
 * ------------------------------------------------------------------------ */

#define TABLE_OF_SOURCE \
	{"source", GQLE_META_NAME}, \
	{"table", GQLE_META_TABLE, GQLE_META_REQUIRED}

static const GqleMetaField track_fields[] = {
	TABLE_OF_SOURCE,
	{"is_enum", GQLE_META_BOOL},
	{"configuration", GQLE_META_SHAPE, .shape = &gqle_meta_table_configuration},
	{"apollo_federation_config", GQLE_META_SHAPE, .shape = &gqle_meta_apollo_config},
	{"logical_model", GQLE_META_NAME},
	{NULL}
};
static const GqleMetaShape track_shape = {"TrackTableV2", track_fields};

static const GqleMetaField old_track_fields[] = {
	TABLE_OF_SOURCE,
	{"is_enum", GQLE_META_BOOL},
	{"apollo_federation_config", GQLE_META_SHAPE, .shape = &gqle_meta_apollo_config},
	{"logical_model", GQLE_META_NAME},
	{NULL}
};
static const GqleMetaShape old_track_shape = {"TrackTable", old_track_fields};

static const GqleMetaField track_many_fields[] = {
	{"tables", GQLE_META_SHAPE, GQLE_META_REQUIRED | GQLE_META_LIST, .shape = &track_shape},
	{"allow_warnings", GQLE_META_BOOL},
	{NULL}
};
static const GqleMetaShape track_many_shape = {"TrackTables", track_many_fields};

static const GqleMetaField untrack_fields[] = {
	TABLE_OF_SOURCE,
	{"cascade", GQLE_META_BOOL},
	{NULL}
};
static const GqleMetaShape untrack_shape = {"UntrackTable", untrack_fields};

static const GqleMetaField untrack_many_fields[] = {
	{"tables", GQLE_META_SHAPE, GQLE_META_REQUIRED | GQLE_META_LIST,
	.shape = &untrack_shape},
	{"allow_warnings", GQLE_META_BOOL},
	{NULL}
};
static const GqleMetaShape untrack_many_shape = {"UntrackTables", untrack_many_fields};

static const GqleMetaField enum_fields[] = {
	TABLE_OF_SOURCE,
	{"is_enum", GQLE_META_BOOL, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape enum_shape = {"SetTableIsEnum", enum_fields};

static const GqleMetaField customization_fields[] = {
	TABLE_OF_SOURCE,
	{"configuration", GQLE_META_SHAPE, GQLE_META_REQUIRED,
	.shape = &gqle_meta_table_configuration},
	{NULL}
};
static const GqleMetaShape customization_shape = {"SetTableCustomization",
	customization_fields};

static const GqleMetaField custom_fields_fields[] = {
	TABLE_OF_SOURCE,
	{"custom_root_fields", GQLE_META_OBJECT},
	{"custom_column_names", GQLE_META_MAP},
	{NULL}
};
static const GqleMetaShape custom_fields_shape = {"SetTableCustomFields",
	custom_fields_fields};

static const GqleMetaField apollo_fields[] = {
	TABLE_OF_SOURCE,
	{"apollo_federation_config", GQLE_META_SHAPE, .shape = &gqle_meta_apollo_config},
	{NULL}
};
static const GqleMetaShape apollo_shape = {"SetApolloFederationConfig", apollo_fields};

const GqleMetaCommand gqle_meta_table_commands[] = {
	{"track_table", GQLE_META_BACKEND | GQLE_META_V1 | GQLE_META_V1_VERSION_2 |
	GQLE_META_LIGHT, &track_shape, run_track, prepare_track},
	{"add_existing_table_or_view", GQLE_META_V1 | GQLE_META_LIGHT, &track_shape, run_track, prepare_track},
	{"track_tables", GQLE_META_BACKEND, &track_many_shape, run_track_many},
	{"untrack_table", GQLE_META_BACKEND | GQLE_META_V1 | GQLE_META_NEAR, &untrack_shape,
	run_untrack},
	{"untrack_tables", GQLE_META_BACKEND | GQLE_META_NEAR, &untrack_many_shape,
	run_untrack_many},
	{"set_table_is_enum", GQLE_META_BACKEND | GQLE_META_V1, &enum_shape, run_set_enum},
	{"set_table_customization", GQLE_META_BACKEND | GQLE_META_V1 | GQLE_META_OWN_TABLE,
	&customization_shape, run_set_customization},
	{"set_table_custom_fields", GQLE_META_V1 | GQLE_META_V1_VERSION_2 |
	GQLE_META_ONLY_VERSION_2 | GQLE_META_OWN_TABLE, &custom_fields_shape,
	run_set_custom_fields},
	{"set_apollo_federation_config", GQLE_META_BACKEND | GQLE_META_OWN_TABLE,
	&apollo_shape, run_set_apollo},
	{NULL}
};

/* only_table returns arguments that name a table and nothing else. */
static GqleJson *
only_table(const GqleJson *name)
{
	GqleJson   *result = gqle_json_make_object();

	gqle_json_object_set(result, "table", unconstify(GqleJson *, name));
	return result;
}

/*
 * prepare_track accepts the name of a table for the arguments.  compat: the
 * arguments are read as a name if they are nothing else, so that is what their
 * mistakes are told of; the older form of the command knows no configuration.
 */
static const GqleJson *
prepare_track(GqleMetaCall *call, GqleMetaReader *reader, const GqleMetaPath *path,
			  const GqleJson *args)
{
	static const GqleMetaField name_field = {"table", GQLE_META_TABLE, 0};
	bool		is_old = call->request->endpoint == GQLE_ENDPOINT_V1_QUERY &&
		call->version == 1;
	GqleErrorSink scratch = {0};
	GqleMetaReader silent = {&scratch, NULL};
	const GqleJson *name;

	if (args->kind != GQLE_JSON_OBJECT && !is_old)
		return args;
	if (args->kind == GQLE_JSON_OBJECT)
	{
		GqleJson   *known = gqle_meta_shape_apply(&silent, path, &old_track_shape, args);

		if (known != NULL)
			return is_old ? known : args;
	}
	name = gqle_meta_shape_apply_field(reader, path, &name_field, args);
	return name != NULL ? only_table(name) : NULL;
}

/* ------------------------------------------------------------------------
 * Track
 * ------------------------------------------------------------------------ */

/* object_name returns the name of a table in lists of inconsistent objects. */
static const char *
object_name(const GqleMetaName *table)
{
	return psprintf("table %s in source %s", gqle_meta_display(table), table->source);
}

/* may_track refuses what is tracked already, or clashes with a function or a remote schema. */
static bool
may_track(GqleMetaCall *call, const GqleMetaName *table)
{
	if (!gqle_meta_need_source(call, table->source))
		return false;
	if (gqle_meta_is_tracked_table(table))
		return gqle_meta_fail(call, GQLE_ERR_ALREADY_TRACKED,
							  "view/table already tracked: \"%s\"",
							  gqle_meta_display(table));
	if (gqle_meta_is_tracked_function(table))
		return gqle_meta_fail(call, GQLE_ERR_NOT_SUPPORTED,
							  "function with name \"%s\" already exists",
							  gqle_meta_display(table));
	return gqle_meta_check_node(call, strcmp(table->schema, "public") == 0 ? table->name :
								psprintf("%s_%s", table->schema, table->name));
}

/* insert_table adds the row of a tracked table. */
static void
insert_table(const GqleMetaName *table, const GqleJson *args)
{
	GqleJson   *row = gqle_meta_row_of_table(table);
	GqleJson   *configuration = gqle_json_lookup(args, "configuration");
	GqleJson   *apollo = gqle_json_lookup(args, "apollo_federation_config");

	gqle_meta_row_set_bool(row, "is_enum", gqle_meta_bool(args, "is_enum", false));
	if (configuration != NULL && configuration->n > 0)
		gqle_json_object_set(row, "configuration", configuration);
	if (apollo != NULL)
		gqle_json_object_set(row, "apollo_federation_config", apollo);
	gqle_meta_row_set_text(row, "logical_model", gqle_meta_text(args, "logical_model"));
	gqle_meta_store_insert_one("tables", row);
}

/*
 * run_track tracks one table.  A table that is new to all others can break none
 * of them, save as an enum.
 */
static bool
run_track(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName table = gqle_meta_name(args, "table");
	GqleTable  *loaded;
	List	   *remotes;

	if (gqle_meta_bool(args, "is_enum", false))
		gqle_meta_check_begin(call->request);
	if (!may_track(call, &table))
		return false;
	remotes = gqle_meta_served_remotes(call->request);
	insert_table(&table, args);
	if (gqle_meta_bool(args, "is_enum", false))
		return gqle_meta_check_roots(call) &&
			gqle_meta_check_target(call, "table", object_name(&table));
	if (!gqle_meta_check_remotes(call, remotes))
		return false;
	loaded = gqle_meta_lookup_table(call->request, &table);
	if (loaded != NULL)
		return gqle_meta_check_roots_of(call, loaded);
	return gqle_meta_check_only(call, "table", object_name(&table));
}

/* compare_names orders names for qsort: by source, schema, name. */
static int
compare_names(const void *a, const void *b)
{
	const GqleMetaName *x = a;
	const GqleMetaName *y = b;
	int			order = strcmp(x->source, y->source);

	if (order == 0)
		order = strcmp(x->schema, y->schema);
	return order != 0 ? order : strcmp(x->name, y->name);
}

/* check_repeated refuses a list that names a table twice. */
static bool
check_repeated(GqleMetaCall *call, const GqleJson *tables)
{
	GqleMetaName *names = palloc(sizeof(GqleMetaName) * (tables->n + 1));
	StringInfoData twice;
	int			i;

	for (i = 0; i < tables->n; i++)
		names[i] = gqle_meta_name(tables->items[i], "table");
	qsort(names, tables->n, sizeof(GqleMetaName), compare_names);
	initStringInfo(&twice);
	for (i = 1; i < tables->n; i++)
		if (compare_names(&names[i], &names[i - 1]) == 0 &&
			(i == 1 || compare_names(&names[i], &names[i - 2]) != 0))
			appendStringInfo(&twice, "%s%s.%s", twice.len > 0 ? ", " : "",
							 names[i].source, gqle_meta_display(&names[i]));
	if (twice.len == 0)
		return true;
	return gqle_meta_fail_at(call, "tables", GQLE_ERR_BAD_REQUEST,
							 "The following tables occur more than once in the request: %s",
							 twice.data);
}

/* warnings_text returns the warnings so far as JSON. */
static const char *
warnings_text(const GqleMetaCall *call)
{
	return call->warnings != NULL ? gqle_json_to_text(call->warnings) : "[]";
}

/* Does one of the tables in the plural commands; false with an error in sink. */
typedef bool (*TableStep) (GqleMetaCall *call, const GqleJson *args);

/*
 * run_many does a step for each table of a list; those that fail become
 * warnings, unless all do.
 */
static bool
run_many(GqleMetaCall *call, const GqleJson *args, TableStep step, const char *verb)
{
	const GqleJson *tables = gqle_json_lookup(args, "tables");
	GqleErrorSink *sink = call->sink;
	int			n_failed = 0;
	int			i;

	if (!check_repeated(call, tables))
		return false;
	for (i = 0; i < tables->n; i++)
	{
		GqleMetaName table = gqle_meta_name(tables->items[i], "table");
		GqleErrorSink own = {0};

		call->sink = &own;
		if (!step(call, tables->items[i]))
		{
			n_failed++;
			gqle_meta_warn(call, psprintf("%s-table-failed", verb), "table",
						   object_name(&table), "%s", own.error.message);
		}
		call->sink = sink;
	}
	if (n_failed == tables->n)
		return gqle_meta_fail_internal(call, 400, GQLE_ERR_INVALID_CONFIGURATION,
									   warnings_text(call),
									   "all tables failed to %s", verb);
	if (n_failed > 0 && !gqle_meta_bool(args, "allow_warnings", true))
		return gqle_meta_fail_internal(call, 400, GQLE_ERR_METADATA_WARNINGS,
									   gqle_json_to_text(call->warnings),
									   "failed due to metadata warnings");
	return true;
}

/* track_step adds one table of many. */
static bool
track_step(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName table = gqle_meta_name(args, "table");

	if (!may_track(call, &table))
		return false;
	insert_table(&table, args);
	return true;
}

/*
 * drop_broken takes back tables that turned out inconsistent after tracking
 * many at once, and warns of them.
 */
static int
drop_broken(GqleMetaCall *call, const GqleJson *tables, const GqleJson *fresh)
{
	int			n = 0;
	int			i;
	int			j;

	for (i = 0; i < tables->n; i++)
	{
		GqleMetaName table = gqle_meta_name(tables->items[i], "table");
		const char *name = object_name(&table);

		for (j = 0; j < fresh->n; j++)
		{
			const char *type = gqle_meta_text(fresh->items[j], "type");
			const char *fresh_name = gqle_meta_text(fresh->items[j], "name");

			if (type == NULL || strcmp(type, "table") != 0 || fresh_name == NULL ||
				strcmp(fresh_name, name) != 0)
				continue;
			gqle_meta_store_delete("tables", "source schema_name table_name",
								   table.source, table.schema, table.name);
			gqle_meta_warn(call, "track-table-failed", "table", name, "%s",
						   gqle_meta_text(fresh->items[j], "reason"));
			n++;
			break;
		}
	}
	return n;
}

/* run_track_many tracks a list of tables. */
static bool
run_track_many(GqleMetaCall *call, const GqleJson *args)
{
	const GqleJson *tables = gqle_json_lookup(args, "tables");
	GqleJson   *fresh;
	GqleJson   *before;

	if (!run_many(call, args, track_step, "track"))
		return false;
	before = call->request->inconsistent;
	fresh = gqle_meta_check_new(call->request);
	if (fresh->n > 0 && drop_broken(call, tables, fresh) > 0)
	{
		if (call->warnings->n == tables->n)
			return gqle_meta_fail_internal(call, 400, GQLE_ERR_INVALID_CONFIGURATION,
										   gqle_json_to_text(call->warnings),
										   "all tables failed to track");
		if (!gqle_meta_bool(args, "allow_warnings", true))
			return gqle_meta_fail_internal(call, 400, GQLE_ERR_METADATA_WARNINGS,
										   gqle_json_to_text(call->warnings),
										   "failed due to metadata warnings");
		call->request->inconsistent = before;
		fresh = gqle_meta_check_new(call->request);
	}
	if (fresh->n > 0)
		return gqle_meta_fail_internal(call, 400, GQLE_ERR_UNEXPECTED,
									   gqle_json_to_text(fresh),
									   "cannot continue due to newly found inconsistent metadata");
	return gqle_meta_check_roots(call);
}

/* ------------------------------------------------------------------------
 * Untrack
 * ------------------------------------------------------------------------ */

/* need_tracked refuses a table that is not tracked; compat: whatever its source. */
static bool
need_tracked(GqleMetaCall *call, const GqleMetaName *table)
{
	if (gqle_meta_is_tracked_table(table))
		return true;
	return gqle_meta_fail(call, GQLE_ERR_ALREADY_UNTRACKED,
						  "view/table already untracked: \"%s\"",
						  gqle_meta_display(table));
}

/*
 * untrack removes a table, with what depends on it if cascade is given.  The
 * graph ignores what the table owns, and perhaps other tables.
 */
static bool
untrack(GqleMetaCall *call, GqleMetaDeps *deps, const GqleJson *args)
{
	GqleMetaName table = gqle_meta_name(args, "table");

	gqle_meta_deps_unmark(deps);
	gqle_meta_deps_mark(deps, gqle_meta_deps_key_table(&table));
	if (!gqle_meta_bool(args, "cascade", false) && !gqle_meta_deps_check(call, deps))
		return false;
	gqle_meta_deps_purge(deps);
	gqle_meta_store_delete("tables", "source schema_name table_name",
						   table.source, table.schema, table.name);
	return true;
}

/* run_untrack untracks one table. */
static bool
run_untrack(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName table = gqle_meta_name(args, "table");
	GqleMetaDeps *deps;

	if (!need_tracked(call, &table))
		return false;
	deps = gqle_meta_deps_load_near(call->request, call->request->near);
	gqle_meta_deps_ignore_table(deps, &table);
	return untrack(call, deps, args) && gqle_meta_check_others(call);
}

/* untrack_step removes one table of many. */
static bool
untrack_step(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName table = gqle_meta_name(args, "table");

	return need_tracked(call, &table) && untrack(call, call->data, args);
}

/*
 * run_untrack_many untracks a list of tables; what depends on one of them and
 * belongs to another goes with that.
 */
static bool
run_untrack_many(GqleMetaCall *call, const GqleJson *args)
{
	const GqleJson *tables = gqle_json_lookup(args, "tables");
	GqleMetaDeps *deps = gqle_meta_deps_load_near(call->request, call->request->near);
	GqleStrHash *listed = gqle_strhash_make(CurrentMemoryContext, tables->n);
	GqleJson   *fresh;
	int			i;

	for (i = 0; i < tables->n; i++)
	{
		GqleMetaName table = gqle_meta_name(tables->items[i], "table");

		gqle_strhash_set(listed, gqle_meta_deps_key_table(&table), tables->items[i]);
	}
	gqle_meta_deps_ignore_owned_by(deps, listed);
	call->data = deps;
	if (!run_many(call, args, untrack_step, "untrack"))
		return false;
	fresh = gqle_meta_check_new(call->request);
	if (fresh->n > 0)
		return gqle_meta_fail_internal(call, 400, GQLE_ERR_UNEXPECTED,
									   gqle_json_to_text(fresh),
									   "cannot continue due to newly found inconsistent metadata");
	return true;
}

/* ------------------------------------------------------------------------
 * Properties
 * ------------------------------------------------------------------------ */

/* set_columns changes columns of a table's row and checks the table. */
static bool
set_columns(GqleMetaCall *call, const GqleMetaName *table, const GqleJson *set)
{
	gqle_meta_store_update("tables", set, "source schema_name table_name",
						   table->source, table->schema, table->name);
	return gqle_meta_check_roots(call) &&
		gqle_meta_check_target(call, "table", object_name(table));
}

/* run_set_enum says whether the rows of a table are the values of an enum. */
static bool
run_set_enum(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName table = gqle_meta_name(args, "table");
	GqleJson   *set = gqle_json_make_object();

	if (!gqle_meta_need_table(call, &table))
		return false;
	gqle_json_object_set(set, "is_enum", gqle_json_lookup(args, "is_enum"));
	return set_columns(call, &table, set);
}

/* set_configuration replaces the configuration of a table. */
static bool
set_configuration(GqleMetaCall *call, const GqleMetaName *table,
				  GqleJson *configuration)
{
	GqleJson   *set = gqle_json_make_object();
	List	   *remotes = gqle_meta_served_remotes(call->request);

	if (!gqle_meta_need_table(call, table))
		return false;
	gqle_json_object_set(set, "configuration", configuration->n > 0 ? configuration :
						 gqle_json_make_null());
	return set_columns(call, table, set) && gqle_meta_check_remotes(call, remotes);
}

/* run_set_customization replaces the configuration of a table. */
static bool
run_set_customization(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName table = gqle_meta_name(args, "table");

	return set_configuration(call, &table, gqle_json_lookup(args, "configuration"));
}

/* run_set_custom_fields is the older form of run_set_customization. */
static bool
run_set_custom_fields(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName table = gqle_meta_name(args, "table");
	GqleMetaReader reader = {call->sink, NULL};
	GqleMetaPath root = {NULL, NULL, 0, call->path};
	GqleJson   *configuration;

	configuration = gqle_meta_shape_apply(&reader, &root, &gqle_meta_table_configuration,
										  args);
	return configuration != NULL && set_configuration(call, &table, configuration);
}

/* run_set_apollo switches a table's part in an Apollo supergraph on or off. */
static bool
run_set_apollo(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName table = gqle_meta_name(args, "table");
	GqleJson   *config = gqle_json_lookup(args, "apollo_federation_config");
	GqleJson   *set = gqle_json_make_object();

	if (!gqle_meta_need_table(call, &table))
		return false;
	gqle_json_object_set(set, "apollo_federation_config",
						 config != NULL ? config : gqle_json_make_null());
	return set_columns(call, &table, set);
}
