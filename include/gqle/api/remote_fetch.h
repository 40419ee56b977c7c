/*
 * remote_fetch.h
 *		Asking remote schemas for their types, and keeping what they answer.
 */
#ifndef GQLE_API_REMOTE_FETCH_H
#define GQLE_API_REMOTE_FETCH_H

#include "gqle/base/error.h"
#include "gqle/base/json_read.h"
#include "gqle/exec/outcall.h"

/*
 * The request that asks a remote schema for its types; false after reporting what is
 * wrong with its definition.
 */
extern bool gqle_remote_fetch_request(const GqleJson *definition,
									  const GqleOutcalls *outcalls,
									  GqleHttpRequest *request, GqleErrorSink *sink);

/* The text of an answer, or NULL after reporting that there is none. */
extern const char *gqle_remote_fetch_read(const GqleJson *definition,
										  const GqleHttpRequest *request,
										  const GqleHttpReply *reply,
										  GqleErrorSink *sink);

/* Keep an answer, or why there is none; an older answer then stays. */
extern void gqle_remote_fetch_store(const char *name, const GqleJson *definition,
									const char *answer);
extern void gqle_remote_fetch_store_failure(const char *name, const GqleJson *definition,
											const GqleError *error);

#endif							/* GQLE_API_REMOTE_FETCH_H */
