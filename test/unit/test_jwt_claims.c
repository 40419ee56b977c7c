/*
 * test_jwt_claims.c
 *		What the claims of a token must say.
 */
#include "jwt_tools.h"

/* ------------------------------------------------------------------------
 * Claims
 * ------------------------------------------------------------------------ */

static void
test_dates(void)
{
	static const struct
	{
		const char *claim;
		const char *expected;
	} cases[] = {{"\"exp\":1700000001", NULL},
				 {"\"exp\":1700000000", "JWTExpired"},
				 {"\"exp\":1699999999", "JWTExpired"},
				 {"\"exp\":0", "JWTExpired"},
				 {"\"exp\":-1", "JWTExpired"},
				 {"\"exp\":-1e308", "JWTExpired"},
				 {"\"exp\":1e308", NULL},
				 {"\"exp\":1e400", NULL},
				 {"\"exp\":1700000000.5", NULL},
				 {"\"exp\":1699999999.9", "JWTExpired"},
				 {"\"exp\":17e8", "JWTExpired"},
				 {"\"exp\":1.8e9", NULL},
				 {"\"exp\":99999999999999999999", NULL},
				 {"\"exp\":\"1800000000\"", "$.exp"},
				 {"\"exp\":true", "$.exp"},
				 {"\"exp\":null", "$.exp"},
				 {"\"exp\":[1800000000]", "$.exp"},
				 {"\"exp\":{}", "$.exp"},
				 {"\"nbf\":1700000000", NULL},
				 {"\"nbf\":1700000001", "JWTNotYetValid"},
				 {"\"nbf\":1e308", "JWTNotYetValid"},
				 {"\"nbf\":-5", NULL},
				 {"\"nbf\":\"0\"", "$.nbf"},
				 {"\"iat\":1700000000", NULL},
				 {"\"iat\":1700000001", "JWTIssuedAtFuture"},
				 {"\"iat\":1e308", "JWTIssuedAtFuture"},
				 {"\"iat\":0", NULL},
				 {"\"iat\":\"now\"", "$.iat"},
				 {"\"exp\":1600000000,\"nbf\":1800000000", "JWTExpired"},
				 {"\"exp\":1800000000,\"exp\":1800000001", "twice"},
				 {"\"sub\":17", "$.sub"},
				 {"\"jti\":17", "$.jti"},
				 {"\"sub\":\"17\"", NULL}};
	static const struct
	{
		const char *claim;
		double now;
		const char *expected;
	} skewed[] = {{"\"exp\":1700000000", NOW + 59.999, NULL},
				  {"\"exp\":1700000000", NOW + 60, "JWTExpired"},
				  {"\"exp\":1700000000", NOW + 61, "JWTExpired"},
				  {"\"exp\":1700000000", NOW + 59, NULL},
				  {"\"nbf\":1700000000", NOW - 60, NULL},
				  {"\"nbf\":1700000000", NOW - 61, "JWTNotYetValid"},
				  {"\"iat\":1700000000", NOW - 60, NULL},
				  {"\"iat\":1700000000", NOW - 61, "JWTIssuedAtFuture"},
				  {"\"exp\":1700000000", NOW + 3600, "JWTExpired"},
				  {"\"nbf\":1700000000", NOW - 3600, "JWTNotYetValid"}};

	for (size_t i = 0; i < lengthof(cases); i++)
		check_payload(cases[i].claim, "", psprintf(WITH("%s"), cases[i].claim),
					  cases[i].expected);
	for (size_t i = 0; i < lengthof(skewed); i++)
		check_at(psprintf("%s with a skew, at %+.3f", skewed[i].claim,
						  skewed[i].now - NOW),
				 hs_config(",\"allowed_skew\":60"),
				 psprintf(WITH("%s"), skewed[i].claim), skewed[i].now,
				 skewed[i].expected);
	check_payload("no dates", "", GOOD, NULL);
	ok(!last.expires, "a token without exp never expires");
	check_payload("an exp", "", WITH("\"exp\":1700000001.25"), NULL);
	ok(last.expires && last.expires_at == INT64CONST(1700000001250000),
	   "the time of expiry comes back");
}

