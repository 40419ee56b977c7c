/*
 * meta_shapes_engine.c
 *		The shapes of what is not part of a source, and of whole documents.
 *
 * See meta_shapes.c.
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_shape_words.h"
#include "gqle/api/meta_shapes.h"
#include "gqle/base/cronexpr.h"
#include "gqle/lang/parser.h"
#include "gqle/lang/printer.h"

/* ------------------------------------------------------------------------
 * Remote schemas
 * ------------------------------------------------------------------------ */

/* finish_remote_schema wants exactly one URL. */
static GqleJson *
finish_remote_schema(GqleMetaReader *reader, const GqleMetaPath *path, GqleJson *object)
{
	if ((gqle_json_lookup(object, "url") != NULL) &&
		(gqle_json_lookup(object, "url_from_env") != NULL))
		return gqle_meta_reader_fail(reader, path,
									 "both `url` and `url_from_env` can't be present");
	if (gqle_json_lookup(object, "url") == NULL &&
		gqle_json_lookup(object, "url_from_env") == NULL)
		return gqle_meta_reader_fail(reader, path,
									 "both `url` and `url_from_env` can't be empty");
	return object;
}

static const GqleMetaField remote_type_fields[] = {
	{"mapping", MAP, GQLE_META_FILL, "{}"},
	{"prefix", TEXT},
	{"suffix", TEXT},
	{NULL}
};
static const GqleMetaShape remote_types = {"RemoteTypeCustomization", remote_type_fields};

static const GqleMetaField remote_field_fields[] = {
	{"mapping", MAP, GQLE_META_FILL, "{}"},
	{"parent_type", GNAME, REQ},
	{"prefix", TEXT},
	{"suffix", TEXT},
	{NULL}
};
static const GqleMetaShape remote_fields = {"RemoteFieldCustomization", remote_field_fields};

static const GqleMetaField remote_customization_fields[] = {
	{"field_names", SHAPE, LIST, .shape = &remote_fields},
	{"root_fields_namespace", GNAME},
	{"type_names", SHAPE, .shape = &remote_types},
	{NULL}
};
static const GqleMetaShape remote_customization = {"RemoteSchemaCustomization",
	remote_customization_fields};

static const GqleMetaField remote_schema_definition_fields[] = {
	{"url", TEXT},
	{"url_from_env", TEXT},
	{"timeout_seconds", INT},
	{"customization", SHAPE, .shape = &remote_customization},
	{"headers", SHAPE, LIST | OMIT, .shape = &gqle_meta_header},
	{"forward_client_headers", BOOL, 0, "false"},
	{NULL}
};
const GqleMetaShape gqle_meta_remote_schema_definition = {"RemoteSchemaDef",
	remote_schema_definition_fields, .finish = finish_remote_schema};

static const GqleMetaField remote_role_fields[] = {{"schema", TEXT, REQ}, {NULL}};
const GqleMetaShape gqle_meta_remote_schema_role = {"RemoteSchemaPermissionDefinition",
	remote_role_fields};

static const GqleMetaField remote_permission_fields[] = {
	{"role", NAME, REQ},
	{"definition", SHAPE, REQ, .shape = &gqle_meta_remote_schema_role},
	{"comment", TEXT},
	{NULL}
};
static const GqleMetaShape remote_permission = {"RemoteSchemaPermissionMetadata",
	remote_permission_fields};

static const GqleMetaField type_relationships_fields[] = {
	{"relationships", SHAPE, REQ | LIST, .shape = &gqle_meta_remote_relationship,
	.unique_key = "name"},
	{"type_name", GNAME, REQ},
	{NULL}
};
static const GqleMetaShape type_relationships = {"RemoteSchemaTypeRelationships",
	type_relationships_fields};

static const GqleMetaField remote_schema_fields[] = {
	{"name", NAME, REQ},
	{"definition", SHAPE, REQ, .shape = &gqle_meta_remote_schema_definition},
	{"comment", TEXT},
	{"permissions", SHAPE, LIST | OMIT, .shape = &remote_permission,
	.unique_key = "role", .unique_label = "permissions"},
	{"remote_relationships", SHAPE, LIST | OMIT, .shape = &type_relationships,
	.unique_key = "type_name"},
	{NULL}
};
static const GqleMetaShape remote_schema = {"RemoteSchemaMetadata", remote_schema_fields};

