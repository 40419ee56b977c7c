/*
 * diagnose.h
 *		What is wrong with documents that are kept to be run later.
 */
#ifndef GQLE_VALIDATE_DIAGNOSE_H
#define GQLE_VALIDATE_DIAGNOSE_H

#include "nodes/pg_list.h"

#include "gqle/schema/schema.h"

/*
 * Compare a document with a schema.  Returns what does not fit as texts
 * ("$.author: field 'x' not found in object 'author'"), in the order in which it
 * is found; NIL if all fits.  Allocates in the current memory context.
 */
extern List *gqle_diagnose_document(GqleSchema *schema, const char *query, int len);

#endif							/* GQLE_VALIDATE_DIAGNOSE_H */
