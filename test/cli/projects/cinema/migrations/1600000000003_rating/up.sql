ALTER TABLE film ADD COLUMN rating text;
