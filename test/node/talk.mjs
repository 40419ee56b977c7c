// Conversations over both GraphQL WebSocket protocols.
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { url, secret } from './lib.mjs';

export const base = url.replace(/^http/, 'ws');
export const MODERN = 'graphql-transport-ws';
export const APOLLO = 'graphql-ws';
export const init = { type: 'connection_init', payload: { headers: { 'x-hasura-admin-secret': secret } } };
export const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const keepalives = ['ka', 'ping', 'pong'];

// A conversation: messages come one at a time, keep-alives apart.
export class Talk {
  constructor(protocol, { path = '/v1/graphql', ...options } = {}) {
    this.messages = [];
    this.kept = [];
    this.waiting = [];
    this.socket = new WebSocket(base + path, protocol, options);
    this.socket.on('message', (data) => {
      const message = JSON.parse(data);
      (keepalives.includes(message.type) ? this.kept : this.messages).push(message);
      this.waiting.splice(0).forEach((wake) => wake());
    });
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => {
        this.end = [code, String(reason)];
        resolve(this.end);
        this.waiting.splice(0).forEach((wake) => wake());
      });
    });
    this.socket.on('error', () => {});
    this.opened = new Promise((resolve) => { this.socket.on('open', () => {
      this.socket._socket.unref(); // a test that fails must not keep the process
      resolve(this);
    }); });
  }

  static async open(protocol, options) {
    return new Talk(protocol, options).opened;
  }

  static async ready(protocol, headers = {}, options = {}) {
    const talk = await Talk.open(protocol, options);
    talk.send({ ...init, payload: { headers: { ...init.payload.headers, ...headers } } });
    assert.deepEqual(await talk.next(), { type: 'connection_ack' });
    return talk;
  }

  get modern() { return this.socket.protocol === MODERN; }

  send(message) { this.socket.send(typeof message === 'string' ? message : JSON.stringify(message)); }

  start(id, text, variables) {
    this.send({ type: this.modern ? 'subscribe' : 'start', id, payload: { query: text, variables } });
  }

  stop(id) { this.send({ type: this.modern ? 'complete' : 'stop', id }); }

  async next(ms = 5000) {
    const deadline = Date.now() + ms;
    while (this.messages.length === 0) {
      const left = deadline - Date.now();
      if (this.end || left <= 0) {
        throw new Error(this.end ? `closed: ${this.end}` : 'no message in time');
      }
      await Promise.race([new Promise((resolve) => { this.waiting.push(resolve); }), sleep(left)]);
    }
    return this.messages.shift();
  }

  async data(id) {
    const message = await this.next();
    assert.deepEqual([message.type, message.id], [this.modern ? 'next' : 'data', id], JSON.stringify(message));
    return message.payload.data;
  }

  // What follows an error: with the newer protocol nothing.
  async failed(id) {
    if (!this.modern) {
      assert.deepEqual(await this.next(), { type: 'complete', id });
    }
  }

  async silence(ms) {
    await sleep(ms);
    assert.deepEqual(this.messages, []);
  }

  close() { this.socket.close(); }
}
