#include "postgres.h"
extern void gqle_plan_build(void); void gqle_plan_build(void) { elog(ERROR, "stub gqle_plan_build"); }
extern void gqle_plan_pretty_sql(void); void gqle_plan_pretty_sql(void) { elog(ERROR, "stub gqle_plan_pretty_sql"); }
extern void gqle_run_mutation(void); void gqle_run_mutation(void) { elog(ERROR, "stub gqle_run_mutation"); }
