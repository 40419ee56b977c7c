/*
 * secrets.c
 *		The admin secrets in force: gqle.admin_secrets, else gqle.admin_secret.
 *
 * Several secrets let one be replaced without a moment in which clients have
 * the wrong one: the new one is added, clients change, the old one is dropped.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/guc.h"

#include "gqle/base/guc.h"
#include "gqle/base/json_read.h"
#include "gqle/base/secrets.h"
#include "gqle/pgcompat.h"

const GqleSecretList *gqle_secrets_list = NULL;

GqleSecretList *
gqle_secrets_parse(const char *json)
{
	GqleJsonError error;
	GqleJson   *tree = NULL;
	GqleSecretList *list;
	Size		size = 0;
	char	   *place;

	if (json != NULL && json[0] != '\0')
	{
		tree = gqle_json_parse(json, strlen(json), &error);
		if (tree == NULL || tree->kind != GQLE_JSON_ARRAY)
			return NULL;
	}
	for (int i = 0; tree != NULL && i < tree->n; i++)
	{
		if (tree->items[i]->kind != GQLE_JSON_STRING || tree->items[i]->len == 0)
			return NULL;
		size += tree->items[i]->len + 1;
	}
	list = guc_malloc(LOG, offsetof(GqleSecretList, texts) + size);
	if (list == NULL)
		return NULL;
	list->n = tree != NULL ? tree->n : 0;
	place = list->texts;
	for (int i = 0; i < list->n; i++)
	{
		memcpy(place, tree->items[i]->text, tree->items[i]->len + 1);
		place += tree->items[i]->len + 1;
	}
	return list;
}

bool
gqle_secrets_exist(void)
{
	return (gqle_secrets_list != NULL && gqle_secrets_list->n > 0) ||
		gqle_guc_is_set(gqle_guc_admin_secret);
}

bool
gqle_secrets_equal(const char *given, const char *secret)
{
	size_t		given_len = strlen(given);
	size_t		secret_len = strlen(secret);
	volatile unsigned char difference = given_len != secret_len;

	for (size_t i = 0; i < given_len; i++)
		difference |= (unsigned char) given[i] ^
			(unsigned char) secret[i % secret_len];
	return difference == 0;
}

bool
gqle_secrets_match(const char *given)
{
	const char *secret;
	bool		matches = false;

	if (gqle_secrets_list == NULL || gqle_secrets_list->n == 0)
		return gqle_secrets_equal(given, gqle_guc_admin_secret);
	secret = gqle_secrets_list->texts;
	for (int i = 0; i < gqle_secrets_list->n; i++)
	{
		matches |= gqle_secrets_equal(given, secret);
		secret += strlen(secret) + 1;
	}
	return matches;
}

uint64
gqle_secrets_hash(void)
{
	const char *secret = gqle_guc_admin_secret;
	uint64		hash;

	if (gqle_secrets_list == NULL || gqle_secrets_list->n == 0)
		return hash_bytes_extended((const unsigned char *) secret,
								   strlen(secret), 0);
	hash = gqle_secrets_list->n;
	secret = gqle_secrets_list->texts;
	for (int i = 0; i < gqle_secrets_list->n; i++)
	{
		hash = hash_bytes_extended((const unsigned char *) secret,
								   strlen(secret), hash);
		secret += strlen(secret) + 1;
	}
	return hash;
}
