/*
 * metadata_watch.c
 *		What a worker needs of the metadata for itself, not for a request: where
 *		telemetry goes, and which hosts may vouch for themselves.
 */
#include "postgres.h"

#include <time.h>

#include "utils/memutils.h"

#include "gqle/api/call.h"
#include "gqle/base/json_read.h"
#include "gqle/worker/metadata_watch.h"
#include "gqle/worker/otlp_config.h"
#include "gqle/worker/tls_allowlist.h"

#define LOOK_MS 1000

static char *known_text = NULL;
static int64 looked_at = 0;

static int64
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (int64) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
take_over(const char *text)
{
	GqleJsonError error;
	GqleJson   *json = gqle_json_parse(text, strlen(text), &error);

	if (known_text != NULL)
		pfree(known_text);
	known_text = MemoryContextStrdup(TopMemoryContext, text);
	gqle_otlp_config_read(gqle_json_lookup(json, "opentelemetry"));
	gqle_tls_allowlist_read(gqle_json_lookup(json, "network"));
}

/* Ask the database. */
static void
ask(void)
{
	static GqleSessionVariable variable = {"x-hasura-role", "admin"};
	GqleSession session = {.role = "admin",.is_admin = true,.n_variables = 1,
	.variables = &variable};
	StringInfoData out;
	GqleCall	call = {.endpoint = GQLE_ENDPOINT_WORKER_SETTINGS,
		.place = GQLE_PLACE_INLINE,.session = &session,.body = "",.out = &out};

	initStringInfo(&out);
	if (gqle_call_run(&call) == GQLE_CALL_DONE && !call.is_error &&
		(known_text == NULL || strcmp(known_text, out.data) != 0))
		take_over(out.data);
}

void
gqle_metadata_watch_look(void)
{
	int64		now = clock_ms();
	MemoryContext context;
	MemoryContext old;

	if (known_text != NULL && now - looked_at < LOOK_MS)
		return;
	looked_at = now;
	context = AllocSetContextCreate(CurrentMemoryContext, "gqle metadata watch",
									ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	ask();
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}
