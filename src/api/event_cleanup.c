/*
 * event_cleanup.c
 *		Deleting old events of event triggers, by schedule or on demand.
 *
 * As with cron triggers the next times are rows well before they come.  They follow
 * the schedules: if the times ahead are not those that the schedule gives, they are
 * made anew.
 */
#include "postgres.h"

#include "gqle/api/event_cleanup.h"
#include "gqle/api/meta.h"
#include "gqle/base/cronexpr.h"
#include "gqle/base/spi.h"

#define FEWEST_AHEAD	5
#define N_AHEAD			50

/* Add the next times of a trigger after one, in seconds. */
static void
add_times(const char *trigger, const GqleCron *cron, int64 after)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleJson   *times = gqle_json_make_array();
	int			i;

	for (i = 0; i < N_AHEAD && (after = gqle_cron_next(cron, after)) >= 0; i++)
		gqle_json_array_add(times, gqle_json_make_number(psprintf(INT64_FORMAT, after)));
	gqle_spi_add_text(&args, trigger);
	gqle_spi_add_json(&args, gqle_json_to_text(times));
	gqle_spi_execute("INSERT INTO gqle.hdb_event_log_cleanups (trigger_name, scheduled_at) "
					 "SELECT $1, to_timestamp(t.value::float8) AT TIME ZONE 'UTC' "
					 "FROM json_array_elements_text($2) AS t ON CONFLICT DO NOTHING", &args);
}

/* Delete the times that are ahead, of one trigger. */
static void
drop_times(const char *trigger)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;

	gqle_spi_add_text(&args, trigger);
	gqle_spi_execute("DELETE FROM gqle.hdb_event_log_cleanups WHERE trigger_name = $1 "
					 "AND status = 'scheduled' AND scheduled_at > now() AT TIME ZONE 'UTC'", &args);
}

/* Are these times, in seconds, the next ones of a schedule after now? */
static bool
follow_schedule(const GqleJson *times, const GqleCron *cron, int64 now)
{
	int64		time = now;
	int			i;

	for (i = 0; i < times->n; i++)
	{
		time = gqle_cron_next(cron, time);
		if (time != strtoll(times->items[i]->text, NULL, 10))
			return false;
	}
	return true;
}

/* See event_cleanup.h. */
void
gqle_event_cleanups_follow(void)
{
	static GqleSpiStatement orphans = {
		"DELETE FROM gqle.hdb_event_log_cleanups AS c WHERE c.status = 'scheduled' "
		"AND NOT EXISTS (SELECT FROM gqle.event_triggers AS t WHERE t.name = c.trigger_name "
		"AND json_typeof(t.definition->'cleanup_config') = 'object')", NULL
	};
	static GqleSpiStatement statement = {
		"SELECT t.name, t.definition->'cleanup_config'->>'schedule', "
		"COALESCE(json_agg(extract(epoch FROM c.scheduled_at)::bigint ORDER BY c.scheduled_at) "
		"FILTER (WHERE c.id IS NOT NULL), '[]'), extract(epoch FROM now())::bigint "
		"FROM gqle.event_triggers AS t LEFT JOIN gqle.hdb_event_log_cleanups AS c "
		"ON c.trigger_name = t.name AND c.status = 'scheduled' AND c.scheduled_at > now() AT TIME ZONE 'UTC' "
		"WHERE json_typeof(t.definition->'cleanup_config') = 'object' GROUP BY t.source, t.name", NULL
	};
	GqleRows   *rows;
	int			i;

	gqle_spi_execute_kept(&orphans, NULL);
	rows = gqle_spi_query_kept(&statement, NULL);
	for (i = 0; i < rows->n; i++)
	{
		const char *trigger = gqle_rows_text(rows, i, 0);
		const char *schedule = gqle_rows_text(rows, i, 1);
		const GqleJson *times = gqle_meta_parse_stored(gqle_rows_text(rows, i, 2));
		int64		now = gqle_rows_int8(rows, i, 3);
		int64		last = now;
		GqleCron	cron;

		if (schedule == NULL || !gqle_cron_parse(schedule, &cron))
			continue;
		if (!follow_schedule(times, &cron, now))
			drop_times(trigger);
		else if (times->n >= FEWEST_AHEAD)
			continue;
		else if (times->n > 0)
			last = strtoll(times->items[times->n - 1]->text, NULL, 10);
		add_times(trigger, &cron, last);
	}
}

