/*
 * plan_insert.c
 *		insert_T, insert_T_one and nested inserts.
 *
 * First all rows are collected into levels: rows of one table that one path of
 * relationships leads to, with the row of the level above that each belongs to.
 * Then each level's rows are sorted into shapes, which have the same columns and
 * the same rule for conflicts, and each shape becomes one INSERT.  A column
 * without a default is NULL in rows that do not give it, so that only columns
 * with defaults tell shapes apart.
 *
 * Columns of a row come from the client, from presets of the permission, from
 * the parent's row (array relationships, and object relationships whose key the
 * other table holds), or from rows inserted before it (other object
 * relationships).  Presets win over what relationships say, as in Hasura.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "gqle/gqle.h"
#include "gqle/plan/build_mutation.h"

/* VALUES of rows with different columns stay below the limit of parameters. */
#define MAX_VALUES	30000

/* Every shape is a statement of its own. */
#define MAX_SHAPES	1000

/* A row to be inserted. */
typedef struct Source
{
	const GqleInput *object;
	const GqleInput *on_conflict;	/* or NULL */
	int			parent;
	const char *path;			/* of errors while executing */
	const char *object_path;	/* of errors about the object itself */
} Source;

/* Columns of the client by index, levels of object relationships by index. */
typedef struct Shape
{
	Bitmapset  *columns;
	Bitmapset  *before;
	const GqleInput *on_conflict;
	int			n_cells;
	const char **names;			/* of cells' columns */
	const char **types;
	Oid		   *type_oids;
	const GqleScalar **geo;		/* of cells that hold GeoJSON, else NULL */
	GqleInsertCell *cells;
	int		   *cell_of;		/* by column index; -1 */
} Shape;

typedef struct Level Level;

struct Level
{
	const GqleTable *table;
	const GqleTablePerms *perms;
	const GqleRelationship *relationship;	/* NULL at the root */
	Level	   *parent;
	int			n_rows;
	int			allocated;
	Source	   *rows;
	List	   *before;			/* Level */
	List	   *after;
	Bitmapset  *columns;		/* of the client in any row, without default */
	List	   *keys;			/* char *: columns other levels need */
	List	   *shapes;
	GqleInsertLevel *out;
};

static void collect_object(GqleMutationContext *mctx, Level *level,
						   const GqleInput *object, const GqleInput *on_conflict,
						   int parent, const char *path, const char *object_path);
static void collect_item(GqleMutationContext *mctx, Level *level,
						 const GqleInput *object, const GqleInput *on_conflict,
						 int parent, const char *path, bool is_nested, int index);
static void collect_list(GqleMutationContext *mctx, Level *level, const GqleInput *list,
						 const GqleInput *on_conflict, int parent, const char *path);

/* ------------------------------------------------------------------------
 * What there is to insert
 * ------------------------------------------------------------------------ */

/* The rows of a relationship's value, a list or an object, or NULL: none. */
static const GqleInput *
relationship_data(const GqleInputEntry *entry)
{
	const GqleInput *data;

	if (entry->field->role != GQLE_INPUT_RELATIONSHIP ||
		entry->value->kind != GQLE_IN_OBJECT)
		return NULL;
	data = gqle_input_entry(entry->value, GQLE_INPUT_DATA);
	if (data == NULL || (data->kind == GQLE_IN_LIST && data->n == 0))
		return NULL;
	return data;
}

/* See build_mutation.h. */
bool
gqle_insert_is_nested(const GqleInput *objects)
{
	int			i;

	if (objects->kind == GQLE_IN_LIST)
	{
		for (i = 0; i < objects->n; i++)
			if (gqle_insert_is_nested(objects->items[i]))
				return true;
		return false;
	}
	if (objects->kind != GQLE_IN_OBJECT)
		return false;
	for (i = 0; i < objects->n; i++)
		if (relationship_data(&objects->entries[i]))
			return true;
	return false;
}

/* The path of the argument in errors: namespaces are left out. */
static const char *
argument_path(const GqleMutationContext *mctx)
{
	return psprintf("$.selectionSet.%s.args.%s", mctx->field->name,
					mctx->field->kind == GQLE_FIELD_INSERT_ONE ? "object" : "objects");
}

/* ------------------------------------------------------------------------
 * Collecting levels
 * ------------------------------------------------------------------------ */

static Level *
make_level(Level *parent, const GqleTable *table, const GqleTablePerms *perms,
		   const GqleRelationship *relationship)
{
	Level	   *level = palloc0(sizeof(Level));

	level->table = table;
	level->perms = perms;
	level->relationship = relationship;
	level->parent = parent;
	level->allocated = 16;
	level->rows = palloc(level->allocated * sizeof(Source));
	return level;
}

