/*
 * meta.h
 *		Commands of the metadata API: what a command is, what it gets, what it
 *		may use.
 *
 * A request is a tree of calls (a bulk has calls below it).  It is decoded as a
 * whole before anything runs, then runs in one subtransaction: either all of it
 * happens or nothing.  Handlers return false after reporting what the client
 * did wrong; errors of PostgreSQL are thrown.
 */
#ifndef GQLE_API_META_H
#define GQLE_API_META_H

#include "nodes/pg_list.h"

#include "gqle/api/call.h"
#include "gqle/api/meta_shape.h"
#include "gqle/catalog/catalog.h"

typedef struct GqleMetaCall GqleMetaCall;

typedef struct GqleMetaScope GqleMetaScope;

/* State shared by all calls of one request. */
typedef struct GqleMetaRequest
{
	const GqleSession *session;
	GqleEndpoint endpoint;
	GqleCatalog *catalog;		/* pinned, or NULL */
	GqleJson   *inconsistent;	/* inconsistent objects before the next change */
	const GqleMetaCall *scope;	/* call whose flags limit these, or NULL: all */
	GqleMetaScope *near;		/* tables that limit these, or NULL: all */
	bool		defers_checks;	/* until gqle_meta_check_deferred: see bulk_atomic */
	bool		is_locked;		/* we hold the lock of writers */
	bool		is_changed;		/* resource_version is to be counted up */
	int64		resource_version;	/* that the client saw, or -1 */
	int64		stored_version; /* that is stored; valid when locked */
	int64		n_inactive;		/* objects without effect before the change */
	GqleJson   *event_triggers; /* names of event triggers before the change */
	GqleJson   *cron_triggers;	/* cron triggers before the change */
	bool		owns_transaction;	/* the transaction ends with the request */
	GqleOutcalls *outcalls;		/* NULL: no network */
	bool		is_pending;		/* calls have to be made; then it is run again */
} GqleMetaRequest;

typedef struct GqleMetaCommand GqleMetaCommand;

/* One command with its arguments, ready to run. */
struct GqleMetaCall
{
	GqleMetaRequest *request;
	const GqleMetaCommand *command;
	GqleErrorSink *sink;
	int			version;		/* of the argument form: 1 or 2 */
	const GqleJson *args;		/* in canonical form */
	const char *path;			/* of mistakes found while running */
	int			n_items;		/* bulks */
	struct GqleMetaCall *items;
	StringInfo	out;			/* nothing appended means "success" */
	GqleJson   *warnings;		/* array, or NULL */
	void	   *data;			/* a handler's own */
};

typedef bool (*GqleMetaHandler) (GqleMetaCall *call, const GqleJson *args);

/*
 * Turns other forms of the arguments into the one its shape describes; NULL
 * after reporting to the reader.
 */
typedef const GqleJson *(*GqleMetaPrepare) (GqleMetaCall *call, GqleMetaReader *reader,
											const GqleMetaPath *path,
											const GqleJson *args);

/* Where a command is known, and how it behaves. */
#define GQLE_META_BACKEND		0x0001	/* /v1/metadata: with a backend's prefix */
#define GQLE_META_ENGINE		0x0002	/* /v1/metadata: without */
#define GQLE_META_V1			0x0004	/* /v1/query */
#define GQLE_META_V2			0x0008	/* /v2/query */
#define GQLE_META_READS			0x0010	/* changes no metadata */
#define GQLE_META_NO_ARGS		0x0020	/* args may be missing */
#define GQLE_META_ATOMIC		0x0040	/* allowed in bulk_atomic */
#define GQLE_META_ANY_ROLE		0x0080	/* not only for admin */
#define GQLE_META_VERSION_2		0x0100	/* has a version 2 on /v1/metadata */
#define GQLE_META_V1_VERSION_2	0x0200	/* has a version 2 on /v1/query */
#define GQLE_META_BULK			0x0400	/* args are a list of requests */
#define GQLE_META_UNSTORED_V1	0x0800	/* /v1/query: answered, but not stored */
#define GQLE_META_ONLY_VERSION_2 0x1000 /* no version 1 */
#define GQLE_META_V2_PREFIX		0x2000	/* /v2/query: also with a prefix */
#define GQLE_META_LIGHT			0x4000	/* can't break other objects: their state
										 * need not be known before */
#define GQLE_META_WRITES_DATA	0x8000	/* writes to tables of the database */
#define GQLE_META_OWN_TABLE		0x10000 /* can break only what args' table has */
#define GQLE_META_APART			0x20000 /* can break nothing that tables have */
#define GQLE_META_NEAR			0x40000 /* can break only what refers to args' table
										 * or tables: see meta_scope.h */

