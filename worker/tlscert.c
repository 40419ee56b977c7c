/*
 * tlscert.c
 *		Reads the certificate and the key, and reads them again.
 *
 * Certificates are renewed by tools that put new files in the place of the old
 * ones and may or may not tell us.  So whoever needs the context asks for it,
 * and once a second at most the files are looked at.  Files that can't be used
 * (the new certificate is there, its key is not yet) leave what was read before
 * in force, and are tried again when they change.
 *
 * TLS 1.2 and 1.3 with forward secrecy, no renegotiation, no compression.  Sessions
 * are resumed by tickets (tlsticket.c), not by a cache.
 */
#include "postgres.h"

#include <openssl/err.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/worker/tlscert.h"
#include "gqle/worker/tlsticket.h"

#define LOOK_MS			1000
#define TLS12_CIPHERS	"ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20"

/* Which file it was. */
typedef struct FileMark
{
	ino_t		inode;
	off_t		size;
	struct timespec changed;
} FileMark;

static SSL_CTX *context = NULL;
static char *cert_name = NULL;	/* what the marks belong to */
static char *key_name = NULL;
static FileMark cert_mark;
static FileMark key_mark;
static int64 looked_at = 0;

bool
gqle_tlscert_is_configured(void)
{
	return gqle_guc_is_set(gqle_guc_tls_cert) && gqle_guc_is_set(gqle_guc_tls_key);
}

static int64
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (int64) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/*
 * The time of the last change of any kind: it may have been the permissions that
 * were wrong.  A file that isn't there has a mark, too.
 */
static FileMark
mark_of(const char *name)
{
	FileMark	mark = {0};
	struct stat st;

	if (stat(name, &st) == 0)
	{
		mark.inode = st.st_ino;
		mark.size = st.st_size;
		mark.changed = st.st_ctim;
	}
	return mark;
}

static bool
is_same(const FileMark *a, const FileMark *b)
{
	return a->inode == b->inode && a->size == b->size &&
		a->changed.tv_sec == b->changed.tv_sec &&
		a->changed.tv_nsec == b->changed.tv_nsec;
}

/* A key with a passphrase is of no use: there is nobody to ask. */
static int
give_no_passphrase(char *buf, int size, int rwflag, void *user_data)
{
	return -1;
}

/* Clients that speak protocols over TLS by name get HTTP/1.1 or nothing. */
static int
choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_len,
				const unsigned char *offered, unsigned int offered_len, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";

	if (SSL_select_next_proto((unsigned char **) chosen, chosen_len, ours,
							  sizeof(ours) - 1, offered, offered_len) !=
		OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	return SSL_TLSEXT_ERR_OK;
}

/* Say why the files can't be used. */
static void
report(const char *what, const char *name)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = ERR_reason_error_string(code);

	ereport(LOG,
			(errcode(ERRCODE_CONFIG_FILE_ERROR),
			 errmsg("gqle could not load TLS %s \"%s\": %s", what, name,
					reason != NULL ? reason : "unknown error"),
			 context != NULL ?
			 errdetail("The certificate that was read before stays in use.") :
			 errdetail("Connections with TLS are closed until it can be read.")));
}

/*
 * May nobody else read the key?  The rule is PostgreSQL's: a file of ours is for
 * us alone, one of root's may be read by a group.
 */
static bool
is_key_private(const char *name)
{
	struct stat st;

	if (stat(name, &st) != 0)
		ereport(LOG,
				(errcode_for_file_access(),
				 errmsg("gqle could not access TLS key \"%s\": %m", name)));
	else if (!S_ISREG(st.st_mode) || (st.st_uid != geteuid() && st.st_uid != 0))
		ereport(LOG,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("gqle does not use TLS key \"%s\": it is no file of the server's owner, or of root",
						name)));
	else if ((st.st_mode & (st.st_uid == 0 ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO)) != 0)
		ereport(LOG,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("gqle does not use TLS key \"%s\": others can read or change it",
						name),
				 errdetail("It must have permissions u=rw (0600) or less if the server's owner owns it, or u=rw,g=r (0640) or less if root does.")));
	else
		return true;
	return false;
}

/* A context made of the files, or NULL after saying why not. */
static SSL_CTX *
load_context(void)
{
	SSL_CTX    *fresh = SSL_CTX_new(TLS_server_method());

	if (fresh == NULL)
		return NULL;
	SSL_CTX_set_default_passwd_cb(fresh, give_no_passphrase);
	SSL_CTX_set_options(fresh, SSL_OP_NO_COMPRESSION |
						SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
						SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_session_cache_mode(fresh, SSL_SESS_CACHE_OFF);
	gqle_tlsticket_prepare(fresh);
	(void) SSL_CTX_set_min_proto_version(fresh, TLS1_2_VERSION);
	(void) SSL_CTX_set_dh_auto(fresh, 1);
	(void) SSL_CTX_set_cipher_list(fresh, TLS12_CIPHERS);
	SSL_CTX_set_mode(fresh, SSL_MODE_ENABLE_PARTIAL_WRITE |
					 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					 SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_alpn_select_cb(fresh, choose_protocol, NULL);

	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(fresh, gqle_guc_tls_cert) != 1)
		report("certificate", gqle_guc_tls_cert);
	else if (!is_key_private(gqle_guc_tls_key))
		;						/* which has said why */
	else if (SSL_CTX_use_PrivateKey_file(fresh, gqle_guc_tls_key,
										 SSL_FILETYPE_PEM) != 1 ||
			 SSL_CTX_check_private_key(fresh) != 1)
		report("key", gqle_guc_tls_key);
	else
		return fresh;
	SSL_CTX_free(fresh);
	ERR_clear_error();
	return NULL;
}

/* Keep a name for the next comparison. */
static void
keep_name(char **kept, const char *name)
{
	if (*kept != NULL)
		pfree(*kept);
	*kept = MemoryContextStrdup(TopMemoryContext, name);
}

/* Load the files anew if they, or their names, have changed. */
static void
look_at_files(void)
{
	FileMark	cert = mark_of(gqle_guc_tls_cert);
	FileMark	key = mark_of(gqle_guc_tls_key);
	bool		is_renamed = cert_name == NULL ||
		strcmp(cert_name, gqle_guc_tls_cert) != 0 ||
		strcmp(key_name, gqle_guc_tls_key) != 0;
	SSL_CTX    *fresh;

	if (!is_renamed && is_same(&cert, &cert_mark) && is_same(&key, &key_mark))
		return;
	if (is_renamed)
	{
		keep_name(&cert_name, gqle_guc_tls_cert);
		keep_name(&key_name, gqle_guc_tls_key);
	}
	cert_mark = cert;
	key_mark = key;
	fresh = load_context();
	if (fresh == NULL)
		return;
	if (context != NULL)
	{
		SSL_CTX_free(context);
		ereport(LOG, (errmsg("gqle has read its TLS certificate again")));
	}
	context = fresh;
}

SSL_CTX *
gqle_tlscert_context(void)
{
	int64		now = clock_ms();

	if (gqle_tlscert_is_configured() &&
		(looked_at == 0 || now - looked_at >= LOOK_MS))
	{
		looked_at = now;
		look_at_files();
		if (context != NULL)
			gqle_tlsticket_refresh(context);
	}
	return context;
}
