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

#endif							/* GQLE_EXEC_ALLOWLIST_H */
