/*
 * Whoever may call these functions chooses the session, and whoever may write
 * the metadata decides who sees what: nothing is granted to everybody.
 */
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA graphql, gqle, gqle_internal FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA gqle, gqle_internal FROM PUBLIC;
