/*
 * auth.c
 *		Authentication by Hasura's rules (http-and-config.md, 11).
 *
 * The mode follows from the settings: none, or admin secret, or that with tokens
 * (auth_jwt.c) or a webhook (auth_webhook.c).  Each way to be
 * somebody is a function that looks at the headers and says: it is for me and
 * here is the session, it is for me and refused, or it is not for me.  The
 * first that feels addressed decides.
 *
 * A trusted request (right secret, or no secret configured) chooses its role
 * and its session variables by headers.  Without credentials the unauthorized
 * role, if there is one, is forced upon it.
 */
#include "postgres.h"

#include "gqle/base/guc.h"
#include "gqle/base/secrets.h"
#include "gqle/worker/auth_parts.h"
#include "gqle/worker/cors.h"

#define SECRET_HEADER	"x-hasura-admin-secret"
#define KEY_HEADER		"x-hasura-access-key"
#define ROLE_HEADER		"x-hasura-role"
#define BACKEND_HEADER	"x-hasura-use-backend-only-permissions"
#define PREFIX			"x-hasura-"
#define PREFIX_LEN		9
#define MAX_IDLE_MS		10000
#define REQUIRES_SECRET \
	" requires --admin-secret (HASURA_GRAPHQL_ADMIN_SECRET) or  --access-key (HASURA_GRAPHQL_ACCESS_KEY) to be set"
#define BOTH_HEADERS	"\"" SECRET_HEADER "\"/\"" KEY_HEADER "\""

/* The headers that concern us, found in one walk. */
typedef struct Credentials
{
	const char *secret;			/* of either header; the first name wins */
	const char *key;
	const char *role;			/* NULL if absent or empty */
	const char *backend_only;
	int			n_variables;	/* x-hasura-* headers besides those */
} Credentials;

static uint64 loaded_generation = 0;

static void find_credentials(const GqleExchange *x, Credentials *found);
static GqleAuthVerdict try_secret(const GqleExchange *x,
								  const Credentials *found,
								  GqleSession **session, GqleErrorSink *sink);
static GqleAuthVerdict try_no_credentials(const GqleExchange *x,
										  const Credentials *found,
										  GqleSession **session,
										  GqleErrorSink *sink);
static GqleSession *make_session(const GqleExchange *x,
								 const Credentials *found, const char *role);

/* Why these settings can't be served with, in Hasura's words; NULL if they can. */
static const char *
find_conflict(void)
{
	bool has_secret = gqle_secrets_exist();
	bool has_hook = gqle_guc_is_set(gqle_guc_auth_hook);
	bool has_jwt = gqle_auth_jwt_is_on();
	bool has_role = gqle_guc_is_set(gqle_guc_unauthorized_role);

	if (has_hook && has_jwt)
		return "Fatal Error: Both webhook and JWT mode cannot be enabled at the same time";
	if (has_role && (!has_secret || has_hook))
		return "Fatal Error: --unauthorized-role (HASURA_GRAPHQL_UNAUTHORIZED_ROLE)" REQUIRES_SECRET
			   " and is not allowed when --auth-hook (HASURA_GRAPHQL_AUTH_HOOK) is set";
	if (has_hook && !has_secret)
		return "Fatal Error : --auth-hook (HASURA_GRAPHQL_AUTH_HOOK)" REQUIRES_SECRET;
	if (has_jwt && !has_secret)
		return "Fatal Error : --jwt-secret (HASURA_GRAPHQL_JWT_SECRET)" REQUIRES_SECRET;
	return NULL;
}

/* Read the settings; false and *error if those in force can only be old ones. */
static bool
load_settings(bool is_start, const char **error)
{
	const char *conflict = find_conflict();

	if (conflict != NULL)
		ereport(FATAL, (errcode(ERRCODE_CONFIG_FILE_ERROR),
						errmsg_internal("%s", conflict)));
	loaded_generation = gqle_guc_auth_generation;
	gqle_cors_load(is_start);
	return gqle_auth_jwt_load(is_start, error);
}

void
gqle_auth_start(void)
{
	const char *error;

	if (!load_settings(true, &error))
		ereport(FATAL, (errcode(ERRCODE_CONFIG_FILE_ERROR),
						errmsg_internal("%s", error)));
}

