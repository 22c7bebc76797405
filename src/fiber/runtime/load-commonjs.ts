/**
 * Owns the loading of CommonJS files that block at their top: the file's code is a generator.
 *
 * Who loads it decides how it waits: compiled code that calls `require` suspends until the file has run, if it can; the
 * program's own file becomes a fiber, as nobody waits for it; any other loader is plain, and the file's waits pin.
 */
import { limitAsync } from '../async-limits.ts';
import { CallbackFiber } from '../fiber.ts';
import { drive } from './drive.ts';
import { S, type Loading } from './state.ts';
import { attach, stampedTwin, type AnyFunction } from './twins.ts';

interface Require extends AnyFunction {
  main?: NodeModule;
  cache: Record<string, NodeModule | undefined>;
}

/** The end of a compiled file's text: runs its body. */
export function runCommonJs(args: IArguments, body: Generator): unknown {
  const require = args[1] as Require;
  const module = args[2] as NodeModule;
  const { loading } = S;
  const waits = S.d === 0 && loading !== null && loading.parent === module.parent;
  if (!waits && require.main !== module) return drive(body);
  S.loading = null;
  const depth = S.d;
  S.d = 0;
  let result: IteratorResult<unknown>;
  try {
    result = body.next();
  } finally {
    S.d = depth;
    S.loading = loading;
  }
  if (result.done === true) return result.value;
  if (waits) loading.started = { body, wait: result.value, module };
  else runAsProgram(body, result.value, module);
  return undefined;
}

function runAsProgram(body: Generator, wait: unknown, module: NodeModule): void {
  let leave = (): void => {};
  const fiber = new CallbackFiber(body, (done) => {
    leave();
    module.loaded = true;
    if (!done.ok) {
      // As an error at the top of the program is: uncaught.
      setImmediate(() => {
        throw done.value;
      });
    }
  });
  // Node takes the file for loaded as soon as this stretch returns.
  queueMicrotask(() => {
    if (!fiber.done) module.loaded = false;
  });
  fiber.adopt(wait);
  leave = limitAsync(fiber);
}

/** Gives a file's own `require` a twin. */
export function prepareRequire(require: Require, module: NodeModule): void {
  if (typeof require !== 'function' || stampedTwin(require) !== null) return;
  attach(require, function* (this: unknown, ...args: unknown[]) {
    const outer = S.loading;
    const loading: Loading = { parent: module, started: null };
    S.loading = loading;
    let exports: unknown;
    try {
      exports = Reflect.apply(require, this, args);
    } finally {
      S.loading = outer;
    }
    if (loading.started === null) return exports;
    return yield* finishLoading(loading.started, require);
  });
}

function* finishLoading(
  started: NonNullable<Loading['started']>,
  require: Require,
): Generator<unknown, unknown, unknown> {
  const { body, module } = started;
  let { wait } = started;
  module.loaded = false;
  try {
    for (;;) {
      let result: IteratorResult<unknown>;
      let sent: unknown;
      try {
        sent = yield wait;
      } catch (error) {
        result = body.throw(error);
        if (result.done === true) break;
        wait = result.value;
        continue;
      }
      result = body.next(sent);
      if (result.done === true) break;
      wait = result.value;
    }
  } catch (error) {
    delete require.cache[module.filename];
    throw error;
  }
  module.loaded = true;
  return module.exports;
}
