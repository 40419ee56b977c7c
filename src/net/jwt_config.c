/*
 * jwt_config.c
 *		Reading HASURA_GRAPHQL_JWT_SECRET.
 *
 * Members of null are as if they were not there.  Members that mean nothing
 * are no error, as in Hasura, but are told in a warning: a misspelt "audience"
 * would leave tokens unchecked.
 */
#include "gqle/gqle.h"

#include <math.h>

#include "gqle/net/jwt.h"

#define DEFAULT_NAMESPACE "https://hasura.io/jwt/claims"
#define ROLES_CLAIM "x-hasura-allowed-roles"
#define DEFAULT_CLAIM "x-hasura-default-role"
#define MAX_SKEW_SECONDS 1.0e9

static const char *const known_members[] = {"type",
											"key",
											"jwk_url",
											"claims_namespace",
											"claims_namespace_path",
											"claims_format",
											"claims_map",
											"audience",
											"issuer",
											"allowed_skew",
											"header"};

/* A member that is not null, or NULL. */
static GqleJson *
member(const GqleJson *object, const char *name)
{
	GqleJson *value = gqle_json_lookup(object, name);

	return gqle_json_is_null(value) ? NULL : value;
}

/* A text member, or NULL if it is not there; *error if it is something else. */
static const char *
text_member(const GqleJson *object, const char *name, const char **error)
{
	GqleJson *value = member(object, name);

	if (value == NULL)
		return NULL;
	if (value->kind == GQLE_JSON_STRING)
		return value->text;
	*error = psprintf(
		"Error in $.%s: parsing Text failed, expected String, but encountered %s",
		name, gqle_json_kind_name(value));
	return NULL;
}

static char *
lower_text(const char *text)
{
	char *lower = pstrdup(text);

	for (char *c = lower; *c != '\0'; c++)
	{
		if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
	}
	return lower;
}

/* The URL of a key set: nothing but http and https. */
static bool
is_key_url(const char *url)
{
	return pg_strncasecmp(url, "https://", 8) == 0 ||
		   pg_strncasecmp(url, "http://", 7) == 0;
}

static bool
read_keys(GqleJwtConfig *config, const GqleJson *json, const char **error)
{
	const char *key = text_member(json, "key", error);
	const char *url = text_member(json, "jwk_url", error);
	const char *type;

	if (*error != NULL)
		return false;
	if (key == NULL && url == NULL)
		*error = "key and jwk_url both cannot be empty";
	else if (key != NULL && url != NULL)
		*error = "key, jwk_url both cannot be present";
	else if (url != NULL)
	{
		if (is_key_url(url))
			config->jwk_url = pstrdup(url);
		else
			*error = "jwk_url is not an http or https URL";
	}
	else
	{
		type = text_member(json, "type", error);
		if (*error == NULL && type == NULL)
			*error = "key \"type\" not found";
		if (*error == NULL)
			config->keys = gqle_jwk_from_config(type, key, strlen(key), error);
	}
	return *error == NULL;
}

static bool
read_header(GqleJwtConfig *config, const GqleJson *json, const char **error)
{
	GqleJson *header = member(json, "header");
	const char *type;
	const char *name;

	config->place = GQLE_JWT_AUTHORIZATION;
	if (header == NULL)
		return true;
	if (header->kind != GQLE_JSON_OBJECT)
	{
		*error = psprintf(
			"Error in $.header: parsing JWTHeader failed, expected Object, but encountered %s",
			gqle_json_kind_name(header));
		return false;
	}
	type = text_member(header, "type", error);
	name = text_member(header, "name", error);
	if (*error != NULL)
		return false;
	if (type != NULL && pg_strcasecmp(type, "Authorization") == 0)
		return true;
	if (type != NULL && pg_strcasecmp(type, "Cookie") == 0)
		config->place = GQLE_JWT_COOKIE;
	else if (type != NULL && pg_strcasecmp(type, "CustomHeader") == 0)
		config->place = GQLE_JWT_CUSTOM_HEADER;
	else
	{
		*error =
			"expected 'type' is 'Authorization' or 'Cookie' or 'CustomHeader'";
		return false;
	}
	if (name == NULL || name[0] == '\0')
	{
		*error = "Error in $.header: key \"name\" not found";
		return false;
	}
	config->place_name = config->place == GQLE_JWT_COOKIE ? pstrdup(name)
														  : lower_text(name);
	return true;
}

