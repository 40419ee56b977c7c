-- 45_not_yet_active.sql: what the next versions will do.

-- What is stored but has no effect in this version.
CREATE OR REPLACE VIEW gqle.not_yet_active AS
SELECT 'query_tags' AS type, name, 'statements are not tagged yet' AS reason FROM gqle.sources WHERE query_tags IS NOT NULL
UNION ALL SELECT 'health_check', name, 'sources are not checked yet' FROM gqle.sources WHERE health_check IS NOT NULL
UNION ALL SELECT key, key, 'not used yet' FROM gqle.settings
WHERE key IN ('backend_configs', 'metrics_config');
COMMENT ON VIEW gqle.not_yet_active IS 'metadata that are stored, exported and imported, but have no effect in this version';
