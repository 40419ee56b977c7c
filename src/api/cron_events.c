/*
 * cron_events.c
 *		The times at which cron triggers fire next, as rows.
 *
 * As in Hasura, the next times of a trigger are rows of a table well before they
 * come: people look at them there, and one that was missed is found.  A trigger
 * has at least a hundred, in UTC; the delivery worker fills up every minute.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "gqle/api/cron_events.h"
#include "gqle/api/meta.h"
#include "gqle/base/cronexpr.h"
#include "gqle/base/spi.h"

#define N_AHEAD 100

/* See cron_events.h. */
GqleJson *
gqle_cron_triggers(void)
{
	static GqleSpiStatement statement = {
		"SELECT coalesce(json_agg(json_build_object('name', name, 'definition', definition)), '[]') "
		"FROM gqle.cron_triggers"
	};
	GqleRows   *rows = gqle_spi_query_kept(&statement, NULL);

	return gqle_meta_parse_stored(gqle_rows_text(rows, 0, 0));
}

/* Drop what is to come of triggers that are not as they were. */
static void
drop_events(const GqleJson *triggers_before)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;

	if (triggers_before->n == 0)
		return;
	gqle_spi_add_json(&args, gqle_json_to_text(triggers_before));
	gqle_spi_execute("DELETE FROM gqle.cron_events AS e "
					 "USING json_array_elements($1) AS b (trigger) "
					 "WHERE e.trigger_name = b.trigger->>'name' AND e.scheduled_time > now() AND e.tries = 0 "
					 "AND NOT EXISTS (SELECT FROM gqle.cron_triggers AS t WHERE t.name = b.trigger->>'name' "
					 "AND t.definition::jsonb = (b.trigger->'definition')::jsonb)",
					 &args);
}

/* Add the next times of a trigger after one, in seconds. */
static void
add_events(const char *name, const char *schedule, int64 after)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleJson   *times = gqle_json_make_array();
	GqleCron	cron;
	int			i;

	if (!gqle_cron_parse(schedule, &cron))
		return;
	for (i = 0; i < N_AHEAD && (after = gqle_cron_next(&cron, after)) >= 0; i++)
		gqle_json_array_add(times, gqle_json_make_number(psprintf(INT64_FORMAT, after)));
	gqle_spi_add_text(&args, name);
	gqle_spi_add_json(&args, gqle_json_to_text(times));
	gqle_spi_execute("INSERT INTO gqle.cron_events (trigger_name, scheduled_time) "
					 "SELECT $1, to_timestamp(t.value::float8) FROM json_array_elements_text($2) AS t "
					 "ON CONFLICT DO NOTHING", &args);
}

/* See cron_events.h. */
void
gqle_cron_events_fill(void)
{
	static GqleSpiStatement statement = {
		"SELECT t.name, t.definition->>'schedule',"
		" extract(epoch FROM greatest(max(e.scheduled_time), now()))::bigint "
		"FROM gqle.cron_triggers AS t LEFT JOIN gqle.cron_events AS e"
		" ON e.trigger_name = t.name AND e.status = 'scheduled' AND e.tries = 0 "
		"GROUP BY t.name HAVING count(e.id) < 100"
	};
	GqleRows   *rows = gqle_spi_query_kept(&statement, NULL);
	int			i;

	for (i = 0; i < rows->n; i++)
		add_events(gqle_rows_text(rows, i, 0), gqle_rows_text(rows, i, 1),
				   gqle_rows_int8(rows, i, 2));
}

/* See cron_events.h. */
void
gqle_cron_events_follow(const GqleJson *triggers_before)
{
	drop_events(triggers_before);
	gqle_cron_events_fill();
}
