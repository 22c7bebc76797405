/**
 * The short ways of making green threads.
 */
import { heap } from '../core/heap.ts';
import { GreenThread } from './green-thread.ts';
import type { Target } from './target.ts';

/** What a target gives: the awaited result of its default export, as far as the type says. */
export type ResultOf<T> = T extends (...args: never[]) => infer R ? Awaited<R> : unknown;

/**
 * Makes and starts a green thread. Never runs the target from inside the call.
 *
 * Follows gevent's `spawn`.
 *
 * @param target a module as a `URL` or an absolute path, or an async function, whose promise is waited for; in a compiled
 *   program any function, also one that never waits.
 * @param args what the function gets; they are copied (structured clone) into a worker green thread.
 * @throws {CoppiceError} `ERR_COPPICE_NOT_SPAWNABLE` for a function in a program that is not compiled.
 * @example
 * const thread = spawn(new URL('./legacy-job.js', import.meta.url), 'arg');
 * console.log(await thread);
 */
export function spawn<T extends Target>(target: T, ...args: unknown[]): GreenThread<ResultOf<T>> {
  const thread = new GreenThread<ResultOf<T>>(target, { args });
  thread.start();
  return thread;
}

/** As `spawn`, but starts `ms` milliseconds from now. */
export function spawnLater<T extends Target>(
  ms: number,
  target: T,
  ...args: unknown[]
): GreenThread<ResultOf<T>> {
  const thread = new GreenThread<ResultOf<T>>(target, { args });
  thread.startLater(ms);
  return thread;
}

/**
 * The green thread whose code is running.
 *
 * @returns `undefined` in plain code and in coroutines of the main thread that were not spawned as fibers.
 */
export function current(): GreenThread | undefined {
  return heap.currentThread() as GreenThread | undefined;
}

/**
 * Makes each exported function of a module concurrent: a call runs it in a green thread, and is that `GreenThread`.
 *
 * @param module the module, unmodified, as a `URL` or an absolute path. It is loaded when a function is first called.
 * @example
 * const legacy = wrap<typeof import('./legacy-lib.cjs')>(new URL('./legacy-lib.cjs', import.meta.url));
 * const pages = await Promise.all(urls.map((url) => legacy.scrape(url)));
 */
export function wrap<M extends object = Record<string, (...args: unknown[]) => unknown>>(
  module: URL | string,
): Wrapped<M> {
  const functions = new Map<string, (...args: unknown[]) => GreenThread>();
  return new Proxy(Object.create(null) as Wrapped<M>, {
    get(_target, exportName) {
      // A wrapped module must not look like a promise, or awaiting it would call its `then`.
      if (typeof exportName !== 'string' || exportName === 'then') return undefined;
      let wrapped = functions.get(exportName);
      if (!wrapped) {
        wrapped = (...args) => {
          const thread = new GreenThread(
            module,
            exportName === 'default' ? { args } : { args, exportName },
          );
          thread.start();
          return thread;
        };
        functions.set(exportName, wrapped);
      }
      return wrapped;
    },
  });
}

/** A module whose functions each give a green thread. */
export type Wrapped<M> = {
  readonly [K in keyof M as M[K] extends (...args: never[]) => unknown ? K : never]: M[K] extends (
    ...args: infer A
  ) => infer R
    ? (...args: A) => GreenThread<Awaited<R>>
    : never;
};