/* ------------------------------------------------------------------------
 * Collections, allow list, REST endpoints
 * ------------------------------------------------------------------------ */

/* gqle_meta_document accepts the text of a GraphQL document. */
GqleJson *
gqle_meta_document(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
				   const void *data)
{
	GqleParseError error;

	if (value->kind != GQLE_JSON_STRING)
		return gqle_meta_reader_fail(reader, path, "expecting String for GraphQL query");
	if (gqle_parser_parse_document(value->text, value->len, NULL, &error) == NULL)
		return gqle_meta_reader_fail(reader, path, "parsing the graphql query failed");
	return unconstify(GqleJson *, value);
}

static const GqleMetaField collection_query_fields[] = {
	{"name", NAME, REQ},
	{"query", CUSTOM, REQ, .custom = gqle_meta_document},
	{NULL}
};
const GqleMetaShape gqle_meta_collection_query = {"ListedQuery", collection_query_fields,
.generic = "Hasura.RQL.Types.QueryCollection.ListedQuery(ListedQuery)"};

static const GqleMetaField collection_definition_fields[] = {
	{"queries", SHAPE, REQ | LIST, .shape = &gqle_meta_collection_query},
	{NULL}
};
const GqleMetaShape gqle_meta_collection_definition = {"CollectionDef",
	collection_definition_fields,
.generic = "Hasura.RQL.Types.QueryCollection.CollectionDef(CollectionDef)"};

static const GqleMetaField collection_fields[] = {
	{"name", NAME, REQ},
	{"definition", SHAPE, REQ, .shape = &gqle_meta_collection_definition},
	{"comment", TEXT},
	{NULL}
};
static const GqleMetaShape collection = {"CreateCollection", collection_fields,
.generic = "Hasura.RQL.Types.QueryCollection.CreateCollection(CreateCollection)"};

/* finish_scope wants roles exactly where the scope is not global. */
static GqleJson *
finish_scope(GqleMetaReader *reader, const GqleMetaPath *path, GqleJson *object)
{
	const GqleJson *roles = gqle_json_lookup(object, "roles");
	bool		is_global = gqle_meta_bool(object, "global", true);
	int			i;
	int			j;

	if (is_global && roles != NULL)
		return gqle_meta_reader_fail(reader, path,
									 "roles are not allowed when global is true");
	if (!is_global && roles == NULL)
		return gqle_meta_reader_fail(reader, path, "key \"roles\" not found");
	for (i = 0; roles != NULL && i < roles->n; i++)
		for (j = 0; j < i; j++)
			if (strcmp(roles->items[i]->text, roles->items[j]->text) == 0)
				return gqle_meta_reader_fail(reader, path,
											 "duplicate roles are not allowed");
	return object;
}

static const GqleMetaField scope_fields[] = {
	{"global", BOOL, REQ},
	{"roles", NAME, LIST | GQLE_META_NONEMPTY},
	{NULL}
};
const GqleMetaShape gqle_meta_allowlist_scope = {"AllowlistScope", scope_fields,
.finish = finish_scope};

static const GqleMetaField allowlist_fields[] = {
	{"collection", NAME, REQ},
	{"scope", SHAPE, FILL, "{\"global\":true}", .shape = &gqle_meta_allowlist_scope},
	{NULL}
};
static const GqleMetaShape allowlist = {"AllowlistEntry", allowlist_fields};

static const char *const http_methods_list[] = {"GET", "POST", "PUT", "DELETE", "PATCH", NULL};
static const GqleMetaWords http_methods = {http_methods_list, "Hasura.RQL.Types.Endpoint.EndpointMethod"};

static const GqleMetaField endpoint_query_fields[] = {
	{"collection_name", NAME, REQ},
	{"query_name", NAME, REQ},
	{NULL}
};
static const GqleMetaShape endpoint_query = {"QueryReference", endpoint_query_fields};