struct GqleMetaCommand
{
	const char *name;			/* without prefix */
	int			flags;
	const GqleMetaShape *shape; /* NULL: the handler looks at args itself */
	GqleMetaHandler run;
	GqleMetaPrepare prepare;	/* or NULL */
};

/* Command families; each ends with a NULL name. */
extern const GqleMetaCommand gqle_meta_action_commands[];
extern const GqleMetaCommand gqle_meta_bulk_commands[];
extern const GqleMetaCommand gqle_meta_collection_commands[];
extern const GqleMetaCommand gqle_meta_computed_field_commands[];
extern const GqleMetaCommand gqle_meta_cron_commands[];
extern const GqleMetaCommand gqle_meta_endpoint_commands[];
extern const GqleMetaCommand gqle_meta_event_commands[];
extern const GqleMetaCommand gqle_meta_event_log_commands[];
extern const GqleMetaCommand gqle_meta_function_commands[];
extern const GqleMetaCommand gqle_meta_manage_commands[];
extern const GqleMetaCommand gqle_meta_native_commands[];
extern const GqleMetaCommand gqle_meta_permission_commands[];
extern const GqleMetaCommand gqle_meta_relationship_commands[];
extern const GqleMetaCommand gqle_meta_remote_commands[];
extern const GqleMetaCommand gqle_meta_role_commands[];
extern const GqleMetaCommand gqle_meta_scheduled_commands[];
extern const GqleMetaCommand gqle_meta_settings_commands[];
extern const GqleMetaCommand gqle_meta_source_commands[];
extern const GqleMetaCommand gqle_meta_table_commands[];
extern const GqleMetaCommand gqle_sql_commands[];
extern const GqleMetaCommand gqle_dml_commands[];

/* ------------------------------------------------------------------------
 * Requests (meta_request.c)
 * ------------------------------------------------------------------------ */

/* What gqle_meta_run returns if it has to be run again. */
#define GQLE_META_PENDING 0

/*
 * Decode and run a request; appends the answer, whatever it is, and returns its
 * HTTP status.  Nothing has changed if the status is not 200.
 *
 * A request that has to ask the network first is undone: GQLE_META_PENDING, and
 * nothing is appended.  Make the pending calls in outcalls (NULL: there is no network)
 * and run it again.
 */
extern int	gqle_meta_run(const GqleSession *session, GqleEndpoint endpoint,
						  const char *body, int body_len, bool owns_transaction,
						  GqleOutcalls *outcalls, StringInfo out);

/*
 * Run something in a subtransaction; if it reports or throws an error, the
 * subtransaction is undone, the error is in the call's sink and nothing has
 * been appended to the call's answer.
 */
extern bool gqle_meta_run_atomically(GqleMetaCall *call, bool (*run) (GqleMetaCall *call));

/* The same with a function that reports what was thrown. */
extern bool gqle_meta_run_reporting(GqleMetaCall *call, bool (*run) (GqleMetaCall *call),
									void (*report) (GqleMetaCall *call,
													const ErrorData *edata));

/* Become the only writer of metadata; done by the dispatcher for all commands
 * but those that only read. */
extern void gqle_meta_begin_change(GqleMetaCall *call);

/* May a call, or one below it, change metadata? */
extern bool gqle_meta_changes(const GqleMetaCall *call);

/* Run one call, below a bulk or alone; appends its answer to call->out. */
extern bool gqle_meta_run_call(GqleMetaCall *call);

/* The command of that name at an endpoint, or NULL. */
extern const GqleMetaCommand *gqle_meta_lookup_command(GqleEndpoint endpoint,
													   const char *name);

/* ------------------------------------------------------------------------
 * Requests that are no commands (meta_unknown.c)
 * ------------------------------------------------------------------------ */

/* Report a type that is no command at an endpoint; always false. */
extern bool gqle_meta_report_unknown(GqleMetaReader *reader, GqleEndpoint endpoint,
									 int version, const char *type,
									 const GqleMetaPath *path);

/* What messages about a missing or malformed type begin with; may be "". */
extern const char *gqle_meta_tag_prefix(GqleEndpoint endpoint, int version);

/* ------------------------------------------------------------------------
 * For handlers (meta_util.c)
 * ------------------------------------------------------------------------ */

/* Report a mistake at the call's path; all return false. */
extern bool gqle_meta_fail(GqleMetaCall *call, GqleErrorCode code,
						   const char *fmt,...) pg_attribute_printf(3, 4);
