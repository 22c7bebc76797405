/**
 * Time limits in green threads: which one fires, what it throws, and what it ends.
 */
import { sleepAsync, Timeout, withTimeout, wrap } from 'coppice';
import { beforeEach, describe, expect, test } from 'vitest';
import { aborted, notes, resetNotes } from '../fixtures/async-db.mjs';
import { startSilentServer } from '../silent-server.ts';
import { fixture, rejection, thrownBy, until } from '../support.ts';

const TWIN = Symbol.for('coppice.twin');
const jobs = wrap(fixture('timeout-jobs.mjs'));

beforeEach(resetNotes);

describe('a Timeout', () => {
  test.each(['sleep', 'hang', 'receive'])('ends %s, as itself, and only once', async (kind) => {
    expect(await jobs['expires']!(kind)).toEqual([
      true,
      true,
      'Timeout',
      'ERR_COPPICE_TIMEOUT',
      20,
      'slept',
    ]);
  });

  test.each(['fetch', 'body'])('ends %s, and closes its connection', async (kind) => {
    await using server = await startSilentServer({ head: kind === 'body' });
    expect(await jobs['expires']!(kind, server.url)).toEqual(
      expect.arrayContaining([true, true, 'Timeout']),
    );
    await until(() => server.closed === server.requests);
  });

  test('aborts the work of the hub', async () => {
    await jobs['expires']!('hang');
    expect(aborted).toEqual([['limited', 'Timeout']]);
  });

  test('can be given to one call', async () => {
    await using server = await startSilentServer({ head: true });
    expect(await jobs['ownLimit']!('sleep')).toEqual([true, 20, true]);
    expect(await jobs['ownLimit']!('fetch', server.url)).toEqual([true, 20, true]);
    await until(() => server.closed === server.requests);
  });

  test('fires inside a parked worker within some milliseconds', async () => {
    const late: number[] = [];
    for (let i = 0; i < 9; i++) late.push((await jobs['lateness']!()) as number);
    // The best of them: a machine under load may be late, but not by itself always.
    expect(Math.min(...late)).toBeLessThan(20);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
  });

  test('fires at the next yield point of code that computed too long', async () => {
    expect(await jobs['limitsCpu']!()).toBe(true);
  });

  test.each([
    ['closed', 'nothing fired'],
    ['firesOnce', true],
    ['zero', true],
    ['never', 'done'],
    ['invalid', Array(4).fill('ERR_COPPICE_INVALID_ARGUMENT')],
  ])('%s', async (name, expected) => {
    expect(await jobs[name]!()).toEqual(expected);
  });

  test('ends with its green thread, and does not reach the next one on that Worker', async () => {
    await jobs['leavesOpen']!();
    expect(await jobs['sleeps']!(40)).toBe('slept well');
  });

  test('arrives at the hub as a Timeout that tells how long', async () => {
    const error = await rejection(jobs['throwsTimeout']!());
    expect(error).toBeInstanceOf(Timeout);
    expect(error).toMatchObject({ name: 'Timeout', ms: 5, code: 'ERR_COPPICE_TIMEOUT' });
    expect((error as Timeout).owns(error)).toBe(true);
    expect((error as Timeout).owns(new Error('another'))).toBe(false);
  });
});

describe('nested limits', () => {
  test('the inner one leaves the outer one running', async () => {
    expect(await jobs['innerFirst']!()).toEqual([true, false]);
  });

  test('the outer one passes through the handlers of the inner', async () => {
    expect(await jobs['outerFirst']!()).toEqual([false, true, 10]);
  });

  test('of two that are due, the outer one fires first, and the inner one is not lost', async () => {
    expect(await jobs['bothDue']!()).toEqual([true, true]);
  });
});

describe('withTimeout', () => {
  test('throws a custom error as it was given', async () => {
    expect(await jobs['customError']!()).toEqual([true, true, false]);
    const error = await rejection(jobs['throwsCustom']!());
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: 'too slow', code: 'E_SLOW' });
  });

  test('swallows its own when it is silent, and nothing else', async () => {
    expect(await jobs['silent']!()).toEqual(['nothing', 'a value']);
    expect(await jobs['silentOthers']!()).toBe('mine');
  });

  test('refuses a promise, which it cannot limit', () => {
    expect(thrownBy(() => withTimeout(5, () => sleepAsync(1)))).toMatchObject({
      code: 'ERR_COPPICE_INVALID_ARGUMENT',
      message: expect.stringContaining('withTimeoutAsync()') as string,
    });
  });

  test('refuses it in a fiber as well', () => {
    const { [TWIN]: twin } = withTimeout as unknown as Record<
      symbol,
      (...args: unknown[]) => Generator
    >;
    const logic = twin!(5, () => sleepAsync(1));
    expect(thrownBy(() => logic.next())).toMatchObject({ code: 'ERR_COPPICE_INVALID_ARGUMENT' });
  });

  test('lets a kill pass', async () => {
    const thread = jobs['killedInside']!();
    await until(() => notes.includes('in the limit'));
    thread.kill({ timeout: 0 });
    expect(await thread).toBe(true);
  });
});
