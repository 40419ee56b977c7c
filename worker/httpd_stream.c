/*
 * httpd_stream.c
 *		Answers that are written piece by piece, for as long as the client stays.
 *
 * The library asks for bytes; when there are none the exchange is suspended, and woken
 * by the next write.  How much may wait is bounded by those who write, who ask whether
 * the stream is congested.
 */
#include "postgres.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "gqle/base/metrics.h"
#include "gqle/worker/httpd_inside.h"

#define STREAM_USER_TIMEOUT_MS	30000
#define STREAM_BLOCK		(16 * 1024)
#define STREAM_HIGH_WATER	(256 * 1024)	/* bytes not taken: congested */

void
gqle_httpd_wake_stream(GqleHttpdExchange *x)
{
	if (!x->is_stream_idle)
		return;
	x->is_stream_idle = false;
	MHD_resume_connection(x->conn->mhd);
	gqle_httpd.must_turn = true;
}

/* The library wants bytes of a stream. */
static ssize_t
read_stream(void *cls, uint64_t pos, char *buffer, size_t max)
{
	GqleHttpdExchange *x = cls;
	int			n = Min((int) Min(max, PG_INT32_MAX), x->out.len - x->stream_sent);

	if (x->state == GQLE_EXCHANGE_GONE)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (n == 0 && x->state == GQLE_EXCHANGE_STREAMED)
		return x->is_stream_whole ? MHD_CONTENT_READER_END_OF_STREAM :
			MHD_CONTENT_READER_END_WITH_ERROR;
	if (n == 0)
	{
		x->is_stream_idle = true;
		MHD_suspend_connection(x->conn->mhd);
		return 0;
	}
	memcpy(buffer, x->out.data + x->stream_sent, n);
	x->stream_sent += n;
	if (x->stream_sent == x->out.len)
	{
		resetStringInfo(&x->out);
		x->stream_sent = 0;
	}
	return n;
}

void
gqle_httpd_stream_begin(GqleExchange *pub, const GqleReply *reply)
{
	GqleHttpdExchange *x = (GqleHttpdExchange *) pub;
	unsigned int user_timeout = STREAM_USER_TIMEOUT_MS;

	resetStringInfo(&x->out);
	x->stream_sent = 0;
	x->reply = *reply;
	/* a client that vanishes is noticed by what it doesn't acknowledge */
	(void) setsockopt(x->conn->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout,
					  sizeof(user_timeout));
	if (x->state == GQLE_EXCHANGE_SUSPENDED)
	{
		MHD_resume_connection(x->conn->mhd);
		gqle_httpd.must_turn = true;
	}
	x->state = GQLE_EXCHANGE_OPENING;
}

void
gqle_httpd_stream_write(GqleExchange *pub, const char *bytes, int len)
{
	GqleHttpdExchange *x = (GqleHttpdExchange *) pub;

	if (x->state != GQLE_EXCHANGE_OPENING && x->state != GQLE_EXCHANGE_STREAMING)
		return;
	if (x->stream_sent > STREAM_HIGH_WATER / 4)
	{
		x->out.len -= x->stream_sent;
		memmove(x->out.data, x->out.data + x->stream_sent, x->out.len + 1);
		x->stream_sent = 0;
	}
	appendBinaryStringInfo(&x->out, bytes, len);
	gqle_metrics_add(GQLE_METRIC_BYTES_OUT, len);
	gqle_httpd_wake_stream(x);
}

bool
gqle_httpd_stream_is_congested(const GqleExchange *pub)
{
	const GqleHttpdExchange *x = (const GqleHttpdExchange *) pub;

	return x->out.len - x->stream_sent > STREAM_HIGH_WATER;
}

void
gqle_httpd_stream_end(GqleExchange *pub, bool is_whole)
{
	GqleHttpdExchange *x = (GqleHttpdExchange *) pub;

	x->is_stream_whole = is_whole;
	if (x->state == GQLE_EXCHANGE_OPENING)
		x->is_stream_ending = true;
	else if (x->state == GQLE_EXCHANGE_STREAMING)
		x->state = GQLE_EXCHANGE_STREAMED;
	gqle_httpd_wake_stream(x);
}

/* Give the beginning of a stream to the library. */
enum MHD_Result
gqle_httpd_queue_stream(GqleHttpdExchange *x, struct MHD_Connection *mhd)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK,
												 read_stream, x, NULL);
	if (response == NULL)
		return MHD_NO;
	gqle_httpd_add_reply_headers(response, &x->reply, x->pub.is_chunked);
	(void) MHD_add_response_header(response, "Cache-Control", "no-cache");
	(void) MHD_add_response_header(response, "X-Accel-Buffering", "no");
	x->state = x->is_stream_ending ? GQLE_EXCHANGE_STREAMED : GQLE_EXCHANGE_STREAMING;
	gqle_httpd_set_phase(x->conn, GQLE_PHASE_HANDLING);
	result = MHD_queue_response(mhd, x->reply.status, response);
	MHD_destroy_response(response);
	gqle_metrics_add(GQLE_METRIC_REQUESTS, 1);
	gqle_metrics_add(GQLE_METRIC_BYTES_IN, x->pub.body_len);
	return result;
}
