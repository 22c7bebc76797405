/**
 * Owns waiting in async functions: compiled code awaits what would suspend, and only then, so that the order of
 * microtasks is the plain program's while nothing blocks.
 */
import { limitAsync } from '../async-limits.ts';
import { CallbackFiber, currentOwner, type Fiber } from '../fiber.ts';
import { S } from './state.ts';

/** What `begin` returns when the call has to be awaited. */
export const AWAIT = Symbol('coppice.await');

/** A generator in its first stretch, before it is known whether it will wait. */
interface Beginning {
  readonly body: Generator;
  /** Made when it waits, or when its time limits need something that they can interrupt. */
  fiber: CallbackFiber | null;
  ended: (fiber: Fiber) => void;
}

let beginning: Beginning | null = null;

function fiberOf(one: Beginning): CallbackFiber {
  return (one.fiber ??= new CallbackFiber(one.body, (done) => one.ended(done), currentOwner()));
}

/** The fiber that the running stretch of an async function will be, if it waits. */
export function beginningFiber(): Fiber | null {
  return beginning && fiberOf(beginning);
}

/** What the call gives is boxed: it may be a promise, which awaiting would take for what it promises. */
function follow(one: Beginning, wait: unknown): Promise<{ value: unknown }> {
  return new Promise((resolve, reject) => {
    const fiber = fiberOf(one);
    fiber.adopt(wait);
    const leave = limitAsync(fiber);
    one.ended = (done) => {
      leave();
      if (done.ok) resolve({ value: done.value });
      else reject(done.value);
    };
  });
}

/** Runs a generator up to its first wait. Its result, or AWAIT, with the promise to be taken at once. */
export function begin(body: Generator): unknown {
  const depth = S.d;
  const outer = beginning;
  const one: Beginning = { body, fiber: null, ended: () => {} };
  S.d = 0;
  beginning = one;
  let result: IteratorResult<unknown>;
  try {
    result = body.next();
  } catch (error) {
    S.g = null;
    throw error;
  } finally {
    S.d = depth;
    beginning = outer;
  }
  if (result.done === true) return result.value;
  S.promise = follow(one, result.value);
  return AWAIT;
}

/** For who awaits it: the result is boxed. */
export function takePromise(): Promise<unknown> {
  const promise = S.promise!;
  S.promise = null;
  return promise;
}
