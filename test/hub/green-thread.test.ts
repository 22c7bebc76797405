/**
 * The handle of a green thread: its states, its links, waiting for it, and killing it, seen from the main thread.
 */
import { inspect } from 'node:util';
import {
  GreenThread,
  GreenThreadExit,
  spawn,
  Timeout,
  useClock,
  VirtualClock,
  wrap,
} from 'coppice';
import { spawnLater, systemClock, type CoppiceError } from 'coppice';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { marks, open, waitingAt } from '../fixtures/calls.mjs';
import { fixture, rejection, thrownBy, until } from '../support.ts';

const jobs = wrap(fixture('jobs.mjs'));
const job = (exportName: string, ...args: unknown[]) =>
  new GreenThread(fixture('jobs.mjs'), { exportName, args });

beforeEach(() => {
  marks.length = 0;
});

describe('state', () => {
  test('moves from created over scheduled and running to ended', async () => {
    const thread = job('waitAt', 'states');
    expect([thread.state, thread.ready, thread.successful]).toEqual(['created', false, false]);
    thread.start();
    expect(thread.state).toBe('scheduled');
    thread.start();
    await until(() => waitingAt.includes('states'));
    expect([thread.state, thread.ready, thread.value, thread.error]).toEqual([
      'running',
      false,
      undefined,
      undefined,
    ]);
    open('states', 42);
    expect(await thread).toBe(42);
    expect([thread.state, thread.ready, thread.successful, thread.value]).toEqual([
      'ended',
      true,
      true,
      42,
    ]);
    expect(thread.kind).toBe('worker');
  });

  test('an error is kept, and success is false', async () => {
    const thread = job('throwIt', 'type');
    thread.start();
    expect(await thread.joinAsync()).toBe(true);
    expect([thread.ready, thread.successful, thread.value]).toEqual([true, false, undefined]);
    expect(thread.error).toBeInstanceOf(TypeError);
    expect(thread.error).toBe(thread.error);
  });

  test('says in a text and in a report who it is', () => {
    const thread = new GreenThread(fixture('jobs.mjs'), { name: 'cook' });
    const text = `GreenThread(#${thread.id} cook#${thread.id}, worker, created)`;
    expect([String(thread), inspect(thread)]).toEqual([text, text]);
  });

  test('ids are unique, names are for people', () => {
    const first = new GreenThread(fixture('jobs.mjs'), { name: 'bob' });
    const second = new GreenThread(fixture('jobs.mjs'));
    expect(first.id).not.toBe(second.id);
    expect(first.name).toBe(`bob#${first.id}`);
    expect(second.name).toBe(`jobs.mjs#${second.id}`);
  });

  test('spawn never runs the target from inside the call, and the default export gets the arguments', async () => {
    const thread = spawn(fixture('jobs.mjs'), 1, 'two');
    expect(thread.state).toBe('scheduled');
    expect(await thread).toEqual(['default', 1, 'two']);
  });

  test('what cannot be spawned says what can', () => {
    for (const target of [() => 1, './relative.js', 7 as never]) {
      const error = thrownBy(() => spawn(target)) as CoppiceError;
      expect(error.code).toBe('ERR_COPPICE_NOT_SPAWNABLE');
      expect(error.message).toContain('spawn(new URL(');
    }
  });
});

describe('links', () => {
  test('fire once each, with the thread, after the state is final', async () => {
    const heard: string[] = [];
    const thread = jobs['identity']!(1);
    const note = (source: GreenThread): void =>
      void heard.push(`${source.state} ${source === thread}`);
    thread.link(note);
    thread.link(note);
    await thread;
    expect(heard).toEqual(['ended true']);
  });

  test('a link after the end fires, and not from inside link()', async () => {
    const thread = jobs['identity']!(1);
    await thread;
    let heard = false;
    await new Promise<void>((resolve) => {
      thread.link(() => {
        heard = true;
        resolve();
      });
      expect(heard).toBe(false);
    });
  });

  test('unlink takes each kind back; unlinking what is not linked does nothing', async () => {
    const thread = jobs['waitAt']!('unlink');
    const heard: string[] = [];
    const note = (): void => void heard.push('no');
    thread.link(note);
    thread.unlink(note);
    thread.linkValue(note);
    thread.unlink(note);
    thread.linkError(note);
    thread.unlink(note);
    thread.unlink(() => {});
    await until(() => waitingAt.includes('unlink'));
    open('unlink');
    await thread;
    expect(heard).toEqual([]);
  });

  test('linkValue hears of successes only, linkError of errors only', async () => {
    const heard: string[] = [];
    const good = jobs['identity']!(1);
    const bad = jobs['throwIt']!('plain');
    for (const [name, thread] of [
      ['good', good],
      ['bad', bad],
    ] as const) {
      thread.linkValue(() => void heard.push(`${name} value`));
      thread.linkError(() => void heard.push(`${name} error`));
    }
    await Promise.all([good.joinAsync(), bad.joinAsync()]);
    expect(heard.toSorted()).toEqual(['bad error', 'good value']);
  });

  test('a link must be a function', () => {
    expect((thrownBy(() => job('identity').link(1 as never)) as CoppiceError).code).toBe(
      'ERR_COPPICE_INVALID_ARGUMENT',
    );
  });
});

