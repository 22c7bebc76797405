/**
 * `fetchSync`: what `fetch` can do, in blocking style, against a server in this very process.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { wrap } from 'coppice';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixture, until } from '../support.ts';

const HUGE = 30_000_000;
const jobs = wrap(fixture('fetch-jobs.mjs'));
let base: string;
/** Responses whose reader went away before their end. */
let left = 0;

const pages: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
  '/': (_request, response) => response.end('page'),
  '/echo': async (request, response) => {
    const { method, headers } = request;
    const body = (await buffer(request)).toString('latin1');
    response.end(JSON.stringify({ method, type: headers['content-type'], body }));
  },
  '/moved': (_request, response) => response.writeHead(302, { location: '/' }).end(),
  '/missing': (_request, response) => response.writeHead(404).end('none'),
  '/huge': (_request, response) => response.end(Buffer.alloc(HUGE)),
  '/never': () => {},
  '/stalls': (_request, response) => response.write('first'),
  '/breaks': (_request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('part', () => response.destroy());
  },
};

const server = createServer((request, response) => {
  response.on('close', () => {
    if (!response.writableFinished) left++;
  });
  void pages[request.url as string]!(request, response);
});

beforeAll(async () => {
  server.listen(0, 'localhost');
  await once(server, 'listening');
  base = `http://localhost:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const get = (path: string, init?: object) => jobs['get']!(base + path, init);

describe('a body that is sent', () => {
  test.each([
    ['string', 'text/plain;charset=UTF-8', Buffer.from('häh').toString('latin1')],
    ['bytes', undefined, '\u0001\u0002\u0003'],
    ['part of a buffer', undefined, '\u0001\u0002'],
    ['ArrayBuffer', undefined, '\u0004\u0005'],
    ['URLSearchParams', 'application/x-www-form-urlencoded;charset=UTF-8', 'a=1+2'],
    ['Blob', 'text/x-blob', 'blob'],
  ])('%s', async (kind, type, body) => {
    expect(await jobs['post']!(`${base}/echo`, kind)).toEqual({ method: 'POST', type, body });
  });

  test('FormData, with a file', async () => {
    const { type, body } = (await jobs['postForm']!(`${base}/echo`)) as Record<string, string>;
    expect(type).toMatch(/^multipart\/form-data; boundary=/);
    expect(body).toContain('name="field"\r\n\r\nvalue');
    expect(body).toContain('filename="name.txt"\r\nContent-Type: text/x-file\r\n\r\ncontents');
  });
});

describe('a response', () => {
  test('says what it is', async () => {
    expect(await get('/missing')).toMatchObject({ status: 404, ok: false, text: 'none' });
    expect(await get('/')).toMatchObject({ status: 200, ok: true, redirected: false });
  });

  test('is read whole, in each form, once', async () => {
    expect(await jobs['read']!(base)).toEqual([
      ['String', 4],
      ['Uint8Array', 4],
      ['ArrayBuffer', 4],
      ['Blob', 4],
    ]);
    expect(await jobs['twice']!(base)).toBe('TypeError');
  });

  test('is read chunk by chunk; who leaves before its end closes the connection', async () => {
    expect(await jobs['count']!(`${base}/huge`)).toBe(HUGE);
    const before = left;
    expect(await jobs['firstChunk']!(`${base}/stalls`)).toBe('first');
    await until(() => left === before + 1);
  });
});

describe('redirects', () => {
  test.each([
    ['follow', { status: 200, redirected: true, text: 'page' }],
    ['manual', { status: 302, redirected: false }],
    ['error', { name: 'TypeError', cause: 'unexpected redirect' }],
  ])('%s', async (redirect, expected) => {
    expect(await get('/moved', { redirect })).toMatchObject(expected);
    // As a Request says it, too.
    expect(await jobs['getRequest']!(`${base}/moved`, { redirect })).toMatchObject(expected);
  });
});

describe('what ends it', () => {
  test('a time limit, before the head and within the body', async () => {
    const timeout = { name: 'Timeout', code: 'ERR_COPPICE_TIMEOUT' };
    expect(await get('/never', { timeout: 30 })).toMatchObject(timeout);
    expect(await get('/stalls', { timeout: 30 })).toMatchObject(timeout);
  });

  test('the signal of a Request', async () => {
    const error = await jobs['getAbortedRequest']!(`${base}/never`);
    expect(error).toMatchObject({ message: 'changed my mind' });
  });

  test('a signal of null is none, as for fetch', async () => {
    expect(await jobs['noSignal']!(base)).toMatchObject({ text: 'page' });
  });

  test('a connection that breaks', async () => {
    expect(await get('/breaks')).toMatchObject({ name: 'TypeError', cause: 'UND_ERR_SOCKET' });
  });

  test('an address that is none', async () => {
    expect(await jobs['get']!('/relative')).toMatchObject({ name: 'TypeError' });
  });
});
