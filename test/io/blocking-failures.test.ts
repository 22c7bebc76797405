/**
 * What can go wrong in a call of `blocking()`, seen from its caller: each failure reaches exactly the call that it
 * belongs to, and the next call works.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { blocking, withTimeout, wrap } from 'coppice';
import { beforeEach, describe, expect, test } from 'vitest';
import { aborted, notes, resetNotes } from '../fixtures/async-db.mjs';
import { fixture, rejection, thrownBy, until } from '../support.ts';

const url = fixture('async-db.mjs');
const db = blocking<typeof import('../fixtures/async-db.mjs')>(url);
const jobs = wrap(fixture('blocking-jobs.mjs'));

beforeEach(resetNotes);

describe('a module that fails to load', () => {
  test.each([
    ['throws', { name: 'RangeError', message: 'at load' }],
    ['syntax', { name: 'SyntaxError' }],
    ['missing', { code: 'ERR_MODULE_NOT_FOUND' }],
  ])('%s: each call throws it', async (kind, expected) => {
    const errors = (await jobs['loadsBroken']!(kind)) as unknown[];
    expect(errors).toEqual([expect.objectContaining(expected), expect.objectContaining(expected)]);
  });

  test('rejects in a coroutine', async () => {
    const broken = blocking(fixture('no-such-module.mjs'));
    expect(await rejection(broken['anyAsync']!())).toMatchObject({
      code: 'ERR_MODULE_NOT_FOUND',
    });
  });
});

describe('an implementation that fails', () => {
  test('throws before it is async', async () => {
    const caught = (await jobs['caught']!('throwsAtOnce')) as Record<string, unknown>;
    expect(caught).toMatchObject({ native: true, type: 'RangeError', code: 'E_ONCE' });
    // Both sides: where it was thrown, and who called.
    expect(caught['stack']).toMatch(/async-db\.mjs[\s\S]*blocking-jobs\.mjs/);
  });

  test.each([
    ['string', 'a string'],
    ['nothing', undefined],
    ['null', null],
    ['object', { status: 404 }],
  ])('rejects with no error: %s', async (kind, expected) => {
    expect(await jobs['caught']!('rejects', kind)).toMatchObject({
      error: expected,
      native: false,
    });
    expect(await rejection(db.rejectsAsync(kind))).toEqual(expected);
  });

  test('returns what cannot be cloned', async () => {
    expect(await jobs['caught']!('uncloneable')).toMatchObject({
      code: 'ERR_COPPICE_NOT_CLONEABLE',
      message: expect.stringContaining('.rows[0].format'),
    });
    // In the hub's own heap nothing has to be cloned.
    expect(await db.uncloneableAsync()).toHaveProperty('rows');
  });

  test('is no sequence that can be pulled, but a plain generator: the error names it', async () => {
    expect(await rejection(jobs['call']!('plainNumbers'))).toMatchObject({
      code: 'ERR_COPPICE_NOT_CLONEABLE',
      message: expect.stringContaining('(a Generator)'),
    });
  });

  test('is given what cannot be cloned', async () => {
    expect(await jobs['callsWithFunction']!('query')).toMatchObject({
      code: 'ERR_COPPICE_NOT_CLONEABLE',
      message: expect.stringMatching(/Argument 1 of .*query/),
    });
  });

  test('never settles: a time limit ends the call and aborts the signal', async () => {
    expect(await jobs['afterTimeout']!(20, 'hang', 'limited')).toEqual([
      'ERR_COPPICE_TIMEOUT',
      3,
      [{ sql: 'after' }],
    ]);
    expect(aborted).toEqual([['limited', 'Timeout']]);
  });

  test('never settles in plain code: a time limit ends the wait, and the next call works', () => {
    expect(thrownBy(() => withTimeout(20, () => db.hang('main')))).toMatchObject({
      code: 'ERR_COPPICE_TIMEOUT',
    });
    expect(db.add(2, 3)).toBe(5);
  });
});

describe('a module whose loading never ends', () => {
  const url = fixture('never-loads.mjs');

  test('is limited in a green thread as its calls are', async () => {
    expect(await rejection(jobs['callsLimited']!(url.href, 1, 'query'))).toMatchObject({
      code: 'ERR_COPPICE_TIMEOUT',
    });
  });

  test('and in plain code', () => {
    const stuck = blocking(url, { timeout: 1 });
    expect(thrownBy(() => stuck['query']!())).toMatchObject({ code: 'ERR_COPPICE_TIMEOUT' });
    expect(db.add(2, 3)).toBe(5);
  });
});

describe('a connection that is killed', () => {
  test('fails the calls that wait for it, and the next one makes a new one', async () => {
    const sockets: Socket[] = [];
    let silent = true;
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.on('data', (data) => {
        if (!silent) socket.write(`you said ${String(data)}`);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    const waiting = [jobs['caught']!('ask', port, 'a'), jobs['caught']!('ask', port, 'b')];
    await until(() => sockets.length === 1 && sockets[0]!.bytesRead === 4);
    silent = false;
    sockets[0]!.destroy();
    for (const thread of waiting) expect(await thread).toMatchObject({ code: 'ECONNLOST' });

    expect(await jobs['call']!('ask', port, 'c')).toBe('you said c');
    await db.disconnectAsync();
    server.close();
  });
});

describe('an implementation that calls back into coppice', () => {
  const second = fixture('second.mjs').href;

  test('waits explicitly, spawns, limits itself, calls itself', async () => {
    expect(await jobs['call']!('sleepsExplicitly')).toBe('slept');
    expect(await jobs['call']!('callsItself', 'again')).toEqual([{ sql: 'again' }]);
    expect(await jobs['call']!('limitsItself')).toBeUndefined();
    expect(await jobs['call']!('spawns', second, 'x')).toEqual(['second', 'x']);
  });

  test('blocks for real where it calls a blocking face: the hub is the main thread', async () => {
    expect(await jobs['call']!('sleepsImplicitly')).toBe('slept');
    expect(await jobs['call']!('callsItselfBlocking', 2, 2)).toBe(4);
  });

  test('is refused what could never be: waiting there for its own caller', async () => {
    expect(await jobs['caught']!('joinsItsCaller')).toMatchObject({
      code: 'ERR_COPPICE_WOULD_BLOCK_MAIN',
      message: expect.stringContaining('getAsync()'),
    });
  });
});

describe('a green thread that is killed in a call', () => {
  test('has the operation aborted, and may make another call in finally', async () => {
    const thread = jobs['cleansUp']!('hang', 'cleaning');
    await until(() => notes.includes('hang cleaning'));
    await thread.killAsync();
    expect(aborted).toEqual([['cleaning', 'GreenThreadExit']]);
    expect(notes).toContain('cleaned up');
    expect(thread.successful).toBe(true);
  });

  test('may catch it', async () => {
    const thread = jobs['survives']!('hang', 'surviving');
    await until(() => notes.includes('hang surviving'));
    thread.kill({ timeout: 0, reason: 'no more' });
    expect(await thread).toBe('survived: The green thread was killed: no more');
  });

  test('does not lose a second kill', async () => {
    const thread = jobs['killedTwice']!('first', 'second');
    await until(() => notes.includes('hang first'));
    thread.kill({ timeout: 0, reason: new Error('one') });
    await until(() => notes.includes('hang second'));
    thread.kill({ timeout: 0, reason: new Error('two') });
    expect(await thread).toEqual(['one', 'two']);
    expect(aborted.map(([name]) => name)).toEqual(['first', 'second']);
  });

  test('does not lose one that comes together with the first', async () => {
    const thread = jobs['killedTwice']!('third', 'fourth');
    await until(() => notes.includes('hang third'));
    thread.kill({ timeout: 0, reason: new Error('one') });
    thread.kill({ timeout: 0, reason: new Error('two') });
    expect(await thread).toEqual(['one', 'two']);
  });
});
