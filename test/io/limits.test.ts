/**
 * `{ timeout, signal }` on every call of `blocking()` and `defineBlocking()`, whoever calls: by `.with()` for one call,
 * by the options of `blocking()` for all. The work of the hub is aborted with it.
 */
import { blocking, Timeout, wrap, type WaitOptions } from 'coppice';
import { beforeEach, describe, expect, test } from 'vitest';
import { aborted, resetNotes } from '../fixtures/async-db.mjs';
import { hangs } from '../fixtures/limits-calls.mjs';
import { fixture, rejection, runProgram, thrownBy } from '../support.ts';

const url = fixture('async-db.mjs');
const db = blocking<typeof import('../fixtures/async-db.mjs')>(url);
const jobs = wrap(fixture('limits-jobs.mjs'));

beforeEach(resetNotes);

describe('in a green thread', () => {
  test('one call has its own, and the work at the hub is aborted', async () => {
    const result = (await jobs['called']!()) as Record<string, unknown>;
    expect(result).toMatchObject({ timeout: true, ms: 15 });
    expect(result['stack']).toContain('limits-jobs.mjs');
    expect(aborted).toEqual([['with', 'Timeout']]);
  });

  test.each([
    ['a limited function can be kept, and is limited each time', 'kept', [15, 15, 3]],
    ['a whole module, and one call of it', 'whole', [15, 16, 7]],
    ['a call of defineBlocking(), the last given counts', 'defined', [15, 16]],
    ['a signal', 'signalled', ['The operation was aborted due to timeout', 'no']],
    ['each step of an iterator', 'iterated', [['first'], 30]],
    ['in its coroutines', 'awaited', [15, 16, 17, 'TimeoutError', 3]],
    ["each step of a coroutine's iterator", 'awaitedSequence', [['first'], 30]],
  ])('%s', async (_what, job, expected) => {
    expect(await jobs[job]!()).toEqual(expected);
  });
});

describe('in fibers', () => {
  const run = async (name: string) => {
    const { stdout, stderr } = await runProgram(`fibers/${name}`, [], {
      flags: ['--import', new URL('../../dist/register.js', import.meta.url).href],
    });
    return { stdout, stderr };
  };

  test('each way of giving them', async () => {
    expect(await run('limits.js')).toEqual({
      stderr: '',
      stdout: '[50,50,["first",50],"changed my mind"] true\n',
    });
  });

  test('calls whose names only their user knows are set aside as well', async () => {
    expect(await run('own-calls.cjs')).toEqual({
      stderr: '',
      stdout:
        '[["fiber",[{"sql":"of a module"}]],["fiber",[{"sql":"of a definition"}]],["fiber",[1,2,3]]]\n',
    });
  });
});

describe('in a coroutine of the main thread', () => {
  test('a timeout', async () => {
    expect(await rejection(db.hangAsync.with({ timeout: 5 })('main'))).toBeInstanceOf(Timeout);
    expect(await rejection(hangs.with({ timeout: 5 }).async())).toMatchObject({ ms: 5 });
    expect(aborted).toEqual([
      ['main', 'Timeout'],
      ['hangs', 'seen'],
    ]);
    expect(await db.addAsync.with({ timeout: 60_000 })(1, 2)).toBe(3);
  });

  test('a signal', async () => {
    const controller = new AbortController();
    const call = rejection(db.hangAsync.with({ signal: controller.signal })('main'));
    await db.queryAsync('is begun by now');
    controller.abort(new RangeError('enough'));
    expect(await call).toMatchObject({ message: 'enough' });
    expect(aborted).toEqual([['main', 'RangeError']]);
  });
});

describe('in plain code on the main thread', () => {
  test('a timeout', () => {
    expect(thrownBy(() => db.hang.with({ timeout: 20 })('plain'))).toMatchObject({ ms: 20 });
    expect(thrownBy(() => hangs.with({ timeout: 20 })())).toMatchObject({ ms: 20 });
    expect(thrownBy(() => blocking(url, { timeout: 20 })['hang']!('plain'))).toBeInstanceOf(
      Timeout,
    );
    expect(db.add.with({ timeout: 60_000 })(1, 2)).toBe(3);
  });

  test('a signal that is aborted already', () => {
    expect(thrownBy(() => db.add.with({ signal: AbortSignal.abort('no') })(1, 2))).toBe('no');
  });
});

test('takes no nonsense', () => {
  for (const bad of [{ timeout: -1 }, { timeout: '5' }, { signal: {} }, 7, null]) {
    for (const use of [
      (limits: WaitOptions) => db.query.with(limits),
      (limits: WaitOptions) => db.queryAsync.with(limits),
      (limits: WaitOptions) => hangs.with(limits),
    ]) {
      expect(thrownBy(() => use(bad as WaitOptions))).toMatchObject({
        code: 'ERR_COPPICE_INVALID_ARGUMENT',
      });
    }
  }
  expect(thrownBy(() => blocking(url, { timeout: NaN }))).toMatchObject({
    code: 'ERR_COPPICE_INVALID_ARGUMENT',
  });
});
