/*
 * json_template.h
 *		Running JSON templates (plan.h) over rows.
 */
#ifndef GQLE_EXEC_JSON_TEMPLATE_H
#define GQLE_EXEC_JSON_TEMPLATE_H

#include "gqle/exec/json_value.h"

typedef struct GqleJsonTemplate GqleJsonTemplate;

/* Parse a template; throws if it is malformed, which is our own mistake.
 * Allocated in the given context. */
extern GqleJsonTemplate *gqle_json_template_make(const char *text, int len, MemoryContext context);

/* Number of columns the template needs. */
extern int	gqle_json_template_n_columns(const GqleJsonTemplate *template);

/* Set the type of a column (from 0); no-op if it is known already. */
extern void gqle_json_template_set_type(GqleJsonTemplate *template, int column, Oid type_oid);

/* Append one row's JSON. */
extern void gqle_json_template_append(StringInfo out, GqleJsonTemplate *template,
								 const Datum *values, const bool *nulls);

#endif							/* GQLE_EXEC_JSON_TEMPLATE_H */
