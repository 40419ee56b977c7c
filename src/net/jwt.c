/*
 * jwt.c
 *		Verifying tokens and reading their claims.
 *
 * The order is that of Hasura, since it decides which error a client sees: the
 * three parts, the header, the signature, the claims set, then exp, iat, nbf,
 * iss and aud, then the roles.  Nothing of a token's content is looked at before
 * its signature is found right, save for the header.
 *
 * Stricter than Hasura, on purpose: a token has one spelling (base64url.h), no
 * object in it has a key twice, "crit" and "b64" are refused since we implement
 * no extension, and if the configuration names an audience or an issuer, the
 * token must have that claim.
 */
#include "gqle/gqle.h"

#include <math.h>

#ifndef GQLE_STANDALONE
#include "miscadmin.h"
#endif

#include "gqle/base/ptrsort.h"
#include "gqle/net/base64url.h"
#include "gqle/net/jwt.h"

#define MAX_TOKEN_BYTES (256 * 1024)
#define MAX_HEADER_BYTES (16 * 1024)
#define FEW_MEMBERS 16
#define USECS 1000000.0

#define ROLES_CLAIM "x-hasura-allowed-roles"
#define DEFAULT_CLAIM "x-hasura-default-role"
#define PREFIX "x-hasura-"

/* A token cut at its dots. */
typedef struct Parts
{
	const char *token;
	int header_len;
	int signed_len; /* header, dot and payload */
	const char *payload;
	int payload_len;
	const char *signature;
	int signature_len;
} Parts;

static bool
fail_verify(GqleErrorSink *sink, const char *reason)
{
	return gqle_error_report(sink, GQLE_ERR_INVALID_JWT, NULL,
							 "Could not verify JWT: %s", reason);
}

static bool
fail_claims(GqleErrorSink *sink, const char *message)
{
	return gqle_error_report(sink, GQLE_ERR_JWT_INVALID_CLAIMS, NULL, "%s",
							 message);
}

/* "parsing X failed, expected Y, but encountered Z" */
static const char *
mismatch(const char *what, const char *expected, const GqleJson *got)
{
	return psprintf("parsing %s failed, expected %s, but encountered %s", what,
					expected, gqle_json_kind_name(got));
}

/* ------------------------------------------------------------------------
 * The three parts
 * ------------------------------------------------------------------------ */

static bool
cut_token(const char *token, int len, Parts *parts, GqleErrorSink *sink)
{
	int n = 1;
	const char *end = token + len;
	const char *dot;

	if (len > MAX_TOKEN_BYTES)
		return fail_verify(
			sink,
			"JWSError (CompactDecodeError Invalid text: the token is too long)");
	for (int i = 0; i < len; i++)
		n += token[i] == '.';
	if (n != 3)
		return fail_verify(
			sink,
			psprintf(
				"JWSError (CompactDecodeError Invalid number of parts: Expected 3 parts; got %d)",
				n));
	parts->token = token;
	dot = memchr(token, '.', len);
	parts->header_len = dot - token;
	parts->payload = dot + 1;
	dot = memchr(parts->payload, '.', end - parts->payload);
	parts->payload_len = dot - parts->payload;
	parts->signed_len = dot - token;
	parts->signature = dot + 1;
	parts->signature_len = end - parts->signature;
	return true;
}

static int
compare_members(const void *a, const void *b)
{
	return strcmp(((const GqleJsonMember *) a)->key,
				  ((const GqleJsonMember *) b)->key);
}

static bool
has_duplicate_member(const GqleJson *object)
{
	const void **sorted;
	bool found = false;

	if (object->n <= FEW_MEMBERS)
	{
		for (int i = 0; i < object->n; i++)
		{
			for (int k = 0; k < i; k++)
				found |= strcmp(object->members[i].key,
								object->members[k].key) == 0;
		}
		return found;
	}
	sorted = palloc(sizeof(void *) * object->n);
	for (int i = 0; i < object->n; i++)
		sorted[i] = &object->members[i];
	gqle_ptrsort(sorted, object->n, compare_members);
	for (int i = 1; i < object->n; i++)
		found |= compare_members(sorted[i - 1], sorted[i]) == 0;
	pfree(sorted);
	return found;
}

