/**
 * Calls that lie in shared words instead of being posted: what is put comes out, whoever gives up is not heard, and what
 * is posted besides keeps its order.
 */
import { killAllAsync, wrap } from 'coppice';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CallWords, WORDS } from '../../src/worker/call-words.ts';
import { fixture, runProgram } from '../support.ts';

const jobs = wrap(fixture('call-words-jobs.mjs'));

/** Everything that may lie in words, and some of what may not. */
const argument = fc.oneof(
  fc.constantFrom(undefined, null, true, false, NaN, -0, Infinity, -Infinity, '\ud800', '\udc00x'),
  fc.double(),
  fc.integer(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
);
const args = fc.array(argument, { maxLength: 8 });

describe('the words', () => {
  const pair = (): [worker: CallWords, hub: CallWords] => {
    const words = new Int32Array(new SharedArrayBuffer(4 * WORDS));
    return [new CallWords(words), new CallWords(words)];
  };

  test('what is put is taken, once', () => {
    const [worker, hub] = pair();
    fc.assert(
      fc.property(
        args,
        fc.boolean(),
        fc.integer({ min: 1, max: 0x7fffffff }),
        (list, bounded, number) => {
          const call = { number, definition: 3, bounded, args: list };
          const could = worker.put(call);
          expect(hub.take()).toStrictEqual(could ? call : undefined);
          expect(hub.take()).toBeUndefined();
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('what is taken back is not taken, and the other way round', () => {
    const [worker, hub] = pair();
    const call = { number: 1, definition: 0, bounded: false, args: [1] };
    expect(worker.put(call)).toBe(true);
    expect(worker.put(call)).toBe(false);
    expect(worker.takeBack()).toBe(true);
    expect(hub.take()).toBeUndefined();
    expect(worker.put(call)).toBe(true);
    expect(hub.take()).toStrictEqual(call);
    expect(worker.takeBack()).toBe(false);
  });

  test('what the hub is just reading cannot be taken back, nor can anything be put in its place', () => {
    const [worker, hub] = pair();
    const call = { number: 1, definition: 0, bounded: false, args: ['text'] };
    const seen: boolean[] = [];
    const { toString } = Buffer.prototype;
    worker.put(call);
    // The moment in which the hub reads the text is the only one in which this heap gets a word in.
    Buffer.prototype.toString = function (...args: never[]) {
      seen.push(worker.takeBack(), worker.put(call));
      return Reflect.apply(toString, this, args);
    };
    try {
      expect(hub.take()).toStrictEqual(call);
    } finally {
      Buffer.prototype.toString = toString;
    }
    expect(seen).toEqual([false, false]);
  });

  test('what is no plain value, or too long, is posted', () => {
    const [worker] = pair();
    for (const plain of [[], [1, 'two', true, null, undefined, -0], ['x'.repeat(200)]]) {
      expect(worker.put({ number: 1, definition: 0, bounded: false, args: plain })).toBe(true);
      expect(worker.takeBack()).toBe(true);
    }
    const refused = [
      [{}],
      [1n],
      [Symbol.iterator],
      [() => 0],
      ['x'.repeat(1000)],
      Array(7).fill(1),
    ];
    for (const list of refused)
      expect(worker.put({ number: 1, definition: 0, bounded: false, args: list })).toBe(false);
  });
});

test('arguments of every kind arrive as they were given, in words and posted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(args, { maxLength: 20 }), async (lists) => {
      expect(await jobs['echoEach']!(lists)).toStrictEqual(lists);
    }),
    { numRuns: 100 },
  );
});

test('output and calls reach the hub in the order of the program', async () => {
  const { stdout, code } = await runProgram('call-order-program.mjs');
  expect(code).toBe(0);
  const said = stdout.split('\n').filter((line) => line !== '');
  expect(said).toEqual(Array.from({ length: 1000 }, (_, index) => `${index}`));
});

test('callers that are killed, time out or are terminated in the middle of calls take no answer of another one', async () => {
  const counts = await Promise.all(
    Array.from({ length: 6 }, (_, seed) => jobs['callAndGiveUp']!(seed, 300)),
  );
  expect(counts).toEqual([0, 0, 0, 0, 0, 0]);

  for (let round = 0; round < 20; round++) {
    const words = new Int32Array(new SharedArrayBuffer(4));
    const threads = Array.from({ length: 4 }, () => jobs['callForEver']!(words));
    const quiet = threads.map((thread) => thread.then(undefined, (error: unknown) => error));
    while (Atomics.load(words, 0) < 4 * (round + 1)) await new Promise((go) => setTimeout(go, 1));
    await killAllAsync(threads.slice(0, 2));
    await killAllAsync(threads.slice(2), { force: true, timeout: 0 });
    await Promise.all(quiet);
  }
  expect(await jobs['echoEach']!([[1], ['two']])).toEqual([[1], ['two']]);
}, 60_000);