static void
test_parties(void)
{
	static const struct
	{
		const char *config;
		const char *claim;
		const char *expected;
	} cases[] = {
		{",\"audience\":\"a\"", "\"aud\":\"a\"", NULL},
		{",\"audience\":\"a\"", "\"aud\":[\"b\",\"a\"]", NULL},
		{",\"audience\":[\"b\",\"a\"]", "\"aud\":\"a\"", NULL},
		{",\"audience\":[\"b\",\"a\"]", "\"aud\":[\"c\",\"a\"]", NULL},
		{",\"audience\":\"a\"", "\"aud\":\"A\"", "JWTNotInAudience"},
		{",\"audience\":\"a\"", "\"aud\":\"ab\"", "JWTNotInAudience"},
		{",\"audience\":\"ab\"", "\"aud\":\"a\"", "JWTNotInAudience"},
		{",\"audience\":\"a\"", "\"aud\":\"\"", "JWTNotInAudience"},
		{",\"audience\":\"a\"", "\"aud\":[]", "JWTNotInAudience"},
		{",\"audience\":\"a\"", "\"x\":1", "JWTNotInAudience"},
		{",\"audience\":\"a\"", "\"aud\":[[\"a\"]]", "JWTNotInAudience"},
		{",\"audience\":\"a\"", "\"aud\":[1]", "JWTNotInAudience"},
		{",\"audience\":\"a\"", "\"aud\":{\"a\":1}", "$.aud"},
		{",\"audience\":\"a\"", "\"aud\":null", "$.aud"},
		{",\"audience\":\"a\"", "\"aud\":\"a b\"", "JWTNotInAudience"},
		{"", "\"aud\":\"anything\"", NULL},
		{"", "\"aud\":17", "$.aud"},
		{",\"issuer\":\"https://i\"", "\"iss\":\"https://i\"", NULL},
		{",\"issuer\":\"https://i\"", "\"iss\":\"https://i/\"",
		 "JWTNotInIssuer"},
		{",\"issuer\":\"https://i\"", "\"iss\":\"HTTPS://I\"",
		 "JWTNotInIssuer"},
		{",\"issuer\":\"https://i\"", "\"iss\":\"\"", "JWTNotInIssuer"},
		{",\"issuer\":\"https://i\"", "\"x\":1", "JWTNotInIssuer"},
		{",\"issuer\":\"https://i\"", "\"iss\":[\"https://i\"]", "$.iss"},
		{",\"issuer\":\"https://i\"", "\"iss\":null", "$.iss"},
		{"", "\"iss\":\"anything\"", NULL},
		{",\"issuer\":\"i\",\"audience\":\"a\"", "\"iss\":\"j\",\"aud\":\"b\"",
		 "JWTNotInIssuer"}};

	for (size_t i = 0; i < lengthof(cases); i++)
		check_payload(psprintf("%s with %s", cases[i].claim, cases[i].config),
					  cases[i].config, psprintf(WITH("%s"), cases[i].claim),
					  cases[i].expected);
	ok(gqle_jwt_peek_issuer("a.b.c", 5) == NULL, "no issuer in nonsense");
	{
		char *token = hmac("HS256", SECRET, WITH("\"iss\":\"j\""));

		is_text(gqle_jwt_peek_issuer(token, strlen(token)), "j",
				"an issuer before verification");
	}
}

