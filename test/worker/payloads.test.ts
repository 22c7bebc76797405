/**
 * What can be an argument, a result and a call's payload: everything that structured clone takes, of any size.
 */
import { randomBytes } from 'node:crypto';
import { MessageChannel } from 'node:worker_threads';
import { transfer, wrap, type CoppiceError } from 'coppice';
import { once } from 'node:events';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fixture, rejection, until } from '../support.ts';

const jobs = wrap(fixture('jobs.mjs'));
/** Into the thread, to the hub, back, and out again. */
const around = (value: unknown) => jobs['throughCall']!(value);

const cyclic: Record<string, unknown> = { name: 'cyclic' };
cyclic['self'] = cyclic;
const shared = { twice: 1 };

describe('structured clone both ways', () => {
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a boolean', true],
    ['the other one', false],
    ['-0', -0],
    ['NaN', Number.NaN],
    ['Infinity', -Infinity],
    ['a bigint', 2n ** 70n],
    ['a string', 'ünï\u0000cödé \u{1F333} \uD800'],
    ['a date', new Date(12345)],
    ['an invalid date', new Date(Number.NaN)],
    ['a regular expression', /a+(?<b>c)/giu],
    ['a boxed number', Object(1)],
    ['a boxed string', Object('s')],
    ['a map', new Map<unknown, unknown>([[{ k: 1 }, new Map([[1, 2]])]])],
    ['a set', new Set([1, 'a', { deep: true }])],
    ['a sparse array', [1, , 3]], // oxlint-disable-line no-sparse-arrays
    ['a number key', { 1: 'one', __proto__x: 2 }],
    ['an ArrayBuffer', new Uint8Array([1, 2, 3]).buffer],
    ['a DataView', new DataView(new Uint8Array([1, 2, 3]).buffer, 1)],
    ['a view into a buffer', new Uint8Array([1, 2, 3, 4]).subarray(1, 3)],
    ['floats', new Float64Array([1.5, Number.NaN])],
    ['big integers', new BigInt64Array([1n, -1n])],
    ['an error', new RangeError('as a value')],
  ])('%s', async (_name, value) => {
    const got = await around(value);
    expect(got).toStrictEqual(value);
    expect(Object.prototype.toString.call(got)).toBe(Object.prototype.toString.call(value));
  });

  test('cycles and shared parts keep their shape', async () => {
    const cycle = (await around(cyclic)) as typeof cyclic;
    expect(cycle['self']).toBe(cycle);
    const pair = (await around([shared, shared])) as unknown[];
    expect(pair[0]).toBe(pair[1]);
  });

  test('shared memory is shared', async () => {
    const words = new Int32Array(new SharedArrayBuffer(8));
    const got = (await around(words)) as Int32Array;
    Atomics.store(got, 1, 7);
    expect(words[1]).toBe(7);
  });

  test('a Blob and a key', async () => {
    const blob = (await around(new Blob(['abc'], { type: 'text/x' }))) as Blob;
    expect([await blob.text(), blob.type]).toEqual(['abc', 'text/x']);
  });

  test('anything at all', async () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
    });
    await fc.assert(
      fc.asyncProperty(anything, async (value) => {
        expect(await around(value)).toEqual(structuredClone(value));
      }),
      { numRuns: 200 },
    );
  });
});

describe('large', () => {
  test('bytes of 32 MB arrive whole', async () => {
    const bytes = randomBytes(32 << 20);
    const got = (await around(bytes)) as Uint8Array;
    expect(Buffer.compare(bytes, got)).toBe(0);
  });

  test('two hundred thousand objects', async () => {
    const list = Array.from({ length: 200_000 }, (_, index) => ({ index, text: `#${index}` }));
    const got = (await around(list)) as typeof list;
    expect(got.length).toBe(list.length);
    expect(got.at(-1)).toEqual(list.at(-1));
  });
});

describe('transfer', () => {
  test('moves an argument', async () => {
    const bytes = new Uint8Array(1000).fill(2);
    const thread = jobs['byteSum']!(transfer(bytes, [bytes.buffer]));
    expect(await thread).toBe(2000);
    expect(bytes.byteLength).toBe(0);
  });

  test('moves a result', async () => {
    const left = new Int32Array(new SharedArrayBuffer(4));
    const bytes = (await jobs['transferBack']!(64, left)) as Uint8Array;
    expect(bytes.byteLength).toBe(64);
    await until(() => Atomics.load(left, 0) === 1);
  });

  test('moves a port', async () => {
    const { port1, port2 } = new MessageChannel();
    const heard = once(port1, 'message');
    await jobs['usePort']!(transfer(port2, [port2]));
    expect(await heard).toEqual(['through the port']);
    port1.close();
  });
});

describe('what cannot be cloned is named by its path', () => {
  test('in an argument, and the next job is served by the same pool', async () => {
    const error = (await rejection(
      jobs['identity']!(1, { list: [1, { deep: () => 1 }] }),
    )) as CoppiceError;
    expect(error.code).toBe('ERR_COPPICE_NOT_CLONEABLE');
    expect(error.message).toContain('Argument 2 of identity');
    expect(error.message).toContain('.list[1].deep (a function)');
    expect(await jobs['identity']!(1)).toBe(1);
  });

  test('in a return value', async () => {
    const error = (await rejection(jobs['returnFunction']!())) as CoppiceError;
    expect(error.message).toContain('The return value.list[1].deep (a function)');
  });

  test('in the argument of a call, which can be caught there', async () => {
    const [code, message, alive] = (await jobs['callWithUncloneable']!()) as string[];
    expect(code).toBe('ERR_COPPICE_NOT_CLONEABLE');
    expect(message).toContain('Argument 1 of test.echo().list[1].deep (a function)');
    expect(alive).toBe('still alive');
  });

  test('in the result of a call', async () => {
    const [code, message, alive] = (await jobs['uncloneableResult']!()) as string[];
    expect(code).toBe('ERR_COPPICE_NOT_CLONEABLE');
    expect(message).toContain('The result of test.handsOut().socket');
    expect(alive).toBe('still alive');
  });
});