/* The level a relationship leads to, made at the first call. */
static Level *
get_level(GqleMutationContext *mctx, Level *parent, const GqleInputField *field)
{
	const GqleRelationship *relationship = field->relationship;
	bool		is_after = relationship->kind == GQLE_REL_ARRAY ||
		relationship->after_parent;
	List	  **levels = is_after ? &parent->after : &parent->before;
	Level	   *level;
	ListCell   *lc;

	foreach(lc, *levels)
	{
		level = lfirst(lc);
		if (level->relationship == relationship)
			return level;
	}
	level = make_level(parent, field->table, field->perms, relationship);
	*levels = lappend(*levels, level);
	return level;
}

/*
 * The rows of a relationship below one whose object_path is given.  compat: an
 * object that is inserted after its parent counts as a list of one.
 */
static void
collect_related(GqleMutationContext *mctx, Level *level, const GqleInputEntry *entry,
				const GqleInput *data, int parent, const char *object_path)
{
	const GqleRelationship *relationship = entry->field->relationship;
	const GqleInput *rule = gqle_input_entry(entry->value, GQLE_INPUT_ON_CONFLICT);
	Level	   *target = get_level(mctx, level, entry->field);
	const char *path = psprintf("%s.%s.data", object_path, relationship->name);

	if (data->kind == GQLE_IN_LIST)
		collect_list(mctx, target, data, rule, parent, path);
	else if (relationship->after_parent)
		collect_item(mctx, target, data, rule, parent, path,
					 gqle_insert_is_nested(data), 0);
	else
		collect_object(mctx, target, data, rule, parent, path, path);
}

static void
collect_object(GqleMutationContext *mctx, Level *level, const GqleInput *object,
			   const GqleInput *on_conflict, int parent, const char *path,
			   const char *object_path)
{
	int			row = level->n_rows++;
	int			i;

	check_stack_depth();
	if (row == level->allocated)
	{
		level->allocated *= 2;
		level->rows = repalloc(level->rows, level->allocated * sizeof(Source));
	}
	level->rows[row].object = object;
	level->rows[row].on_conflict = on_conflict;
	level->rows[row].parent = parent;
	level->rows[row].path = path;
	level->rows[row].object_path = object_path;

	for (i = 0; i < object->n; i++)
	{
		const GqleInputEntry *entry = &object->entries[i];
		const GqleInput *data = relationship_data(entry);

		if (data)
			collect_related(mctx, level, entry, data, row, object_path);
	}
}

/*
 * An item of a list at a path.  Errors while executing name it only if there are
 * relationships in the list: compat, §10.1.
 */
static void
collect_item(GqleMutationContext *mctx, Level *level, const GqleInput *object,
			 const GqleInput *on_conflict, int parent, const char *path,
			 bool is_nested, int index)
{
	const char *object_path = psprintf("%s[%d]", path, index);

	collect_object(mctx, level, object, on_conflict, parent,
				   is_nested ? object_path : path, object_path);
}

static void
collect_list(GqleMutationContext *mctx, Level *level, const GqleInput *list,
			 const GqleInput *on_conflict, int parent, const char *path)
{
	bool		is_nested = gqle_insert_is_nested(list);
	int			i;

	for (i = 0; i < list->n; i++)
		collect_item(mctx, level, list->items[i], on_conflict, parent, path,
					 is_nested, i);
}

/* ------------------------------------------------------------------------
 * Columns determined twice
 * ------------------------------------------------------------------------ */

/* Is the column of a row's table given by the parent's row? */
static bool
is_from_parent(const Level *level, const char *column)
{
	int			i;

	if (level->parent == NULL || !list_member_ptr(level->parent->after, level))
		return false;
	for (i = 0; i < level->relationship->n_columns; i++)
		if (strcmp(level->relationship->target_columns[i], column) == 0)
			return true;
	return false;
}

static bool
is_from_client(const GqleInput *object, const GqleColumn *column)
{
	int			i;

	for (i = 0; i < object->n; i++)
		if (object->entries[i].field->role == GQLE_INPUT_COLUMN &&
			object->entries[i].field->column == column)
			return true;
	return false;
}

static void
append_quoted(StringInfo names, const char *name)
{
	appendStringInfo(names, "%s\"%s\"", names->len > 0 ? ", " : "", name);
}

