/**
 * Blocking calls from a Worker: what happens when a reply, a kill, a timeout and an end cross.
 */
import {
  callContext,
  configure,
  defineBlocking,
  GreenThreadExit,
  poolStatistics,
  runInfoAsync,
  sleep,
  useClock,
  VirtualClock,
  wrap,
  type CoppiceError,
} from 'coppice';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { aborted, discarded, marks, open, storage, waitingAt } from '../fixtures/calls.mjs';
import { fixture, rejection, thrownBy, until } from '../support.ts';

const jobs = wrap(fixture('jobs.mjs'));

beforeEach(() => {
  marks.length = 0;
  discarded.length = 0;
  aborted.length = 0;
});

describe('defineBlocking', () => {
  test('a name stands for one definition, an implementation is a function', () => {
    defineBlocking('calls-test.once', () => 1, { module: import.meta.url });
    for (const define of [
      () => defineBlocking('calls-test.once', () => 2),
      () => defineBlocking('', () => 1),
      () => defineBlocking('calls-test.none', undefined as never),
    ])
      expect((thrownBy(define) as CoppiceError).code).toBe('ERR_COPPICE_INVALID_ARGUMENT');
  });

  test('the async face works in plain code, with timeout and signal', async () => {
    const never = defineBlocking('calls-test.never', (_options?: object) => new Promise(() => {}), {
      optionsAt: 0,
    });
    expect(await rejection(never.async({ timeout: 1 }))).toMatchObject({
      code: 'ERR_COPPICE_TIMEOUT',
    });
    const reason = new Error('stop');
    expect(await rejection(never.async({ signal: AbortSignal.abort(reason) }))).toBe(reason);
  });

  test('a call that the hub does not know says how it could', async () => {
    const error = (await rejection(jobs['callUnknown']!())) as CoppiceError;
    expect(error.code).toBe('ERR_COPPICE_UNKNOWN_CALL');
    expect(error.message).toContain('{ module: import.meta.url }');
  });

  test('the hub loads the module that defines a call it does not know yet', async () => {
    const lone = wrap(fixture('lone-call.mjs'));
    expect(await lone['callIt']!(20)).toEqual({ doubled: 40, thread: true });
  });

  test('a call whose module does not define it says so', async () => {
    const error = (await rejection(jobs['callMisplaced']!())) as CoppiceError;
    expect(error.code).toBe('ERR_COPPICE_UNKNOWN_CALL');
    expect(error.message).toContain('did not define it');
  });

  test('outside of a call there is no context', () => {
    expect(callContext()).toBeUndefined();
  });
});

describe('the async context', () => {
  test('of whoever spawned the thread is seen by the implementation, for each thread its own', async () => {
    const run = (name: string) => storage.run(name, () => jobs['contexts']!());
    expect(await Promise.all([run('one'), run('two')])).toEqual([
      ['one', 'one'],
      ['two', 'two'],
    ]);
    expect(await jobs['contexts']!()).toEqual([undefined, undefined]);
  });
});

describe('a kill that crosses', () => {
  test('a reply: the value is discarded exactly when the thread did not get it', async () => {
    // The reply and the kill leave the hub in the same turn, in either order: one of the two wins, and says so.
    for (const order of ['kill first', 'reply first'] as const) {
      discarded.length = 0;
      marks.length = 0;
      const thread = jobs['take']!(order);
      await until(() => waitingAt.includes(order));
      if (order === 'kill first') thread.kill({ timeout: 0 });
      open(order, order);
      await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
      if (order === 'reply first') thread.kill({ timeout: 0 });
      await thread.joinAsync();
      await until(() => marks.length + discarded.length > 0);
      // The marking itself may be killed when the hub has done it already, and is then done again.
      expect(new Set(marks).size + discarded.length).toBe(1);
    }
  });

  test('the load of the call’s definition: the call never begins', async () => {
    const slow = wrap(fixture('slow-definition-job.mjs'));
    const words = new Int32Array(new SharedArrayBuffer(4));
    (globalThis as Record<string, unknown>)['slowDefinition'] = words;
    const thread = slow['callSlow']!();
    await until(() => Atomics.load(words, 0) === 1);
    await thread.killAsync();
    expect(thread.value).toBeInstanceOf(GreenThreadExit);
    Atomics.store(words, 0, 2);
    await until(() => Atomics.load(words, 0) === 3);
    await jobs['identity']!(1);
    expect(Atomics.load(words, 0)).toBe(3);
  });

  test('a coroutine’s reply: the value is taken or discarded, never both', async () => {
    for (let round = 0; round < 20; round++) {
      discarded.length = 0;
      const name = `coroutine ${round}`;
      const thread = jobs['asyncWaitThenYield']!(name);
      await until(() => waitingAt.includes(name));
      open(name, name);
      await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
      thread.kill({ timeout: 0 });
      await thread.joinAsync();
      const taken = Array.isArray(thread.value);
      await until(() => taken || discarded.includes(name));
      expect(taken).not.toBe(discarded.includes(name));
    }
  });
});