static bool
read_checks(GqleJwtConfig *config, const GqleJson *json, const char **error)
{
	GqleJson *audience = member(json, "audience");
	GqleJson *skew = member(json, "allowed_skew");
	const char *issuer = text_member(json, "issuer", error);
	int n = audience == NULL					? 0
			: audience->kind == GQLE_JSON_ARRAY ? audience->n
												: 1;

	if (*error != NULL)
		return false;
	config->issuer = issuer != NULL ? pstrdup(issuer) : NULL;
	config->audiences = palloc(sizeof(char *) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		GqleJson *item = audience->kind == GQLE_JSON_ARRAY ? audience->items[i]
														   : audience;

		if (item->kind != GQLE_JSON_STRING)
		{
			*error = psprintf(
				"Error in $.audience: parsing StringOrURI failed, expected String, but encountered %s",
				gqle_json_kind_name(item));
			return false;
		}
		config->audiences[config->n_audiences++] = pstrdup(item->text);
	}
	if (audience != NULL && n == 0)
	{
		*error = "Error in $.audience: an empty list would refuse every token";
		return false;
	}
	if (skew == NULL)
		return true;
	if (skew->kind == GQLE_JSON_NUMBER)
	{
		double seconds = strtod(skew->text, NULL);

		if (seconds >= 0 && seconds <= MAX_SKEW_SECONDS)
		{
			config->skew = (int64) floor(seconds * 1000000.0);
			return true;
		}
	}
	*error = "Error in $.allowed_skew: expected a number of seconds";
	return false;
}

/* A role, a list of roles, or a variable: of which shape must a value be? */
static bool
check_mapped_value(const char *name, const GqleJson *value, const char **error)
{
	bool is_list = strcmp(name, ROLES_CLAIM) == 0;

	if (is_list && value->kind == GQLE_JSON_ARRAY)
	{
		for (int i = 0; i < value->n; i++)
		{
			if (value->items[i]->kind != GQLE_JSON_STRING ||
				value->items[i]->len == 0)
			{
				*error = psprintf(
					"Error in $.claims_map['%s']: expected a list of roles",
					name);
				return false;
			}
		}
		return true;
	}
	if (!is_list && value->kind == GQLE_JSON_STRING &&
		(value->len > 0 || strcmp(name, DEFAULT_CLAIM) != 0))
		return true;
	*error = psprintf(
		"Error in $.claims_map['%s']: parsing %s failed, expected %s, but encountered %s",
		name, is_list ? "[]" : "Text", is_list ? "Array" : "String",
		gqle_json_kind_name(value));
	return false;
}

static bool
read_mapping(GqleJwtMapping *mapping, const char *name, GqleJson *value,
			 const char **error)
{
	const char *path;
	const char *reason;

	mapping->name = name;
	mapping->path = NULL;
	mapping->value = value;
	if (value->kind == GQLE_JSON_OBJECT)
	{
		path = text_member(value, "path", error);
		if (*error == NULL && path == NULL)
			*error = psprintf(
				"Error in $.claims_map['%s']: key \"path\" not found", name);
		if (*error != NULL)
			return false;
		mapping->path = gqle_jsonpath_parse(path, &reason);
		if (mapping->path == NULL)
		{
			*error = psprintf(
				"Error in $.claims_map['%s']: invalid JSON path: %s", name,
				reason);
			return false;
		}
		mapping->value = member(value, "default");
	}
	return mapping->value == NULL ||
		   check_mapped_value(name, mapping->value, error);
}

/* Put an entry of claims_map where it belongs. */
static bool
add_mapping(GqleJwtConfig *config, const GqleJwtMapping *mapping,
			const char **error)
{
	GqleJwtMapping **place = strcmp(mapping->name, ROLES_CLAIM) == 0
								 ? &config->roles_mapping
							 : strcmp(mapping->name, DEFAULT_CLAIM) == 0
								 ? &config->default_mapping
								 : NULL;
	bool is_twice = place != NULL && *place != NULL;

	for (int i = 0; i < config->n_mappings && place == NULL; i++)
		is_twice |= strcmp(config->mappings[i].name, mapping->name) == 0;
	if (is_twice)
	{
		*error = psprintf("Error in $.claims_map: %s is there twice",
						  mapping->name);
		return false;
	}
	if (place == NULL)
	{
		config->mappings[config->n_mappings++] = *mapping;
		return true;
	}
	*place = palloc(sizeof(GqleJwtMapping));
	**place = *mapping;
	return true;
}