/* Report columns that both the client and the parent give. */
static bool
check_parent(GqleMutationContext *mctx, const Level *level, const Source *row)
{
	StringInfoData names;
	int			i;

	initStringInfo(&names);
	for (i = 0; i < row->object->n; i++)
	{
		const GqleInputField *field = row->object->entries[i].field;

		if (field->role == GQLE_INPUT_COLUMN && is_from_parent(level, field->column->name))
			append_quoted(&names, field->column->name);
	}
	if (names.len == 0)
		return true;
	return gqle_error_report(mctx->sink, GQLE_ERR_VALIDATION_FAILED,
							 row->object_path,
							 "cannot insert %s columns as their values are already being determined by parent insert",
							 names.data);
}

/* Report columns that an object relationship gives besides somebody else. */
static bool
check_relationship(GqleMutationContext *mctx, const Level *level, const Source *row,
				   const GqleRelationship *relationship)
{
	StringInfoData names;
	int			i;

	initStringInfo(&names);
	for (i = 0; i < relationship->n_columns; i++)
	{
		const GqleColumn *column = relationship->columns[i];

		if (is_from_client(row->object, column) || is_from_parent(level, column->name))
			append_quoted(&names, column->name);
	}
	if (names.len == 0)
		return true;
	return gqle_error_report(mctx->sink, GQLE_ERR_VALIDATION_FAILED,
							 psprintf("%s.%s", row->object_path, relationship->name),
							 "cannot insert object relationship \"%s\" as %s column values are already determined",
							 relationship->name, names.data);
}

static bool
check_row(GqleMutationContext *mctx, const Level *level, const Source *row)
{
	int			i;

	if (level->parent && !check_parent(mctx, level, row))
		return false;
	for (i = 0; i < row->object->n; i++)
	{
		const GqleInputEntry *entry = &row->object->entries[i];
		const GqleRelationship *relationship = entry->field->relationship;

		if (relationship_data(entry) && relationship->kind == GQLE_REL_OBJECT &&
			!relationship->after_parent &&
			!check_relationship(mctx, level, row, relationship))
			return false;
	}
	return true;
}

static bool
check_level(GqleMutationContext *mctx, const Level *level)
{
	ListCell   *lc;
	int			i;

	for (i = 0; i < level->n_rows; i++)
		if (!check_row(mctx, level, &level->rows[i]))
			return false;
	foreach(lc, level->before)
		if (!check_level(mctx, lfirst(lc)))
			return false;
	foreach(lc, level->after)
		if (!check_level(mctx, lfirst(lc)))
			return false;
	return true;
}

/* ------------------------------------------------------------------------
 * Shapes
 * ------------------------------------------------------------------------ */

/* Do inputs of one type say the same in every request? */
static bool
is_same_input(const GqleInput *a, const GqleInput *b)
{
	int			i;

	check_stack_depth();
	if (a == b)
		return true;
	if (a == NULL || b == NULL || a->kind != b->kind)
		return false;
	switch (a->kind)
	{
		case GQLE_IN_NULL:
			return true;
		case GQLE_IN_LEAF:
			return gqle_leaf_equal(a->leaf, b->leaf);
		case GQLE_IN_CONST:
			return a->boolean == b->boolean && a->integer == b->integer &&
				(a->text && b->text ? strcmp(a->text, b->text) == 0 : a->text == b->text);
		case GQLE_IN_ENUM:
			return a->value == b->value;
		case GQLE_IN_LIST:
			for (i = 0; i < a->n && a->n == b->n; i++)
				if (!is_same_input(a->items[i], b->items[i]))
					return false;
			return a->n == b->n;
		case GQLE_IN_OBJECT:
			for (i = 0; i < a->n && a->n == b->n; i++)
				if (a->entries[i].field != b->entries[i].field ||
					!is_same_input(a->entries[i].value, b->entries[i].value))
					return false;
			return a->n == b->n;
	}
	return false;
}

/* May a relationship give the column in some row? */
static bool
is_related(const Level *level, const GqleColumn *column)
{
	ListCell   *lc;
	int			i;

	foreach(lc, level->before)
	{
		const GqleRelationship *relationship = ((Level *) lfirst(lc))->relationship;

		for (i = 0; i < relationship->n_columns; i++)
			if (relationship->columns[i] == column)
				return true;
	}
	return false;
}

static bool
is_preset(const Level *level, const char *column)
{
	const GqleInsertPerm *perm = level->perms->insert;
	int			i;

	for (i = 0; i < perm->n_presets; i++)
		if (strcmp(perm->presets[i].column->name, column) == 0)
			return true;
	return false;
}

/* Columns the client gives. */
static Bitmapset *
row_columns(const GqleInput *object)
{
	Bitmapset  *columns = NULL;
	int			i;

	for (i = 0; i < object->n; i++)
		if (object->entries[i].field->role == GQLE_INPUT_COLUMN)
			columns = bms_add_member(columns, object->entries[i].field->column->index);
	return columns;
}