static const GqleMetaField endpoint_definition_fields[] = {
	{"query", SHAPE, REQ, .shape = &endpoint_query},
	{NULL}
};
static const GqleMetaShape endpoint_definition = {"EndpointDef", endpoint_definition_fields};

static const GqleMetaField endpoint_fields[] = {
	{"comment", TEXT, WRITENULL},
	{"definition", SHAPE, REQ, .shape = &endpoint_definition},
	{"methods", CUSTOM, REQ | LIST | GQLE_META_NONEMPTY, .custom = gqle_meta_one_of,
	.data = &http_methods},
	{"name", NAME, REQ},
	{"url", NAME, REQ},
	{NULL}
};
const GqleMetaShape gqle_meta_rest_endpoint = {"EndpointMetadata", endpoint_fields};

/* ------------------------------------------------------------------------
 * Actions and custom types
 * ------------------------------------------------------------------------ */

static const char *const action_types_list[] = {"query", "mutation", NULL};
static const GqleMetaWords action_types = {action_types_list, "String",
"expected mutation or query, but found %s"};
static const char *const action_kinds_list[] = {"synchronous", "asynchronous", NULL};
static const GqleMetaWords action_kinds = {action_kinds_list, "Hasura.RQL.Types.Action.ActionMutationKind"};

/* A type as GraphQL writes it; compat: without blanks thereafter. */
static GqleJson *
read_graphql_type(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
				  const void *data)
{
	GqleParseError error;
	const GqleTypeNode *type;
	StringInfoData text;

	if (value->kind != GQLE_JSON_STRING)
		return gqle_meta_reader_mismatch(reader, path, "GraphQLType", "String", value);
	type = gqle_parser_parse_type(value->text, value->len, &error);
	if (type == NULL)
		return gqle_meta_reader_fail(reader, path, "not a valid GraphQL type: %s",
									 value->text);
	initStringInfo(&text);
	gqle_printer_append_type(&text, type);
	return gqle_json_make_string(text.data);
}

static const GqleMetaField action_argument_fields[] = {
	{"name", GNAME, REQ},
	{"type", CUSTOM, REQ, .custom = read_graphql_type},
	{"description", TEXT},
	{NULL}
};
static const GqleMetaShape action_argument = {"ArgumentDefinition", action_argument_fields,
.generic = "Hasura.RQL.Types.Action.ArgumentDefinition(ArgumentDefinition)"};

/*
 * finish_action checks the timeout and the kind of a mutation, and drops that of a
 * query, which has none: whatever stands there is not looked at.
 */
static GqleJson *
finish_action(GqleMetaReader *reader, const GqleMetaPath *path, GqleJson *object)
{
	const GqleJson *timeout = gqle_json_lookup(object, "timeout");
	GqleJson   *result;
	int			i;

	if (timeout != NULL && timeout->kind == GQLE_JSON_NUMBER && timeout->text[0] == '-')
	{
		GqleMetaPath below = {path, "timeout", 0, NULL};

		return gqle_meta_reader_fail(reader, &below, "timeout value cannot be negative");
	}
	if (strcmp(gqle_meta_text(object, "type"), "query") != 0)
	{
		GqleMetaPath below = {path, "kind", 0, NULL};

		return gqle_meta_one_of(reader, &below, gqle_json_lookup(object, "kind"),
								&action_kinds) != NULL ? object : NULL;
	}
	result = gqle_json_make_object();
	for (i = 0; i < object->n; i++)
		if (strcmp(object->members[i].key, "kind") != 0)
			gqle_json_object_set(result, object->members[i].key,
								 object->members[i].value);
	return result;
}

