/*
 * identity.c
 *		Letting the database know who asks.
 *
 * The session's variables are set as settings for the time of one operation,
 * on a nest level of their own, as a function's SET clause does it: an error
 * midway, a nested graphql.execute and the caller of one all find the values
 * they had.  gqle.session is PGC_SUSET and can't be forged by ordinary SQL;
 * hasura.user and request.jwt.claims are placeholders that anyone can set, so
 * they are trustworthy only inside an operation.
 */
#include "gqle/gqle.h"

#include "utils/guc.h"

#include "gqle/exec/identity.h"

static const char *const setting_names[] = {
	"gqle.session", "hasura.user", "request.jwt.claims"
};

/* See identity.h. */
int
gqle_identity_begin(const GqleSession *session)
{
	int			nest_level = NewGUCNestLevel();
	StringInfoData json;
	int			i;

	initStringInfo(&json);
	gqle_session_append_json(&json, session);
	for (i = 0; i < (int) lengthof(setting_names); i++)
		(void) set_config_option(setting_names[i], json.data, PGC_SUSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	pfree(json.data);
	return nest_level;
}

/* See identity.h. */
void
gqle_identity_end(int nest_level)
{
	AtEOXact_GUC(true, nest_level);
}
