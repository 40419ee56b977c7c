/*
 * meta_shapes.h
 *		The shapes of all objects of the metadata document (reference §20).
 */
#ifndef GQLE_API_META_SHAPES_H
#define GQLE_API_META_SHAPES_H

#include "gqle/api/meta_shape.h"

/*
 * Words a value may be.  Without a complaint of its own a wrong one is told with
 * all words there are.
 */
typedef struct GqleMetaWords
{
	const char *const *words;	/* up to NULL */
	const char *type;			/* as messages name it */
	const char *complaint;		/* format with at most one %s, or NULL */
	bool		is_loose;		/* other kinds of values get the complaint, too */
} GqleMetaWords;

/* Values of fields that need a function. */
extern GqleJson *gqle_meta_object_using(GqleMetaReader *reader, const GqleMetaPath *path,
										const GqleJson *value, const void *data);
extern GqleJson *gqle_meta_array_using(GqleMetaReader *reader, const GqleMetaPath *path,
									   const GqleJson *value, const void *data);
extern GqleJson *gqle_meta_subscribed_columns(GqleMetaReader *reader,
											  const GqleMetaPath *path,
											  const GqleJson *value, const void *data);
extern GqleJson *gqle_meta_boolexp(GqleMetaReader *reader, const GqleMetaPath *path,
								   const GqleJson *value, const void *data);
extern GqleJson *gqle_meta_columns(GqleMetaReader *reader, const GqleMetaPath *path,
								   const GqleJson *value, const void *data);
extern GqleJson *gqle_meta_cron_schedule(GqleMetaReader *reader, const GqleMetaPath *path,
										 const GqleJson *value, const void *data);
extern GqleJson *gqle_meta_one_of(GqleMetaReader *reader, const GqleMetaPath *path,
								  const GqleJson *value, const void *data);
extern GqleJson *gqle_meta_remote_definition(GqleMetaReader *reader,
											 const GqleMetaPath *path,
											 const GqleJson *value, const void *data);
extern GqleJson *gqle_meta_document(GqleMetaReader *reader, const GqleMetaPath *path,
									const GqleJson *value, const void *data);
extern GqleJson *gqle_meta_otel_status(GqleMetaReader *reader, const GqleMetaPath *path,
									   const GqleJson *value, const void *data);
extern GqleJson *gqle_meta_webhook_value(GqleMetaReader *reader, const GqleMetaPath *path,
										 const GqleJson *value, const void *data);

/* Parts of tables */
extern const GqleMetaShape gqle_meta_table_configuration;
extern const GqleMetaShape gqle_meta_insert_permission;
extern const GqleMetaShape gqle_meta_select_permission;
extern const GqleMetaShape gqle_meta_update_permission;
extern const GqleMetaShape gqle_meta_delete_permission;
extern const GqleMetaShape gqle_meta_computed_definition;
extern const GqleMetaShape gqle_meta_event_operation;
extern const GqleMetaShape gqle_meta_event_retry;
extern const GqleMetaShape gqle_meta_event_cleanup;
extern const GqleMetaShape gqle_meta_event_trigger;
extern const GqleMetaShape gqle_meta_apollo_config;
extern const GqleMetaShape gqle_meta_remote_relationship;
extern const GqleMetaShape gqle_meta_table_entry;

/* "manual_configuration" of relationships, and an entry of select_permissions */
extern const GqleMetaShape gqle_meta_manual_using;
extern const GqleMetaShape gqle_meta_select_entry;

/* Native queries and logical models (meta_shapes_native.c) */
extern const GqleMetaShape gqle_meta_native_query;
extern const GqleMetaShape gqle_meta_logical_model;
extern const GqleMetaShape gqle_meta_track_native_query;
extern const GqleMetaShape gqle_meta_track_logical_model;

/* Parts of sources */
extern const GqleMetaShape gqle_meta_function_configuration;
extern const GqleMetaShape gqle_meta_function_entry;
extern const GqleMetaShape gqle_meta_source_configuration;
extern const GqleMetaShape gqle_meta_source_customization;
extern const GqleMetaShape gqle_meta_health_check;
extern const GqleMetaShape gqle_meta_query_tags;
extern const GqleMetaWords gqle_meta_tag_formats;
extern const GqleMetaShape gqle_meta_source_entry;

/* The rest */
extern const GqleMetaShape gqle_meta_header;
extern const GqleMetaShape gqle_meta_request_transform;
extern const GqleMetaShape gqle_meta_response_transform;
extern const GqleMetaShape gqle_meta_test_transform;
extern const GqleMetaShape gqle_meta_remote_schema_definition;
extern const GqleMetaShape gqle_meta_remote_schema_role;
extern const GqleMetaShape gqle_meta_collection_definition;
extern const GqleMetaShape gqle_meta_collection_query;
extern const GqleMetaShape gqle_meta_allowlist_scope;
extern const GqleMetaShape gqle_meta_action_definition;
extern const GqleMetaShape gqle_meta_custom_types;
extern const GqleMetaShape gqle_meta_cron_trigger;
extern const GqleMetaShape gqle_meta_cron_retry;
#define GQLE_META_CRON_RETRY_DEFAULT \
	"{\"num_retries\":0,\"retry_interval_seconds\":10,\"timeout_seconds\":60,\"tolerance_seconds\":21600}"
extern const GqleMetaShape gqle_meta_rest_endpoint;
extern const GqleMetaShape gqle_meta_api_limits;
extern const GqleMetaShape gqle_meta_metrics_config;
extern const GqleMetaShape gqle_meta_introspection;
extern const GqleMetaShape gqle_meta_network_host;
extern const GqleMetaShape gqle_meta_opentelemetry;

/* Documents: version 3 with sources, versions 1 and 2 without */
extern const GqleMetaShape gqle_meta_document_v3;
extern const GqleMetaShape gqle_meta_document_v1;

#endif							/* GQLE_API_META_SHAPES_H */
