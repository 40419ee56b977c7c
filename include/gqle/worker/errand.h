/*
 * errand.h
 *		Making the calls that an operation has asked for.
 */
#ifndef GQLE_WORKER_ERRAND_H
#define GQLE_WORKER_ERRAND_H

#include "gqle/exec/outcall.h"

typedef struct GqleErrand GqleErrand;

/* All calls have their replies; the errand is gone. */
typedef void (*GqleErrandDone) (void *arg);

/*
 * Begin the pending calls; done is told from gqle_httpc_turn.  NULL means that none
 * could even be begun and all have their replies.  outcalls must stay until done
 * or cancel.
 */
extern GqleErrand *gqle_errand_begin(GqleOutcalls *outcalls, GqleErrandDone done,
									 void *arg);

/* Forget it: done is not called. */
extern void gqle_errand_cancel(GqleErrand *errand);

/* Let ordinary backends make calls (gqle_outcalls_perform). */
extern void gqle_errand_init(void);

#endif							/* GQLE_WORKER_ERRAND_H */
