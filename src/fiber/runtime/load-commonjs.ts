/**
 * Owns the loading of CommonJS files that block at their top: the file's code is a generator.
 *
 * Who loads it decides how it waits: compiled code that calls `require` suspends until the file has run, if it can; the
 * program's own file becomes a fiber, as nobody waits for it; any other loader is plain, and the file's waits pin.
 */
import { limitAsync } from '../async-limits.ts';
import { CallbackFiber } from '../fiber.ts';
import { drive } from './drive.ts';
import { HalfLoaded, halfLoaded } from './half-loaded.ts';
import { S, type Loading } from './state.ts';
import { attach, stampedTwin, type AnyFunction } from './twins.ts';

type Require = AnyFunction & NodeJS.Require;

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
  const file = new HalfLoaded(module);
  let result: IteratorResult<unknown>;
  try {
    result = within(file, () => body.next());
  } finally {
    S.d = depth;
    S.loading = loading;
  }
  if (result.done === true) return result.value;
  if (waits) loading.started = { body, wait: result.value, file };
  else runAsProgram(body, result.value, file);
  return undefined;
}

/** Runs a stretch of a file's own code. */
function within<T>(file: HalfLoaded, stretch: () => T): T {
  const outer = S.file;
  S.file = file;
  try {
    return stretch();
  } finally {
    S.file = outer;
  }
}

function runAsProgram(body: Generator, wait: unknown, file: HalfLoaded): void {
  const { module } = file;
  file.holdProgram();
  let leave = (): void => {};
  const fiber = new CallbackFiber(body, (done) => {
    leave();
    file.release();
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
    let file = halfLoaded(require, args[0]);
    for (; file !== undefined && !file.circular; file = halfLoaded(require, args[0]))
      yield* file.loaded();
    const load = (): unknown => Reflect.apply(require, this, args);
    if (file !== undefined) return file.meet(load);
    const outer = S.loading;
    const loading: Loading = { parent: module, started: null };
    S.loading = loading;
    let exports: unknown;
    try {
      exports = load();
    } finally {
      S.loading = outer;
    }
    if (loading.started === null) return exports;
    return yield* finishLoading(loading.started, require, module);
  });
}

function* finishLoading(
  started: NonNullable<Loading['started']>,
  require: Require,
  parent: NodeModule,
): Generator<unknown, unknown, unknown> {
  const { body, file } = started;
  const { module } = file;
  let { wait } = started;
  module.loaded = false;
  file.hold();
  let failed = true;
  try {
    for (;;) {
      let step: () => IteratorResult<unknown>;
      try {
        const sent = yield wait;
        step = () => body.next(sent);
      } catch (error) {
        step = () => body.throw(error);
      }
      const result = within(file, step);
      if (result.done === true) break;
      wait = result.value;
    }
    failed = false;
  } finally {
    if (failed) {
      // As Node does with a file that threw.
      delete require.cache[module.filename];
      const index = parent.children.indexOf(module);
      if (index !== -1) parent.children.splice(index, 1);
    }
    module.loaded = !failed;
    file.release();
  }
  return module.exports;
}
