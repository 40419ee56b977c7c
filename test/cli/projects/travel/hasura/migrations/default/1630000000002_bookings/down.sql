DROP FUNCTION trips_below;
DROP TABLE booking;
