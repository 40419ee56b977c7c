-- graphql.verify_jwt says what a token is worth; the server's configuration of
-- tokens is kept from everybody but superusers.
\set config '{"type":"HS256","key":"0123456789abcdef0123456789abcdef"}'
\set keys '{"keys":[{"kty":"oct","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}]}'
\set good 'eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjk5OTk5OTk5OTksImh0dHBzOi8vaGFzdXJhLmlvL2p3dC9jbGFpbXMiOnsieC1oYXN1cmEtYWxsb3dlZC1yb2xlcyI6WyJ1c2VyIiwiZWRpdG9yIl0sIngtaGFzdXJhLWRlZmF1bHQtcm9sZSI6InVzZXIiLCJ4LWhhc3VyYS11c2VyLWlkIjoiMSJ9fQ.HxCrCBP3saS76I2lcPU-GKcRRRXjFnaehqlRnnrp72E'
\set old 'eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjEwMDAwMDAwMDAsImh0dHBzOi8vaGFzdXJhLmlvL2p3dC9jbGFpbXMiOnsieC1oYXN1cmEtYWxsb3dlZC1yb2xlcyI6WyJ1c2VyIiwiZWRpdG9yIl0sIngtaGFzdXJhLWRlZmF1bHQtcm9sZSI6InVzZXIiLCJ4LWhhc3VyYS11c2VyLWlkIjoiMSJ9fQ.eovQ6heHuyPAzR8sbTkop7q7_62TdNv7TArU7vj6eew'

SELECT jsonb_pretty(graphql.verify_jwt(:'good', :'config'));
SELECT graphql.verify_jwt(:'old', :'config');
SELECT graphql.verify_jwt(:'good' || 'AAAA', :'config');
SELECT graphql.verify_jwt('nonsense', :'config');
SELECT graphql.verify_jwt(NULL, :'config');
SELECT graphql.verify_jwt(:'good', '{"jwk_url":"https://localhost/keys"}', :'keys') -> 'valid' AS valid;
SELECT jsonb_array_length(graphql.verify_jwt(:'good', format('[%s,%s]', :'config', :'config')::jsonb)) AS verdicts;

-- what can't be used
SELECT graphql.verify_jwt(:'good');
SELECT graphql.verify_jwt(:'good', '{"type":"HS256","key":"short"}');
SELECT graphql.verify_jwt(:'good', '{"jwk_url":"https://localhost/keys"}');
SELECT graphql.verify_jwt(:'good', :'config', '{"keys":[]}');

-- for superusers only, even if somebody grants it
CREATE ROLE guc_jwt_user;
GRANT USAGE ON SCHEMA graphql TO guc_jwt_user;
SET ROLE guc_jwt_user;
SELECT graphql.verify_jwt(:'good', :'config');
RESET ROLE;
GRANT EXECUTE ON FUNCTION graphql.verify_jwt TO guc_jwt_user;
SET ROLE guc_jwt_user;
SELECT graphql.verify_jwt(:'good', :'config');
SELECT name FROM pg_settings WHERE name ~ '^gqle\.(jwt|auth_hook$)';
RESET ROLE;
SHOW gqle.jwt_secret;
REVOKE ALL ON FUNCTION graphql.verify_jwt FROM guc_jwt_user;
REVOKE ALL ON SCHEMA graphql FROM guc_jwt_user;
DROP ROLE guc_jwt_user;
