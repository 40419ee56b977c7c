/*
 * meta_endpoint.c
 *		Commands on REST endpoints (reference §12).
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_shapes.h"

static bool run_create(GqleMetaCall *call, const GqleJson *args);
static bool run_drop(GqleMetaCall *call, const GqleJson *args);

static const GqleMetaField drop_fields[] = {
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape drop_shape = {"DropEndpoint", drop_fields};

#define BOTH (GQLE_META_ENGINE | GQLE_META_V1 | GQLE_META_APART)

const GqleMetaCommand gqle_meta_endpoint_commands[] = {
	{"create_rest_endpoint", BOTH, &gqle_meta_rest_endpoint, run_create},
	{"drop_rest_endpoint", BOTH, &drop_shape, run_drop},
	{NULL}
};

/* run_create adds an endpoint. */
static bool
run_create(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");
	GqleJson   *row = gqle_json_make_object();

	if (gqle_meta_store_exists("rest_endpoints", "name", name))
		return gqle_meta_fail(call, GQLE_ERR_ALREADY_EXISTS,
							  "Endpoint with name: %s already exists", name);
	gqle_meta_row_set_text(row, "name", name);
	gqle_meta_row_set_text(row, "url", gqle_meta_text(args, "url"));
	gqle_json_object_set(row, "methods", gqle_json_lookup(args, "methods"));
	gqle_json_object_set(row, "definition", gqle_json_lookup(args, "definition"));
	gqle_meta_row_set_text(row, "comment", gqle_meta_text(args, "comment"));
	gqle_meta_store_insert_one("rest_endpoints", row);
	return gqle_meta_check_target(call, "rest_endpoint", psprintf("rest_endpoint %s", name));
}

/* run_drop drops an endpoint. */
static bool
run_drop(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");

	if (gqle_meta_store_delete("rest_endpoints", "name", name) == 0)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "endpoint with name: %s does not exist", name);
	return gqle_meta_check_others(call);
}