static bool
read_claims_map(GqleJwtConfig *config, const GqleJson *map, const char **error)
{
	if (map->kind != GQLE_JSON_OBJECT)
	{
		*error = psprintf(
			"Error in $.claims_map: parsing JWTClaimsMap failed, expected Object, but encountered %s",
			gqle_json_kind_name(map));
		return false;
	}
	config->mappings = palloc(sizeof(GqleJwtMapping) * Max(map->n, 1));
	for (int i = 0; i < map->n; i++)
	{
		GqleJwtMapping mapping;
		const char *name = lower_text(map->members[i].key);

		if (strncmp(name, "x-hasura-", 9) != 0)
		{
			*error = psprintf(
				"Error in $.claims_map: \"%s\" is no session variable; names begin with x-hasura-",
				name);
			return false;
		}
		if (!read_mapping(&mapping, name, map->members[i].value, error) ||
			!add_mapping(config, &mapping, error))
			return false;
	}
	if (config->roles_mapping == NULL)
		*error = ROLES_CLAIM " is expected but not found";
	else if (config->default_mapping == NULL)
		*error = DEFAULT_CLAIM " is expected but not found";
	return *error == NULL;
}

static bool
read_claims(GqleJwtConfig *config, const GqleJson *json, const char **error)
{
	const char *key = text_member(json, "claims_namespace", error);
	const char *path = text_member(json, "claims_namespace_path", error);
	const char *format = text_member(json, "claims_format", error);
	GqleJson *map = member(json, "claims_map");
	const char *reason;

	if (*error != NULL)
		return false;
	if (key != NULL && path != NULL)
	{
		*error = "claims_namespace and claims_namespace_path both cannot be set";
		return false;
	}
	config->namespace_key = pstrdup(key != NULL ? key : DEFAULT_NAMESPACE);
	if (path != NULL)
	{
		config->namespace_path = gqle_jsonpath_parse(path, &reason);
		if (config->namespace_path == NULL)
		{
			*error = psprintf(
				"invalid JSON path claims_namespace_path error: %s", reason);
			return false;
		}
	}
	config->is_stringified = format != NULL &&
							 strcmp(format, "stringified_json") == 0;
	if (format != NULL && !config->is_stringified &&
		strcmp(format, "json") != 0)
	{
		*error =
			"Error in $.claims_format: expected 'json' or 'stringified_json'";
		return false;
	}
	return map == NULL || read_claims_map(config, map, error);
}

/* What the configuration endpoint tells: where claims are, never the keys. */
static GqleJson *
make_shown(const GqleJwtConfig *config, const GqleJson *json)
{
	GqleJson *shown = gqle_json_make_object();
	StringInfoData path;

	if (config->roles_mapping != NULL)
	{
		gqle_json_object_add(shown, "claims_map", member(json, "claims_map"));
		return shown;
	}
	if (config->namespace_path != NULL)
	{
		initStringInfo(&path);
		gqle_jsonpath_append(&path, config->namespace_path);
		gqle_json_object_add(shown, "claims_namespace_path",
							 gqle_json_make_string(path.data));
	}
	else
		gqle_json_object_add(shown, "claims_namespace",
							 gqle_json_make_string(config->namespace_key));
	gqle_json_object_add(shown, "claims_format",
						 gqle_json_make_string(config->is_stringified
												   ? "stringified_json"
												   : "json"));
	return shown;
}

/* A sentence about the members that have no meaning, or NULL. */
static const char *
find_unknown_members(const GqleJson *json)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < json->n; i++)
	{
		bool is_known = false;

		for (size_t k = 0; k < lengthof(known_members); k++)
			is_known |= strcmp(known_members[k], json->members[i].key) == 0;
		if (!is_known)
			appendStringInfo(&text, "%s\"%s\"", text.len > 0 ? ", " : "",
							 json->members[i].key);
	}
	return text.len > 0 ? psprintf("members without a meaning: %s", text.data)
						: NULL;
}

GqleJwtConfig *
gqle_jwt_read_config(const GqleJson *json, const char **error)
{
	GqleJwtConfig *config;

	*error = NULL;
	if (json->kind != GQLE_JSON_OBJECT)
	{
		*error = psprintf(
			"Error in $: parsing JWTConfig failed, expected Object, but encountered %s",
			gqle_json_kind_name(json));
		return NULL;
	}
	config = palloc0(sizeof(GqleJwtConfig));
	if (read_claims(config, json, error) && read_checks(config, json, error) &&
		read_header(config, json, error) && read_keys(config, json, error))
	{
		config->shown = make_shown(config, json);
		config->warning = find_unknown_members(json);
		return config;
	}
	gqle_jwk_free(config->keys);
	return NULL;
}

GqleJwtConfig *
gqle_jwt_parse_config(const char *text, int len, const char **error)
{
	GqleJsonError json_error;
	GqleJson *json = gqle_json_parse(text, len, &json_error);

	if (json != NULL)
		return gqle_jwt_read_config(json, error);
	*error = psprintf("Error in $: %s", json_error.message);
	return NULL;
}