/* Does an object anywhere in the value have a key twice? */
static bool
has_duplicates(const GqleJson *value)
{
	check_stack_depth();
	if (value->kind == GQLE_JSON_ARRAY)
	{
		for (int i = 0; i < value->n; i++)
		{
			if (has_duplicates(value->items[i]))
				return true;
		}
	}
	if (value->kind != GQLE_JSON_OBJECT)
		return false;
	if (has_duplicate_member(value))
		return true;
	for (int i = 0; i < value->n; i++)
	{
		if (has_duplicates(value->members[i].value))
			return true;
	}
	return false;
}

/* A part as a JSON object without duplicates; NULL and *reason if it is none. */
static GqleJson *
decode_object(const char *text, int len, const char **reason)
{
	unsigned char *bytes = palloc(GQLE_BASE64URL_MAX(len) + 1);
	int n = gqle_base64url_decode(text, len, bytes);
	GqleJsonError error;
	GqleJson *json;

	if (n < 0)
	{
		*reason = "Not valid base64url";
		return NULL;
	}
	bytes[n] = '\0';
	json = gqle_json_parse((char *) bytes, n, &error);
	pfree(bytes);
	if (json == NULL)
		*reason = psprintf("Error in $: %s", error.message);
	else if (json->kind != GQLE_JSON_OBJECT)
		*reason = psprintf("Error in $: %s",
						   mismatch("object", "Object", json));
	else if (has_duplicates(json))
		*reason = "Error in $: a key is there twice";
	else
		return json;
	return NULL;
}

/* ------------------------------------------------------------------------
 * The signature
 * ------------------------------------------------------------------------ */

/* Extensions that change what is signed or how it is to be read. */
static const char *
find_extension(const GqleJson *header)
{
	GqleJson *b64 = gqle_json_lookup(header, "b64");

	if (gqle_json_lookup(header, "crit") != NULL)
		return "unsupported header params in crit";
	if (b64 != NULL && !(b64->kind == GQLE_JSON_BOOL && b64->boolean))
		return "unsupported header param b64";
	if (gqle_json_lookup(header, "enc") != NULL ||
		gqle_json_lookup(header, "zip") != NULL)
		return "encrypted tokens are not supported";
	return NULL;
}

/* The algorithm that the header names, or 0; the header comes back, too. */
static GqleJwtAlg
read_header(const Parts *parts, GqleJson **header, GqleErrorSink *sink)
{
	const char *reason = NULL;
	GqleJson *alg;
	GqleJwtAlg result = 0;

	if (parts->header_len > MAX_HEADER_BYTES)
		reason = "the header is too long";
	else
		*header = decode_object(parts->token, parts->header_len, &reason);
	if (reason == NULL)
		reason = find_extension(*header);
	if (reason == NULL)
	{
		alg = gqle_json_lookup(*header, "alg");
		if (alg == NULL)
			reason = "Error in $: key \"alg\" not found";
		else if (alg->kind != GQLE_JSON_STRING)
			reason = psprintf("Error in $.alg: %s",
							  mismatch("String", "String", alg));
		else if (strcmp(alg->text, "none") == 0)
		{
			fail_verify(sink, "JWSError JWSNoSignatures");
			return 0;
		}
		else if ((result = gqle_jwk_alg_by_name(alg->text)) == 0)
			reason = "Error in $.alg: unrecognised value";
	}
	if (reason != NULL)
		fail_verify(sink,
					psprintf("JWSError (JSONDecodeError \"%s\")", reason));
	return result;
}

/*
 * Verify with the keys that the header's "kid" names, then with the others:
 * compat: Hasura does not look at "kid", so it can't exclude a key.
 */