/* Is leaving a column out the same as NULL? */
static bool
is_null_by_default(const GqleTable *table, const GqleColumn *column)
{
	return !column->has_default && get_typtype(column->type_oid) != TYPTYPE_DOMAIN &&
		(table->relkind == RELKIND_RELATION ||
		 table->relkind == RELKIND_PARTITIONED_TABLE);
}

/* Columns of a level's rows that rows may leave out and still be of one shape. */
static Bitmapset *
optional_columns(const Level *level)
{
	Bitmapset  *given = NULL;
	Bitmapset  *result = NULL;
	int			i;

	for (i = 0; i < level->n_rows; i++)
		given = bms_add_members(given, row_columns(level->rows[i].object));
	i = -1;
	while ((i = bms_next_member(given, i)) >= 0)
		if (is_null_by_default(level->table, level->table->columns[i]) &&
			!is_related(level, level->table->columns[i]))
			result = bms_add_member(result, i);
	return result;
}

/* Levels that a row's object relationships lead to. */
static Bitmapset *
row_before(const Level *level, const GqleInput *object)
{
	Bitmapset  *before = NULL;
	int			i;
	ListCell   *lc;

	if (level->before == NIL)
		return NULL;
	for (i = 0; i < object->n; i++)
	{
		if (relationship_data(&object->entries[i]) == NULL)
			continue;
		foreach(lc, level->before)
		{
			if (((Level *) lfirst(lc))->relationship ==
				object->entries[i].field->relationship)
				before = bms_add_member(before, foreach_current_index(lc));
		}
	}
	return before;
}

/* The number of a row's shape; a new one if there is none like it. */
static int
get_shape(Level *level, const Source *row, int guess)
{
	Bitmapset  *columns = bms_add_members(row_columns(row->object), level->columns);
	Bitmapset  *before = row_before(level, row->object);
	int			n = list_length(level->shapes);
	Shape	   *shape;
	int			i;

	for (i = 0; i < n; i++)
	{
		int			number = (guess + i) % n;

		shape = list_nth(level->shapes, number);
		if (bms_equal(shape->columns, columns) && bms_equal(shape->before, before) &&
			is_same_input(shape->on_conflict, row->on_conflict))
			return number;
	}
	shape = palloc0(sizeof(Shape));
	shape->columns = columns;
	shape->before = before;
	shape->on_conflict = row->on_conflict;
	level->shapes = lappend(level->shapes, shape);
	return n;
}

/* ------------------------------------------------------------------------
 * Cells
 * ------------------------------------------------------------------------ */

/* The type of a column's values in records and parameters. */
static Oid
column_type(const GqleTable *table, const char *name, const char **type)
{
	const GqleColumn *column = gqle_table_lookup_column(table, name);
	Oid			oid;

	if (column)
	{
		*type = gqle_sql_type_name(column->scalar);
		return column->scalar->type_oid;
	}
	oid = getBaseType(get_atttype(table->relid, get_attnum(table->relid, name)));
	*type = format_type_be_qualified(oid);
	return oid;
}

/* The number of a key of a level's rows. */
static int
get_key(Level *level, const char *column)
{
	ListCell   *lc;

	foreach(lc, level->keys)
		if (strcmp(lfirst(lc), column) == 0)
			return foreach_current_index(lc);
	level->keys = lappend(level->keys, pstrdup(column));
	return list_length(level->keys) - 1;
}

static void
add_cell(Shape *shape, const char *name, const GqleTable *type_of, const char *type_column,
		 GqleInsertCell cell)
{
	int			n = shape->n_cells++;

	shape->names[n] = name;
	shape->type_oids[n] = column_type(type_of, type_column, &shape->types[n]);
	shape->cells[n] = cell;
}

static bool
has_cell(const Shape *shape, const char *name)
{
	int			i;

	for (i = 0; i < shape->n_cells; i++)
		if (strcmp(shape->names[i], name) == 0)
			return true;
	return false;
}

/* Cells that a relationship gives: keys of rows of another level. */
static void
add_related_cells(Level *level, Shape *shape, Level *source, bool from_parent, int number)
{
	const GqleRelationship *relationship = from_parent ? level->relationship :
		source->relationship;
	int			i;

	for (i = 0; i < relationship->n_columns; i++)
	{
		const char *ours = from_parent ? relationship->target_columns[i] :
			relationship->columns[i]->name;
		const char *theirs = from_parent ? relationship->columns[i]->name :
			relationship->target_columns[i];
		GqleInsertCell cell = {from_parent ? GQLE_CELL_PARENT : GQLE_CELL_BEFORE, number, 0};

		if (is_preset(level, ours) || has_cell(shape, ours))
			continue;
		cell.key = get_key(source, theirs);
		add_cell(shape, ours, source->table, theirs, cell);
	}
}

