CREATE TABLE note (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    writer_id integer NOT NULL REFERENCES writer ON DELETE CASCADE,
    body text NOT NULL,
    is_public boolean NOT NULL DEFAULT false
);
