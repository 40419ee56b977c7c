/*
 * trigger_stats.h
 *		What became of the events of each event trigger, in shared memory.
 */
#ifndef GQLE_BASE_TRIGGER_STATS_H
#define GQLE_BASE_TRIGGER_STATS_H

#include "gqle/base/metrics.h"

#define GQLE_TRIGGER_NAME_SIZE 128

typedef struct GqleTriggerStats
{
	int			group;			/* see metrics.h */
	char		name[GQLE_TRIGGER_NAME_SIZE];	/* empty: all those for which there
												 * was no room */
	uint64		invocations[2]; /* failed, succeeded */
	uint64		processed[2];	/* given up, delivered */
	GqleHistogramCell queue_time;
	GqleHistogramCell webhook_time;
	GqleHistogramCell processing_time;
} GqleTriggerStats;

extern void gqle_trigger_stats_init(void);

/*
 * Those of a trigger, to count into; never NULL.  Only the one process that delivers
 * the events of a group may.
 */
extern GqleTriggerStats *gqle_trigger_stats_get(int group, const char *name);

/* Each of a group in turn; i counts up from 0.  False when there are no more. */
extern bool gqle_trigger_stats_read(int group, int *i, GqleTriggerStats *stats);

#endif							/* GQLE_BASE_TRIGGER_STATS_H */
