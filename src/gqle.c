/*
 * gqle.c
 *		The library's entry: one init call per part, in layer order.
 */
#include "gqle/gqle.h"

#include "fmgr.h"
#include "miscadmin.h"

#include "gqle/base/changes.h"
#include "gqle/base/guc.h"
#include "gqle/base/metrics.h"
#include "gqle/base/rates.h"
#include "gqle/base/shmem.h"
#include "gqle/base/trigger_stats.h"
#include "gqle/base/wake.h"
#include "gqle/base/xactcb.h"
#include "gqle/exec/persisted.h"
#include "gqle/exec/stat_operations.h"
#include "gqle/validate/coerce.h"
#include "gqle/worker/channel.h"
#include "gqle/worker/dbwatch.h"
#include "gqle/worker/errand.h"
#include "gqle/worker/launcher.h"
#include "gqle/worker/listen.h"
#include "gqle/worker/registry.h"
#include "gqle/worker/tlsticket.h"

PG_MODULE_MAGIC_EXT(.name = "gqle", .version = GQLE_VERSION);

void		_PG_init(void);

void
_PG_init(void)
{
	gqle_guc_init();
	gqle_metrics_init();
	gqle_xactcb_init();
	gqle_coerce_init();
	gqle_errand_init();

	/* processes and what they share exist only in a preloaded library */
	if (process_shared_preload_libraries_in_progress)
	{
		gqle_wake_init();
		gqle_changes_init();
		gqle_registry_init();
		gqle_rates_init();
		gqle_trigger_stats_init();
		gqle_persisted_init();
		gqle_stat_operations_init();
		gqle_channel_init();
		gqle_dbwatch_init();
		gqle_launcher_init();
		gqle_listen_init();
		gqle_tlsticket_init();
	}
	gqle_shmem_init();
}
