/*
 * geojson.c
 *		GeoJSON values of geometry and geography: checked and normalised.
 *
 * RFC 7946, with the optional "crs" of its predecessor.
 *
 * compat: checks and messages are those of Hasura's decoder, which reads type and
 * coordinates, then crs, and drops all else: further members, and numbers of a
 * position past the third.
 */
#include "gqle/gqle.h"

#include "miscadmin.h"

#include "gqle/base/json_write.h"
#include "gqle/validate/geojson.h"

/* What coordinates are made of, from the innermost outwards. */
typedef enum Coordinates
{
	COORDINATES_POSITION,
	COORDINATES_LINE_STRING,
	COORDINATES_LINEAR_RING,
	COORDINATES_POSITIONS,		/* [Position] */
	COORDINATES_LINE_STRINGS,
	COORDINATES_POLYGON,		/* [LinearRing] */
	COORDINATES_POLYGONS
} Coordinates;

static const struct
{
	const char *type;
	Coordinates coordinates;
}			geometry_types[] = {
	{"Point", COORDINATES_POSITION},
	{"MultiPoint", COORDINATES_POSITIONS},
	{"LineString", COORDINATES_LINE_STRING},
	{"MultiLineString", COORDINATES_LINE_STRINGS},
	{"Polygon", COORDINATES_POLYGON},
	{"MultiPolygon", COORDINATES_POLYGONS}
};

static bool append_geometry(StringInfo out, const GqleJson *value, char **message);
static bool append_collection(StringInfo out, const GqleJson *object, char **message);
static bool append_coordinates(StringInfo out, Coordinates kind, const GqleJson *value,
							   char **message);
static bool append_items(StringInfo out, Coordinates kind, const GqleJson *value,
						 char **message);
static bool append_position(StringInfo out, const GqleJson *value, char **message);
static bool append_crs(StringInfo out, const GqleJson *crs, char **message);

char *
gqle_geojson_to_text(const GqleJson *value, char **message)
{
	StringInfoData out;

	initStringInfo(&out);
	if (!append_geometry(&out, value, message))
		return NULL;
	return out.data;
}

static bool
fail(char **message, const char *text)
{
	*message = pstrdup(text);
	return false;
}

static bool
fail_kind(char **message, const char *what, const char *expected, const GqleJson *value)
{
	*message = psprintf("parsing %s failed, expected %s, but encountered %s",
						what, expected, gqle_json_kind_name(value));
	return false;
}

static bool
fail_key(char **message, const char *key)
{
	*message = psprintf("key \"%s\" not found", key);
	return false;
}

static bool
append_geometry(StringInfo out, const GqleJson *value, char **message)
{
	const GqleJson *type;
	const GqleJson *coordinates;
	Size		i;

	check_stack_depth();
	if (value->kind != GQLE_JSON_OBJECT)
		return fail_kind(message, "Geometry", "Object", value);
	type = gqle_json_lookup(value, "type");
	if (type == NULL)
		return fail_key(message, "type");
	if (type->kind != GQLE_JSON_STRING)
		return fail_kind(message, "Text", "String", type);
	if (strcmp(type->text, "GeometryCollection") == 0)
		return append_collection(out, value, message);

	for (i = 0; i < lengthof(geometry_types); i++)
	{
		if (strcmp(type->text, geometry_types[i].type) == 0)
			break;
	}
	if (i == lengthof(geometry_types))
	{
		*message = psprintf("unexpected geometry type: %s", type->text);
		return false;
	}
	coordinates = gqle_json_lookup(value, "coordinates");
	if (coordinates == NULL)
		return fail_key(message, "coordinates");

	appendStringInfo(out, "{\"type\":\"%s\",\"coordinates\":", type->text);
	if (!append_coordinates(out, geometry_types[i].coordinates, coordinates, message) ||
		!append_crs(out, gqle_json_lookup(value, "crs"), message))
		return false;
	appendStringInfoChar(out, '}');
	return true;
}

/* compat: the crs of a collection is dropped */
static bool
append_collection(StringInfo out, const GqleJson *object, char **message)
{
	const GqleJson *geometries = gqle_json_lookup(object, "geometries");
	StringInfoData ignored;
	int			i;

	if (geometries == NULL)
		return fail_key(message, "geometries");
	if (geometries->kind != GQLE_JSON_ARRAY)
		return fail_kind(message, "[]", "Array", geometries);
	appendStringInfoString(out, "{\"type\":\"GeometryCollection\",\"geometries\":[");
	for (i = 0; i < geometries->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			appendStringInfoChar(out, ',');
		if (!append_geometry(out, geometries->items[i], message))
			return false;
	}
	appendStringInfoString(out, "]}");

	initStringInfo(&ignored);
	return append_crs(&ignored, gqle_json_lookup(object, "crs"), message);
}

