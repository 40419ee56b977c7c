/*
 * meta_action_check.c
 *		Inconsistent custom types and actions (reference §10).
 */
#include "postgres.h"

#include "gqle/api/meta_problems.h"
#include "gqle/base/spi.h"
#include "gqle/catalog/action.h"

/* add_action adds an action that is inconsistent for a reason. */
static void
add_action(GqleJson *list, const char *name, GqleJson *definition, const char *comment,
		   const char *reason)
{
	GqleJson   *object = gqle_json_make_object();

	gqle_json_object_set(object, "comment", comment != NULL ?
						 gqle_json_make_string(comment) : gqle_json_make_null());
	gqle_json_object_set(object, "definition", definition);
	gqle_json_object_set(object, "name", gqle_json_make_string(name));
	gqle_meta_problem_add(list, "action", psprintf("action %s", name), object, reason);
}

/* gqle_meta_action_problems adds inconsistent custom types and actions. */
void
gqle_meta_action_problems(GqleJson *list, GqleCatalog *catalog)
{
	static GqleSpiStatement statement = {"SELECT name, definition, comment FROM gqle.actions "
									  "ORDER BY name COLLATE \"C\""};
	GqleRows   *rows = gqle_spi_query_kept(&statement, NULL);
	const GqleJson *definition = gqle_meta_store_get("settings", "value", "key",
													 "custom_types");
	GqleCustomTypes *types;
	const char *problem;
	int			i;

	if (rows->n == 0 && definition == NULL)
		return;
	types = gqle_custom_types_parse(catalog, definition);
	problem = gqle_custom_types_problem(types);
	if (problem != NULL)
		gqle_meta_problem_add(list, "custom_types", "custom_types custom_types",
							  unconstify(GqleJson *, definition),
							  psprintf("Inconsistent object: %s", problem));
	for (i = 0; i < rows->n; i++)
	{
		const char *name = gqle_rows_text(rows, i, 0);
		GqleJson   *object = gqle_meta_parse_stored(gqle_rows_text(rows, i, 1));
		const char *reason;
		GqleAction	action;

		if (problem != NULL)
			reason = "custom types are inconsistent";
		else
		{
			reason = gqle_action_parse(types, name, object, &action);
			if (reason != NULL)
				reason = psprintf("Inconsistent object: in action \"%s\"; %s", name, reason);
		}
		if (reason != NULL)
			add_action(list, name, object, gqle_rows_text(rows, i, 2), reason);
	}
}