static const GqleMetaField action_definition_fields[] = {
	{"handler", TEXT, REQ},
	{"output_type", CUSTOM, REQ, .custom = read_graphql_type},
	{"forward_client_headers", BOOL, 0, "false"},
	{"ignored_client_headers", TEXT, LIST | FILL,
		"[\"Content-Length\",\"Content-MD5\",\"User-Agent\",\"Host\",\"Origin\",\"Referer\","
		"\"Accept\",\"Accept-Encoding\",\"Accept-Language\",\"Accept-Datetime\","
	"\"Cache-Control\",\"Connection\",\"DNT\",\"Content-Type\"]"},
	{"headers", SHAPE, LIST | OMIT, .shape = &gqle_meta_header},
	{"arguments", SHAPE, LIST | OMIT, .shape = &action_argument},
	TRANSFORMS,
	{"type", CUSTOM, FILL, "\"mutation\"", .custom = gqle_meta_one_of, .data = &action_types},
	{"kind", ANY, FILL, "\"synchronous\""},
	{"timeout", INT, 0, "30"},
	{NULL}
};
const GqleMetaShape gqle_meta_action_definition = {"ActionDefinition",
	action_definition_fields, .finish = finish_action};

static const GqleMetaField action_permission_fields[] = {
	{"role", NAME, REQ},
	{"comment", TEXT},
	{NULL}
};
static const GqleMetaShape action_permission = {"ActionPermissionMetadata",
	action_permission_fields,
.generic = "Hasura.RQL.Types.Action.ActionPermissionMetadata(ActionPermissionMetadata)"};

static const GqleMetaField action_fields[] = {
	{"name", GNAME, REQ},
	{"definition", SHAPE, REQ, .shape = &gqle_meta_action_definition},
	{"comment", TEXT},
	{"permissions", SHAPE, LIST | OMIT, .shape = &action_permission,
	.unique_key = "role", .unique_label = "permissions"},
	{NULL}
};
static const GqleMetaShape action = {"ActionMetadata", action_fields};

static const GqleMetaField input_field_fields[] = {
	{"name", GNAME, REQ},
	{"type", CUSTOM, REQ, .custom = read_graphql_type},
	{"description", TEXT},
	{NULL}
};
static const GqleMetaShape input_field = {"InputObjectFieldDefinition", input_field_fields};

static const GqleMetaField object_field_fields[] = {
	{"name", GNAME, REQ},
	{"type", CUSTOM, REQ, .custom = read_graphql_type},
	{"arguments", ANY},
	{"description", TEXT},
	{NULL}
};
static const GqleMetaShape object_field = {"ObjectFieldDefinition", object_field_fields};

static const GqleMetaField input_object_fields[] = {
	{"name", GNAME, REQ},
	{"fields", SHAPE, REQ | LIST | GQLE_META_NONEMPTY, .shape = &input_field},
	{"description", TEXT},
	{NULL}
};
static const GqleMetaShape input_object = {"InputObjectTypeDefinition", input_object_fields};

static const char *const relationship_type_list[] = {"object", "array", NULL};
static const GqleMetaWords relationship_types = {relationship_type_list, "RelType",
"expecting either 'object' or 'array' for rel_type", true};

static const GqleMetaField type_relationship_fields[] = {
	{"field_mapping", MAP, REQ},
	{"name", NAME, REQ},
	{"remote_table", TABLE, REQ},
	{"source", NAME, FILL, "\"default\""},
	{"type", CUSTOM, REQ, .custom = gqle_meta_one_of, .data = &relationship_types},
	{NULL}
};
static const GqleMetaShape type_relationship = {"AnnotatedTypeRelationship",
	type_relationship_fields};

/* A relationship of a custom object type, in the old form or as remote ones. */
static GqleJson *
read_type_relationship(GqleMetaReader *reader, const GqleMetaPath *path,
					   const GqleJson *value, const void *data)
{
	if (value->kind == GQLE_JSON_OBJECT && gqle_json_lookup(value, "definition") != NULL)
		return gqle_meta_shape_apply(reader, path, &gqle_meta_remote_relationship, value);
	return gqle_meta_shape_apply(reader, path, &type_relationship, value);
}

static const GqleMetaField object_type_fields[] = {
	{"name", GNAME, REQ},
	{"fields", SHAPE, REQ | LIST | GQLE_META_NONEMPTY, .shape = &object_field},
	{"description", TEXT},
	{"relationships", CUSTOM, LIST | OMIT, .custom = read_type_relationship},
	{NULL}
};
static const GqleMetaShape object_type = {"ObjectTypeDefinition", object_type_fields};

