/*
 * pglink.c
 *		Connections to other databases, by libpq.
 *
 * Lost: a connection that broke, or whose statement was interrupted, is closed.  If it
 * took part in the transaction, that can't be committed any more.
 */
#include "postgres.h"

#include <libpq-fe.h>

#include "access/xact.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "gqle/base/pglink.h"
#include "gqle/limits.h"

#define CONNECT_SECONDS	10

struct GqleLink
{
	GqleLink   *next;
	char	   *url;
	PGconn	   *connection;		/* or NULL */
	int			depth;			/* of transactions there: 0 none, 1 without savepoint */
	bool		is_lost;		/* while it took part in the transaction */
	bool		is_checked;
};

static GqleLink *links = NULL;

/* ------------------------------------------------------------------------
 * Waiting
 * ------------------------------------------------------------------------ */

/* The last line break of libpq's messages is not part of what they say. */
static char *
copy_message(const char *message)
{
	int			len = strlen(message);

	while (len > 0 && (message[len - 1] == '\n' || message[len - 1] == ' '))
		len--;
	return pnstrdup(message, len);
}

static void
wait_for_socket(PGconn *connection, int event, long timeout)
{
	(void) WaitLatchOrSocket(MyLatch,
							 WL_LATCH_SET | WL_EXIT_ON_PM_DEATH | event |
							 (timeout >= 0 ? WL_TIMEOUT : 0),
							 PQsocket(connection), timeout, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

static void
close_link(GqleLink *link)
{
	if (link->connection != NULL)
		PQfinish(link->connection);
	link->connection = NULL;
	link->is_lost = link->depth > 0;
	link->is_checked = false;
}

/* Wait until the connection is made or can't be. */
static void
wait_for_connection(GqleLink *link)
{
	TimestampTz deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
													   CONNECT_SECONDS * 1000);
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;

	while (status != PGRES_POLLING_OK && status != PGRES_POLLING_FAILED)
	{
		long		left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), deadline);

		if (left <= 0)
			return;
		wait_for_socket(link->connection, status == PGRES_POLLING_READING ?
						WL_SOCKET_READABLE : WL_SOCKET_WRITEABLE, left);
		status = PQconnectPoll(link->connection);
	}
}

/* The last result of a statement on its way; NULL if the connection broke. */
static PGresult *
wait_for_result(GqleLink *link)
{
	PGresult   *last = NULL;
	PGresult   *result;

	for (;;)
	{
		while (PQisBusy(link->connection))
		{
			wait_for_socket(link->connection, WL_SOCKET_READABLE, -1);
			if (PQconsumeInput(link->connection) == 0)
			{
				PQclear(last);
				return NULL;
			}
		}
		result = PQgetResult(link->connection);
		if (result == NULL)
			return last;
		PQclear(last);
		last = result;
	}
}

/* ------------------------------------------------------------------------
 * Statements
 * ------------------------------------------------------------------------ */

/* Nobody here waits for the statement any more: it is not to go on there. */
static void
cancel_statement(GqleLink *link)
{
	PGcancel   *cancel = PQgetCancel(link->connection);
	char		message[256];

	if (cancel != NULL)
		(void) PQcancel(cancel, message, sizeof(message));
	PQfreeCancel(cancel);
}

/* Run a statement; NULL with the reason unless it was successful. */
static PGresult *
run(GqleLink *link, const char *sql, int n, const char *const *values, char **reason)
{
	PGresult   *volatile result = NULL;

	if (link->is_lost)
	{
		*reason = pstrdup("the connection was lost");
		return NULL;
	}
	PG_TRY();
	{
		if (PQsendQueryParams(link->connection, sql, n, NULL, values, NULL, NULL, 0))
			result = wait_for_result(link);
	}
	PG_CATCH();
	{
		cancel_statement(link);
		close_link(link);
		PG_RE_THROW();
	}
	PG_END_TRY();
	if (PQresultStatus(result) == PGRES_TUPLES_OK ||
		PQresultStatus(result) == PGRES_COMMAND_OK)
		return result;
	*reason = copy_message(result != NULL ?
						   PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) ?
						   PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) :
						   PQresultErrorMessage(result) : PQerrorMessage(link->connection));
	PQclear(result);
	if (PQstatus(link->connection) == CONNECTION_BAD)
		close_link(link);
	return NULL;
}

static bool
run_command(GqleLink *link, const char *sql, char **reason)
{
	PGresult   *result = run(link, sql, 0, NULL, reason);

	PQclear(result);
	return result != NULL;
}

/* See pglink.h. */
char **
gqle_link_query(GqleLink *link, const char *sql, int n, const char *const *values,
				char **reason)
{
	PGresult   *result = run(link, sql, n, values, reason);
	char	  **columns;

	if (result == NULL)
		return NULL;
	columns = palloc0(sizeof(char *) * Max(PQnfields(result), 1));
	for (int i = 0; i < PQnfields(result) && PQntuples(result) > 0; i++)
	{
		if (PQgetlength(result, 0, i) > GQLE_MAX_LINK_BYTES)
		{
			*reason = pstrdup("its answer is too large");
			PQclear(result);
			return NULL;
		}
		if (!PQgetisnull(result, 0, i))
			columns[i] = pstrdup(PQgetvalue(result, 0, i));
	}
	PQclear(result);
	return columns;
}

/* ------------------------------------------------------------------------
 * Transactions
 * ------------------------------------------------------------------------ */