static void
test_roles(void)
{
	static const struct
	{
		const char *claims;
		const char *expected;
	} cases[] = {
		{"{" ROLES "}", NULL},
		{"{\"x-hasura-default-role\":\"user\"}",
		 "JWT claim does not contain x-hasura-allowed-roles"},
		{"{\"x-hasura-allowed-roles\":[\"user\"]}",
		 "JWT claim does not contain x-hasura-default-role"},
		{"{\"x-hasura-allowed-roles\":\"user\",\"x-hasura-default-role\":\"user\"}",
		 "invalid x-hasura-allowed-roles; should be a list of roles: parsing [] failed, expected Array, but encountered String"},
		{"{\"x-hasura-allowed-roles\":[1],\"x-hasura-default-role\":\"user\"}",
		 "should be a list of roles: parsing Text failed"},
		{"{\"x-hasura-allowed-roles\":[\"\"],\"x-hasura-default-role\":\"user\"}",
		 "should be a list of roles"},
		{"{\"x-hasura-allowed-roles\":null,\"x-hasura-default-role\":\"user\"}",
		 "encountered Null"},
		{"{\"x-hasura-allowed-roles\":[\"user\"],\"x-hasura-default-role\":[\"user\"]}",
		 "invalid x-hasura-default-role; should be a single role name: parsing Text failed, expected String, but encountered Array"},
		{"{\"x-hasura-allowed-roles\":[\"user\"],\"x-hasura-default-role\":\"\"}",
		 "should be a single role name"},
		{"{\"x-hasura-allowed-roles\":[\"user\"],\"x-hasura-default-role\":null}",
		 "encountered Null"},
		{"{\"X-Hasura-Allowed-Roles\":[\"user\"],\"X-HASURA-DEFAULT-ROLE\":\"user\"}",
		 NULL},
		{"{" ROLES ",\"X-Hasura-Default-Role\":\"admin\"}", "twice"},
		{"{" ROLES ",\"x-hasura-user-id\":1}",
		 "x-hasura-* claims: parsing Text failed, expected String, but encountered Number"},
		{"{" ROLES ",\"x-hasura-user-id\":null}", "x-hasura-* claims"},
		{"{" ROLES ",\"x-hasura-user-id\":true}", "x-hasura-* claims"},
		{"{" ROLES ",\"x-hasura-user-id\":[\"1\"]}", "x-hasura-* claims"},
		{"{" ROLES ",\"x-hasura-user-id\":{}}", "x-hasura-* claims"},
		{"{" ROLES ",\"x-hasura-ids\":\"}{,\"}", NULL},
		{"{" ROLES ",\"x-hasura-ids\":\"{1,2}\"}", NULL},
		{"{" ROLES ",\"x-hasura-a\":\"1\",\"x-hasura-a\":\"2\"}", "twice"},
		{"{" ROLES ",\"other\":17}", NULL},
		{"\"{}\"", "expecting a json object when claims_format is json"},
		{"[]", "expecting a json object"},
		{"null", "expecting a json object"},
		{"{}", "does not contain"}};

	for (size_t i = 0; i < lengthof(cases); i++)
		check_payload(cases[i].claims, "",
					  psprintf("{" HASURA("%s") "}", cases[i].claims),
					  cases[i].expected);
	check_payload("no claims", "", "{}",
				  "claims key: 'https://hasura.io/jwt/claims' not found");
	check_payload("roles outside the namespace", "", "{" ROLES "}",
				  "claims key:");
	check_payload("payload a list", "", "[]", "JWTClaimsSetDecodeError");
	check_payload("payload no JSON", "", "exp=1", "JWTClaimsSetDecodeError");
	check_payload("claims twice", "",
				  "{" HASURA("{" ROLES "}") "," HASURA("{}") "}", "twice");

	check_payload(
		"role admin", "",
		"{" HASURA(
			"{\"x-hasura-allowed-roles\":[\"admin\"],\"x-hasura-default-role\":\"admin\"}") "}",
		NULL);
	is_text(last.default_role, "admin", "a token may say admin");
	check_payload("variables", "",
				  "{" HASURA("{" ROLES
							 ",\"X-Hasura-Org\":\"7\",\"x-y\":\"z\"}") "}",
				  NULL);
	ok(last.n_roles == 2 && strcmp(last.roles[1], "editor") == 0,
	   "allowed roles come back");
	ok(last.n_variables == 1 &&
		   strcmp(last.variables[0].name, "x-hasura-org") == 0 &&
		   strcmp(last.variables[0].value, "7") == 0,
	   "variables come back, lower case, without roles and others");
}