static const GqleMetaField scalar_type_fields[] = {
	{"name", GNAME, REQ},
	{"description", TEXT},
	{NULL}
};
static const GqleMetaShape scalar_type = {"ScalarTypeDefinition", scalar_type_fields};

static const GqleMetaField enum_value_fields[] = {
	{"description", TEXT, WRITENULL},
	{"is_deprecated", BOOL, WRITENULL},
	{"value", GNAME, REQ},
	{NULL}
};
static const GqleMetaShape enum_value = {"EnumValueDefinition", enum_value_fields};

static const GqleMetaField enum_type_fields[] = {
	{"name", GNAME, REQ},
	{"values", SHAPE, REQ | LIST | GQLE_META_NONEMPTY, .shape = &enum_value},
	{"description", TEXT},
	{NULL}
};
static const GqleMetaShape enum_type = {"EnumTypeDefinition", enum_type_fields};

static const GqleMetaField custom_types_fields[] = {
	{"input_objects", SHAPE, LIST | OMIT, .shape = &input_object},
	{"objects", SHAPE, LIST | OMIT, .shape = &object_type},
	{"scalars", SHAPE, LIST | OMIT, .shape = &scalar_type},
	{"enums", SHAPE, LIST | OMIT, .shape = &enum_type},
	{NULL}
};
const GqleMetaShape gqle_meta_custom_types = {"CustomTypes", custom_types_fields};

/* ------------------------------------------------------------------------
 * The rest
 * ------------------------------------------------------------------------ */

/* gqle_meta_cron_schedule accepts a cron expression; compat: in numbers thereafter. */
GqleJson *
gqle_meta_cron_schedule(GqleMetaReader *reader, const GqleMetaPath *path,
						const GqleJson *value, const void *data)
{
	GqleCron	cron;

	if (value->kind != GQLE_JSON_STRING)
		return gqle_meta_reader_mismatch(reader, path, "CronSchedule", "String", value);
	if (!gqle_cron_parse(value->text, &cron))
		return gqle_meta_reader_fail(reader, path, "Failed to parse the cron schedule \"%s\"",
									 value->text);
	return gqle_json_make_string(gqle_cron_canonical(value->text));
}

static const GqleMetaField cron_retry_fields[] = {
	{"num_retries", NAT, FILL, "0"},
	{"retry_interval_seconds", NAT, FILL, "10"},
	{"timeout_seconds", NAT, FILL, "60"},
	{"tolerance_seconds", NAT, FILL, "21600"},
	{NULL}
};
const GqleMetaShape gqle_meta_cron_retry = {"STRetryConf", cron_retry_fields};

static const GqleMetaField cron_trigger_fields[] = {
	{"name", NAME, REQ},
	{"webhook", CUSTOM, REQ, .custom = gqle_meta_webhook_value},
	{"schedule", CUSTOM, REQ, .custom = gqle_meta_cron_schedule},
	{"include_in_metadata", BOOL, REQ},
	{"payload", ANY},
	{"retry_conf", SHAPE, 0, GQLE_META_CRON_RETRY_DEFAULT, .shape = &gqle_meta_cron_retry},
	{"headers", SHAPE, LIST | OMIT, .shape = &gqle_meta_header},
	{"comment", TEXT},
	TRANSFORMS,
	{NULL}
};
const GqleMetaShape gqle_meta_cron_trigger = {"CronTriggerMetadata", cron_trigger_fields};

static const GqleMetaField inherited_role_fields[] = {
	{"role_name", NAME, REQ},
	{"role_set", NAME, REQ | LIST},
	{NULL}
};
static const GqleMetaShape inherited_role = {"InheritedRole", inherited_role_fields};

/* unique_params of a rate limit: null, "IP" or session variables. */
static GqleJson *
read_unique_params(GqleMetaReader *reader, const GqleMetaPath *path,
				   const GqleJson *value, const void *data)
{
	static const GqleMetaField list = {"unique_params", GQLE_META_TEXT, GQLE_META_LIST};

	if (value->kind == GQLE_JSON_STRING && pg_strcasecmp(value->text, "ip") == 0)
		return gqle_json_make_string("IP");
	if (value->kind == GQLE_JSON_ARRAY)
		return gqle_meta_shape_apply_field(reader, path, &list, value);
	return gqle_meta_reader_fail(reader, path,
								 "Not a valid value. Should be either: 'IP' or a list of Hasura session variables");
}

