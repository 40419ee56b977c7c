/*
 * inval.h
 *		What PostgreSQL says has changed, as counters.
 *
 * A counter moves whenever this process receives an invalidation message of
 * its kind.  Builders read the counter before they read the catalog and compare
 * it afterwards.  A message says that something *may* have changed: ANALYZE
 * sends one for its table, and losing the message queue sends one for all.
 */
#ifndef GQLE_BASE_INVAL_H
#define GQLE_BASE_INVAL_H

#include "gqle/gqle.h"

typedef enum GqleInvalKind
{
	GQLE_INVAL_RELATION,		/* tables, columns, indexes, constraints */
	GQLE_INVAL_FUNCTION,		/* pg_proc */
	GQLE_INVAL_TYPE,			/* pg_type, pg_enum */
	GQLE_INVAL_NAMESPACE,		/* pg_namespace */
	GQLE_INVAL_ROLE				/* pg_authid, pg_auth_members */
} GqleInvalKind;

#define GQLE_N_INVAL_KINDS (GQLE_INVAL_ROLE + 1)

/* Register the callbacks; later calls do nothing. */
extern void gqle_inval_init(void);

extern uint64 gqle_inval_counter(GqleInvalKind kind);

/*
 * A function that hears of every relation message, with InvalidOid for all
 * relations.  It runs inside invalidation processing: it may set flags, but must
 * not allocate, read catalogs or throw.
 */
typedef void (*GqleInvalRelationHook) (Oid relid);

extern void gqle_inval_register_relation(GqleInvalRelationHook hook);

/*
 * Empty PostgreSQL's own catalog caches now and then, outside a transaction: they
 * keep a note of every object that was once looked for and is no more, about 1 kB
 * for each table that comes and goes, as long as the process lives.
 */
extern void gqle_inval_trim(void);

#endif							/* GQLE_BASE_INVAL_H */