describe('join and get', () => {
  test('join never throws for the thread’s error, get does, then does too', async () => {
    const thread = jobs['throwIt']!('range');
    expect(await thread.joinAsync()).toBe(true);
    expect(thread.join()).toBe(true);
    expect(await rejection(thread.getAsync())).toBe(thread.error);
    expect(await rejection(thread)).toBe(thread.error);
    expect(thrownBy(() => thread.get())).toBe(thread.error);
  });

  test('both answer after the end, as often as they are asked', async () => {
    const thread = jobs['identity']!('v');
    await thread;
    expect([thread.get(), thread.get(), thread.join()]).toEqual(['v', 'v', true]);
    expect(await Promise.all([thread.getAsync(), thread.joinAsync(), thread])).toEqual([
      'v',
      true,
      'v',
    ]);
  });

  test('a timeout makes join return false and get throw a Timeout', async () => {
    const clock = new VirtualClock();
    using _ = useClock(clock);
    const thread = jobs['waitAt']!('join timeout');
    const joined = thread.joinAsync({ timeout: 50 });
    const got = rejection(thread.getAsync({ timeout: 50 }));
    await until(() => waitingAt.includes('join timeout'));
    clock.advance(50);
    expect(await joined).toBe(false);
    expect(await got).toBeInstanceOf(Timeout);
    expect(thread.state).toBe('running');
    open('join timeout', 1);
    expect(await thread).toBe(1);
  });

  test('a signal ends the wait with its reason, and not the thread', async () => {
    const thread = jobs['waitAt']!('join signal');
    const controller = new AbortController();
    const joined = rejection(thread.joinAsync({ signal: controller.signal }));
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await joined).toBe(reason);
    await until(() => waitingAt.includes('join signal'));
    open('join signal', 2);
    expect(await thread).toBe(2);
  });

  test('plain code on the main thread is told to await', async () => {
    const thread = jobs['waitAt']!('main');
    await until(() => waitingAt.includes('main'));
    for (const verb of [() => thread.join(), () => thread.get(), () => thread.kill()]) {
      const error = thrownBy(verb) as CoppiceError;
      expect(error.code).toBe('ERR_COPPICE_WOULD_BLOCK_MAIN');
      expect(error.message).toMatch(/Async\(\)/);
    }
    await thread.killAsync();
  });
});

