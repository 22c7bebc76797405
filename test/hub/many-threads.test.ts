/**
 * Waiting for many green threads at once, and killing many.
 */
import {
  GreenThreadExit,
  joinAll,
  joinAllAsync,
  killAllAsync,
  useClock,
  VirtualClock,
  wrap,
} from 'coppice';
import type { CoppiceError } from 'coppice';
import { beforeEach, describe, expect, test } from 'vitest';
import { marks, open, waitingAt } from '../fixtures/calls.mjs';
import { fixture, rejection, thrownBy, until } from '../support.ts';

const jobs = wrap(fixture('jobs.mjs'));
const atGates = async (...names: string[]) => {
  const threads = names.map((name) => jobs['waitAt']!(name));
  await until(() => names.every((name) => waitingAt.includes(name)));
  return threads;
};

beforeEach(() => {
  marks.length = 0;
});

describe('joinAll', () => {
  test('returns the threads in the order in which they ended', async () => {
    const [a, b, c] = await atGates('a', 'b', 'c');
    const joined = joinAllAsync([a!, b!, c!]);
    for (const [name, thread] of [
      ['b', b],
      ['c', c],
      ['a', a],
    ] as const) {
      open(name);
      await thread!.joinAsync();
    }
    expect(await joined).toEqual([b, c, a]);
  });

  test('of none it returns none, of ended ones at once, of a doubled one once', async () => {
    expect(await joinAllAsync([])).toEqual([]);
    const thread = jobs['identity']!(1);
    await thread;
    expect(await joinAllAsync([thread, thread])).toEqual([thread]);
  });

  test('count returns as soon as so many have ended', async () => {
    const [a, b] = await atGates('count a', 'count b');
    open('count b');
    expect(await joinAllAsync([a!, b!], { count: 1 })).toEqual([b]);
    open('count a');
    await a;
  });

  test('timeout returns what has ended until then', async () => {
    const clock = new VirtualClock();
    using _ = useClock(clock);
    const [a, b] = await atGates('time a', 'time b');
    const joined = joinAllAsync([a!, b!], { timeout: 10 });
    open('time a');
    await a;
    clock.advance(10);
    expect(await joined).toEqual([a]);
    open('time b');
    await b;
    expect(clock.pending).toBe(0);
  });

  test('errors are passed over, unless throwOnError throws the first', async () => {
    const bad = jobs['throwIt']!('type');
    const [good] = await atGates('good');
    const failing = rejection(joinAllAsync([good!, bad], { throwOnError: true }));
    expect(await failing).toBeInstanceOf(TypeError);
    open('good', 1);
    expect(await joinAllAsync([bad, good!])).toEqual([bad, good]);
  });

  test('blocks nobody by mistake: on the main thread it says what to await', async () => {
    const threads = await atGates('main');
    const error = thrownBy(() => joinAll(threads)) as CoppiceError;
    expect(error.code).toBe('ERR_COPPICE_WOULD_BLOCK_MAIN');
    expect(error.message).toContain('joinAllAsync()');
    open('main', 1);
    await joinAllAsync(threads);
    expect(joinAll(threads)).toEqual(threads);
    expect(joinAll([])).toEqual([]);
  });

  test('takes green threads only', async () => {
    const error = (await rejection(joinAllAsync([1 as never]))) as CoppiceError;
    expect(error.code).toBe('ERR_COPPICE_INVALID_ARGUMENT');
  });

  test('in whatever order they were made', async () => {
    const [older, younger] = [jobs['identity']!(1), jobs['identity']!(2)];
    const joined = await joinAllAsync([younger, older, younger]);
    expect(new Set(joined)).toEqual(new Set([older, younger]));
    expect(joined).toHaveLength(2);
  });
});

describe('killAll', () => {
  test('takes green threads only, and kills none when one is none', async () => {
    const [older, younger] = [jobs['identity']!(1), jobs['identity']!(2)];
    const error = (await rejection(killAllAsync([younger, older, 'x' as never]))) as CoppiceError;
    expect(error.code).toBe('ERR_COPPICE_INVALID_ARGUMENT');
    expect([await older, await younger]).toEqual([1, 2]);
  });

  test('tells all before it waits for the first', async () => {
    const threads = ['k1', 'k2', 'k3'].map((name) => jobs['stubborn']!(name));
    await until(() => marks.length === 3);
    const killed = killAllAsync(threads);
    await until(() => waitingAt.filter((name) => name.endsWith('unwinding')).length === 3);
    for (const name of ['k3', 'k2', 'k1']) open(`${name} unwinding`);
    await killed;
    for (const thread of threads) expect(thread.value).toBeInstanceOf(GreenThreadExit);
  });

  test('reaches running, queued and unstarted threads alike', async () => {
    const running = jobs['sleepMarkingFinally']!('running');
    await until(() => marks.includes('enter running'));
    const scheduled = jobs['markThenReturn']!('scheduled');
    await killAllAsync([running, scheduled]);
    expect(marks).toEqual(['enter running', 'finally running']);
    expect([running.state, scheduled.state]).toEqual(['ended', 'ended']);
  });
});
