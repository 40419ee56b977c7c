/*
 * environment.c
 *		HASURA_GRAPHQL_* variables that no setting takes.
 *
 * A deployment moves here with the environment it had, and nothing in it may be
 * ignored silently: what has no effect is named in the log at the start, with
 * the reason if the variable is one of Hasura's, or as unknown.
 *
 * Variables that settings take are noted while these are defined, so what is
 * listed below only counts as long as there is no setting.
 */
#include "postgres.h"

#include "gqle/base/environment.h"

#define MAX_NOTED 256

#define NO_POOL \
	"Requests run in background workers, not over a pool of connections."
#define ONE_DATABASE \
	"The database that has the extension is served, and its metadata are in it."
#define NO_REDIS "Nothing is kept in Redis."

typedef struct Variable
{
	const char *name;			/* without the prefix */
	const char *reason;
} Variable;

/* Variables of Hasura that have no effect here.  Sorted by name. */
static const Variable without_effect[] = {
	{"CACHE_MAX_ENTRY_TTL", "Answers are not cached."},
	{"CACHING_REDIS_POOL_SIZE", NO_REDIS},
	{"CONNECTIONS_PER_READ_REPLICA", "Reads are not spread over replicas; each standby serves by itself."},
	{"DATABASE_URL", ONE_DATABASE},
	{"DYNAMIC_SECRETS_ALLOWED_PATH_PREFIX", ONE_DATABASE},
	{"EE_LICENSE_KEY", "No license is needed."},
	{"ENABLE_LOG_COMPRESSION", "Logs are not compressed."},
	{"ENABLE_TELEMETRY", "No usage data are ever sent."},
	{"METADATA_DATABASE_EXTENSIONS_SCHEMA", "The metadata need no extension."},
	{"METADATA_DATABASE_URL", ONE_DATABASE},
	{"NO_OF_RETRIES", NO_POOL},
	{"PG_CONNECTIONS", NO_POOL},
	{"PG_CONN_LIFETIME", NO_POOL},
	{"PG_POOL_TIMEOUT", NO_POOL},
	{"PG_SSL_CERTIFICATE_PATH", NO_POOL},
	{"PG_STRIPES", NO_POOL},
	{"PG_TIMEOUT", NO_POOL},
	{"QUERY_PLAN_CACHE_SIZE", "As in Hasura; gqle.operation_cache_size bounds the cache."},
	{"RATE_LIMIT_REDIS_POOL_SIZE", NO_REDIS},
	{"RATE_LIMIT_REDIS_URL", "Rates are counted in shared memory."},
	{"READ_REPLICA_URLS", "Reads are not spread over replicas; each standby serves by itself."},
	{"REDIS_URL", NO_REDIS},
	{"SCHEMA_SYNC_POLL_INTERVAL", "Every change of the metadata shows at the next request."},
	{"SSO_PROVIDERS", "The console asks for the admin secret."},
	{"STRIPES_PER_READ_REPLICA", "Reads are not spread over replicas; each standby serves by itself."},
	{"USE_PREPARED_STATEMENTS", "Statements are always prepared."},
};

static const char *noted[MAX_NOTED];
static int	n_noted = 0;

void
gqle_environment_note(const char *name)
{
	Ensure(n_noted < MAX_NOTED, "too many environment variables");
	noted[n_noted++] = name;
}

static bool
is_noted(const char *name)
{
	for (int i = 0; i < n_noted; i++)
	{
		if (strcmp(noted[i], name) == 0)
			return true;
	}
	return false;
}

/* Why a variable has no effect, or NULL if Hasura has none of that name. */
static const char *
find_reason(const char *name)
{
	for (size_t i = 0; i < lengthof(without_effect); i++)
	{
		if (strcmp(without_effect[i].name, name) == 0)
			return without_effect[i].reason;
	}
	return NULL;
}

static void
report(const char *name, const char *reason)
{
	if (reason != NULL)
		ereport(LOG,
				(errmsg("environment variable %s has no effect", name),
				 errdetail_internal("%s", reason)));
	else
		ereport(LOG,
				(errmsg("environment variable %s is unknown", name),
				 errhint("Variables and the settings they belong to are listed in guc.md.")));
}

void
gqle_environment_report(void)
{
	extern char **environ;

	for (char **variable = environ; *variable != NULL; variable++)
	{
		char	   *name = pnstrdup(*variable, strcspn(*variable, "="));

		if (strncmp(name, GQLE_ENV_PREFIX, strlen(GQLE_ENV_PREFIX)) == 0)
		{
			const char *rest = name + strlen(GQLE_ENV_PREFIX);

			if (!is_noted(rest))
				report(name, find_reason(rest));
		}
		else if (strcmp(name, "HASURA_CONSOLE_SENTRY_DSN") == 0)
			report(name, "The console reports to nobody.");
		pfree(name);
	}
}