void
gqle_auth_turn(void)
{
	const char *error;

	if (loaded_generation != gqle_guc_auth_generation && !load_settings(false, &error))
		ereport(LOG, (errcode(ERRCODE_CONFIG_FILE_ERROR),
					  errmsg_internal("%s", error),
					  errdetail("The settings in force before are kept.")));
	gqle_auth_jwt_turn();
}

long
gqle_auth_timeout(void)
{
	int64		next = gqle_auth_jwt_next_turn();
	int64		now;

	if (next == GQLE_JWT_NEVER)
		return MAX_IDLE_MS;
	now = gqle_auth_now();
	return next <= now ? 0 : Min((next - now) / 1000 + 1, MAX_IDLE_MS);
}

/*
 * A proxy appends what it sees to a list that may come from the client, so the
 * last address is the one that the nearest proxy vouches for.
 */
const char *
gqle_auth_address(const GqleExchange *x)
{
	const char *list = gqle_guc_is_set(gqle_guc_client_address_header) ?
		gqle_httpd_header(x, gqle_guc_client_address_header) : NULL;
	const char *last;

	if (list == NULL)
		return gqle_httpd_address(x);
	last = strrchr(list, ',');
	last = last != NULL ? last + 1 : list;
	return last + strspn(last, " \t");
}

GqleAuthResult
gqle_auth_authenticate(const GqleExchange *x, GqleSession **session,
					   GqleErrorSink *sink)
{
	Credentials found;
	GqleAuthVerdict verdict;

	find_credentials(x, &found);
	verdict = try_secret(x, &found, session, sink);
	if (verdict == GQLE_VERDICT_NOT_FOR_ME && gqle_auth_webhook_is_on())
		return GQLE_AUTH_PENDING;
	if (verdict == GQLE_VERDICT_NOT_FOR_ME && gqle_auth_jwt_is_on())
		verdict = gqle_auth_jwt_try(x, found.role, session, sink);
	if (verdict == GQLE_VERDICT_NOT_FOR_ME)
		verdict = try_no_credentials(x, &found, session, sink);
	return verdict == GQLE_VERDICT_ACCEPTED ? GQLE_AUTH_OK : GQLE_AUTH_REFUSED;
}

/* Is it a session header? */
static bool
is_ours(const GqleHttpHeader *h)
{
	return h->name_len > PREFIX_LEN &&
		(h->name[0] == 'x' || h->name[0] == 'X') &&
		pg_strncasecmp(h->name, PREFIX, PREFIX_LEN) == 0;
}

bool
gqle_auth_is_credential(const char *name)
{
	switch (strlen(name))
	{
		case sizeof(ROLE_HEADER) - 1:
			return pg_strcasecmp(name, ROLE_HEADER) == 0;
		case sizeof(KEY_HEADER) - 1:
			return pg_strcasecmp(name, KEY_HEADER) == 0;
		case sizeof(SECRET_HEADER) - 1:
			return pg_strcasecmp(name, SECRET_HEADER) == 0;
		case sizeof(BACKEND_HEADER) - 1:
			return pg_strcasecmp(name, BACKEND_HEADER) == 0;
		default:
			return false;
	}
}

static void
find_credentials(const GqleExchange *x, Credentials *found)
{
	memset(found, 0, sizeof(*found));
	for (int i = 0; i < x->n_headers; i++)
	{
		const GqleHttpHeader *h = &x->headers[i];

		if (!is_ours(h))
			continue;
		if (!gqle_auth_is_credential(h->name))
			found->n_variables++;
		else if (h->name_len == sizeof(SECRET_HEADER) - 1)
			found->secret = h->value;
		else if (h->name_len == sizeof(KEY_HEADER) - 1)
			found->key = h->value;
		else if (h->name_len == sizeof(ROLE_HEADER) - 1)
			found->role = h->value[0] != '\0' ? h->value : NULL;
		else
			found->backend_only = h->value;
	}
}

/*
 * x-hasura-use-backend-only-permissions counts for trusted requests of roles
 * other than admin; its text must be a boolean, though.
 */
static bool
parse_backend_only(const char *text, bool *value, GqleErrorSink *sink)
{
	static const char *const yes[] = {"true", "t", "yes", "y"};
	static const char *const no[] = {"false", "f", "no", "n"};

	*value = false;
	if (text == NULL)
		return true;
	for (size_t i = 0; i < lengthof(yes); i++)
	{
		if (pg_strcasecmp(text, yes[i]) == 0)
			*value = true;
		if (*value || pg_strcasecmp(text, no[i]) == 0)
			return true;
	}
	return gqle_error_report(sink, GQLE_ERR_BAD_REQUEST, NULL,
							 "%s:  Not a valid boolean text. True values are [\"true\",\"t\",\"yes\",\"y\"] and  False values are [\"false\",\"f\",\"no\",\"n\"]. All values are case insensitive",
							 BACKEND_HEADER);
}