static bool
verify_with_set(const GqleJwtKeySet *keys, const GqleJson *header,
				GqleJwtAlg alg, const Parts *parts,
				const unsigned char *signature, int signature_len)
{
	GqleJson *kid = gqle_json_lookup(header, "kid");
	const char *name = kid != NULL && kid->kind == GQLE_JSON_STRING ? kid->text
																	: NULL;

	for (int named = 1; named >= 0; named--)
	{
		for (int i = 0; i < keys->n; i++)
		{
			const GqleJwtKey *key = &keys->keys[i];
			bool is_named = name != NULL && key->kid != NULL &&
							strcmp(name, key->kid) == 0;

			if (is_named == (named == 1) &&
				gqle_jwk_verify(key, alg, parts->token, parts->signed_len,
								signature, signature_len))
				return true;
		}
	}
	return false;
}

static bool
verify_signature(const GqleJwtKeySet *keys, const Parts *parts,
				 GqleErrorSink *sink)
{
	GqleJson *header = NULL;
	GqleJwtAlg alg = read_header(parts, &header, sink);
	unsigned char *signature;
	int signature_len;

	if (alg == 0)
		return false;
	signature = palloc(GQLE_BASE64URL_MAX(parts->signature_len));
	signature_len = gqle_base64url_decode(parts->signature,
										  parts->signature_len, signature);
	if (signature_len < 0)
		return fail_verify(
			sink, "JWSError (JSONDecodeError \"Not valid base64url\")");
	if (!verify_with_set(keys, header, alg, parts, signature, signature_len))
		return fail_verify(sink, "JWSError JWSInvalidSignature");
	return true;
}

/* ------------------------------------------------------------------------
 * Registered claims
 * ------------------------------------------------------------------------ */

/* A NumericDate in microseconds, cut to what fits; false if it is no number. */
static bool
read_date(const GqleJson *payload, const char *name, bool *is_there,
		  int64 *date, GqleErrorSink *sink)
{
	GqleJson *value = gqle_json_lookup(payload, name);
	double usecs;

	*is_there = value != NULL;
	if (value == NULL)
		return true;
	if (value->kind != GQLE_JSON_NUMBER)
		return fail_verify(
			sink, psprintf("JWTClaimsSetDecodeError \"Error in $.%s: %s\"",
						   name, mismatch("NumericDate", "Number", value)));
	usecs = strtod(value->text, NULL) * USECS;
	if (usecs > 9.0e18)
		*date = GQLE_JWT_NEVER;
	else if (usecs < -9.0e18)
		*date = -GQLE_JWT_NEVER;
	else
		*date = (int64) floor(usecs);
	return true;
}

/* Claims that must be strings if they are there. */
static bool
check_strings(const GqleJson *payload, GqleErrorSink *sink)
{
	static const char *const names[] = {"iss", "sub", "jti"};

	for (size_t i = 0; i < lengthof(names); i++)
	{
		GqleJson *value = gqle_json_lookup(payload, names[i]);

		if (value != NULL && value->kind != GQLE_JSON_STRING)
			return fail_verify(
				sink, psprintf("JWTClaimsSetDecodeError \"Error in $.%s: %s\"",
							   names[i], mismatch("Text", "String", value)));
	}
	return true;
}

/* Is the time right?  now is early or late by up to the skew. */
static bool
check_dates(const GqleJwtConfig *config, int64 now, GqleJwtClaims *claims,
			GqleErrorSink *sink)
{
	const GqleJson *payload = claims->payload;
	bool has_iat;
	bool has_nbf;
	int64 iat;
	int64 nbf;

	if (!read_date(payload, "exp", &claims->expires, &claims->expires_at,
				   sink) ||
		!read_date(payload, "iat", &has_iat, &iat, sink) ||
		!read_date(payload, "nbf", &has_nbf, &nbf, sink))
		return false;
	if (claims->expires && now - config->skew >= claims->expires_at)
		return fail_verify(sink, "JWTExpired");
	if (has_iat && now + config->skew < iat)
		return fail_verify(sink, "JWTIssuedAtFuture");
	if (has_nbf && now + config->skew < nbf)
		return fail_verify(sink, "JWTNotYetValid");
	return true;
}

