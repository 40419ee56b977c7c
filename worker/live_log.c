/*
 * live_log.c
 *		Lines of livequery-poller-log: runs of operations for subscribers.
 *
 * The shape is Hasura's.  Here a run has one batch, and nothing is waited for
 * before it, so the time of a snapshot is 0.
 */
#include "postgres.h"

#include "gqle/base/error.h"
#include "gqle/base/guc.h"
#include "gqle/base/json_write.h"
#include "gqle/base/log.h"
#include "gqle/worker/live_log.h"

bool
gqle_live_log_is_wanted(void)
{
	return gqle_log_wants(GQLE_LOG_LIVEQUERY_POLLER, GQLE_LOG_LEVEL_INFO);
}

static void
append_batches(StringInfo out, const char *key, const GqleLiveRun *run)
{
	appendStringInfo(out, ",\"%s\":[{\"db_execution_time\":%.6f,\"push_time\":%.6f,"
					 "\"batch_id\":1,\"pg_execution_time\":%.6f", key, run->run_us / 1e6,
					 run->push_us / 1e6, run->run_us / 1e6);
	if (!run->is_error)
		appendStringInfo(out, ",\"batch_response_size_bytes\":%d", run->answer_len);
	appendStringInfoString(out, "}]");
}

void
gqle_live_log_write(const GqleLiveRun *run)
{
	int			refetch_ms = run->is_stream ?
		gqle_guc_streaming_queries_multiplexed_refetch_interval :
		gqle_guc_live_queries_multiplexed_refetch_interval;
	StringInfo	out = gqle_log_begin(GQLE_LOG_LIVEQUERY_POLLER, run->is_error ?
									 GQLE_LOG_LEVEL_ERROR : GQLE_LOG_LEVEL_INFO);

	appendStringInfo(out, "{\"poller_id\":\"%s\",\"kind\":\"%s\",\"snapshot_time\":0",
					 run->id, run->is_stream ? "streaming" : "live-query");
	append_batches(out, "batches", run);
	append_batches(out, "execution_batches", run);
	appendStringInfo(out, ",\"subscriber_count\":%d,\"total_time\":%.6f,\"source\":\"default\","
					 "\"generated_sql\":", run->n_subscribers,
					 (run->run_us + run->push_us) / 1e6);
	if (run->sql != NULL)
		gqle_json_write_cstring(out, run->sql);
	else
		appendStringInfoString(out, "null");
	appendStringInfoString(out, ",\"role\":");
	gqle_json_write_cstring(out, run->role);
	appendStringInfo(out, ",\"subscription_options\":{\"batch_size\":1,\"refetch_delay\":%g}",
					 refetch_ms / 1000.0);
	if (run->is_error)
	{
		appendStringInfoString(out, ",\"errors\":[{\"batch_id\":1,\"detail\":");
		gqle_error_append_flat(out, run->answer, run->answer_len);
		appendStringInfoString(out, "}]");
	}
	appendStringInfoChar(out, '}');
	gqle_log_end();
}
