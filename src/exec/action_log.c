/*
 * action_log.c
 *		The log of asynchronous actions: calls that wait, and what came of them.
 *
 * A call is written in the transaction of the mutation and made by the delivery
 * worker (worker/action_delivery.c) once that has committed.  Headers of the
 * client are only kept if the webhook is to get them.
 */
#include "gqle/gqle.h"

#include "gqle/base/json_write.h"
#include "gqle/base/spi.h"
#include "gqle/base/wake.h"
#include "gqle/exec/action_log.h"

/* See action_log.h. */
const char *
gqle_action_log_add(const GqleAction *action, const char *input, const char *session,
					const GqleOutcalls *client)
{
	static GqleSpiStatement statement = {
		"INSERT INTO gqle.action_log (action_name, input_payload, request_headers, session_variables, status) "
		"VALUES ($1, $2::jsonb, $3::jsonb, $4::jsonb, 'created') RETURNING id::text"
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	StringInfoData headers;

	initStringInfo(&headers);
	gqle_outcall_append_forwarded(&headers, action->webhook, client);
	gqle_spi_add_text(&args, action->name);
	gqle_spi_add_text(&args, input);
	gqle_spi_add_text(&args, headers.data);
	gqle_spi_add_text(&args, session);
	gqle_wake_at_commit(GQLE_WAKE_DELIVERY);
	return gqle_rows_text(gqle_spi_execute_kept(&statement, &args), 0, 0);
}

/* JSON text of a row, or NULL. */
static const GqleJson *
json_of(const GqleRows *rows, int column)
{
	GqleJsonError error;
	const char *text;

	if (gqle_rows_is_null(rows, 0, column))
		return NULL;
	text = gqle_rows_text(rows, 0, column);
	return gqle_json_parse(text, strlen(text), &error);
}

/* See action_log.h.  compat: beside rows of tables times are written as theirs. */
bool
gqle_action_log_find(const GqleAction *action, const char *id, const char *session,
					 GqleActionRecord *record)
{
	static GqleSpiStatement statement = {
		"SELECT to_json(gqle_internal.utc_text(created_at))::text, to_json(created_at)::text, "
		"response_payload::text, errors::text, session_variables = $3::jsonb "
		"FROM gqle.action_log WHERE id = $1::uuid AND action_name = $2"
	};
	bool		has_joins = action->output.type->n_joins > 0;
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;

	gqle_spi_add_text(&args, id);
	gqle_spi_add_text(&args, action->name);
	gqle_spi_add_text(&args, session);
	rows = gqle_spi_query_kept(&statement, &args);
	if (rows->n == 0)
		return false;
	record->created_at = gqle_rows_text(rows, 0, has_joins ? 1 : 0);
	record->response = json_of(rows, 2);
	record->errors = json_of(rows, 3);
	record->is_owned = gqle_rows_bool(rows, 0, 4);
	return true;
}