describe('an end that crosses', () => {
  test('a Worker terminated before it took the reply: the value is discarded', async () => {
    const thread = jobs['waitAt']!('handed over');
    await until(() => waitingAt.includes('handed over'));
    void thread.killAsync({ force: true, timeout: 0 });
    await thread.joinAsync();
    open('handed over', 'treasure');
    await until(() => discarded.includes('treasure'));
    expect(discarded).toEqual(['treasure']);
  });

  test('terminated before it took an error: what it took before that stays taken', async () => {
    const time = new VirtualClock();
    using _ = useClock(time);
    const thread = jobs['waitThenOutlive']!('taken', 'failing');
    await until(() => waitingAt.includes('taken'));
    open('taken', 'treasure');
    await until(() => waitingAt.includes('failing'));
    const { workers } = poolStatistics();
    void thread.killAsync({ force: true, timeout: 1_000 });
    await until(() => waitingAt.filter((name) => name === 'failing').length > 1);
    time.advance(1_000);
    // In the same turn, so that the Worker, which was told to die, does not live to hear of it.
    open('failing', Promise.reject(new Error('failed')));
    await until(() => poolStatistics().workers < workers);
    expect(discarded).toEqual([]);
  });

  test('the calls of an ended thread are aborted', async () => {
    const thread = jobs['abandonCoroutine']!();
    await thread;
    await until(() => aborted.some(([name]) => name === 'abandoned'));
    open('abandoned', 'too late');
    await until(() => discarded.length > 0);
    expect(discarded).toEqual(['too late']);
  });

  test('a call by what a finished thread left running is refused, not left waiting', async () => {
    const words = new Int32Array(new SharedArrayBuffer(4));
    await jobs['leaveTimerThatCalls']!(words);
    await until(() => Atomics.load(words, 0) !== 0);
    expect(Atomics.load(words, 0)).toBe(1);
  });
});

describe('timeouts of a call', () => {
  test('its own: a Timeout, and the call is aborted at the hub', async () => {
    expect(await jobs['gateWith']!('timed', { timeout: 1 })).toEqual({
      name: 'Timeout',
      code: 'ERR_COPPICE_TIMEOUT',
      isTimeout: true,
      ms: 1,
    });
    await until(() => aborted.some(([name]) => name === 'timed'));
    open('timed', 'late');
    await until(() => discarded.includes('late'));
  });

  test('a signal of AbortSignal.timeout fires although the loop stands still', async () => {
    expect(await jobs['gateWithSignalTimeout']!('signal', 1)).toBe('TimeoutError');
  });

  test('of nested Timeouts the earlier fires, as itself', async () => {
    expect(await jobs['nestedTimeouts']!('n1', 10_000, 1)).toEqual({
      outer: false,
      inner: true,
      same: true,
    });
    expect(await jobs['nestedTimeouts']!('n2', 1, 10_000)).toEqual({
      outer: true,
      inner: false,
      same: true,
    });
    expect(await jobs['customTimeout']!('n3')).toEqual([true, true, 'custom']);
  });

  test('a timeout left behind by one run does not fire in the next', async () => {
    await jobs['leaveTimeout']!();
    expect(await jobs['napWith']!(5, {})).toBe('slept');
  });
});

