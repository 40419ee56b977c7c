/*
 * metadata.h
 *		Version counters of the metadata tables.
 */
#ifndef GQLE_CATALOG_METADATA_H
#define GQLE_CATALOG_METADATA_H

#include "gqle/gqle.h"

/* Name of the schema of the metadata tables, and of the version table. */
#define GQLE_METADATA_SCHEMA "gqle"
#define GQLE_METADATA_VERSION_TABLE "metadata_version"

/* OID of gqle.metadata_version, or InvalidOid without the extension. */
extern Oid	gqle_metadata_version_relid(void);

/* The relation of a table of the metadata, or InvalidOid. */
extern Oid	gqle_metadata_table_relid(const char *name);

/*
 * Say that metadata rows have changed in this transaction: the next pin of this
 * process loads anew, all others do after commit.  Triggers of the metadata
 * tables call it, so writers need not.
 */
extern void gqle_metadata_note_change(void);

/*
 * Count resource_version up, once for each request that changes metadata, and
 * note the change.  Waits for other writers of metadata.  Returns the new
 * version.
 */
extern int64 gqle_metadata_bump(void);

/* How often this process has done so, whatever became of it. */
extern uint64 gqle_metadata_n_bumps(void);

/*
 * The stored resource_version.  With lock, other writers wait until this
 * transaction ends; take it first to compare with what a client expects.
 */
extern int64 gqle_metadata_resource_version(bool lock);

/* Has something loaded a catalog since: the next change must be noted again. */
extern void gqle_metadata_mark_loaded(void);

/* Give way to a dumped row of that table and key (10_metadata.sql). */
extern void gqle_metadata_replace_initial(Oid relid, const char *name);

/* Is that what is happening? */
extern bool gqle_metadata_is_replacing(void);

#endif							/* GQLE_CATALOG_METADATA_H */
