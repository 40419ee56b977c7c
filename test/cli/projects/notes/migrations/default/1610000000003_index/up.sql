CREATE INDEX CONCURRENTLY note_writer ON note (writer_id);
