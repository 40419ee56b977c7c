// The console: GraphiQL, with who asks in the headers.  The admin secret is kept
// for as long as the tab lives; role and variables are headers like any other.
import { useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { GraphiQL } from 'graphiql';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { createClient } from 'graphql-ws';
import 'graphiql/graphiql.css';
import './console.css';

const endpoint = `${location.origin}/v1/graphql`;
const kept = window.sessionStorage;

function headersOf({ secret, role, variables }) {
  const headers = {};
  if (secret) headers['x-hasura-admin-secret'] = secret;
  if (role) headers['x-hasura-role'] = role;
  for (const line of variables.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return headers;
}

function fetcherOf(who) {
  const headers = headersOf(who);
  return createGraphiQLFetcher({
    url: endpoint,
    headers,
    wsClient: createClient({ url: endpoint.replace(/^http/, 'ws'), connectionParams: { headers }, lazy: true }),
  });
}

function Who({ who, onChange }) {
  const [draft, setDraft] = useState(who);
  const field = (name) => ({ value: draft[name], onChange: (e) => setDraft({ ...draft, [name]: e.target.value }) });
  return (
    <form className="who" onSubmit={(e) => { e.preventDefault(); onChange(draft); }}>
      <label>Admin secret <input id="secret" type="password" autoComplete="off" {...field('secret')} /></label>
      <label>Role <input id="role" type="text" placeholder="admin" spellCheck="false" {...field('role')} /></label>
      <label className="wide">Headers
        <textarea id="variables" rows="1" placeholder="x-hasura-user-id: 1" spellCheck="false" {...field('variables')} />
      </label>
      <button id="use" type="submit">Use</button>
    </form>
  );
}

function Console() {
  const [who, setWho] = useState({ secret: kept.getItem('gqle:secret') ?? '', role: '', variables: '' });
  const fetcher = useMemo(() => fetcherOf(who), [who]);
  const change = (next) => {
    kept.setItem('gqle:secret', next.secret);
    setWho(next);
  };
  return (
    <>
      <Who who={who} onChange={change} />
      <main><GraphiQL key={JSON.stringify(who)} fetcher={fetcher} shouldPersistHeaders={false} /></main>
    </>
  );
}

createRoot(document.getElementById('console')).render(<Console />);
