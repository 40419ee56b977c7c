/*
 * allowlist.c
 *		The allow list: which documents roles other than admin may run.
 *
 * Documents are compared as trees without the __typename fields of their
 * selection sets; printing such a tree gives the text by which it is looked up.
 * compat: selections inside of inline fragments keep their __typename, and the
 * order of arguments and of an object's fields makes no difference.
 *
 * The texts of the list are made once per generation of the catalog.  The check
 * belongs to compiling: a cached operation has passed it, and the cache of
 * operations is emptied whenever the generation or the settings change.
 */
#include "gqle/gqle.h"

#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/base/spi.h"
#include "gqle/base/strhash.h"
#include "gqle/exec/allowlist.h"
#include "gqle/lang/parser.h"
#include "gqle/lang/printer.h"

/* Who may run a document. */
typedef struct Allowed
{
	bool		is_global;
	List	   *roles;			/* names, of collections with a scope of roles */
} Allowed;

static MemoryContext list_context = NULL;
static GqleStrHash *list = NULL;	/* text -> Allowed; NULL: not loaded */
static uint64 list_generation;

static void load_list(uint64 generation);
static void add_collection(const GqleJson *definition, const GqleJson *scope);
static char *normalize(const char *text, int len, bool keeps_typename);
static void strip_typename(const GqleSelectionSetNode *set);
static void sort_document(const GqleDocumentNode *document);
static void sort_set(const GqleSelectionSetNode *set);

/* What the list, read anew if it has changed, has under a text; or NULL. */
static const Allowed *
lookup(GqleCatalog *catalog, const char *text)
{
	if (list == NULL || list_generation != gqle_catalog_generation(catalog))
		load_list(gqle_catalog_generation(catalog));
	return gqle_strhash_lookup(list, text);
}

bool
gqle_allowlist_allows_all(GqleCatalog *catalog, const char *query, int len)
{
	const char *text = normalize(query, len, true);
	const Allowed *allowed = text != NULL ? lookup(catalog, text) : NULL;

	return allowed != NULL && allowed->is_global;
}

bool
gqle_allowlist_check(GqleCatalog *catalog, const GqleSession *session,
					 const GqleRequest *request, GqleErrorSink *sink)
{
	const char *text;
	const Allowed *allowed;
	ListCell   *cell;

	if (!gqle_guc_enable_allowlist || session->is_admin)
		return true;
	text = normalize(request->query, request->query_len, false);
	if (text == NULL)
		return true;
	allowed = lookup(catalog, text);
	if (allowed != NULL)
	{
		if (allowed->is_global)
			return true;
		if (gqle_guc_allowlist_role_scopes)
			foreach(cell, allowed->roles)
				if (strcmp(lfirst(cell), session->role) == 0)
					return true;
	}
	gqle_error_report(sink, GQLE_ERR_VALIDATION_FAILED, NULL, "query is not allowed");
	sink->error.internal = "{\"message\":\"query is not in any of the allowlists\"}";
	return false;
}

/* Read the list anew. */
static void
load_list(uint64 generation)
{
	static GqleSpiStatement statement = {
		"SELECT c.definition, a.scope FROM gqle.allowlist AS a "
		"JOIN gqle.query_collections AS c ON c.name = a.collection", NULL
	};
	GqleRows   *rows = gqle_spi_query_kept(&statement, NULL);
	GqleJsonError error;
	MemoryContext old;
	int			i;

	list = NULL;
	if (list_context == NULL)
		list_context = AllocSetContextCreate(CacheMemoryContext, "gqle allow list",
											 ALLOCSET_DEFAULT_SIZES);
	MemoryContextReset(list_context);
	old = MemoryContextSwitchTo(list_context);
	list = gqle_strhash_make(list_context, 64);
	for (i = 0; i < rows->n; i++)
	{
		char	   *definition = gqle_rows_text(rows, i, 0);
		char	   *scope = gqle_rows_text(rows, i, 1);

		add_collection(gqle_json_parse(definition, strlen(definition), &error),
					   gqle_json_parse(scope, strlen(scope), &error));
	}
	MemoryContextSwitchTo(old);
	list_generation = generation;
}

