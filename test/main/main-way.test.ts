/**
 * Plain code on the main thread: it blocks for real and returns, or is told at once that it could never return.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ChildProcess } from 'node:child_process';
import {
  fetchSync,
  GreenThread,
  joinAll,
  joinAllAsync,
  killAll,
  receive,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from 'coppice';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forgotten, twice } from '../fixtures/main/definitions.mjs';
import { never } from '../fixtures/main/never.mjs';
import { fixture, startProgram, thrownBy, until } from '../support.ts';

const forever = (): GreenThread => spawn(fixture('main/naps.mjs'), 60_000);

describe('what the platform can do without a loop', () => {
  test('sleeps', () => {
    const started = performance.now();
    sleep(20);
    expect(performance.now() - started).toBeGreaterThanOrEqual(20);
  });

  test('sleeps no longer than its limits allow', () => {
    expect(thrownBy(() => sleep(Infinity, { timeout: 5 }))).toMatchObject({
      code: 'ERR_COPPICE_TIMEOUT',
      ms: 5,
    });
    let mine: Timeout | undefined;
    const error = thrownBy(() =>
      withTimeout(5, (timeout) => {
        mine = timeout;
        sleep(Infinity, { timeout: 60_000 });
      }),
    );
    expect(error).toBe(mine);
    // A limit that has fired is over.
    sleep(1);
  });

  test('an overdue limit is thrown by the next yield point, if it waits or not', () => {
    const error = thrownBy(() =>
      withTimeout(0, () => {
        for (const until = performance.now() + 2; performance.now() < until;);
        sleep(0);
      }),
    );
    expect(error).toBeInstanceOf(Timeout);
  });

  test('AbortSignal.timeout() ends what blocks the loop that would have to abort it', () => {
    const name = 'TimeoutError';
    expect(thrownBy(() => sleep(60_000, { signal: AbortSignal.timeout(5) }))).toMatchObject({
      name,
    });
    const { signal } = new AbortController();
    const any = AbortSignal.any([signal, AbortSignal.timeout(50)]);
    expect(thrownBy(() => never.with({ signal: any })())).toMatchObject({ name });
  });

  test('does not begin for a signal that is aborted already', () => {
    const signal = AbortSignal.abort('no');
    expect(thrownBy(() => sleep(60_000, { signal }))).toBe('no');
    expect(thrownBy(() => fetchSync('http://127.0.0.1:9/', { signal }))).toBe('no');
  });
});

describe('what needs a loop', () => {
  let server: ChildProcess;
  let lines: AsyncIterator<string>;
  let base: string;

  beforeAll(async () => {
    server = startProgram('main/server.mjs');
    lines = createInterface({ input: server.stdout! })[Symbol.asyncIterator]();
    base = `http://127.0.0.1:${(await lines.next()).value}`;
  });

  afterAll(async () => {
    const gone = once(server, 'close');
    server.kill();
    await gone;
  });

  test('fetches from another process', () => {
    const response = fetchSync(`${base}/page`);
    expect(response.status).toBe(200);
    expect(response.text()).toBe('you asked for /page');
    const body = new Uint8Array([1, 2, 3]);
    expect([...fetchSync(base, { method: 'POST', body }).bytes()]).toEqual([1, 2, 3]);
  });

  test('closes the connection of a fetch that ran out of time', async () => {
    expect(thrownBy(() => fetchSync(`${base}/silent`, { timeout: 100 }))).toMatchObject({
      code: 'ERR_COPPICE_TIMEOUT',
      ms: 100,
    });
    expect((await lines.next()).value).toBe('closed');
    expect(fetchSync(`${base}/after`).text()).toBe('you asked for /after');
  });

  test("throws what fetch throws, with the caller's stack", () => {
    const error = thrownBy(() => fetchSync('http://127.0.0.1:9/'));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).cause).toBeDefined();
    expect((error as Error).stack).toContain('main-way.test.ts');
  });

  test('performs the blocking calls of a user, where it can find them', () => {
    expect(thrownBy(() => forgotten())).toMatchObject({
      code: 'ERR_COPPICE_UNKNOWN_CALL',
      message: expect.stringContaining('module: import.meta.url') as string,
    });
    expect(twice(21)).toBe(42);
  });
});

describe('what only the hub could complete', () => {
  test.each<[string, (thread: GreenThread) => unknown, string]>([
    ['join', (thread) => thread.join(), 'joinAsync()'],
    ['join with a limit', (thread) => thread.join({ timeout: 5 }), 'joinAsync()'],
    ['get', (thread) => thread.get(), 'getAsync()'],
    ['kill', (thread) => thread.kill(), 'killAsync()'],
    ['joinAll', (thread) => joinAll([thread]), 'joinAllAsync()'],
    ['killAll', (thread) => killAll([thread]), 'killAsync()'],
    ['receive', () => receive(), 'receiveAsync()'],
  ])('%s is refused at once', async (_verb, wait, instead) => {
    const thread = forever();
    await until(() => thread.state === 'running');
    expect(thrownBy(() => wait(thread))).toMatchObject({
      code: 'ERR_COPPICE_WOULD_BLOCK_MAIN',
      message: expect.stringContaining(instead) as string,
    });
    await thread.killAsync();
  });

  test('is no wait any more once it has happened', async () => {
    const thread = spawn(fixture('main/naps.mjs'), 0);
    await thread;
    expect(thread.join()).toBe(true);
    expect(thread.get()).toBeUndefined();
  });

  test('what need not wait is done at once', async () => {
    expect(joinAll([])).toEqual([]);
    expect(killAll([])).toBeUndefined();
    const done = spawn(fixture('main/naps.mjs'), 0);
    const failed = spawn(fixture('main/naps.mjs'), -1);
    await joinAllAsync([done, failed]);
    const running = forever();
    await until(() => running.state === 'running');
    expect(joinAll([done, done, failed])).toEqual([done, failed]);
    expect(thrownBy(() => joinAll([done, failed], { throwOnError: true }))).toBe(failed.error);
    expect(joinAll([running, done], { count: 1 })).toEqual([done]);
    expect(killAll([done, failed])).toBeUndefined();
    // A look is no wait.
    expect(joinAll([running, done], { timeout: 0 })).toEqual([done]);
    expect(running.join({ timeout: 0 })).toBe(false);
    expect(thrownBy(() => running.get({ timeout: 0 }))).toMatchObject({ ms: 0 });
    killAll([running], { timeout: 0 });
    expect(await running.joinAsync()).toBe(true);
  });

  test('killing what has not begun is no wait', async () => {
    const threads = [forever(), new GreenThread(fixture('main/naps.mjs'))];
    killAll(threads);
    expect(threads.map(({ ready, successful }) => [ready, successful])).toEqual([
      [true, true],
      [true, true],
    ]);
    const other = forever();
    other.kill();
    expect(other.ready).toBe(true);
  });

  test('a kill that does not wait is allowed', async () => {
    const thread = forever();
    thread.kill({ timeout: 0 });
    expect(await thread.joinAsync()).toBe(true);
  });
});