static void
fill_cells(Level *level, Shape *shape)
{
	GqleInsertCell leaf = {GQLE_CELL_LEAF, 0, 0};
	int			max = level->table->n_columns;
	int			i = -1;
	ListCell   *lc;

	if (level->relationship)
		max += level->relationship->n_columns;
	foreach(lc, level->before)
		max += ((Level *) lfirst(lc))->relationship->n_columns;
	shape->names = palloc0((max + 1) * sizeof(char *));
	shape->types = palloc0((max + 1) * sizeof(char *));
	shape->type_oids = palloc0((max + 1) * sizeof(Oid));
	shape->geo = palloc0((max + 1) * sizeof(GqleScalar *));
	shape->cells = palloc0((max + 1) * sizeof(GqleInsertCell));
	shape->cell_of = palloc0((level->table->n_columns + 1) * sizeof(int));

	while ((i = bms_next_member(shape->columns, i)) >= 0)
	{
		const GqleColumn *column = level->table->columns[i];
		int			n = shape->n_cells;

		shape->cell_of[i] = n;
		add_cell(shape, column->name, level->table, column->name, leaf);
		if (column->scalar->is_geo)
		{
			shape->geo[n] = column->scalar;
			shape->type_oids[n] = TEXTOID;
			shape->types[n] = "text";
		}
	}
	i = -1;
	while ((i = bms_next_member(shape->before, i)) >= 0)
		add_related_cells(level, shape, list_nth(level->before, i), false, i);
	if (level->parent && list_member_ptr(level->parent->after, level))
		add_related_cells(level, shape, level->parent, true, 0);
}

/* A client's value as a leaf. */
static const GqleLeaf *
input_leaf(const GqleInput *input, const GqleScalar *scalar)
{
	if (input->kind == GQLE_IN_LEAF)
		return input->leaf;
	return gqle_leaf_const(scalar, false,
						   input->kind == GQLE_IN_ENUM ?
						   gqle_json_make_string(input->value->text) :
						   gqle_json_make_null(),
						   input->path);
}

static void
fill_row(Level *level, const Source *source, GqleInsertRow *row)
{
	const Shape *shape = list_nth(level->shapes, row->write);
	int			i;

	row->parent = source->parent;
	row->path = source->path;
	row->leaves = palloc0(Max(shape->n_cells, 1) * sizeof(GqleLeaf *));
	for (i = 0; i < source->object->n; i++)
	{
		const GqleInputEntry *entry = &source->object->entries[i];
		const GqleColumn *column = entry->field->column;

		if (entry->field->role == GQLE_INPUT_COLUMN)
			row->leaves[shape->cell_of[column->index]] =
				input_leaf(entry->value, column->scalar);
	}
}

/* ------------------------------------------------------------------------
 * Conflicts
 * ------------------------------------------------------------------------ */

/* SET column = EXCLUDED.column for update_columns. */
static void
add_update_columns(GqleWriteContext *wctx, GqleMutationContext *mctx,
				   const GqleInput *on_conflict)
{
	const GqleInput *columns = gqle_input_entry(on_conflict, GQLE_INPUT_UPDATE_COLUMNS);
	Bitmapset  *seen = NULL;
	int			i;

	for (i = 0; columns && i < columns->n; i++)
	{
		const GqleEnumValue *value = columns->items[i]->value;

		if (value->is_placeholder)
		{
			gqle_error_report(mctx->sink, GQLE_ERR_VALIDATION_FAILED, on_conflict->path,
							  "erroneous column name");
			return;
		}
		if (bms_is_member(value->column->index, seen))
			continue;
		seen = bms_add_member(seen, value->column->index);
		wctx->write->set =
			lappend(wctx->write->set,
					gqle_sql_assignment(value->column->name,
										gqle_sql_column("excluded", value->column->name)));
	}
}

/*
 * ON CONFLICT, and what is to be checked of a row then: xmax tells rows updated
 * from rows inserted.
 */
