/**
 * What a beginner gives by mistake, to each method of each primitive: whatever is thrown has a code and says what to do,
 * and none of it is what JavaScript says of code that he did not write.
 */
import { expect, test } from 'vitest';
import * as coppice from '../../dist/index.js';
import { fixture } from '../support.ts';

const url = fixture('sync/square.js');
const PLAIN = [5, 'text', null, undefined, {}, () => {}, Symbol('s'), Number.NaN, -1, true, 10n];
const LIMITS = [{ timeout: 'x' }, { timeout: -1 }, { timeout: 0, signal: 5 }, { signal: {} }];
const WRONG = [...PLAIN, [], ...LIMITS];
const KINDS = {
  Event: [],
  AsyncResult: [],
  Lock: [],
  RLock: [],
  RWLock: [],
  Semaphore: [1],
  BoundedSemaphore: [1],
  Condition: [],
  Barrier: [2],
  Queue: [],
  LifoQueue: [],
  PriorityQueue: [],
  Channel: [],
  Group: [],
  Pool: [2],
} as const;
type Kind = keyof typeof KINDS;
type Method = (...args: unknown[]) => unknown;

const library: Readonly<Record<string, unknown>> = { ...coppice };

const make = (kind: Kind, args: readonly unknown[] = KINDS[kind]): Record<string, Method> =>
  Reflect.construct(library[kind] as new () => Record<string, Method>, args);

function methodsOf(kind: Kind): string[] {
  const names = new Set<string>();
  for (
    let one: object = (library[kind] as { prototype: object }).prototype;
    one !== Object.prototype;
    one = Object.getPrototypeOf(one)
  )
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(one)))
      if (typeof value === 'function' && name !== 'constructor') names.add(name);
  return [...names];
}

const inWords = (value: unknown): string =>
  typeof value === 'object' || typeof value === 'string' ? JSON.stringify(value) : String(value);

/** The error that it throws or rejects with soon, if it is none of ours. */
async function rawError(call: () => unknown): Promise<string | undefined> {
  try {
    const result = call() as Partial<PromiseLike<unknown> & AsyncIterator<unknown>> | undefined;
    if (result instanceof coppice.GreenThread) result.kill({ timeout: 0 });
    else {
      const asked: unknown = typeof result?.next === 'function' ? result.next() : result;
      const settled = Promise.resolve(asked as PromiseLike<unknown>);
      settled.catch(() => {});
      await Promise.race([settled, turns()]);
    }
  } catch (error) {
    const { code, name, message } = error as Error & { code?: string };
    return code?.startsWith('ERR_COPPICE_') ? undefined : `${name}: ${message}`;
  }
  return undefined;
}

async function turns(): Promise<void> {
  for (let n = 0; n < 3; n++) {
    // oxlint-disable-next-line no-await-in-loop -- several turns of the loop, one after the other
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test.each(Object.keys(KINDS) as Kind[])('%s', async (kind) => {
  const raw: string[] = [];
  const attempt = async (label: string, call: () => unknown): Promise<void> => {
    const error = await rawError(call);
    if (error) raw.push(`${label}: ${error}`);
  };
  for (const wrong of WRONG) {
    const text = inWords(wrong);
    // oxlint-disable-next-line no-await-in-loop -- one mistake after the other
    await attempt(`new ${kind}(${text})`, () => void make(kind, [wrong]));
    for (const name of methodsOf(kind)) {
      // oxlint-disable-next-line no-await-in-loop -- as above
      await attempt(`${kind}.${name}(${text})`, () => make(kind)[name]?.(wrong));
      if (kind !== 'Group' && kind !== 'Pool') continue;
      // oxlint-disable-next-line no-await-in-loop -- as above
      await attempt(`${kind}.${name}(url, ${text})`, () => make(kind)[name]?.(url, wrong));
    }
  }
  expect(raw).toEqual([]);
});

test.each([
  'select',
  'selectAsync',
  'wait',
  'waitAsync',
  'asCompleted',
  'asCompletedAsync',
] as const)('%s()', async (name) => {
  const raw: string[] = [];
  const call = library[name] as Method;
  for (const wrong of WRONG)
    for (const args of [[wrong], [[wrong], { timeout: 0 }], [[new coppice.Event()], wrong]]) {
      // oxlint-disable-next-line no-await-in-loop -- one mistake after the other
      const error = await rawError(() => call(...args));
      if (error) raw.push(`${name}(${inWords(wrong)}): ${error}`);
    }
  expect(raw).toEqual([]);
});
