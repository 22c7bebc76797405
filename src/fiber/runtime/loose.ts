/**
 * Owns waiting in async functions: compiled code awaits what would suspend, and only then, so that the order of
 * microtasks is the plain program's while nothing blocks.
 */
import { CallbackFiber, currentFiber } from '../fiber.ts';
import { S } from './state.ts';

/** What `begin` returns when the call has to be awaited. */
export const AWAIT = Symbol('coppice.await');

function follow(body: Generator, wait: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fiber = new CallbackFiber(
      body,
      (done) => (done.ok ? resolve(done.value) : reject(done.value)),
      currentFiber()?.owner,
    );
    fiber.adopt(wait);
  });
}

/** Runs a generator up to its first wait. Its result, or AWAIT, with the promise to be taken at once. */
export function begin(body: Generator): unknown {
  const depth = S.d;
  S.d = 0;
  let result: IteratorResult<unknown>;
  try {
    result = body.next();
  } catch (error) {
    S.g = null;
    throw error;
  } finally {
    S.d = depth;
  }
  if (result.done === true) return result.value;
  S.promise = follow(body, result.value);
  return AWAIT;
}

export function takePromise(): Promise<unknown> {
  const promise = S.promise!;
  S.promise = null;
  return promise;
}
