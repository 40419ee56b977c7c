DROP TABLE screening;
DROP TABLE film;