describe('by the hundred', () => {
  test('each call has returned its value or was discarded, never both, never neither', async () => {
    configure({ maxWorkers: 16 });
    let serial = 0;
    const script = fc.record({
      kill: fc.constantFrom('before', 'after', 'never', 'terminate', 'terminate later'),
      turns: fc.integer({ min: 0, max: 3 }),
      coroutine: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(script, { minLength: 8, maxLength: 16 }), async (scripts) => {
        await Promise.all(
          scripts.map(async ({ kill, turns, coroutine }) => {
            const name = `call ${++serial}`;
            const thread = jobs[coroutine ? 'asyncTake' : 'take']!(name);
            await until(() => waitingAt.includes(name));
            if (kill === 'before') thread.kill({ timeout: 0 });
            if (kill === 'terminate') void thread.killAsync({ timeout: 0, force: true });
            for (let turn = 0; turn < turns; turn++) await new Promise((go) => setImmediate(go));
            open(name, name);
            if (kill === 'after') thread.kill({ timeout: 0 });
            if (kill === 'terminate later') {
              await Promise.resolve();
              void thread.killAsync({ timeout: 0, force: true });
            }
            await thread.joinAsync();
            // A terminated thread may have taken its value and not lived to say so; a coroutine's hand-over has no
            // word in shared memory by which that could be told.
            if ((thread.value as { unwound?: boolean }).unwound === false) return;
            const count = (): number =>
              Number(marks.includes(`took ${name}`)) + Number(discarded.includes(name));
            await until(() => count() > 0);
            expect(count()).toBe(1);
          }),
        );
      }),
      { numRuns: 15, endOnFailure: true },
    );
    configure({ maxWorkers: 200 });
    expect(serial).toBeGreaterThan(100);
    expect(poolStatistics().queued).toBe(0);
  });

  test('a job whose Worker was terminated is not run again', async () => {
    for (let round = 0; round < 5; round++) {
      const words = new Int32Array(new SharedArrayBuffer(4));
      // On a Worker that has run another job before.
      expect(await jobs['hammer']!(round, 1, [0])).toBe(0);
      const thread = jobs['begunForEver']!(words);
      await until(() => Atomics.load(words, 0) > 0);
      await thread.killAsync({ force: true, timeout: 0 });
      await until(() => poolStatistics().workers === poolStatistics().idle);
      expect(Atomics.load(words, 0)).toBe(1);
    }
  });

  test('Workers terminated at random leave their neighbours right', async () => {
    const words = new Int32Array(new SharedArrayBuffer(4));
    const bystanders = [1, 2].map((id) => jobs['hammer']!(id, 3000, [0, 10, 5000]));
    for (let round = 0; round < 30; round++) {
      const victim = jobs['hammerUntil']!(words, round);
      await until(() => Atomics.load(words, 0) === round + 1);
      await victim.killAsync({ force: true, timeout: 0 });
    }
    expect(await Promise.all(bystanders)).toEqual([0, 0]);
  });
});

describe('without lost or crossed replies', () => {
  test('100,000 back-to-back calls by 8 callers, 0 to 256 KB each', async () => {
    const sizes = [
      0, 1, 16, 100, 0, 1000, 3, 4096, 64, 0, 16_384, 7, 262_144, 2, 0, 33, 65_536, 5, 0, 9,
    ];
    const small = sizes.map((size) => (size > 4096 ? size & 0xff : size));
    // Every tenth round goes through the large sizes, so that the bytes moved stay within a test's time.
    const mixed = [...sizes, ...Array.from({ length: 9 }, () => small).flat()];
    const callers = Array.from({ length: 8 }, (_, caller) =>
      jobs['hammer']!(caller, 12_500, mixed),
    );
    expect(await Promise.all(callers)).toEqual(Array.from({ length: 8 }, () => 0));
  }, 120_000);
});

test('replies with and without a message, among other messages', async () => {
  const callers = [1, 2, 3].map((caller) => jobs['hammerKinds']!(caller, 8_000));
  let looks = 0;
  // Each look asks every Worker that is awake where it stands, by a message of its own.
  for (; callers.some(({ ready }) => !ready); looks++) await runInfoAsync();
  expect(await Promise.all(callers)).toEqual([0, 0, 0]);
  expect(looks).toBeGreaterThan(2);
}, 120_000);

test('plain code on the main thread really sleeps', () => {
  const before = performance.now();
  sleep(2);
  expect(performance.now() - before).toBeGreaterThanOrEqual(1.9);
});
