/*
 * cors.h
 *		What browsers are told about requests of pages from elsewhere.
 */
#ifndef GQLE_WORKER_CORS_H
#define GQLE_WORKER_CORS_H

#include "gqle/worker/httpd.h"

#define GQLE_CORS_MAX_HEADERS	6

/* Read the settings; at the start, ends the process if they make no sense. */
extern void gqle_cors_load(bool is_start);

/*
 * Headers of the answer to a request, at most GQLE_CORS_MAX_HEADERS; their texts
 * are constants or the request's.  Returns how many.
 */
extern int	gqle_cors_headers(const GqleExchange *x, bool is_preflight,
							  GqleHttpHeader *headers);

/* May a page of that origin use the endpoints? */
extern bool gqle_cors_is_origin_allowed(const char *origin);

/* Does a browser ask whether it may send a request? */
extern bool gqle_cors_is_preflight(const GqleExchange *x);

#endif							/* GQLE_WORKER_CORS_H */