/* See event_cleanup.h. */
int
gqle_event_cleanups_due(GqleEventCleanup **due)
{
	static GqleSpiStatement outdated = {
		"UPDATE gqle.hdb_event_log_cleanups AS c SET status = 'dead' WHERE c.status = 'scheduled' "
		"AND c.scheduled_at <= now() AT TIME ZONE 'UTC' AND EXISTS (SELECT "
		"FROM gqle.hdb_event_log_cleanups AS later WHERE later.trigger_name = c.trigger_name "
		"AND later.status = 'scheduled' AND later.scheduled_at > c.scheduled_at "
		"AND later.scheduled_at <= now() AT TIME ZONE 'UTC')", NULL
	};
	static GqleSpiStatement pausing = {
		"UPDATE gqle.hdb_event_log_cleanups AS c SET status = 'paused' FROM gqle.event_triggers AS t "
		"WHERE c.status = 'scheduled' AND c.scheduled_at <= now() AT TIME ZONE 'UTC' "
		"AND t.name = c.trigger_name AND t.definition->'cleanup_config'->>'paused' = 'true'", NULL
	};
	static GqleSpiStatement statement = {
		"SELECT c.id, c.trigger_name, t.definition->'cleanup_config' "
		"FROM gqle.hdb_event_log_cleanups AS c JOIN gqle.event_triggers AS t ON t.name = c.trigger_name "
		"WHERE c.status = 'scheduled' AND c.scheduled_at <= now() AT TIME ZONE 'UTC' "
		"AND json_typeof(t.definition->'cleanup_config') = 'object' ORDER BY c.scheduled_at", NULL
	};
	GqleRows   *rows;
	int			i;

	gqle_spi_execute_kept(&outdated, NULL);
	gqle_spi_execute_kept(&pausing, NULL);
	rows = gqle_spi_query_kept(&statement, NULL);
	*due = palloc(sizeof(GqleEventCleanup) * Max(rows->n, 1));
	for (i = 0; i < rows->n; i++)
	{
		(*due)[i].id = gqle_rows_text(rows, i, 0);
		(*due)[i].trigger = gqle_rows_text(rows, i, 1);
		(*due)[i].config = gqle_meta_parse_stored(gqle_rows_text(rows, i, 2));
	}
	return rows->n;
}

/* See event_cleanup.h. */
int
gqle_event_cleanup_batch(const char *trigger, const GqleJson *config, int *n_logs)
{
	static GqleSpiStatement statement = {
		"WITH gone AS (DELETE FROM gqle.event_log AS l WHERE l.id IN (SELECT e.id FROM gqle.event_log AS e "
		"WHERE e.trigger_name = $1 AND (e.delivered OR e.error) AND e.locked IS NULL "
		"AND e.created_at < now() - $2 * interval '1 hour' LIMIT $3 FOR UPDATE SKIP LOCKED) RETURNING l.id), "
		"logs AS (DELETE FROM gqle.event_invocation_logs WHERE $4 AND event_id IN (SELECT id FROM gone) RETURNING id), "
		"kept AS (UPDATE gqle.event_invocation_logs SET trigger_name = $1 WHERE NOT $4 "
		"AND event_id IN (SELECT id FROM gone) AND trigger_name IS DISTINCT FROM $1) "
		"SELECT (SELECT count(*) FROM gone)::int, (SELECT count(*) FROM logs)::int", NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;

	gqle_spi_add_text(&args, trigger);
	gqle_spi_add_int8(&args, Max(gqle_meta_int(config, "clear_older_than", 0), 0));
	gqle_spi_add_int8(&args, Max(gqle_meta_int(config, "batch_size", 10000), 1));
	gqle_spi_add_bool(&args, gqle_meta_bool(config, "clean_invocation_logs", false));
	rows = gqle_spi_execute_kept(&statement, &args);
	*n_logs = gqle_rows_int4(rows, 0, 1);
	return gqle_rows_int4(rows, 0, 0);
}

/* See event_cleanup.h. */
void
gqle_event_cleanup_end(const char *id, int64 n_events, int64 n_logs)
{
	static GqleSpiStatement statement = {
		"UPDATE gqle.hdb_event_log_cleanups SET status = 'completed', deleted_event_logs = $2, "
		"deleted_event_invocation_logs = $3 WHERE id = $1", NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;

	gqle_spi_add_text(&args, id);
	gqle_spi_add_int4(&args, (int32) Min(n_events, PG_INT32_MAX));
	gqle_spi_add_int4(&args, (int32) Min(n_logs, PG_INT32_MAX));
	gqle_spi_execute_kept(&statement, &args);
}