/* A trusted request is what it says it is. */
static GqleAuthVerdict
accept_trusted(const GqleExchange *x, const Credentials *found,
			   GqleSession **session, GqleErrorSink *sink)
{
	bool		backend_only;

	if (!parse_backend_only(found->backend_only, &backend_only, sink))
		return GQLE_VERDICT_REFUSED;
	*session = make_session(x, found, found->role != NULL ? found->role : "admin");
	(*session)->backend_only = backend_only && !(*session)->is_admin;
	return GQLE_VERDICT_ACCEPTED;
}

/* The admin secret; without one configured, everybody has it. */
static GqleAuthVerdict
try_secret(const GqleExchange *x, const Credentials *found,
		   GqleSession **session, GqleErrorSink *sink)
{
	const char *given = found->secret != NULL ? found->secret : found->key;

	if (!gqle_secrets_exist())
		return accept_trusted(x, found, session, sink);
	if (given == NULL)
		return GQLE_VERDICT_NOT_FOR_ME;
	if (gqle_secrets_match(given))
		return accept_trusted(x, found, session, sink);
	gqle_error_report(sink, GQLE_ERR_ACCESS_DENIED, NULL,
					  "invalid " BOTH_HEADERS);
	sink->error.http_status = 401;
	return GQLE_VERDICT_REFUSED;
}

/* No credentials at all. */
static GqleAuthVerdict
try_no_credentials(const GqleExchange *x, const Credentials *found,
				   GqleSession **session, GqleErrorSink *sink)
{
	if (gqle_guc_is_set(gqle_guc_unauthorized_role))
	{
		*session = make_session(x, found, gqle_guc_unauthorized_role);
		return GQLE_VERDICT_ACCEPTED;
	}
	if (gqle_auth_jwt_is_on())
	{
		gqle_error_report(
			sink, GQLE_ERR_INVALID_HEADERS, NULL,
			"Missing 'Authorization' or 'Cookie' header in JWT authentication mode");
		return GQLE_VERDICT_REFUSED;
	}
	gqle_error_report(sink, GQLE_ERR_ACCESS_DENIED, NULL,
					  BOTH_HEADERS " required, but not found");
	sink->error.http_status = 401;
	return GQLE_VERDICT_REFUSED;
}

static char *
lower_name(const GqleHttpHeader *h)
{
	char	   *name = palloc(h->name_len + 1);

	for (int i = 0; i < h->name_len; i++)
		name[i] = pg_ascii_tolower((unsigned char) h->name[i]);
	name[h->name_len] = '\0';
	return name;
}

void
gqle_auth_set_variable(GqleSession *session, const char *name, const char *value)
{
	int			i = session->n_variables;
	int			order = 1;

	while (i > 0 && (order = strcmp(session->variables[i - 1].name, name)) > 0)
		i--;
	if (i > 0 && order == 0)
	{
		session->variables[i - 1].value = value;
		return;
	}
	memmove(&session->variables[i + 1], &session->variables[i],
			(session->n_variables - i) * sizeof(GqleSessionVariable));
	session->variables[i].name = name;
	session->variables[i].value = value;
	session->n_variables++;
}

/* A session of that role with the x-hasura-* headers as its variables. */
static GqleSession *
make_session(const GqleExchange *x, const Credentials *found, const char *role)
{
	GqleSession *session = palloc0(sizeof(*session));

	session->role = role;
	session->is_admin = strcmp(role, "admin") == 0;
	session->variables = palloc(sizeof(GqleSessionVariable) *
								(found->n_variables + 1));
	gqle_auth_set_variable(session, ROLE_HEADER, role);
	if (found->n_variables == 0)
		return session;
	for (int i = 0; i < x->n_headers; i++)
	{
		const GqleHttpHeader *h = &x->headers[i];

		if (is_ours(h) && !gqle_auth_is_credential(h->name))
			gqle_auth_set_variable(session, lower_name(h), h->value);
	}
	return session;
}