static const GqleMetaField rate_value_fields[] = {
	{"max_reqs_per_min", INT, REQ},
	{"unique_params", CUSTOM, WRITENULL, .custom = read_unique_params},
	{NULL}
};
static const GqleMetaShape rate_value = {"RateLimitConfig", rate_value_fields,
.generic = "Hasura.RQL.Types.ApiLimit.RateLimitConfig(RateLimitConfig)"};

static const GqleMetaField rate_limit_fields[] = {
	{"global", SHAPE, WRITENULL, .shape = &rate_value},
	{"per_role", MAP, FILL, "{}", .shape = &rate_value},
	{NULL}
};
static const GqleMetaShape rate_limit = {"Limit", rate_limit_fields};

/* A number as the value of a limit. */
static GqleJson *
read_limit_value(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
				 const void *data)
{
	static const GqleMetaField field = {"limit", GQLE_META_INT, 0};

	return gqle_meta_shape_apply_field(reader, path, &field, value);
}

static const GqleMetaField number_limit_fields[] = {
	{"global", INT, WRITENULL},
	{"per_role", MAP, FILL, "{}", .custom = read_limit_value},
	{NULL}
};
static const GqleMetaShape number_limit = {"Limit", number_limit_fields};

static const GqleMetaField api_limits_fields[] = {
	{"batch_limit", SHAPE, .shape = &number_limit},
	{"depth_limit", SHAPE, .shape = &number_limit},
	{"disabled", BOOL, FILL, "false"},
	{"node_limit", SHAPE, .shape = &number_limit},
	{"rate_limit", SHAPE, .shape = &rate_limit},
	{"time_limit", SHAPE, .shape = &number_limit},
	{NULL}
};
const GqleMetaShape gqle_meta_api_limits = {"ApiLimit", api_limits_fields};

static const GqleMetaField metrics_fields[] = {
	{"analyze_query_variables", BOOL, REQ},
	{"analyze_response_body", BOOL, REQ},
	{NULL}
};
const GqleMetaShape gqle_meta_metrics_config = {"MetricsConfig", metrics_fields};

static const GqleMetaField introspection_fields[] = {
	{"disabled_for_roles", NAME, REQ | LIST},
	{NULL}
};
const GqleMetaShape gqle_meta_introspection = {"SetGraphqlIntrospectionOptions",
	introspection_fields,
.generic = "Hasura.RQL.Types.GraphqlSchemaIntrospection.SetGraphqlIntrospectionOptions(SetGraphqlIntrospectionOptions)"};

static const char *const tls_permissions_list[] = {"self-signed", NULL};
static const GqleMetaWords tls_permissions = {tls_permissions_list, "TlsPermission",
"TlsPermission expecting one of SelfSigned", true};

static const GqleMetaField network_host_fields[] = {
	{"host", TEXT, REQ},
	{"permissions", CUSTOM, LIST, .custom = gqle_meta_one_of, .data = &tls_permissions},
	{"suffix", TEXT},
	{NULL}
};
const GqleMetaShape gqle_meta_network_host = {"TlsAllow", network_host_fields};

static const GqleMetaField network_fields[] = {
	{"tls_allowlist", SHAPE, LIST | OMIT, .shape = &gqle_meta_network_host},
	{NULL}
};
static const GqleMetaShape network = {"Network", network_fields};

static const char *const otel_types_list[] = {"traces", "metrics", "logs", NULL};
static const GqleMetaWords otel_types = {otel_types_list, "OtelDataType",
"unexpected string '\"%s\"'."};

