/**
 * What a green thread can be made of, and who can run it. The ways of running register themselves here, so that the
 * handle knows none of them.
 */
import type { ResourceLimits } from 'node:worker_threads';
import { checkOptions, CoppiceError, invalidArgument } from '../core/errors.ts';
import type { GreenThread } from './green-thread.ts';
import type { ThreadCore } from './thread-core.ts';

/** A module, an async function, or, in a compiled program, any function. */
// oxlint-disable-next-line typescript/no-explicit-any -- any function may be given; its arguments come as `args`
export type Target = URL | string | ((...args: any[]) => unknown);

export interface ThreadOptions {
  /** The arguments of the target. */
  args?: readonly unknown[] | undefined;
  /** For people: in reports and errors, with the id behind it: `job#4`. */
  name?: string | undefined;
  /** Limits of the Worker's heap. A thread with limits has a Worker of its own. */
  resourceLimits?: ResourceLimits | undefined;
  /** A fresh Worker, used for this thread only: nothing of an earlier run is there. */
  isolate?: boolean | undefined;
  /** Call this export of the module and not the default one. */
  exportName?: string | undefined;
  /** `false`: a daemon. The process does not wait for it. Default `true`. */
  ref?: boolean | undefined;
  /** The set of Workers to run on. For `ThreadPool`. @internal */
  pool?: unknown;
  /** What the script sees as `process.argv.slice(2)`. Makes the module a script: always fresh, run for its effects. */
  argv?: readonly string[] | undefined;
}

/** Makes the core of a thread for the targets it accepts; `undefined` for others. */
export type CoreFactory = (
  thread: GreenThread,
  target: Target,
  options: ThreadOptions,
) => ThreadCore | undefined;

const factories: CoreFactory[] = [];

/** Adds a way of running green threads; the last one added is asked first. */
export function registerCoreFactory(factory: CoreFactory): void {
  factories.unshift(factory);
}

export function createCore(
  thread: GreenThread,
  target: Target,
  options: ThreadOptions,
): ThreadCore {
  checkGiven(options);
  for (const factory of factories) {
    const core = factory(thread, target, options);
    if (core) return core;
  }
  throw notSpawnable(target);
}

const OPTIONS: readonly (keyof ThreadOptions)[] = [
  'args',
  'name',
  'resourceLimits',
  'isolate',
  'exportName',
  'ref',
  'argv',
];

/** What is not understood would be ignored: a function called without its arguments. */
function checkGiven(options: ThreadOptions): void {
  const args: unknown = typeof options === 'object' ? options.args : options;
  if (args !== undefined && !Array.isArray(args))
    throw invalidArgument(`Arguments are given as { args: [first, second] }; got ${String(args)}.`);
  checkOptions(options, 'a GreenThread', OPTIONS);
}

function notSpawnable(target: unknown): CoppiceError {
  if (typeof target === 'function') {
    return new CoppiceError(
      'ERR_COPPICE_NOT_SPAWNABLE',
      `The function ${target.name || '(anonymous)'} is not compiled, so it cannot be set aside while it waits. ` +
        'Compile the program as it is loaded: node --import coppice/register app.js. Or put the function into a ' +
        "module of its own and spawn that: spawn(new URL('./job.js', import.meta.url), ...args).",
    );
  }
  return new CoppiceError(
    'ERR_COPPICE_NOT_SPAWNABLE',
    `Cannot spawn ${typeof target === 'string' ? JSON.stringify(target) : String(target)}. ` +
      "Give a module as an absolute path or a URL: spawn(new URL('./job.js', import.meta.url), ...args).",
  );
}
