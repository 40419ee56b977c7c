CREATE TABLE writer (id integer PRIMARY KEY, name text NOT NULL UNIQUE);
