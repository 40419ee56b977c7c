/*
 * geojson.h
 *		GeoJSON values of geometry and geography.
 */
#ifndef GQLE_VALIDATE_GEOJSON_H
#define GQLE_VALIDATE_GEOJSON_H

#include "gqle/base/json_read.h"

/*
 * Check a GeoJSON geometry and return its normalised text, or NULL and why in
 * *message.
 */
extern char *gqle_geojson_to_text(const GqleJson *value, char **message);

#endif							/* GQLE_VALIDATE_GEOJSON_H */