/* Of two checked positions: by value, since 1 and 1.0 are the same place. */
static bool
positions_equal(const GqleJson *a, const GqleJson *b)
{
	int			n = Min(a->n, 3);
	int			i;

	if (n != Min(b->n, 3))
		return false;
	for (i = 0; i < n; i++)
	{
		if (strtod(a->items[i]->text, NULL) != strtod(b->items[i]->text, NULL))
			return false;
	}
	return true;
}

static bool
append_coordinates(StringInfo out, Coordinates kind, const GqleJson *value, char **message)
{
	switch (kind)
	{
		case COORDINATES_POSITION:
			return append_position(out, value, message);

		case COORDINATES_LINE_STRING:
			if (value->kind != GQLE_JSON_ARRAY)
				return fail_kind(message, "LineString", "Array", value);
			if (!append_items(out, COORDINATES_POSITION, value, message))
				return false;
			if (value->n < 2)
				return fail(message, "A LineString needs at least 2 Positions");
			return true;

		case COORDINATES_LINEAR_RING:
			if (value->kind != GQLE_JSON_ARRAY)
				return fail_kind(message, "LinearRing", "Array", value);
			if (!append_items(out, COORDINATES_POSITION, value, message))
				return false;
			if (value->n < 4)
				return fail(message, "A LinearRing needs at least 4 Positions");
			if (!positions_equal(value->items[0], value->items[value->n - 1]))
				return fail(message, "the first and last locations have to be equal for a LinearRing");
			return true;

		case COORDINATES_POSITIONS:
			return append_items(out, COORDINATES_POSITION, value, message);
		case COORDINATES_LINE_STRINGS:
			return append_items(out, COORDINATES_LINE_STRING, value, message);
		case COORDINATES_POLYGON:
			return append_items(out, COORDINATES_LINEAR_RING, value, message);
		case COORDINATES_POLYGONS:
			return append_items(out, COORDINATES_POLYGON, value, message);
	}
	pg_unreachable();
}

static bool
append_items(StringInfo out, Coordinates kind, const GqleJson *value, char **message)
{
	int			i;

	if (value->kind != GQLE_JSON_ARRAY)
		return fail_kind(message, "[]", "Array", value);
	appendStringInfoChar(out, '[');
	for (i = 0; i < value->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			appendStringInfoChar(out, ',');
		if (!append_coordinates(out, kind, value->items[i], message))
			return false;
	}
	appendStringInfoChar(out, ']');
	return true;
}

static bool
append_position(StringInfo out, const GqleJson *value, char **message)
{
	int			i;

	if (value->kind != GQLE_JSON_ARRAY)
		return fail_kind(message, "Position", "Array", value);
	for (i = 0; i < value->n; i++)
	{
		if (value->items[i]->kind != GQLE_JSON_NUMBER)
			return fail_kind(message, "Double", "Number", value->items[i]);
	}
	if (value->n < 2)
		return fail(message, "A Position needs at least 2 elements");
	appendStringInfo(out, "[%s,%s", value->items[0]->text, value->items[1]->text);
	if (value->n > 2)
		appendStringInfo(out, ",%s", value->items[2]->text);
	appendStringInfoChar(out, ']');
	return true;
}

/* {"type":"name","properties":{"name":..}} or {"type":"link",..{"href":..,"type":..}} */
static bool
append_crs(StringInfo out, const GqleJson *crs, char **message)
{
	const GqleJson *type;
	const GqleJson *properties;
	const char *keys[2] = {"name", NULL};
	int			i;

	if (gqle_json_is_null(crs))
		return true;
	if (crs->kind != GQLE_JSON_OBJECT)
		return fail_kind(message, "Hasura.SQL.GeoJSON.CRS", "Object", crs);
	type = gqle_json_lookup(crs, "type");
	if (type == NULL)
		return fail_key(message, "type");
	if (type->kind != GQLE_JSON_STRING)
		return fail_kind(message, "Text", "String", type);
	if (strcmp(type->text, "link") == 0)
	{
		keys[0] = "href";
		keys[1] = "type";
	}
	else if (strcmp(type->text, "name") != 0)
	{
		*message = psprintf("parsing Hasura.SQL.GeoJSON.CRS failed, expected tag field to be one of "
							"[\"name\",\"link\"], but found tag \"%s\"", type->text);
		return false;
	}
	properties = gqle_json_lookup(crs, "properties");
	if (properties == NULL)
		return fail_key(message, "properties");
	if (properties->kind != GQLE_JSON_OBJECT)
		return fail_kind(message, "CRS properties", "Object", properties);

	appendStringInfo(out, ",\"crs\":{\"type\":\"%s\",\"properties\":{", type->text);
	for (i = 0; i < 2 && keys[i] != NULL; i++)
	{
		const GqleJson *value = gqle_json_lookup(properties, keys[i]);

		if (value == NULL)
			return fail_key(message, keys[i]);
		if (value->kind != GQLE_JSON_STRING)
			return fail_kind(message, "Text", "String", value);
		appendStringInfo(out, "%s\"%s\":", i > 0 ? "," : "", keys[i]);
		gqle_json_write_string(out, value->text, value->len);
	}
	appendStringInfoString(out, "}}");
	return true;
}