static void
test_namespaces(void)
{
#define PATH(x) ",\"claims_namespace_path\":\"" x "\""
	check_payload("another namespace", ",\"claims_namespace\":\"mine\"",
				  "{\"mine\":{" ROLES "}}", NULL);
	check_payload("another namespace, old claims",
				  ",\"claims_namespace\":\"mine\"", GOOD,
				  "claims key: 'mine' not found");
	check_payload("a registered claim as namespace",
				  ",\"claims_namespace\":\"sub\"", GOOD,
				  "claims key: 'sub' not found");
	check_payload("a path of one", PATH("$.hasura"), "{\"hasura\":{" ROLES "}}",
				  NULL);
	check_payload("a path of two", PATH("$.hasura.claims"),
				  "{\"hasura\":{\"claims\":{" ROLES "}}}", NULL);
	check_payload("a path without $", PATH("hasura.claims"),
				  "{\"hasura\":{\"claims\":{" ROLES "}}}", NULL);
	check_payload("a quoted path", PATH("$.hasura['claims%']"),
				  "{\"hasura\":{\"claims%\":{" ROLES "}}}", NULL);
	check_payload("a path with a quote in a name", PATH("$['a\\\\'b']"),
				  "{\"a'b\":{" ROLES "}}", NULL);
	check_payload("a path with an index", PATH("$.a[1]"),
				  "{\"a\":[0,{" ROLES "}]}", NULL);
	check_payload("a path beyond a list", PATH("$.a[2]"),
				  "{\"a\":[0,{" ROLES "}]}",
				  "claims not found at claims_namespace_path: '$.a[2]'");
	check_payload("the root", PATH("$"), "{" ROLES ",\"sub\":\"1\"}", NULL);
	check_payload("the root without roles", PATH("$"), GOOD,
				  "does not contain");
	check_payload("a path to nowhere", PATH("$.a.b"), GOOD,
				  "claims not found at claims_namespace_path: '$.a.b'");
	check_payload("a path through a text", PATH("$.a.b"), "{\"a\":\"b\"}",
				  "claims not found");
	check_payload("a path through a registered claim", PATH("$.aud"),
				  "{\"aud\":{" ROLES "}}", "$.aud");
	check_payload(
		"stringified", ",\"claims_format\":\"stringified_json\"",
		"{" HASURA(
			"\"{\\\"x-hasura-allowed-roles\\\":[\\\"user\\\"],\\\"x-hasura-default-role\\\":\\\"user\\\"}\"") "}",
		NULL);
	check_payload(
		"stringified at a path",
		",\"claims_format\":\"stringified_json\"" PATH("$.a"),
		"{\"a\":\"{\\\"x-hasura-allowed-roles\\\":[\\\"user\\\"],\\\"x-hasura-default-role\\\":\\\"user\\\"}\"}",
		NULL);
	check_payload("stringified, but an object",
				  ",\"claims_format\":\"stringified_json\"", GOOD,
				  "expecting a string when claims_format is stringified_json");
	check_payload(
		"stringified, but no JSON", ",\"claims_format\":\"stringified_json\"",
		"{" HASURA("\"x\"") "}",
		"expecting stringified json at: 'claims_namespace https://hasura.io/jwt/claims', but found: x");
	check_payload(
		"stringified at a path, but no JSON",
		",\"claims_format\":\"stringified_json\"" PATH("$.a"), "{\"a\":\"[]\"}",
		"expecting stringified json at: 'claims_namespace_path $.a', but found: []");
	check_payload(
		"stringified with a key twice",
		",\"claims_format\":\"stringified_json\"",
		"{" HASURA(
			"\"{\\\"x-hasura-default-role\\\":\\\"a\\\",\\\"x-hasura-default-role\\\":\\\"b\\\"}\"") "}",
		"expecting stringified json");
#undef PATH
}