static bool
is_audience(const GqleJwtConfig *config, const GqleJson *value)
{
	if (value->kind != GQLE_JSON_STRING)
		return false;
	for (int i = 0; i < config->n_audiences; i++)
	{
		if (strcmp(config->audiences[i], value->text) == 0)
			return true;
	}
	return false;
}

/* Is the token from whom and for whom the configuration says? */
static bool
check_parties(const GqleJwtConfig *config, const GqleJson *payload,
			  GqleErrorSink *sink)
{
	GqleJson *iss = gqle_json_lookup(payload, "iss");
	GqleJson *aud = gqle_json_lookup(payload, "aud");
	bool is_right = false;

	if (config->issuer != NULL &&
		(iss == NULL || strcmp(iss->text, config->issuer) != 0))
		return fail_verify(sink, "JWTNotInIssuer");
	if (aud != NULL && aud->kind != GQLE_JSON_STRING &&
		aud->kind != GQLE_JSON_ARRAY)
		return fail_verify(
			sink, psprintf("JWTClaimsSetDecodeError \"Error in $.aud: %s\"",
						   mismatch("Audience", "Array", aud)));
	if (config->n_audiences == 0)
		return true;
	if (aud != NULL && aud->kind == GQLE_JSON_ARRAY)
	{
		for (int i = 0; i < aud->n; i++)
			is_right |= is_audience(config, aud->items[i]);
	}
	else
		is_right = aud != NULL && is_audience(config, aud);
	return is_right || fail_verify(sink, "JWTNotInAudience");
}

/* ------------------------------------------------------------------------
 * Hasura's claims
 * ------------------------------------------------------------------------ */

