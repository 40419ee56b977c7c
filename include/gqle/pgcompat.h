/*
 * pgcompat.h
 *		Every difference between PostgreSQL 14 and 18 that gqle meets.
 *
 * No other file says PG_VERSION_NUM.  Each entry defines the newest server's
 * API for older servers, so that the code reads as if written for PostgreSQL 18
 * and the shim shrinks as support for old versions ends.  Entries are macros
 * where possible: this header is seen by every file and must not drag in
 * server headers.
 */
#ifndef GQLE_PGCOMPAT_H
#define GQLE_PGCOMPAT_H

#if PG_VERSION_NUM < 140000
#error "gqle needs PostgreSQL 14 or newer"
#endif

/* 15 renamed EmitWarningsOnPlaceholders and made it remove placeholders. */
#if PG_VERSION_NUM < 150000
#define MarkGUCPrefixReserved(class_name) EmitWarningsOnPlaceholders(class_name)
#endif

/* 15 gave the analyzer for given parameter types its longer name. */
#if PG_VERSION_NUM < 150000
#define pg_analyze_and_rewrite_fixedparams(tree, text, types, n, env) \
	pg_analyze_and_rewrite((tree), (text), (types), (n), (env))
#endif

/*
 * 15 introduced shmem_request_hook; before, _PG_init asked for shared memory
 * itself.
 */
#if PG_VERSION_NUM >= 150000
#define GQLE_HAVE_SHMEM_REQUEST_HOOK 1
#else
#define GQLE_HAVE_SHMEM_REQUEST_HOOK 0
#endif

/* 15 marks a chunk on its way to the log collector with flags. */
#if PG_VERSION_NUM >= 150000
#define gqle_pipe_chunk_mark(proto, last) \
	((proto)->flags = PIPE_PROTO_DEST_STDERR | ((last) ? PIPE_PROTO_IS_LAST : 0))
#else
#define gqle_pipe_chunk_mark(proto, last) ((proto)->is_last = (last) ? 't' : 'f')
#endif

/*
 * 15 keeps what a transaction did to each table where it can be looked at; 16 named
 * the table's OID anew.
 */
#define GQLE_HAVE_XACT_COUNTS (PG_VERSION_NUM >= 150000)
#if PG_VERSION_NUM < 160000
#define gqle_table_counts_oid(status) ((status)->t_id)
#else
#define gqle_table_counts_oid(status) ((status)->id)
#endif

/* 16 made the allocator for GUC strings and "extra" public. */
#if PG_VERSION_NUM < 160000
#define guc_malloc(elevel, size) malloc(size)
#define guc_strdup(elevel, text) strdup(text)
#define guc_free(pointer) free(pointer)
#endif

/* 16 folded the pg_*_ownercheck and pg_*_aclcheck families into one each. */
#if PG_VERSION_NUM < 160000
#define gqle_database_ownercheck(dboid, roleid) \
	pg_database_ownercheck((dboid), (roleid))
#else
#define gqle_database_ownercheck(dboid, roleid) \
	object_ownercheck(DatabaseRelationId, (dboid), (roleid))
#endif

/*
 * 17 hangs wait event sets on a resource owner instead of a memory context; ours
 * live as long as the process.  (Not a macro of the same name: the server's
 * headers may come after this one.)
 */
#if PG_VERSION_NUM < 170000
#define gqle_create_wait_event_set(n_events) \
	CreateWaitEventSet(TopMemoryContext, (n_events))
#else
#define gqle_create_wait_event_set(n_events) \
	CreateWaitEventSet(NULL, (n_events))
#endif

/* 17 lets extensions name their wait events. */
#if PG_VERSION_NUM < 170000
#define WaitEventExtensionNew(name) PG_WAIT_EXTENSION
#endif

/* 17 lets workers connect as a role without LOGIN. */
#if PG_VERSION_NUM < 170000
#define BGWORKER_BYPASS_ROLELOGINCHECK 0
#endif

/* 17 moved the local transaction id into a virtual transaction id. */
#if PG_VERSION_NUM < 170000
#define gqle_my_lxid() (MyProc->lxid)
#else
#define gqle_my_lxid() (MyProc->vxid.lxid)
#endif

/* 18 replaced the attribute macro by a prefix keyword. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn __attribute__((noreturn))
#endif

/* 18 lets a module say its name and version. */
#if PG_VERSION_NUM < 180000
#define PG_MODULE_MAGIC_EXT(...) PG_MODULE_MAGIC
#endif

/* 18 forgot whether a portal runs only once. */
#if PG_VERSION_NUM < 180000
#define PortalRun(portal, count, top_level, dest, alt_dest, completion) \
	(PortalRun) ((portal), (count), (top_level), true, (dest), (alt_dest), (completion))
#endif

#endif							/* GQLE_PGCOMPAT_H */
