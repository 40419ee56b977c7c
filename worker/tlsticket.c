/*
 * tlsticket.c
 *		Keys of tickets by which clients resume TLS sessions.
 *
 * A client may come back to another worker, so all of them have the same keys, in
 * shared memory and nowhere else.  Who has the keys can read what was recorded of
 * resumed sessions of TLS 1.2, so they are replaced after some hours; a ticket of an
 * older key costs its client a full handshake, nothing more.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "gqle/base/shmem.h"
#include "gqle/worker/tlsticket.h"

#define KEYS_LEN	80			/* what OpenSSL wants: name, HMAC, AES */
#define LIFETIME_S	(6 * 3600)

typedef struct Tickets
{
	uint64		generation;		/* 0: no keys yet */
	TimestampTz made_at;
	unsigned char keys[KEYS_LEN];
} Tickets;

static Tickets *tickets = NULL; /* guarded by GQLE_LOCK_TICKETS */
static uint64 used_generation = 0;

void
gqle_tlsticket_init(void)
{
	gqle_shmem_register("gqle TLS tickets", sizeof(Tickets), (void **) &tickets, NULL);
}

static bool
can_share(SSL_CTX *context)
{
	return tickets != NULL &&
		SSL_CTX_get_tlsext_ticket_keys(context, NULL, 0) == KEYS_LEN;
}

void
gqle_tlsticket_prepare(SSL_CTX *context)
{
	static const unsigned char name[] = "gqle";

	if (!can_share(context))
	{
		SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
		(void) SSL_CTX_set_num_tickets(context, 0);
		return;
	}
	(void) SSL_CTX_set_num_tickets(context, 1);
	(void) SSL_CTX_set_timeout(context, LIFETIME_S);
	(void) SSL_CTX_set_session_id_context(context, name, sizeof(name) - 1);
	used_generation = 0;		/* a context makes keys of its own */
	gqle_tlsticket_refresh(context);
}

/* Make new keys if there are none, or if these are old; under the lock. */
static void
replace_old_keys(void)
{
	TimestampTz now = GetCurrentTimestamp();

	if (tickets->generation != 0 &&
		!TimestampDifferenceExceeds(tickets->made_at, now, LIFETIME_S * 1000))
		return;
	if (!pg_strong_random(tickets->keys, KEYS_LEN))
		return;
	tickets->made_at = now;
	tickets->generation++;
}

void
gqle_tlsticket_refresh(SSL_CTX *context)
{
	LWLock	   *lock;

	if (!can_share(context))
		return;
	lock = gqle_shmem_lock(GQLE_LOCK_TICKETS);
	LWLockAcquire(lock, LW_EXCLUSIVE);
	replace_old_keys();
	if (tickets->generation != used_generation &&
		SSL_CTX_set_tlsext_ticket_keys(context, tickets->keys, KEYS_LEN) == 1)
		used_generation = tickets->generation;
	LWLockRelease(lock);
}
