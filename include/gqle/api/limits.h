/*
 * limits.h
 *		Limits of rate and time that the metadata set (api_limits).
 */
#ifndef GQLE_API_LIMITS_H
#define GQLE_API_LIMITS_H

#include "gqle/api/call.h"

/*
 * Count n operations of a call.  False after reporting: the rate limit of the
 * role is reached.  Admins have none.
 */
extern bool gqle_limits_admit(const GqleCall *call, int n, GqleErrorSink *sink);

/* How long an operation of this role may take, in seconds; 0: as long as it likes. */
extern int	gqle_limits_time(const GqleSession *session);

#endif							/* GQLE_API_LIMITS_H */
