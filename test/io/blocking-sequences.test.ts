/**
 * Async generators of a module as iterators of green threads: pulled one item at a time, and closed whatever ends them.
 */
import { blocking, withTimeoutAsync, wrap } from 'coppice';
import { beforeEach, describe, expect, test } from 'vitest';
import { notes, resetNotes } from '../fixtures/async-db.mjs';
import { fixture, rejection, until } from '../support.ts';

const db = blocking<typeof import('../fixtures/async-db.mjs')>(fixture('async-db.mjs'));
const jobs = wrap(fixture('blocking-jobs.mjs'));

beforeEach(resetNotes);

describe('in a green thread', () => {
  test('are read to their end', async () => {
    expect(await jobs['take']!('numbers', Infinity, 3)).toEqual([1, 2, 3]);
    expect(notes).toEqual(['open', 'give 1', 'give 2', 'give 3', 'closed']);
    expect(await jobs['take']!('numbers', Infinity, 0)).toEqual([]);
  });

  test('are pulled one item at a time', async () => {
    expect(await jobs['pull']!('numbers', 2, 9)).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
    ]);
    expect(notes.slice(0, 3)).toEqual(['open', 'give 1', 'give 2']);
    expect(notes).not.toContain('give 3');
  });

  test('are done again and again once they are', async () => {
    const results = (await jobs['pull']!('numbers', 3, 1)) as unknown[];
    expect(results.slice(1)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
  });

  test('are closed by break', async () => {
    expect(await jobs['take']!('numbers', 2, 9)).toEqual([1, 2]);
    await until(() => notes.includes('closed'));
    expect(notes).toEqual(['open', 'give 1', 'give 2', 'closed']);
  });

  test('are closed by an error in the loop', async () => {
    expect(await rejection(jobs['throwsInLoop']!('numbers', 9))).toMatchObject({
      message: 'saw 1',
    });
    await until(() => notes.includes('closed'));
  });

  test('are closed once, whoever closes them', async () => {
    expect(await jobs['returnsTwice']!('numbers', 9)).toEqual([
      { done: true, value: 'over' },
      { done: true, value: 'again' },
      { done: true, value: undefined },
    ]);
    await until(() => notes.includes('closed'));
    expect(notes.filter((note) => note === 'closed')).toHaveLength(1);
  });

  test('are closed when the green thread that holds them ends', async () => {
    await jobs['pull']!('numbers', 1, 9);
    await until(() => notes.includes('closed'));
    expect(notes).toEqual(['open', 'give 1', 'closed']);
  });

  test('are closed when it is killed between two items', async () => {
    const thread = jobs['holds']!('numbers', 9);
    await until(() => notes.includes('holding'));
    await thread.killAsync();
    await until(() => notes.includes('closed'));
    expect(notes).toEqual(['open', 'give 1', 'holding', 'closed']);
  });

  test('are closed when it is killed in the middle of a step', async () => {
    const thread = jobs['take']!('endless', Infinity, 'step');
    await until(() => notes.includes('hang step'));
    await thread.killAsync();
    await until(() => notes.includes('closed step'));
    expect(thread.successful).toBe(true);
  });

  test('are closed when a time limit ends a step', async () => {
    // On a slow machine the first limits may end it before it has begun.
    for (let ms = 50; !notes.includes('hang limit'); ms *= 2) {
      const thread = jobs['limitedTake']!(ms, 'endless', 'limit');
      expect(await rejection(thread)).toMatchObject({ code: 'ERR_COPPICE_TIMEOUT' });
    }
    await until(() => notes.includes('closed limit'));
  });

  test.each(['leavesLate', 'leavesLateAsync'])(
    'are closed when a kill falls due as the loop is left (%s)',
    async (job) => {
      const word = new Int32Array(new SharedArrayBuffer(4));
      const thread = jobs[job]!(word, 'numbers', 9);
      await until(() => notes.includes('in 1'));
      thread.kill({ timeout: 0, reason: 'late' });
      Atomics.store(word, 0, 1);
      Atomics.notify(word, 0);
      expect(await thread).toEqual(['left', 'The green thread was killed: late']);
    },
  );

  test('are closed when an item cannot be sent', async () => {
    expect(await jobs['outlives']!('mixed')).toEqual([1, 'ERR_COPPICE_NOT_CLONEABLE']);
  });

  test('pass on what the generator throws', async () => {
    const error = await rejection(jobs['take']!('failing', Infinity));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: 'after the first' });
  });

  test('come out of a promise too', async () => {
    expect(await jobs['take']!('openNumbers', Infinity, 2)).toEqual([1, 2]);
  });
});

describe('in a coroutine', () => {
  test('are async iterables, awaited or not', async () => {
    const seen: number[] = [];
    for await (const n of db.numbersAsync(3)) seen.push(n);
    // oxlint-disable-next-line typescript/await-thenable -- its type is the sequence; it may be awaited all the same
    for await (const n of await db.openNumbersAsync(2)) seen.push(n);
    expect(seen).toEqual([1, 2, 3, 1, 2]);
  });

  test('are closed by break', async () => {
    for await (const n of db.numbersAsync(9)) if (n === 2) break;
    await until(() => notes.includes('closed'));
    expect(notes).toEqual(['open', 'give 1', 'give 2', 'closed']);
  });

  test('are closed when a time limit is over as the loop is left', async () => {
    const seen: string[] = [];
    const limited = withTimeoutAsync(20, async ({ signal }) => {
      for await (const n of db.numbersAsync(9)) {
        seen.push(`in ${n}`);
        while (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 1));
        break;
      }
      seen.push('left');
    });
    await rejection(limited);
    // On a slow machine the limit may end it before it has begun; then there is nothing to close.
    if (seen.length === 0) return;
    await until(() => notes.includes('closed') && seen.includes('left'));
  });

  test('reject with what the generator throws', async () => {
    const seen: number[] = [];
    const reading = (async () => {
      for await (const n of db.failingAsync()) seen.push(n);
    })();
    expect(await rejection(reading)).toBeInstanceOf(TypeError);
    expect(seen).toEqual([1]);
  });

  test('in a Worker, too', async () => {
    expect(await jobs['awaitedSequence']!('numbers', Infinity, 3)).toEqual([1, 2, 3]);
    resetNotes();
    expect(await jobs['awaitedSequence']!('numbers', 1, 3)).toEqual([1]);
    await until(() => notes.includes('closed'));
  });
});