/* Only one protocol of OTLP is spoken. */
static GqleJson *
read_otlp_protocol(GqleMetaReader *reader, const GqleMetaPath *path,
				   const GqleJson *value, const void *data)
{
	if (value->kind != GQLE_JSON_STRING)
		return gqle_meta_reader_mismatch(reader, path, "OtlpProtocol", "String", value);
	if (strcmp(value->text, "http/protobuf") == 0)
		return unconstify(GqleJson *, value);
	if (strcmp(value->text, "http/json") == 0)
		return gqle_meta_reader_fail(reader, path, "http/json is not supported");
	if (strcmp(value->text, "grpc") == 0)
		return gqle_meta_reader_fail(reader, path, "gRPC is not supported");
	return gqle_meta_reader_fail(reader, path, "unexpected string '\"%s\"'.", value->text);
}

static const GqleMetaField name_value_fields[] = {
	{"name", TEXT, REQ},
	{"value", TEXT, REQ},
	{NULL}
};
static const GqleMetaShape name_value = {"NameValue", name_value_fields};

static const char *const propagators_list[] = {"b3", "tracecontext", NULL};
static const GqleMetaWords propagators = {propagators_list, "TracePropagator",
"unexpected string '\"%s\"'."};

static const GqleMetaField otlp_fields[] = {
	{"headers", SHAPE, LIST | FILL, "[]", .shape = &gqle_meta_header},
	{"otlp_logs_endpoint", TEXT},
	{"otlp_metrics_endpoint", TEXT},
	{"otlp_traces_endpoint", TEXT},
	{"protocol", CUSTOM, FILL, "\"http/protobuf\"", .custom = read_otlp_protocol},
	{"resource_attributes", SHAPE, LIST | FILL, "[]", .shape = &name_value},
	{"traces_propagators", CUSTOM, LIST | FILL, "[\"b3\"]", .custom = gqle_meta_one_of,
	.data = &propagators},
	{NULL}
};
static const GqleMetaShape otlp = {"OtelExporterConfig", otlp_fields};

static const GqleMetaField batch_processor_fields[] = {
	{"max_export_batch_size", INT, FILL, "512"},
	{NULL}
};
static const GqleMetaShape batch_processor = {"OtelBatchSpanProcessorConfig",
	batch_processor_fields};

#define OTLP_DEFAULT \
	"{\"headers\":[],\"protocol\":\"http/protobuf\",\"resource_attributes\":[],\"traces_propagators\":[\"b3\"]}"

/* gqle_meta_otel_status accepts a status, or a variable that holds it. */
GqleJson *
gqle_meta_otel_status(GqleMetaReader *reader, const GqleMetaPath *path,
					  const GqleJson *value, const void *data)
{
	if (value->kind != GQLE_JSON_STRING)
		return gqle_meta_reader_mismatch(reader, path, "OtelStatusConfig", "String", value);
	if (strcmp(value->text, "enabled") == 0 || strcmp(value->text, "disabled") == 0 ||
		(strncmp(value->text, "{{", 2) == 0 &&
		 strstr(value->text, "}}") == value->text + value->len - 2))
		return unconstify(GqleJson *, value);
	return gqle_meta_reader_fail(reader, path,
								 "OpenTelemetry status must be either \"enabled\" or \"disabled\", got %s",
								 value->text);
}

/* finish_opentelemetry lists the data types once each and in order: compat: a set. */
static GqleJson *
finish_opentelemetry(GqleMetaReader *reader, const GqleMetaPath *path, GqleJson *object)
{
	const GqleJson *given = gqle_json_lookup(object, "data_types");
	GqleJson   *types = gqle_json_make_array();
	int			i;
	int			j;

	for (i = 0; otel_types_list[i] != NULL; i++)
		for (j = 0; j < given->n; j++)
			if (strcmp(given->items[j]->text, otel_types_list[i]) == 0)
			{
				gqle_json_array_add(types, given->items[j]);
				break;
			}
	gqle_json_object_set(object, "data_types", types);
	return object;
}

