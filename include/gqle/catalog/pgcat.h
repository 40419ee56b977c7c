/*
 * pgcat.h
 *		Raw facts about relations and functions, straight from PostgreSQL's own
 *		caches, without any metadata.
 *
 * Facts carry a fingerprint over all that can change what we derive from them,
 * so that a relation message after ANALYZE or VACUUM is seen to mean nothing.
 * Everything is allocated in the current memory context.
 */
#ifndef GQLE_CATALOG_PGCAT_H
#define GQLE_CATALOG_PGCAT_H

#include "gqle/gqle.h"

#include "access/attnum.h"

typedef struct GqleColumnFact
{
	AttrNumber	attnum;
	const char *name;
	Oid			type_oid;
	bool		not_null;
	bool		has_default;
	char		identity;		/* '\0', 'a' always, 'd' by default */
	bool		is_generated;
	const char *comment;		/* or NULL */
} GqleColumnFact;

typedef struct GqleKeyFact
{
	const char *name;			/* of the index */
	bool		is_primary;
	bool		is_constraint;
	bool		is_plain;		/* neither partial nor over expressions */
	int			n_columns;		/* expressions left out */
	AttrNumber *attnums;
} GqleKeyFact;

typedef struct GqleForeignKeyFact
{
	const char *name;
	Oid			foreign_relid;
	int			n_columns;
	AttrNumber *attnums;
	const char **foreign_columns;
} GqleForeignKeyFact;

typedef struct GqleRelationFacts
{
	Oid			relid;
	char		relkind;
	const char *comment;		/* or NULL */
	double		row_estimate;	/* -1: unknown */
	int			updatable;		/* bits 1 << CMD_UPDATE, CMD_INSERT, CMD_DELETE */
	int			n_columns;
	GqleColumnFact *columns;	/* in attnum order */
	int			n_keys;
	GqleKeyFact *keys;			/* by name */
	int			n_foreign_keys;
	GqleForeignKeyFact *foreign_keys;	/* by name */
	uint64		fingerprint;
} GqleRelationFacts;

/* Could a relation of this kind be tracked? */
extern bool gqle_pgcat_is_trackable(char relkind);

/* Facts of a relation, or NULL if it vanished or is of another kind. */
extern GqleRelationFacts *gqle_pgcat_load_relation(Oid relid);

/* The column of that number, or NULL. */
extern const GqleColumnFact *gqle_pgcat_lookup_column(const GqleRelationFacts *facts,
													  AttrNumber attnum);

/* Schema and name of a relation; false if there is none. */
extern bool gqle_pgcat_relation_name(Oid relid, char **schema, char **name);

/* OID of a trackable relation of that name, or InvalidOid. */
extern Oid	gqle_pgcat_lookup_relid(const char *schema, const char *name);

typedef struct GqleArgumentFact
{
	const char *name;			/* or NULL */
	Oid			type_oid;
	bool		has_default;
} GqleArgumentFact;

typedef struct GqleFunctionFacts
{
	Oid			function_oid;
	char		volatility;		/* PROVOLATILE_* */
	bool		returns_set;
	bool		is_variadic;
	Oid			result_type;
	int			n_arguments;	/* input ones */
	GqleArgumentFact *arguments;
	const char *comment;		/* or NULL */
} GqleFunctionFacts;

/*
 * The functions of that name (aggregates and procedures left out): their number
 * is returned, and the facts of the only one, or NULL, are put into *facts.
 */
extern int	gqle_pgcat_load_function(const char *schema, const char *name,
									 GqleFunctionFacts **facts);

/* Over all that matters of gqle_pgcat_load_function's answer. */
extern uint64 gqle_pgcat_function_fingerprint(int n_found, const GqleFunctionFacts *facts);

#endif							/* GQLE_CATALOG_PGCAT_H */