static GqleSqlExpr *
add_conflict(GqleWriteContext *wctx, GqleMutationContext *mctx,
			 const GqleTablePerms *perms, const GqleInput *on_conflict, GqleSqlExpr *check)
{
	const GqleInput *constraint = gqle_input_entry(on_conflict, GQLE_INPUT_CONSTRAINT);
	GqleSqlExpr *update_check;
	GqleSqlExpr *is_insert;

	wctx->write->on_conflict = true;
	wctx->write->constraint = constraint->value->unique_key->name;
	add_update_columns(wctx, mctx, on_conflict);
	if (wctx->write->set == NIL || perms->update == NULL)
		return check;
	/* compat: the update permission's webhook has no say in this */
	gqle_write_add_presets(wctx, perms->update);
	gqle_write_add_filter(wctx, perms->update->filter);
	gqle_write_add_where(wctx, gqle_input_entry(on_conflict, GQLE_INPUT_WHERE));
	if (perms->update->check == NULL)
		return check;
	update_check = gqle_perm_filter(&wctx->ctx, perms->update->check, wctx->row);
	if (gqle_sql_is_true(check) && gqle_sql_is_true(update_check))
		return check;
	is_insert = gqle_sql_operator("=", gqle_sql_column(wctx->row->alias, "xmax"),
								  gqle_sql_integer(0));
	return gqle_sql_case(is_insert, check, update_check);
}

/* ------------------------------------------------------------------------
 * Statements
 * ------------------------------------------------------------------------ */

static void
begin_insert(GqleWriteContext *wctx, GqleMutationContext *mctx, const Level *level)
{
	gqle_write_begin(wctx, mctx, GQLE_SQL_INSERT, level->table, level->perms->select,
					 level->parent ? NULL : mctx->selection->response_key);
}

static void
finish_insert(GqleWriteContext *wctx, GqleMutationContext *mctx, const Level *level,
			  const GqleInput *on_conflict, GqleMutationWrite *write)
{
	GqleSqlExpr *check = gqle_perm_filter(&wctx->ctx, level->perms->insert->check,
										  wctx->row);
	List	   *keys = NIL;
	ListCell   *lc;

	if (on_conflict)
		check = add_conflict(wctx, mctx, level->perms, on_conflict, check);
	foreach(lc, level->keys)
	{
		const char *type;

		column_type(level->table, lfirst(lc), &type);
		keys = lappend(keys,
					   gqle_sql_cast(gqle_row_column_named(&wctx->ctx, wctx->row,
														   lfirst(lc)), type));
	}
	/* rows that come back tell where an error is */
	if (keys == NIL && level->parent &&
		strcmp(level->rows[0].path, level->rows[level->n_rows - 1].path) != 0)
		keys = list_make1(gqle_sql_integer(1));
	gqle_write_finish(wctx, mctx, check, keys, level->parent == NULL, write);
}

/* The values of presets, appended to columns and values. */
static void
add_presets(GqleWriteContext *wctx, const GqleInsertPerm *perm, List **values)
{
	int			i;

	for (i = 0; i < perm->n_presets; i++)
	{
		wctx->write->columns = lappend(wctx->write->columns,
									   (char *) perm->presets[i].column->name);
		*values = lappend(*values, gqle_params_add(wctx->ctx.params,
												   perm->presets[i].leaf));
	}
}

/* FROM unnest($1::record[]) AS given (column type, ...) */
static GqleSqlFrom *
given_rows(GqleWriteContext *wctx, const Shape *shape)
{
	GqleSqlExpr *rows = gqle_params_add_given(wctx->ctx.params, RECORDARRAYOID,
											  "record[]");
	GqleSqlFrom *from;
	int			i;

	from = gqle_sql_from_function(gqle_sql_function("pg_catalog", "unnest",
													list_make1(rows)),
								  gqle_plan_alias(&wctx->ctx, NULL, "given"));
	for (i = 0; i < shape->n_cells; i++)
	{
		GqleSqlColumnDef *column = palloc(sizeof(GqleSqlColumnDef));

		column->name = shape->names[i];
		column->type = shape->types[i];
		from->columns = lappend(from->columns, column);
	}
	return from;
}

/* The INSERT of all rows of a shape. */
static void
plan_shape(GqleMutationContext *mctx, const Level *level, const Shape *shape,
		   GqleMutationWrite *write)
{
	GqleWriteContext wctx;
	List	   *values = NIL;
	int			i;

	begin_insert(&wctx, mctx, level);
	if (shape->n_cells > 0)
	{
		GqleSqlFrom *from = given_rows(&wctx, shape);
		ListCell   *lc;

		for (i = 0; i < shape->n_cells; i++)
		{
			GqleSqlExpr *cell = gqle_sql_column(from->alias, shape->names[i]);

			wctx.write->columns = lappend(wctx.write->columns, (char *) shape->names[i]);
			if (shape->geo[i])
				cell = gqle_params_from_geojson(shape->geo[i], cell);
			values = lappend(values, cell);
		}
		add_presets(&wctx, level->perms->insert, &values);
		wctx.write->source = gqle_sql_select();
		foreach(lc, values)
			gqle_sql_add_target(wctx.write->source, lfirst(lc), NULL);
		gqle_sql_add_from(wctx.write->source, from, GQLE_SQL_JOIN_FIRST, NULL);
	}
	else
	{
		/* nothing tells the rows apart: the statement runs for each */
		add_presets(&wctx, level->perms->insert, &values);
		if (values != NIL)
			wctx.write->values = list_make1(values);
	}
	write->has_rows = shape->n_cells > 0;
	write->n_cells = shape->n_cells;
	write->cell_types = shape->type_oids;
	finish_insert(&wctx, mctx, level, shape->on_conflict, write);
}