extern bool gqle_meta_fail_at(GqleMetaCall *call, const char *member,
							  GqleErrorCode code,
							  const char *fmt,...) pg_attribute_printf(4, 5);
extern bool gqle_meta_fail_status(GqleMetaCall *call, int http_status,
								  GqleErrorCode code,
								  const char *fmt,...) pg_attribute_printf(4, 5);
extern bool gqle_meta_fail_internal(GqleMetaCall *call, int http_status,
									GqleErrorCode code, const char *internal,
									const char *fmt,...) pg_attribute_printf(5, 6);

/* Add a warning to the answer. */
extern void gqle_meta_warn(GqleMetaCall *call, const char *code, const char *type,
						   const char *name, const char *fmt,...)
			pg_attribute_printf(5, 6);

/* Members of arguments in canonical form. */
extern const char *gqle_meta_text(const GqleJson *args, const char *key);	/* or NULL */
extern bool gqle_meta_bool(const GqleJson *args, const char *key, bool absent);
extern int64 gqle_meta_int(const GqleJson *args, const char *key, int64 absent);
extern const char *gqle_meta_source(const GqleJson *args);	/* "source", or "default" */

/* A table's or function's name. */
typedef struct GqleMetaName
{
	const char *source;
	const char *schema;
	const char *name;
} GqleMetaName;

/* Of args->source and the member with that key. */
extern GqleMetaName gqle_meta_name(const GqleJson *args, const char *key);
extern GqleMetaName gqle_meta_make_name(const char *source, const GqleJson *name);
extern GqleJson *gqle_meta_name_json(const char *schema, const char *name);

/* "t", or "schema.t" outside of schema public: how messages print it */
extern const char *gqle_meta_display(const GqleMetaName *name);
extern bool gqle_meta_same_name(const GqleMetaName *a, const GqleMetaName *b);

/* Is the source known?  Reports not-exists if not. */
extern bool gqle_meta_need_source(GqleMetaCall *call, const char *source);

/* Is the table tracked?  Reports not-exists if not. */
extern bool gqle_meta_need_table(GqleMetaCall *call, const GqleMetaName *table);

/* Is the name free for a new field of the table?  Reports if not. */
extern bool gqle_meta_need_free_field(GqleMetaCall *call, const GqleMetaName *name,
									  const char *field);

/* The source that is this database. */
extern const char *gqle_meta_local_source(void);

extern bool gqle_meta_is_tracked_table(const GqleMetaName *table);
extern bool gqle_meta_is_tracked_function(const GqleMetaName *function);

/* The newest catalog, with this transaction's changes; valid until the next call. */
extern GqleCatalog *gqle_meta_catalog(GqleMetaRequest *request);

/* The consistent table, or NULL. */
extern GqleTable *gqle_meta_lookup_table(GqleMetaRequest *request,
										 const GqleMetaName *table);

/* ------------------------------------------------------------------------
 * Rows of the metadata tables (meta_store.c)
 * ------------------------------------------------------------------------ */

/*
 * Insert rows, an array of objects whose members are columns.  table is a name
 * without schema.
 */
extern void gqle_meta_store_insert(const char *table, const GqleJson *rows);
extern void gqle_meta_store_insert_one(const char *table, GqleJson *row);

/* The same, replacing rows of the same key. */
extern void gqle_meta_store_upsert(const char *table, GqleJson *row);

/*
 * Statements on rows with a key: key is a list of column names separated by
 * spaces, args its values in order (text).  Return the number of rows.
 */
extern int	gqle_meta_store_delete(const char *table, const char *key,...);
extern bool gqle_meta_store_exists(const char *table, const char *key,...);

/* Place a new row before or behind those with that key, where an order is kept. */
extern void gqle_meta_store_place_first(const char *table, GqleJson *row,
										const char *key,...);
extern void gqle_meta_store_place_last(const char *table, GqleJson *row,
									   const char *key,...);

/* One json column of the row, or NULL. */
extern GqleJson *gqle_meta_store_get(const char *table, const char *column,
									 const char *key,...);

/* Set columns (members of "set") of the rows with that key. */
extern int	gqle_meta_store_update(const char *table, const GqleJson *set,
								   const char *key,...);

/* Add members to a row object. */
extern GqleJson *gqle_meta_row_of_table(const GqleMetaName *table);
extern void gqle_meta_row_set_text(GqleJson *row, const char *column, const char *value);
extern void gqle_meta_row_set_bool(GqleJson *row, const char *column, bool value);

/* Rows as JSON objects, for a SELECT of json columns. */
extern GqleJson *gqle_meta_parse_stored(const char *text);