/* Our transaction ends: so do those that took part in it. */
static void
xact_callback(XactEvent event, void *arg)
{
	for (GqleLink *link = links; link != NULL; link = link->next)
	{
		char	   *reason;

		if (link->depth == 0)
			continue;
		switch (event)
		{
			case XACT_EVENT_PRE_COMMIT:
			case XACT_EVENT_PARALLEL_PRE_COMMIT:
				if (!run_command(link, "COMMIT", &reason))
					ereport(ERROR,
							(errcode(ERRCODE_CONNECTION_FAILURE),
							 errmsg("could not commit in the other database: %s", reason)));
				link->depth = 0;
				break;
			case XACT_EVENT_PRE_PREPARE:
				ereport(ERROR,
						(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						 errmsg("cannot prepare a transaction that has changed another database")));
				break;
			case XACT_EVENT_ABORT:
			case XACT_EVENT_PARALLEL_ABORT:
				/* what is left there is rolled back when its connection is gone */
				link->depth = 0;
				close_link(link);
				break;
			case XACT_EVENT_COMMIT:
			case XACT_EVENT_PREPARE:
			case XACT_EVENT_PARALLEL_COMMIT:
				break;
		}
	}
}

/* No waiting here, where an error can't be thrown: the answer is awaited in libpq. */
static void
roll_back_to(GqleLink *link, int level)
{
	char		sql[100];
	PGresult   *result;

	link->depth = level - 1;
	if (link->is_lost)
		return;
	snprintf(sql, sizeof(sql), "ROLLBACK TO SAVEPOINT s%d; RELEASE SAVEPOINT s%d", level,
			 level);
	result = PQexec(link->connection, sql);
	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		close_link(link);
	PQclear(result);
}

static void
subxact_callback(SubXactEvent event, SubTransactionId subid, SubTransactionId parent,
				 void *arg)
{
	int			level = GetCurrentTransactionNestLevel();

	for (GqleLink *link = links; link != NULL; link = link->next)
	{
		char		sql[50];
		char	   *reason;

		if (link->depth < level)
			continue;
		if (event == SUBXACT_EVENT_ABORT_SUB)
			roll_back_to(link, level);
		else if (event == SUBXACT_EVENT_PRE_COMMIT_SUB)
		{
			snprintf(sql, sizeof(sql), "RELEASE SAVEPOINT s%d", level);
			if (!run_command(link, sql, &reason))
				ereport(ERROR,
						(errcode(ERRCODE_CONNECTION_FAILURE),
						 errmsg("lost the transaction in the other database: %s", reason)));
			link->depth = level - 1;
		}
	}
}

/* See pglink.h. */
bool
gqle_link_join_transaction(GqleLink *link, char **reason)
{
	while (link->depth < GetCurrentTransactionNestLevel())
	{
		char		sql[50];

		snprintf(sql, sizeof(sql), link->depth == 0 ? "BEGIN" : "SAVEPOINT s%d",
				 link->depth + 1);
		if (!run_command(link, sql, reason))
			return false;
		link->depth++;
	}
	return true;
}

/* ------------------------------------------------------------------------
 * Connections
 * ------------------------------------------------------------------------ */

static GqleLink *
find_link(const char *url)
{
	static bool is_registered = false;
	GqleLink   *link;

	for (link = links; link != NULL; link = link->next)
		if (strcmp(link->url, url) == 0)
			return link;
	if (!is_registered)
	{
		RegisterXactCallback(xact_callback, NULL);
		RegisterSubXactCallback(subxact_callback, NULL);
		is_registered = true;
	}
	link = MemoryContextAllocZero(TopMemoryContext, sizeof(GqleLink));
	link->url = MemoryContextStrdup(TopMemoryContext, url);
	link->next = links;
	links = link;
	return link;
}

/* Has the server closed it meanwhile?  What it said before it did is read first. */
static bool
is_alive(GqleLink *link)
{
	return link->connection != NULL && PQstatus(link->connection) == CONNECTION_OK &&
		(link->depth > 0 || (PQconsumeInput(link->connection) != 0 &&
							 PQconsumeInput(link->connection) != 0));
}

/* Notices of the other server are nobody's here. */
static void
ignore_notice(void *arg, const PGresult *result)
{
}

static bool
connect_link(GqleLink *link, char **reason)
{
	const char *const keys[] = {"dbname", "application_name", "client_encoding", NULL};
	const char *const values[] = {link->url, "gqle", GetDatabaseEncodingName(), NULL};

	close_link(link);
	link->connection = PQconnectStartParams(keys, values, 1);
	if (link->connection == NULL)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	(void) PQsetNoticeReceiver(link->connection, ignore_notice, NULL);
	if (PQstatus(link->connection) != CONNECTION_BAD)
	{
		PG_TRY();
		{
			wait_for_connection(link);
		}
		PG_CATCH();
		{
			close_link(link);
			PG_RE_THROW();
		}
		PG_END_TRY();
	}
	if (PQstatus(link->connection) == CONNECTION_OK)
		return true;
	*reason = PQstatus(link->connection) == CONNECTION_BAD ?
		copy_message(PQerrorMessage(link->connection)) : pstrdup("timeout expired");
	close_link(link);
	return false;
}

/* See pglink.h. */
bool
gqle_link_is_checked(const GqleLink *link)
{
	return link->is_checked;
}

/* See pglink.h. */
void
gqle_link_set_checked(GqleLink *link)
{
	link->is_checked = true;
}

/* See pglink.h. */
GqleLink *
gqle_link_get(const char *url, char **reason)
{
	GqleLink   *link = find_link(url);

	if (link->is_lost)
		*reason = pstrdup("the connection was lost");
	else if (is_alive(link) || connect_link(link, reason))
		return link;
	return NULL;
}
