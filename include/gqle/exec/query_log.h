/*
 * query_log.h
 *		What operations ran, as lines of query-log, execution-log and
 *		slow-query-log.
 */
#ifndef GQLE_EXEC_QUERY_LOG_H
#define GQLE_EXEC_QUERY_LOG_H

#include "gqle/exec/op_cache.h"

/*
 * A root field's statement; with the values bound to it, or without (prepared
 * is NULL).  Only if gqle_query_log_is_wanted.
 */
extern bool gqle_query_log_is_wanted(void);
extern void gqle_query_log_statement(const GqleRequest *request, const char *field,
									 const char *sql, const GqlePrepared *prepared);

/* An answer that needed no statement. */
extern void gqle_query_log_introspection(const GqleRequest *request);
extern void gqle_query_log_action(const GqleRequest *request);

/* A remote schema was asked. */
extern void gqle_query_log_remote(const GqleRequest *request);

/* An operation came to its end, whatever that is. */
extern void gqle_query_log_end(const GqleSession *session, const GqleRequest *request,
							   const GqleCompiled *compiled, uint64 elapsed_us,
							   uint64 bytes, bool failed);

#endif							/* GQLE_EXEC_QUERY_LOG_H */