/* Add the queries of a collection to the list. */
static void
add_collection(const GqleJson *definition, const GqleJson *scope)
{
	const GqleJson *queries = definition == NULL ? NULL :
		gqle_json_lookup(definition, "queries");
	const GqleJson *global = scope == NULL ? NULL : gqle_json_lookup(scope, "global");
	const GqleJson *roles = scope == NULL ? NULL : gqle_json_lookup(scope, "roles");
	int			i;
	int			j;

	for (i = 0; queries != NULL && i < queries->n; i++)
	{
		const GqleJson *query = gqle_json_lookup(queries->items[i], "query");
		char	   *text = query == NULL ? NULL : normalize(query->text, query->len, false);
		Allowed    *allowed;

		if (text == NULL)
			continue;
		allowed = gqle_strhash_lookup(list, text);
		if (allowed == NULL)
		{
			allowed = palloc0(sizeof(Allowed));
			gqle_strhash_add(list, text, allowed);
		}
		if (global != NULL && global->kind == GQLE_JSON_BOOL && global->boolean)
			allowed->is_global = true;
		for (j = 0; roles != NULL && j < roles->n; j++)
			if (roles->items[j]->kind == GQLE_JSON_STRING)
				allowed->roles = lappend(allowed->roles,
										 pstrdup(roles->items[j]->text));
	}
}

/* The text that stands for a document, in the current context; NULL if it is none. */
static char *
normalize(const char *text, int len, bool keeps_typename)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "gqle document",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(scratch);
	GqleParseError error;
	GqleDocumentNode *document = gqle_parser_parse_document(text, len, NULL, &error);
	StringInfoData out;
	int			i;

	MemoryContextSwitchTo(old);
	if (document == NULL)
	{
		MemoryContextDelete(scratch);
		return NULL;
	}
	for (i = 0; i < document->n_operations && !keeps_typename; i++)
		strip_typename(document->operations[i].set);
	for (i = 0; i < document->n_fragments && !keeps_typename; i++)
		strip_typename(document->fragments[i].set);
	sort_document(document);
	initStringInfo(&out);
	gqle_printer_append_document(&out, document);
	MemoryContextDelete(scratch);
	return out.data;
}

/* Remove __typename from a selection set and those of its fields. */
static void
strip_typename(const GqleSelectionSetNode *set)
{
	GqleSelectionSetNode *changed = unconstify(GqleSelectionSetNode *, set);
	int			n = 0;
	int			i;

	check_stack_depth();
	if (set == NULL)
		return;
	for (i = 0; i < set->n; i++)
	{
		GqleSelectionNode *selection = set->items[i];

		if (selection->kind == GQLE_SELECTION_FIELD)
		{
			if (strcmp(selection->name, "__typename") == 0)
				continue;
			strip_typename(selection->set);
		}
		changed->items[n++] = selection;
	}
	changed->n = n;
}

/* Arguments and fields of objects both begin with their name. */
static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* Sort the fields of the objects in a value. */
static void
sort_value(const GqleValueNode *value)
{
	int			i;

	check_stack_depth();
	if (value->kind == GQLE_VALUE_LIST)
		for (i = 0; i < value->n; i++)
			sort_value(value->items[i]);
	if (value->kind != GQLE_VALUE_OBJECT)
		return;
	qsort(value->fields, value->n, sizeof(GqleObjectFieldNode), compare_names);
	for (i = 0; i < value->n; i++)
		sort_value(value->fields[i].value);
}

static void
sort_arguments(int n, GqleArgumentNode *args)
{
	int			i;

	qsort(args, n, sizeof(GqleArgumentNode), compare_names);
	for (i = 0; i < n; i++)
		sort_value(args[i].value);
}

static void
sort_directives(int n, const GqleDirectiveNode *directives)
{
	int			i;

	for (i = 0; i < n; i++)
		sort_arguments(directives[i].n_args, directives[i].args);
}

/* Sort the arguments in a selection set. */
static void
sort_set(const GqleSelectionSetNode *set)
{
	int			i;

	check_stack_depth();
	for (i = 0; set != NULL && i < set->n; i++)
	{
		const GqleSelectionNode *selection = set->items[i];

		sort_arguments(selection->n_args, selection->args);
		sort_directives(selection->n_directives, selection->directives);
		sort_set(selection->set);
	}
}

/* Sort what has no order: arguments by name, and the fields of objects. */
static void
sort_document(const GqleDocumentNode *document)
{
	int			i;
	int			j;

	for (i = 0; i < document->n_operations; i++)
	{
		const GqleOperationNode *operation = &document->operations[i];

		for (j = 0; j < operation->n_variables; j++)
			if (operation->variables[j].default_value != NULL)
				sort_value(operation->variables[j].default_value);
		sort_directives(operation->n_directives, operation->directives);
		sort_set(operation->set);
	}
	for (i = 0; i < document->n_fragments; i++)
	{
		sort_directives(document->fragments[i].n_directives,
						document->fragments[i].directives);
		sort_set(document->fragments[i].set);
	}
}