static void
test_claims_map(void)
{
#define MAP(x) ",\"claims_map\":{" x "}"
#define AT(name, path) "\"" name "\":{\"path\":\"" path "\"}"
	static const char *const map = MAP(
		AT("x-hasura-allowed-roles", "$.roles.all") "," AT(
			"x-hasura-default-role",
			"$.roles.first") "," AT("X-Hasura-User-Id",
									"$.['https://my.app/claims'].user.id"));
	static const char *const defaults = MAP(
		"\"x-hasura-allowed-roles\":{\"path\":\"$.r\",\"default\":[\"user\"]},"
		"\"x-hasura-default-role\":{\"path\":\"$.d\",\"default\":\"user\"},"
		"\"x-hasura-user-id\":{\"path\":\"$.u\",\"default\":\"0\"}");
	static const char *const fixed = MAP(
		"\"x-hasura-allowed-roles\":[\"user\"],\"x-hasura-default-role\":\"user\",\"x-hasura-x\":\"y\"," AT(
			"x-hasura-user-id", "$.sub"));

	check_payload(
		"claims_map", map,
		"{\"roles\":{\"all\":[\"user\"],\"first\":\"user\"},\"https://my.app/claims\":{\"user\":{\"id\":\"7\"}}}",
		NULL);
	ok(last.n_variables == 1 &&
		   strcmp(last.variables[0].name, "x-hasura-user-id") == 0 &&
		   strcmp(last.variables[0].value, "7") == 0,
	   "a mapped variable");
	check_payload("claims_map, a variable missing", map,
				  "{\"roles\":{\"all\":[\"user\"],\"first\":\"user\"}}",
				  "JWT claim from claims_map, x-hasura-user-id not found");
	check_payload(
		"claims_map, a variable of a wrong type", map,
		"{\"roles\":{\"all\":[\"user\"],\"first\":\"user\"},\"https://my.app/claims\":{\"user\":{\"id\":7}}}",
		"x-hasura-* claims: parsing Text failed");
	check_payload("claims_map, roles missing", map,
				  "{\"roles\":{\"first\":\"user\"}}",
				  "does not contain x-hasura-allowed-roles");
	check_payload("claims_map, default role missing", map,
				  "{\"roles\":{\"all\":[\"user\"]}}",
				  "does not contain x-hasura-default-role");
	check_payload("claims_map, roles of a wrong type", map,
				  "{\"roles\":{\"all\":\"user\",\"first\":\"user\"}}",
				  "should be a list of roles: parsing [] failed");
	check_payload(
		"claims_map, default role of a wrong type", map,
		"{\"roles\":{\"all\":[\"user\"],\"first\":[]}}",
		"invalid x-hasura-default-role; should be a role: parsing Text failed, expected String, but encountered Array");
	check_payload("defaults", defaults, "{}", NULL);
	ok(strcmp(last.default_role, "user") == 0 &&
		   strcmp(last.variables[0].value, "0") == 0,
	   "defaults come back");
	check_payload("a claim beats its default", defaults,
				  "{\"d\":\"admin\",\"r\":[\"admin\"],\"u\":\"5\"}", NULL);
	ok(strcmp(last.default_role, "admin") == 0 &&
		   strcmp(last.variables[0].value, "5") == 0,
	   "the claims come back");
	check_payload("a claim of a wrong type is no reason for a default",
				  defaults, "{\"r\":\"user\"}", "should be a list");
	check_payload("null is a claim, too", defaults, "{\"u\":null}",
				  "x-hasura-* claims");
	check_payload("fixed values", fixed, "{\"sub\":\"9\"}", NULL);
	ok(last.n_variables == 2, "registered claims can be mapped");
	check_payload("fixed values ignore the namespace", fixed,
				  WITH("\"sub\":\"9\""), NULL);
	ok(last.n_roles == 1, "only the map's roles");
#undef MAP
#undef AT
}

int
main(void)
{
	make_keys();
	test_dates();
	test_parties();
	test_roles();
	test_namespaces();
	test_claims_map();
	free_keys();
	return done_testing();
}
