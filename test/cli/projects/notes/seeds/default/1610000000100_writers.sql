INSERT INTO writer VALUES (1, 'Ines'), (2, 'Tomás');
INSERT INTO note (writer_id, body, is_public) VALUES (1, 'mine', false), (1, 'ours', true), (2, 'it''s his', false);