describe('kill', () => {
  test('before the start: it never runs, links fire, and it counts as a success', async () => {
    for (const started of [false, true]) {
      const thread = job('markThenReturn', 'never');
      let heard = 0;
      thread.link(() => void heard++);
      if (started) thread.start();
      await thread.killAsync();
      thread.start();
      expect([thread.state, thread.successful, heard]).toEqual(['ended', true, 1]);
      expect(await thread).toBeInstanceOf(GreenThreadExit);
    }
    await jobs['identity']!(1);
    expect(marks).toEqual([]);
  });

  test('in a sleep: GreenThreadExit is thrown there, finally runs, the outcome is a success', async () => {
    const thread = jobs['sleepMarkingFinally']!('s');
    await until(() => marks.includes('enter s'));
    await thread.killAsync();
    expect(marks).toEqual(['enter s', 'finally s']);
    expect(thread.successful).toBe(true);
    expect(thread.value).toMatchObject({ code: 'ERR_COPPICE_KILLED', unwound: true });
    expect(thread.value).toBeInstanceOf(GreenThreadExit);
  });

  test('in a call: the call is aborted at the hub', async () => {
    const { aborted } = await import('../fixtures/calls.mjs');
    const thread = jobs['waitMarkingFinally']!('aborts');
    await until(() => waitingAt.includes('aborts'));
    await thread.killAsync({ reason: 'go away' });
    expect(marks).toEqual([
      'enter aborts',
      [
        'caught aborts',
        'GreenThreadExit',
        expect.stringContaining('go away'),
        'ERR_COPPICE_KILLED',
      ],
      'finally aborts',
    ]);
    await until(() => aborted.some(([name]) => name === 'aborts'));
    expect(aborted.find(([name]) => name === 'aborts')?.[1]).toBeInstanceOf(GreenThreadExit);
  });

  test('with an error as its reason, that error is the outcome', async () => {
    const thread = jobs['waitAt']!('reason');
    await until(() => waitingAt.includes('reason'));
    await thread.killAsync({ reason: new RangeError('because') });
    expect(thread.successful).toBe(false);
    expect(thread.error).toBeInstanceOf(RangeError);
    expect((thread.error as Error).message).toBe('because');
  });

  test('in a coroutine of the Worker: the await is rejected', async () => {
    for (const name of ['asyncWait', 'asyncSleep']) {
      marks.length = 0;
      const thread = jobs[name]!(name);
      await until(() => marks.includes(`enter ${name}`));
      await thread.killAsync();
      expect(marks).toEqual([`enter ${name}`, `finally ${name}`]);
      expect(thread.value).toBeInstanceOf(GreenThreadExit);
    }
  });

  test('while the Worker awaits something of its own: thrown at the next yield point', async () => {
    const words = new Int32Array(new SharedArrayBuffer(4));
    const thread = jobs['awaitNative']!('n', words);
    await until(() => marks.includes('enter n'));
    thread.kill({ timeout: 0 });
    Atomics.store(words, 0, 1);
    expect(await thread).toBeInstanceOf(GreenThreadExit);
  });

  test('a second kill while the first still unwinds is not lost', async () => {
    const thread = jobs['stubborn']!('twice');
    await until(() => marks.includes('enter twice'));
    thread.kill({ timeout: 0, reason: 'first' });
    await until(() => waitingAt.includes('twice unwinding'));
    thread.kill({ timeout: 0, reason: 'second' });
    await thread.joinAsync();
    expect(marks).toEqual(['enter twice', ['second twice', expect.stringContaining('second')]]);
    expect((thread.value as Error).message).toContain('first');
  });

  test('kills that come while the Worker computes are thrown one per yield point, oldest first', async () => {
    const words = new Int32Array(new SharedArrayBuffer(8));
    const thread = jobs['loopUntil']!(words);
    await until(() => Atomics.load(words, 0) === 1);
    thread.kill({ timeout: 0, reason: 'one' });
    thread.kill({ timeout: 0, reason: 'two' });
    Atomics.store(words, 1, 1);
    await thread.joinAsync();
    expect((thread.value as Error).message).toContain('one');
  });

  test('a thread that swallows its kill goes on', async () => {
    const thread = jobs['swallowsKill']!('w');
    await until(() => marks.includes('enter w'));
    await thread.killAsync();
    expect(thread.value).toBe('survived w');
  });

  test('timeout limits the waiting for the end, not the kill', async () => {
    const clock = new VirtualClock();
    using _ = useClock(clock);
    const thread = jobs['stubborn']!('slow end');
    await until(() => marks.includes('enter slow end'));
    const killed = thread.killAsync({ timeout: 20 });
    await until(() => waitingAt.includes('slow end unwinding'));
    clock.advance(20);
    await killed;
    expect(thread.ready).toBe(false);
    open('slow end unwinding');
    await thread.joinAsync();
  });

  test('force terminates a CPU loop after the grace period and says that finally did not run', async () => {
    const clock = new VirtualClock();
    using _ = useClock(clock);
    const thread = jobs['loopForever']!('cpu');
    await until(() => marks.includes('enter cpu'));
    const killed = thread.killAsync({ force: true, timeout: 30 });
    await until(() => clock.pending > 0);
    clock.advance(29);
    expect(thread.ready).toBe(false);
    clock.advance(1);
    await killed;
    expect(thread.successful).toBe(true);
    expect(thread.value).toMatchObject({ unwound: false, code: 'ERR_COPPICE_KILLED' });
    expect((thread.value as Error).message).toContain('finally blocks did not run');
    expect(marks).toEqual(['enter cpu']);
  });

  test('force leaves a thread alone that ends in its grace period', async () => {
    const thread = jobs['sleepMarkingFinally']!('graceful');
    await until(() => marks.includes('enter graceful'));
    await thread.killAsync({ force: true });
    expect(marks).toEqual(['enter graceful', 'finally graceful']);
    expect(thread.value).toMatchObject({ unwound: true });
  });

  test('an ended thread is not changed by it', async () => {
    const thread = jobs['identity']!('done');
    await thread;
    await thread.killAsync();
    thread.kill();
    expect(thread.value).toBe('done');
  });
});

describe('later', () => {
  let clock: VirtualClock;
  let installed: Disposable;
  beforeEach(() => {
    clock = new VirtualClock();
    installed = useClock(clock);
  });
  afterEach(() => installed[Symbol.dispose]());

  test('startLater and spawnLater start when their time has come', async () => {
    const thread = job('identity', 'a');
    thread.startLater(100);
    const other = spawnLater(100, fixture('second.mjs'), 'b');
    clock.advance(99);
    expect([thread.state, other.state]).toEqual(['scheduled', 'scheduled']);
    clock.advance(1);
    expect(await Promise.all([thread, other])).toEqual(['a', ['second', 'b']]);
  });

  test('a thread killed before its time never runs and leaves no timer', async () => {
    const thread = job('markThenReturn', 'too early');
    thread.startLater(100);
    await thread.killAsync();
    expect(clock.pending).toBe(0);
    clock.advance(100);
    await jobs['identity']!(1);
    expect(marks).toEqual([]);
  });

  test('a time must be a time', () => {
    for (const ms of [-1, Number.NaN, '1' as never])
      expect((thrownBy(() => job('identity').startLater(ms)) as CoppiceError).code).toBe(
        'ERR_COPPICE_INVALID_ARGUMENT',
      );
    expect(systemClock.virtual).toBe(false);
  });
});
