/*
 * dbwatch.h
 *		Notices what SQL does to databases and to the extension.
 */
#ifndef GQLE_WORKER_DBWATCH_H
#define GQLE_WORKER_DBWATCH_H

/* Install the hooks; only in a preloaded library. */
extern void gqle_dbwatch_init(void);

#endif							/* GQLE_WORKER_DBWATCH_H */