/* INSERT ... VALUES of some rows of the root's level, whatever their columns. */
static void
plan_values(GqleMutationContext *mctx, const Level *level, Bitmapset *columns,
			int first, int n, GqleMutationWrite *write)
{
	const GqleTable *table = level->table;
	GqleWriteContext wctx;
	GqleSqlExpr **cells = palloc(Max(table->n_columns, 1) * sizeof(GqleSqlExpr *));
	List	   *presets = NIL;
	int			row,
				i;

	begin_insert(&wctx, mctx, level);
	i = -1;
	while ((i = bms_next_member(columns, i)) >= 0)
		wctx.write->columns = lappend(wctx.write->columns,
									  (char *) table->columns[i]->name);
	add_presets(&wctx, level->perms->insert, &presets);
	for (row = first; row < first + n; row++)
	{
		const GqleInput *object = level->rows[row].object;
		List	   *values = NIL;

		memset(cells, 0, table->n_columns * sizeof(GqleSqlExpr *));
		for (i = 0; i < object->n; i++)
		{
			const GqleColumn *column = object->entries[i].field->column;

			if (object->entries[i].field->role == GQLE_INPUT_COLUMN)
				cells[column->index] = gqle_plan_value(&wctx.ctx, object->entries[i].value,
													   column->scalar);
		}
		i = -1;
		while ((i = bms_next_member(columns, i)) >= 0)
			values = lappend(values, cells[i] ? cells[i] : gqle_sql_keyword("DEFAULT"));
		values = list_concat(values, presets);
		if (values == NIL && n > 1)
			values = list_make1(gqle_sql_keyword("DEFAULT"));
		if (values != NIL)
			wctx.write->values = lappend(wctx.write->values, values);
	}
	if (wctx.write->columns == NIL && n > 1)
		wctx.write->columns = list_make1((char *) table->columns[0]->name);
	finish_insert(&wctx, mctx, level, level->rows[first].on_conflict, write);
}

/* ------------------------------------------------------------------------
 * Levels
 * ------------------------------------------------------------------------ */

/*
 * Shapes of all levels, so that every level knows the keys others need of it;
 * false after reporting.
 */
static bool
fill_shapes(GqleMutationContext *mctx, Level *level)
{
	GqleInsertLevel *out = level->out = palloc0(sizeof(GqleInsertLevel));
	ListCell   *lc;
	int			i;

	level->columns = optional_columns(level);
	out->n_rows = level->n_rows;
	out->rows = palloc0(Max(level->n_rows, 1) * sizeof(GqleInsertRow));
	for (i = 0; i < level->n_rows; i++)
	{
		out->rows[i].write = get_shape(level, &level->rows[i],
									   i > 0 ? out->rows[i - 1].write : 0);
		if (list_length(level->shapes) > MAX_SHAPES)
		{
			gqle_error_report(mctx->sink, GQLE_ERR_NOT_SUPPORTED, level->rows[i].path,
							  "rows to insert into table \"%s\" have more than %d different sets of columns and rules for conflicts",
							  level->table->display, MAX_SHAPES);
			return false;
		}
	}
	foreach(lc, level->shapes)
		fill_cells(level, lfirst(lc));
	for (i = 0; i < level->n_rows; i++)
		fill_row(level, &level->rows[i], &out->rows[i]);
	foreach(lc, level->before)
		if (!fill_shapes(mctx, lfirst(lc)))
			return false;
	foreach(lc, level->after)
		if (!fill_shapes(mctx, lfirst(lc)))
			return false;
	return true;
}

static GqleInsertLevel *plan_level(GqleMutationContext *mctx, Level *level,
								   bool is_nested);

static int
plan_levels(GqleMutationContext *mctx, List *levels, GqleInsertLevel ***out)
{
	ListCell   *lc;

	*out = palloc(Max(list_length(levels), 1) * sizeof(GqleInsertLevel *));
	foreach(lc, levels)
		(*out)[foreach_current_index(lc)] = plan_level(mctx, lfirst(lc), true);
	return list_length(levels);
}

