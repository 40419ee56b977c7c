/*
 * allowlist.h
 *		The allow list: which documents roles other than admin may run.
 */
#ifndef GQLE_EXEC_ALLOWLIST_H
#define GQLE_EXEC_ALLOWLIST_H

#include "gqle/catalog/session.h"
#include "gqle/validate/validate.h"

/*
 * May this session run the request's document?  True without
 * gqle.enable_allowlist, for the admin, and for a text that is no document,
 * which validation refuses with its own message.  False after reporting.
 */
extern bool gqle_allowlist_check(GqleCatalog *catalog, const GqleSession *session,
								 const GqleRequest *request, GqleErrorSink *sink);

/*
 * Is a document, as it is written, on the list for every role?  compat: one that
 * asks for __typename is not, since those of the list are compared without.
 */
extern bool gqle_allowlist_allows_all(GqleCatalog *catalog, const char *query, int len);

#endif							/* GQLE_EXEC_ALLOWLIST_H */