/* ------------------------------------------------------------------------
 * Consistency (meta_check.c)
 * ------------------------------------------------------------------------ */

/*
 * Note what is inconsistent before a change; called by the dispatcher before
 * every command that changes something and is not light.
 */
extern void gqle_meta_check_begin(GqleMetaRequest *request);

/*
 * The same for one call: where its flags say what it can break, checks look at
 * nothing else until the end.  Returns what the end needs.
 */
extern GqleJson *gqle_meta_check_call_begin(GqleMetaCall *call);
extern void gqle_meta_check_call_end(GqleMetaCall *call, GqleJson *before);

/*
 * After a change: is there anything inconsistent that was not before?  With a
 * target (its type and name as section 21 of the reference has them) a mistake
 * in the target itself is reported as such.
 */
extern bool gqle_meta_check_target(GqleMetaCall *call, const char *type,
								   const char *name);
extern bool gqle_meta_check_others(GqleMetaCall *call);
extern bool gqle_meta_check_deferred(GqleMetaCall *call);

/*
 * Do root fields and types have distinct names?  compat: a clash is an error of its own,
 * not an inconsistency.
 */
extern bool gqle_meta_check_roots(GqleMetaCall *call);

/* The same after a table was added that is consistent. */
extern bool gqle_meta_check_node(GqleMetaCall *call, const char *name);
extern List *gqle_meta_served_remotes(GqleMetaRequest *request);
extern bool gqle_meta_check_remotes(GqleMetaCall *call, List *before);
extern bool gqle_meta_check_roots_of(GqleMetaCall *call, GqleTable *table);

/*
 * Do types have distinct names?  Raises an error if not.  table: the only one
 * that is new, or NULL.
 */
extern void gqle_meta_check_types(GqleMetaCall *call, GqleTable *table);

/* For light commands: is the object itself inconsistent? */
extern bool gqle_meta_check_only(GqleMetaCall *call, const char *type, const char *name);

/* The objects of the last check that are new, a JSON array. */
extern GqleJson *gqle_meta_check_new(GqleMetaRequest *request);

/* Inconsistent objects now. */
extern GqleJson *gqle_meta_check_list(GqleMetaRequest *request);

/* ------------------------------------------------------------------------
 * Remote schemas (meta_remote.c)
 * ------------------------------------------------------------------------ */

/*
 * Ask remote schemas for their types and keep what comes of it: those in a list of
 * names, or with NULL those that were never asked.  May leave the request pending.
 */
extern void gqle_meta_remote_fetch(GqleMetaCall *call, const GqleJson *names);

/* Did it?  Then the call must fail. */
extern bool gqle_meta_remote_pends(GqleMetaCall *call);

/* False after refusing types of one name in two remote schemas. */
extern bool gqle_meta_check_remote_types(GqleMetaCall *call);

/* The names of all remote schemas, for that. */
extern GqleJson *gqle_meta_remote_names(void);

/* ------------------------------------------------------------------------
 * The whole metadata as a document (meta_export.c, meta_import.c)
 * ------------------------------------------------------------------------ */

/* The document of the stored metadata, keys in order. */
extern GqleJson *gqle_meta_export(void);

/* The same without what linked sources keep themselves. */
extern GqleJson *gqle_meta_export_stored(void);

/*
 * Replace all metadata by a document of version 3 in canonical form; cron
 * triggers that are not part of the metadata stay.
 */
extern void gqle_meta_import(const GqleJson *document);

/* Remove all metadata, save for what gqle_meta_import leaves alone. */
extern void gqle_meta_clear(void);

/* Of that, only what is not part of a source. */
extern void gqle_meta_clear_engine(void);

/*
 * Value of a setting by its name without prefix: gqle.<name> if that is
 * defined, else HASURA_GRAPHQL_<NAME> of the environment; or NULL.
 */
extern const char *gqle_meta_setting(const char *name);

/* May an event trigger have this name, whatever its length? */
extern bool gqle_meta_is_legal_event_name(const char *name);

/* Refuse inherited roles that inherit from themselves. */
extern bool gqle_meta_check_role_cycles(GqleMetaCall *call);

/* ------------------------------------------------------------------------
 * Transforms of webhooks (meta_transform.c)
 * ------------------------------------------------------------------------ */

/* Are the templates of a definition's transforms templates?  Reports if not. */
extern bool gqle_meta_check_transforms(GqleMetaCall *call, const GqleJson *definition);

/* The handler of test_webhook_transform. */
extern bool gqle_meta_run_test_transform(GqleMetaCall *call, const GqleJson *args);

#endif							/* GQLE_API_META_H */
