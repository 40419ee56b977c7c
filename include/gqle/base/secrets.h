/*
 * secrets.h
 *		The admin secrets in force: gqle.admin_secrets, else gqle.admin_secret.
 */
#ifndef GQLE_BASE_SECRETS_H
#define GQLE_BASE_SECRETS_H

#include "gqle/gqle.h"

/* Is there any secret?  Without one every request is trusted. */
extern bool gqle_secrets_exist(void);

/*
 * Is a text one of the secrets?  Takes time that depends on the length of what
 * was given only, never on the secrets.
 */
extern bool gqle_secrets_match(const char *given);

/* The same for one secret. */
extern bool gqle_secrets_equal(const char *given, const char *secret);

/* A number that changes when they do. */
extern uint64 gqle_secrets_hash(void);

/* The texts of a list of secrets: what follows is each with its NUL. */
typedef struct GqleSecretList
{
	int			n;
	char		texts[FLEXIBLE_ARRAY_MEMBER];
} GqleSecretList;

/*
 * Read a JSON array of non-empty texts as a list for a setting's "extra"; NULL if it is none,
 * or without memory.  An empty text is an empty list.
 */
extern GqleSecretList *gqle_secrets_parse(const char *json);

/* The list of gqle.admin_secrets; set by the setting's hook. */
extern const GqleSecretList *gqle_secrets_list;

#endif							/* GQLE_BASE_SECRETS_H */
