/*
 * api_config.h
 *		Version and configuration of this server.
 */
#ifndef GQLE_API_API_CONFIG_H
#define GQLE_API_API_CONFIG_H

#include "gqle/gqle.h"

/* {"version":..,"server_type":"ce"}: what the hasura command line accepts. */
extern void gqle_api_append_version(StringInfo out);

/* The answer of GET /v1alpha1/config. */
extern void gqle_api_append_config(StringInfo out);

#endif							/* GQLE_API_API_CONFIG_H */
