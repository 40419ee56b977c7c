// Keys, and JSON Web Tokens signed with them rightly or wrongly; settings that decide
// who is believed.
import { constants, createHmac, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { psql } from './lib.mjs';

export const NAMESPACE = 'https://hasura.io/jwt/claims';
export const SECRET = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef';
export const now = () => Math.floor(Date.now() / 1000);
export const base64 = (value) => Buffer.from(typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value))
  .toString('base64url');

// What Hasura reads from a token: a customer who may be an employee, too.
export const hasura = (more = {}) => ({ 'x-hasura-allowed-roles': ['customer', 'employee'],
  'x-hasura-default-role': 'customer', 'x-hasura-customer-id': '1', ...more });
export const claims = (more = {}, own = {}) => ({ sub: 'me', exp: now() + 600, [NAMESPACE]: hasura(own), ...more });

export const keys = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  otherRsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  smallRsa: generateKeyPairSync('rsa', { modulusLength: 1024 }),
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  otherP256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  p521: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  k256: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
  ed25519: generateKeyPairSync('ed25519'),
};
export const pem = (pair) => pair.publicKey.export({ type: 'spki', format: 'pem' });
export const jwk = (pair, more = {}) => ({ ...pair.publicKey.export({ format: 'jwk' }), ...more });

// An X.509 certificate of a key that has expired long ago, as nobody looks at its dates.
export function certificate(pair) {
  const directory = mkdtempSync(join(tmpdir(), 'gqle-tokens-'));
  try {
    const key = join(directory, 'key');
    writeFileSync(key, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    execFileSync('openssl', ['req', '-x509', '-key', key, '-subj', '/CN=tokens', '-days', '1', '-out', join(directory, 'crt')],
      { stdio: 'ignore' });
    return readFileSync(join(directory, 'crt'), 'utf8');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

// The signature of an algorithm's name; encoding of ECDSA's is r and s, or DER.
export function signature(alg, key, text, dsaEncoding = 'ieee-p1363') {
  const hash = `sha${alg.slice(2)}`;
  const data = Buffer.from(text);
  if (alg.startsWith('HS')) return createHmac(hash, key).update(data).digest();
  if (alg === 'EdDSA') return signBytes(null, data, key.privateKey);
  if (alg.startsWith('ES')) return signBytes(hash, data, { key: key.privateKey, dsaEncoding });
  return signBytes(hash, data, alg.startsWith('RS') ? key.privateKey : { key: key.privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
}

// A token: payload and header are objects, or texts to be taken as they are.
export function token(payload = claims(), { alg = 'HS256', key = SECRET, header = {}, sign } = {}) {
  const head = typeof header === 'string' ? header : { alg, typ: 'JWT', ...header };
  const text = `${base64(head)}.${base64(payload)}`;
  const bytes = sign ? sign(text) : signature(alg, key, text);
  return `${text}.${base64(bytes)}`;
}

const changed = new Set();

// Change settings and wait until all workers have them; what was changed before and
// isn't named is reset.
export async function settings(values) {
  for (const name of new Set([...changed, ...Object.keys(values)])) {
    psql(name in values ? `ALTER SYSTEM SET gqle.${name} = '${String(values[name]).replaceAll("'", "''")}'`
      : `ALTER SYSTEM RESET gqle.${name}`);
    changed[name in values ? 'add' : 'delete'](name);
  }
  psql('SELECT pg_reload_conf()');
  await sleep(400);
}