static GqleInsertLevel *
plan_level(GqleMutationContext *mctx, Level *level, bool is_nested)
{
	GqleInsertLevel *out = level->out;
	ListCell   *lc;

	out->parent = level->parent ? level->parent->out : NULL;
	out->relid = level->table->relid;
	out->table = pstrdup(level->table->display);
	out->relationship = level->relationship ? pstrdup(level->relationship->name) : NULL;
	out->n_writes = list_length(level->shapes);
	out->writes = palloc0(Max(out->n_writes, 1) * sizeof(GqleMutationWrite));
	out->cells = palloc0(Max(out->n_writes, 1) * sizeof(GqleInsertCell *));
	foreach(lc, level->shapes)
	{
		Shape	   *shape = lfirst(lc);
		int			i = foreach_current_index(lc);

		plan_shape(mctx, level, shape, &out->writes[i]);
		out->cells[i] = shape->cells;
		/* which row a returned one is can't be told if some are left out */
		if (is_nested && shape->on_conflict)
			out->one_by_one = true;
	}
	out->n_keys = list_length(level->keys);
	out->key_types = palloc(Max(out->n_keys, 1) * sizeof(Oid));
	foreach(lc, level->keys)
	{
		const char *type;

		out->key_types[foreach_current_index(lc)] =
			column_type(level->table, lfirst(lc), &type);
	}
	out->n_before = plan_levels(mctx, level->before, &out->before);
	out->n_after = plan_levels(mctx, level->after, &out->after);
	return out;
}

/* ------------------------------------------------------------------------
 * Root fields
 * ------------------------------------------------------------------------ */

/*
 * Rows without relationships: one statement.  One row, and rows with different
 * columns, stand in VALUES, where DEFAULT can be said.
 */
static void
plan_flat(GqleMutationContext *mctx, Level *level)
{
	GqleMutationPlan *plan = mctx->plan;
	Bitmapset  *columns = NULL;
	bool		is_uniform = true;
	int			n_values,
				chunk,
				i;

	level->columns = optional_columns(level);
	for (i = 0; i < level->n_rows; i++)
	{
		Bitmapset  *given = bms_add_members(row_columns(level->rows[i].object),
											level->columns);

		is_uniform &= i == 0 || bms_equal(given, columns);
		columns = bms_add_members(columns, given);
	}
	if (level->n_rows > 1 && is_uniform && columns)
	{
		if (fill_shapes(mctx, level))
			plan->level = plan_level(mctx, level, false);
		return;
	}
	n_values = bms_num_members(columns) + level->perms->insert->n_presets;
	chunk = Max(MAX_VALUES / Max(n_values, 1), 1);
	plan->writes = palloc0(((level->n_rows + chunk - 1) / chunk) *
						   sizeof(GqleMutationWrite));
	for (i = 0; i < level->n_rows; i += chunk)
		plan_values(mctx, level, columns, i, Min(chunk, level->n_rows - i),
					&plan->writes[plan->n_writes++]);
}

/* See build_mutation.h. */
void
gqle_plan_insert(GqleMutationContext *mctx)
{
	const GqleSelection *selection = mctx->selection;
	const GqleInput *objects = gqle_selection_arg(selection, GQLE_INPUT_OBJECTS);
	const GqleInput *on_conflict = gqle_selection_arg(selection, GQLE_INPUT_ON_CONFLICT);
	const GqleTablePerms *perms = mctx->field->perms;
	Level	   *level = make_level(NULL, perms->insert->table, perms, NULL);
	const char *path;

	gqle_plan_insert_hooks(mctx);
	if (objects == NULL)
		objects = gqle_selection_arg(selection, GQLE_INPUT_OBJECT);
	path = mctx->plan->error_path = argument_path(mctx);
	if (!gqle_insert_is_nested(objects))
	{
		int			i;

		if (objects->kind == GQLE_IN_LIST)
			for (i = 0; i < objects->n; i++)
				collect_object(mctx, level, objects->items[i], on_conflict, -1, path,
							   path);
		else
			collect_object(mctx, level, objects, on_conflict, -1, path, path);
		if (level->n_rows > 0)
			plan_flat(mctx, level);
		return;
	}
	if (objects->kind == GQLE_IN_LIST)
		collect_list(mctx, level, objects, on_conflict, -1, path);
	else
		collect_item(mctx, level, objects, on_conflict, -1, path, true, 0);
	if (mctx->sink->has_error || !check_level(mctx, level))
		return;
	if (fill_shapes(mctx, level))
		mctx->plan->level = plan_level(mctx, level, true);
}
