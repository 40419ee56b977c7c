/*
 * meta_problems.h
 *		Inconsistent objects that are not tables or parts of tables.
 *
 * The catalog knows what it serves; these are about the rest of the metadata.
 * Each function adds objects to a list in the form of reference §21.
 */
#ifndef GQLE_API_META_PROBLEMS_H
#define GQLE_API_META_PROBLEMS_H

#include "gqle/api/meta.h"

extern void gqle_meta_action_problems(GqleJson *list, GqleCatalog *catalog);	/* and custom types */
extern void gqle_meta_collection_problems(GqleJson *list, GqleCatalog *catalog);
extern void gqle_meta_endpoint_problems(GqleJson *list);
extern void gqle_meta_environment_problems(GqleJson *list);
extern void gqle_meta_telemetry_problems(GqleJson *list);

/*
 * The environment variables that {{..}} in a template names and that are not
 * set, separated by commas, or NULL; template may be NULL.
 */
extern const char *gqle_meta_missing_variables(const char *template);

/*
 * Remove an inconsistent object, as the list has it, from the metadata
 * (meta_drop.c); false if nothing was removed.
 */
extern bool gqle_meta_drop_inconsistent(const GqleJson *object);

/* Add one object. */
extern void gqle_meta_problem_add(GqleJson *list, const char *type, const char *name,
								  GqleJson *definition, const char *reason);

#endif							/* GQLE_API_META_PROBLEMS_H */