static bool
is_registered(const char *name)
{
	static const char *const names[] = {"iss", "sub", "aud", "exp",
										"nbf", "iat", "jti"};

	for (size_t i = 0; i < lengthof(names); i++)
	{
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static char *
lower_name(const char *name)
{
	char *lower = pstrdup(name);

	for (char *c = lower; *c != '\0'; c++)
	{
		if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
	}
	return lower;
}

static bool
is_session_name(const char *name)
{
	return pg_strncasecmp(name, PREFIX, strlen(PREFIX)) == 0;
}

/* Take the list of roles; context begins the error. */
static bool
take_roles(GqleJwtClaims *claims, const GqleJson *value, GqleErrorSink *sink)
{
	const char *context = "invalid " ROLES_CLAIM "; should be a list of roles";

	if (value->kind != GQLE_JSON_ARRAY)
		return fail_claims(sink, psprintf("%s: %s", context,
										  mismatch("[]", "Array", value)));
	claims->roles = palloc(sizeof(char *) * Max(value->n, 1));
	for (int i = 0; i < value->n; i++)
	{
		const GqleJson *item = value->items[i];

		if (item->kind != GQLE_JSON_STRING)
			return fail_claims(sink,
							   psprintf("%s: %s", context,
										mismatch("Text", "String", item)));
		if (item->len == 0)
			return fail_claims(sink, psprintf("%s: empty string not allowed",
											  context));
		claims->roles[claims->n_roles++] = item->text;
	}
	return true;
}

static bool
take_default_role(GqleJwtClaims *claims, const GqleJson *value,
				  const char *hint, GqleErrorSink *sink)
{
	const char *context = psprintf("invalid " DEFAULT_CLAIM "; %s", hint);

	if (value->kind != GQLE_JSON_STRING)
		return fail_claims(sink, psprintf("%s: %s", context,
										  mismatch("Text", "String", value)));
	if (value->len == 0)
		return fail_claims(sink,
						   psprintf("%s: empty string not allowed", context));
	claims->default_role = value->text;
	return true;
}

static bool
fail_missing_role(GqleErrorSink *sink, const char *claim)
{
	return gqle_error_report(sink, GQLE_ERR_JWT_MISSING_ROLE_CLAIMS, NULL,
							 "JWT claim does not contain %s", claim);
}

static bool
take_variable(GqleJwtClaims *claims, const char *name, const GqleJson *value,
			  GqleErrorSink *sink)
{
	if (value->kind != GQLE_JSON_STRING)
		return fail_claims(sink, psprintf("x-hasura-* claims: %s",
										  mismatch("Text", "String", value)));
	claims->variables[claims->n_variables].name = name;
	claims->variables[claims->n_variables].value = value->text;
	claims->n_variables++;
	return true;
}

/* The value that a mapping gives, or NULL. */
static const GqleJson *
map_claim(const GqleJwtMapping *mapping, GqleJson *payload)
{
	GqleJson *found = NULL;

	if (mapping->path != NULL)
		found = gqle_jsonpath_get(mapping->path, payload);
	return found != NULL ? found : mapping->value;
}

/* All claims through claims_map. */
static bool
take_mapped_claims(const GqleJwtConfig *config, GqleJwtClaims *claims,
				   GqleErrorSink *sink)
{
	const GqleJson *roles = map_claim(config->roles_mapping, claims->payload);
	const GqleJson *default_role;

	if (roles == NULL)
		return fail_missing_role(sink, ROLES_CLAIM);
	if (!take_roles(claims, roles, sink))
		return false;
	default_role = map_claim(config->default_mapping, claims->payload);
	if (default_role == NULL)
		return fail_missing_role(sink, DEFAULT_CLAIM);
	if (!take_default_role(claims, default_role, "should be a role", sink))
		return false;
	claims->variables = palloc(sizeof(GqleJwtVariable) *
							   Max(config->n_mappings, 1));
	for (int i = 0; i < config->n_mappings; i++)
	{
		const GqleJwtMapping *mapping = &config->mappings[i];
		const GqleJson *value = map_claim(mapping, claims->payload);

		if (value == NULL)
			return fail_claims(
				sink, psprintf("JWT claim from claims_map, %s not found",
							   mapping->name));
		if (!take_variable(claims, mapping->name, value, sink))
			return false;
	}
	return true;
}

/* What stands at the namespace, or NULL; registered claims are not part of it. */
static GqleJson *
find_namespace(const GqleJwtConfig *config, GqleJson *payload)
{
	const GqleJsonPath *path = config->namespace_path;

	if (path == NULL)
		return is_registered(config->namespace_key)
				   ? NULL
				   : gqle_json_lookup(payload, config->namespace_key);
	if (path->n > 0 && path->steps[0].key != NULL &&
		is_registered(path->steps[0].key))
		return NULL;
	return gqle_jsonpath_get(path, payload);
}

/* The place of the claims for error messages. */
static const char *
namespace_text(const GqleJwtConfig *config)
{
	StringInfoData text;

	if (config->namespace_path == NULL)
		return config->namespace_key;
	initStringInfo(&text);
	gqle_jsonpath_append(&text, config->namespace_path);
	return text.data;
}

/* The object with the claims; NULL after an error. */
static GqleJson *
find_claims(const GqleJwtConfig *config, GqleJson *payload, GqleErrorSink *sink)
{
	GqleJson *value = find_namespace(config, payload);
	GqleJsonError error;
	GqleJson *parsed;

	if (value == NULL)
	{
		fail_claims(
			sink,
			psprintf(config->namespace_path != NULL
						 ? "claims not found at claims_namespace_path: '%s'"
						 : "claims key: '%s' not found",
					 namespace_text(config)));
		return NULL;
	}
	if (!config->is_stringified)
	{
		if (value->kind == GQLE_JSON_OBJECT)
			return value;
		fail_claims(sink, "expecting a json object when claims_format is json");
		return NULL;
	}
	if (value->kind != GQLE_JSON_STRING)
	{
		fail_claims(
			sink, "expecting a string when claims_format is stringified_json");
		return NULL;
	}
	parsed = gqle_json_parse(value->text, value->len, &error);
	if (parsed != NULL && parsed->kind == GQLE_JSON_OBJECT &&
		!has_duplicates(parsed))
		return parsed;
	fail_claims(
		sink, psprintf("expecting stringified json at: '%s %s', but found: %s",
					   config->namespace_path != NULL ? "claims_namespace_path"
													  : "claims_namespace",
					   namespace_text(config), value->text));
	return NULL;
}

/*
 * All claims of the namespace.  Names are read without regard to case, so that
 * two of them can be one: then it isn't clear what the token says.
 */
static bool
take_namespace_claims(const GqleJwtConfig *config, GqleJwtClaims *claims,
					  GqleErrorSink *sink)
{
	GqleJson *object = find_claims(config, claims->payload, sink);
	GqleJson *lowered;
	GqleJson *roles;
	GqleJson *default_role;

	if (object == NULL)
		return false;
	lowered = gqle_json_make_object();
	for (int i = 0; i < object->n; i++)
	{
		if (is_session_name(object->members[i].key))
			gqle_json_object_add(lowered, lower_name(object->members[i].key),
								 object->members[i].value);
	}
	if (has_duplicate_member(lowered))
		return fail_claims(sink, "x-hasura-* claims: a name is there twice");
	roles = gqle_json_lookup(lowered, ROLES_CLAIM);
	if (roles == NULL)
		return fail_missing_role(sink, ROLES_CLAIM);
	if (!take_roles(claims, roles, sink))
		return false;
	default_role = gqle_json_lookup(lowered, DEFAULT_CLAIM);
	if (default_role == NULL)
		return fail_missing_role(sink, DEFAULT_CLAIM);
	if (!take_default_role(claims, default_role, "should be a single role name",
						   sink))
		return false;
	claims->variables = palloc(sizeof(GqleJwtVariable) * lowered->n);
	for (int i = 0; i < lowered->n; i++)
	{
		const GqleJsonMember *member = &lowered->members[i];

		if (member->value != roles && member->value != default_role &&
			!take_variable(claims, member->key, member->value, sink))
			return false;
	}
	return true;
}

bool
gqle_jwt_verify(const GqleJwtConfig *config, const GqleJwtKeySet *keys,
				const char *token, int len, int64 now, GqleJwtClaims *claims,
				GqleErrorSink *sink)
{
	Parts parts;
	const char *reason;

	memset(claims, 0, sizeof(*claims));
	if (!cut_token(token, len, &parts, sink) ||
		!verify_signature(keys, &parts, sink))
		return false;
	claims->payload = decode_object(parts.payload, parts.payload_len, &reason);
	if (claims->payload == NULL)
		return fail_verify(sink,
						   psprintf("JWTClaimsSetDecodeError \"%s\"", reason));
	if (!check_strings(claims->payload, sink) ||
		!check_dates(config, now, claims, sink) ||
		!check_parties(config, claims->payload, sink))
		return false;
	return config->roles_mapping != NULL
			   ? take_mapped_claims(config, claims, sink)
			   : take_namespace_claims(config, claims, sink);
}

const char *
gqle_jwt_peek_issuer(const char *token, int len)
{
	GqleErrorSink sink = {0};
	Parts parts;
	const char *reason;
	GqleJson *payload;
	GqleJson *iss;

	if (!cut_token(token, len, &parts, &sink))
		return NULL;
	payload = decode_object(parts.payload, parts.payload_len, &reason);
	if (payload == NULL)
		return NULL;
	iss = gqle_json_lookup(payload, "iss");
	return iss != NULL && iss->kind == GQLE_JSON_STRING ? iss->text : NULL;
}
