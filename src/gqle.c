/*
 * gqle.c
 *		The library's entry: one init call per part, in layer order.
 */
#include "postgres.h"

#include "fmgr.h"

#include "gqle/base/guc.h"
#include "gqle/pgcompat.h"

PG_MODULE_MAGIC_EXT(.name = "gqle", .version = "0.1.0");

void		_PG_init(void);

void
_PG_init(void)
{
	gqle_guc_init();
}
