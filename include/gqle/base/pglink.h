/*
 * pglink.h
 *		Connections to other databases.
 *
 * A process has one connection to each database it has to do with, made when it is
 * first needed.  A connection that takes part in the transaction has a transaction of
 * its own there, with a savepoint for each subtransaction here; it is committed just
 * before ours.  So both happen or neither does, unless one of the two servers goes
 * down between the two commits.
 *
 * Waiting can be interrupted.  Nothing here throws but an interrupt and a lost
 * transaction.
 */
#ifndef GQLE_BASE_PGLINK_H
#define GQLE_BASE_PGLINK_H

#include "gqle/gqle.h"

typedef struct GqleLink GqleLink;

/*
 * The connection to a database, by its URL or connection string; NULL with the reason,
 * in the current context, if there is none to be had.
 */
extern GqleLink *gqle_link_get(const char *url, char **reason);

/*
 * Whether whoever uses the connection has looked at what is at its other end; false
 * again when it has been made anew.
 */
extern bool gqle_link_is_checked(const GqleLink *link);
extern void gqle_link_set_checked(GqleLink *link);

/* Make the connection part of the transaction; false with the reason. */
extern bool gqle_link_join_transaction(GqleLink *link, char **reason);

/*
 * Run a statement with parameters of type text ($1, ...; NULL is null).  Returns the
 * columns of its first row as text, in the current context, or an array of NULLs if it
 * has no row; NULL with the reason if it failed.
 */
extern char **gqle_link_query(GqleLink *link, const char *sql, int n,
							  const char *const *values, char **reason);

#endif							/* GQLE_BASE_PGLINK_H */
