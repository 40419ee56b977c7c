CREATE TABLE film (
    id serial PRIMARY KEY,
    title text NOT NULL,
    minutes integer NOT NULL CHECK (minutes > 0)
);
CREATE TABLE screening (
    id serial PRIMARY KEY,
    film_id integer NOT NULL REFERENCES film,
    starts_at timestamptz NOT NULL,
    seats integer NOT NULL DEFAULT 80
);
