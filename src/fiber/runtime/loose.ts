/**
 * Owns waiting in async functions: compiled code awaits what would suspend, and only then, so that the order of
 * microtasks is the plain program's while nothing blocks.
 */
import { anyLiveThread } from '../../hub/registry.ts';
import { limitAsync } from '../async-limits.ts';
import type { Twin } from '../../core/twin.ts';
import { CallbackFiber, currentFiber, currentOwner, type Fiber } from '../fiber.ts';
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

const beginningOf = (body: Generator): Beginning => ({ body, fiber: null, ended: () => {} });

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
export function begin(body: Generator, one: Beginning = beginningOf(body)): unknown {
  const depth = S.d;
  const outer = beginning;
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

/** The job of this Worker. */
let job: Beginning | null = null;

/** What `heap.mayPark` is: a job without fibers waits like any other, by parking. */
export function mayPark(): boolean {
  if (job === null || anyLiveThread()) return false;
  const fiber = currentFiber();
  return beginning === null ? fiber !== null && fiber === job.fiber : beginning === job;
}

/** What `heap.enter` is in a compiled program. */
export function enter(
  twin: Twin | null,
  target: (...args: never[]) => unknown,
  self: unknown,
  args: readonly unknown[],
): unknown {
  if (twin === null) return Reflect.apply(target, self, args as never);
  const body = Reflect.apply(twin, self, args);
  job = beginningOf(body);
  const result = begin(body, job);
  return result === AWAIT ? takePromise().then((box) => (box as { value: unknown }).value) : result;
}
