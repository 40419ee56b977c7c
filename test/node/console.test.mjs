// The console: its files and nothing else, and a query through the page in a
// real browser.
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import { url, secret, connect } from './lib.mjs';

const get = (path, headers = {}) => fetch(url + path, { redirect: 'manual', headers });

test('the root leads to the console, which is one page at every path', async () => {
  const root = await get('/');
  assert.deepEqual([root.status, root.headers.get('location')], [302, '/console']);
  const page = await get('/console');
  assert.equal(page.status, 200);
  const html = await page.text();
  assert.match(html, /<div id="console">/);
  for (const path of ['/console/', '/console/api/explorer', '/console/data/default?x=1']) {
    assert.equal(await (await get(path)).text(), html, path);
  }
  const policy = page.headers.get('content-security-policy');
  assert.match(policy, /default-src 'none'; script-src 'self';/);
  assert.doesNotMatch(html, /<script>|<script [^>]*>[^<]|\son[a-z]+=|https?:\/\//, 'nothing inline, nothing from elsewhere');
  assert.equal(page.headers.get('x-frame-options'), 'DENY');
  assert.equal(page.headers.get('x-content-type-options'), 'nosniff');
  assert.equal((await fetch(`${url}/console`, { method: 'POST' })).status, 404);
});

test('assets: types, caching, compression', async () => {
  const html = await (await get('/console')).text();
  const [script] = html.match(/\/console\/assets\/[^"]+\.js/);
  const [style] = html.match(/\/console\/assets\/[^"]+\.css/);
  for (const [path, type] of [[script, 'text/javascript'], [style, 'text/css']]) {
    const plain = await get(path, { 'accept-encoding': 'identity' });
    const packed = await get(path, { 'accept-encoding': 'gzip' });
    assert.ok(plain.headers.get('content-type').startsWith(type));
    assert.match(plain.headers.get('cache-control'), /immutable/);
    assert.equal(plain.headers.get('content-encoding'), null);
    assert.equal(packed.headers.get('content-encoding'), 'gzip');
    assert.equal(await packed.text(), await plain.text());
  }
});

test('nothing else can be read', async () => {
  const raw = (path) => new Promise((resolve) => {
    const socket = connect(() => socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`));
    let text = '';
    socket.on('data', (d) => { text += d; }).on('close', () => resolve(text)).on('error', () => {});
  });
  const up = ['../', '..%2f', '%2e%2e/', '%2e%2e%2f', '..%5c', '..\\', '....//', '..;/', '%252e%252e/', '..%c0%af', '..%00/', '/../'];
  const targets = ['index.html', 'etc/passwd', 'postgresql.conf', 'PG_VERSION', 'extension/gqle.control'];
  for (const step of up) {
    for (const n of [1, 2, 8]) {
      for (const target of targets) {
        const answer = await raw(`/console/assets/${step.repeat(n)}${target}`);
        assert.match(answer, /^HTTP\/1\.1 40[04] /, `${step.repeat(n)}${target}`);
        assert.doesNotMatch(answer, /root:|listen_addresses|default_version/);
      }
    }
  }
  for (const name of ['', 'nothing.js', 'index.html.gz', 'INDEX.HTML', 'index.html/', 'index.html%00', './index.html', '/etc/passwd', 'assets']) {
    const answer = await raw(`/console/assets/${name}`);
    assert.match(answer, /^HTTP\/1\.1 404 .*Couldn't find console asset /s, name);
  }
});

const browser = ['chromium', 'chromium-browser', 'google-chrome'].find((name) => {
  try { return execFileSync('which', [name]); } catch { return false; }
});

// A page in a headless browser, spoken to by its debugging protocol.
class Page {
  static async open(address) {
    const page = new Page();
    page.profile = mkdtempSync(join(tmpdir(), 'gqle-console-'));
    page.process = spawn(browser, ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run',
      '--disable-dev-shm-usage', '--ignore-certificate-errors', '--window-size=1400,900', '--remote-debugging-port=0', `--user-data-dir=${page.profile}`, 'about:blank']);
    const root = await new Promise((resolve, reject) => {
      let text = '';
      page.process.stderr.on('data', (d) => {
        text += d;
        const found = text.match(/DevTools listening on (ws:\/\/\S+)/);
        if (found) resolve(found[1]);
      });
      page.process.on('exit', () => reject(new Error(text)));
    });
    const targets = await (await fetch(`${root.replace('ws:', 'http:').replace(/\/devtools.*/, '')}/json/list`)).json();
    page.socket = new WebSocket(targets.find((t) => t.type === 'page').webSocketDebuggerUrl);
    page.calls = new Map();
    page.complaints = [];
    page.socket.on('message', (data) => page.take(JSON.parse(data)));
    await new Promise((resolve) => { page.socket.on('open', resolve); });
    for (const domain of ['Page', 'Runtime', 'Log']) await page.call(`${domain}.enable`);
    await page.call('Page.navigate', { url: address });
    return page;
  }

  take(message) {
    if (message.id) {
      this.calls.get(message.id)(message);
    } else if (message.method === 'Runtime.exceptionThrown') {
      this.complaints.push(message.params.exceptionDetails.text);
    } else if (message.method === 'Log.entryAdded' && message.params.entry.level === 'error') {
      this.complaints.push(`${message.params.entry.source}: ${message.params.entry.text}`);
    }
  }

  call(method, params = {}) {
    const id = this.calls.size + 1;
    return new Promise((resolve) => {
      this.calls.set(id, resolve);
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }

  async run(expression) {
    const { result } = await this.call('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    assert.equal(result.exceptionDetails, undefined, JSON.stringify(result.exceptionDetails));
    return result.result.value;
  }

  // Wait until an expression is true.
  async until(expression) {
    for (let i = 0; i < 200; i++) {
      const { result } = await this.call('Runtime.evaluate', { expression, returnByValue: true });
      if (result.result?.value) return result.result.value;
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
    throw new Error(`never: ${expression}; ${this.complaints}`);
  }

  async close() {
    const ended = new Promise((resolve) => { this.process.on('exit', resolve); });
    await this.call('Browser.close');
    await ended;
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

test('a query runs through the page, as admin and as a role', { skip: browser ? false : 'no browser' }, async () => {
  const page = await Page.open(`${url}/console`);
  try {
    await page.until("!!document.querySelector('.graphiql-query-editor .CodeMirror')");
    const type = (id, value) => page.run(`(() => { const e = document.getElementById('${id}');
      Object.getOwnPropertyDescriptor(e.constructor.prototype, 'value').set.call(e, ${JSON.stringify(value)});
      e.dispatchEvent(new Event('input', { bubbles: true })); })()`);
    const ask = async (query) => {
      await page.until("!!document.querySelector('.graphiql-query-editor .CodeMirror')");
      await page.run(`document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.setValue(${JSON.stringify(query)})`);
      await page.run("document.querySelector('.graphiql-execute-button').click()");
      return JSON.parse(await page.until("document.querySelector('.result-window .CodeMirror')?.CodeMirror.getValue()"));
    };
    await type('secret', secret);
    await page.run("document.getElementById('use').click()");
    assert.deepEqual(await ask('{ genre_by_pk(id: 5) { name } }'), { data: { genre_by_pk: { name: 'Jazz' } } });
    await type('role', 'nobody');
    await page.run("document.getElementById('use').click()");
    await page.until("document.querySelector('.result-window .CodeMirror')?.CodeMirror.getValue() === ''");
    assert.match((await ask('{ genre_by_pk(id: 5) { name } }')).errors[0].message, /genre_by_pk/);
    assert.deepEqual(page.complaints.filter((c) => !/favicon/.test(c)), []);
    if (process.env.GQLE_SCREENSHOT) {
      const { result } = await page.call('Page.captureScreenshot');
      (await import('node:fs')).writeFileSync(process.env.GQLE_SCREENSHOT, Buffer.from(result.data, 'base64'));
    }
  } finally {
    await page.close();
  }
});
