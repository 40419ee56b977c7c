/*
 * openapi.h
 *		The OpenAPI document while it is written.
 */
#ifndef GQLE_API_OPENAPI_H
#define GQLE_API_OPENAPI_H

#include "gqle/api/rest.h"
#include "gqle/base/json_read.h"
#include "gqle/schema/schema.h"

/* Where types are described that are not built in. */
#define GQLE_OPENAPI_COMPONENTS "#/components/schemas/"

/* What the steps share. */
typedef struct GqleOpenapi
{
	GqleSchema *schema;
	GqleType  **all;			/* types of a whole schema in order, or NULL: not asked
								 * for yet */
	int			n_all;
	GqleJson   *components;		/* schemas by name */
	const GqleRestEndpoint *endpoint;
	StringInfoData path;		/* of the field that is looked at: "$.a.b" */
	StringInfoData problems;	/* of this endpoint */
	GqleType  **variable_types; /* of this endpoint's variables, or NULL: it is left
								 * out */
} GqleOpenapi;

extern void gqle_openapi_set_text(GqleJson *object, const char *key, const char *text);

/* Add what is wrong with the field or variable that is looked at. */
extern void gqle_openapi_add_problem(GqleOpenapi *doc, const char *format,...)
			pg_attribute_printf(2, 3);

/* Look at a field or variable; the value is for gqle_openapi_leave. */
extern int	gqle_openapi_enter(GqleOpenapi *doc, const char *name);
extern void gqle_openapi_leave(GqleOpenapi *doc, int len);

/* Is a scalar one that JSON has?  Say of which type it is then. */
extern bool gqle_openapi_knows_scalar(const char *scalar);
extern void gqle_openapi_set_scalar(GqleJson *schema, const char *scalar);

/* The schema of a type; objects that are answered have properties to be filled. */
extern GqleJson *gqle_openapi_make_schema(GqleOpenapi *doc, GqleTypeRef ref, bool is_input);

/*
 * Add what a selection set of a type answers; fields of one key are merged.  False
 * after adding why it answers nothing.
 */
extern bool gqle_openapi_add_selections(GqleOpenapi *doc, GqleType *type,
										const GqleSelectionSetNode *set,
										GqleJson *properties);

#endif							/* GQLE_API_OPENAPI_H */
