/**
 * The async context (what `AsyncLocalStorage` stores) of green threads.
 *
 * Capturing it costs an object for each thread and each switch. So it is captured only from the moment on at which
 * somebody stores something: `run` and `enterWith` are watched, and what coppice stores for itself goes past the watch.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** Runs work in the context that was captured. */
export type Context = <T>(work: () => T) => T;

const { run, enterWith } = AsyncLocalStorage.prototype;
let used = false;
/** The same for what coppice stores for itself. */
let usedQuietly = false;
/** Those in which coppice itself stores. */
const ours = new Set<unknown>();

AsyncLocalStorage.prototype.run = function (this: AsyncLocalStorage<unknown>, ...args: unknown[]) {
  used = true;
  return Reflect.apply(run, this, args) as never;
} as typeof run;
AsyncLocalStorage.prototype.enterWith = function (store) {
  // From Node 24 on `run` calls it.
  if (!ours.has(this)) used = true;
  Reflect.apply(enterWith, this, [store]);
};

/** The context in which nothing has been stored. */
export const rootContext: Context = AsyncLocalStorage.snapshot();

/** Has anybody stored anything yet? */
export function contextInUse(): boolean {
  return used;
}

/** The present context; the root while nobody has stored anything. */
export function captureContext(): Context {
  return used ? AsyncLocalStorage.snapshot() : rootContext;
}

/** Does what belongs to nobody: in the context in which nothing has been stored. */
export function outsideContext(work: () => void): void {
  if (used || usedQuietly) rootContext(work);
  else work();
}

/** `storage.run`, for what coppice stores for itself. */
export function runQuietly<S, T>(storage: AsyncLocalStorage<S>, store: S, work: () => T): T {
  if (!ours.has(storage)) ours.add(storage);
  usedQuietly = true;
  return Reflect.apply(run, storage, [store, work]) as T;
}