static const GqleMetaField opentelemetry_fields[] = {
	{"status", CUSTOM, FILL, "\"disabled\"", .custom = gqle_meta_otel_status},
	{"data_types", CUSTOM, LIST | FILL, "[]", .custom = gqle_meta_one_of, .data = &otel_types},
	{"exporter_otlp", SHAPE, FILL, OTLP_DEFAULT, .shape = &otlp},
	{"batch_span_processor", SHAPE, FILL, "{\"max_export_batch_size\":512}",
	.shape = &batch_processor},
	{NULL}
};
const GqleMetaShape gqle_meta_opentelemetry = {"OpenTelemetryConfig", opentelemetry_fields,
.finish = finish_opentelemetry};

/* ------------------------------------------------------------------------
 * Documents
 * ------------------------------------------------------------------------ */

#define DOCUMENT_TAIL \
	{"remote_schemas", SHAPE, LIST | OMIT, .shape = &remote_schema, \
	.unique_key = "name", .unique_label = "remote schemas"}, \
	{"query_collections", SHAPE, LIST | OMIT, .shape = &collection, \
	.unique_key = "name", .unique_label = "query collections"}, \
	{"allowlist", SHAPE, LIST | OMIT, .shape = &allowlist, \
	.unique_key = "collection", .unique_label = "allowlist entries"}, \
	{"actions", SHAPE, LIST | OMIT, .shape = &action, \
	.unique_key = "name", .unique_label = "actions"}, \
	{"custom_types", SHAPE, OMIT, .shape = &gqle_meta_custom_types}, \
	{"cron_triggers", SHAPE, LIST | OMIT, .shape = &gqle_meta_cron_trigger, \
	.unique_key = "name", .unique_label = "cron triggers"}

static const GqleMetaField document_v3_fields[] = {
	{"version", INT, REQ},
	{"sources", SHAPE, REQ | LIST, .shape = &gqle_meta_source_entry,
	.unique_key = "name"},
	DOCUMENT_TAIL,
	{"rest_endpoints", SHAPE, LIST | OMIT, .shape = &gqle_meta_rest_endpoint,
	.unique_key = "name"},
	{"api_limits", SHAPE, 0, "{\"disabled\":false}", .shape = &gqle_meta_api_limits},
	{"metrics_config", SHAPE, 0,
		"{\"analyze_query_variables\":false,\"analyze_response_body\":false}",
	.shape = &gqle_meta_metrics_config},
	{"inherited_roles", SHAPE, LIST | OMIT, .shape = &inherited_role,
	.unique_key = "role_name", .unique_label = "inherited roles"},
	{"graphql_schema_introspection", SHAPE, 0, "{\"disabled_for_roles\":[]}",
	.shape = &gqle_meta_introspection},
	{"network", SHAPE, OMIT, .shape = &network},
	{"backend_configs", OBJECT, OMIT},
	{"opentelemetry", SHAPE, 0,
		"{\"status\":\"disabled\",\"data_types\":[],\"exporter_otlp\":" OTLP_DEFAULT
	",\"batch_span_processor\":{\"max_export_batch_size\":512}}",
	.shape = &gqle_meta_opentelemetry},
	{NULL}
};
const GqleMetaShape gqle_meta_document_v3 = {"Metadata", document_v3_fields};

/* Functions of old documents: a name, or an entry. */
static GqleJson *
read_old_function(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
				  const void *data)
{
	static const GqleMetaField name = {"function", GQLE_META_FUNCTION, 0};
	GqleJson   *entry;
	GqleJson   *canonical;

	if (value->kind == GQLE_JSON_OBJECT && gqle_json_lookup(value, "function") != NULL)
		return gqle_meta_shape_apply(reader, path, &gqle_meta_function_entry, value);
	canonical = gqle_meta_shape_apply_field(reader, path, &name, value);
	if (canonical == NULL)
		return NULL;
	entry = gqle_json_make_object();
	gqle_json_object_set(entry, "function", canonical);
	return entry;
}

static const GqleMetaField document_v1_fields[] = {
	{"tables", SHAPE, LIST | FILL, "[]", .shape = &gqle_meta_table_entry,
	.unique_key = "table"},
	{"functions", CUSTOM, LIST, .custom = read_old_function},
	DOCUMENT_TAIL,
	{NULL}
};
const GqleMetaShape gqle_meta_document_v1 = {"MetadataNoSources", document_v1_fields};
