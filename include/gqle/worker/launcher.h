/*
 * launcher.h
 *		The static worker that starts and stops all others.
 */
#ifndef GQLE_WORKER_LAUNCHER_H
#define GQLE_WORKER_LAUNCHER_H

#include "gqle/gqle.h"

/* Register the launcher with the postmaster; called by _PG_init. */
extern void gqle_launcher_init(void);

/* Worker mains, looked up by name in the library. */
extern PGDLLEXPORT void gqle_launcher_main(Datum main_arg);
extern PGDLLEXPORT void gqle_probe_main(Datum main_arg);
extern PGDLLEXPORT void gqle_server_main(Datum main_arg);
extern PGDLLEXPORT void gqle_executor_main(Datum main_arg);
extern PGDLLEXPORT void gqle_delivery_main(Datum main_arg);

#endif							/* GQLE_WORKER_LAUNCHER_H */
