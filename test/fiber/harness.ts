/**
 * Runs a program plain and compiled, and gives what each printed. In the compiled run `block(x)` really suspends the
 * fiber and gives x back; plain, it is the identity: so both must print the same. What is printed last are the
 * rejections that nobody ever handled: a program may leave some, the same ones in each run.
 */
import { inspect } from 'node:util';
import { compileFunction } from 'node:vm';
import { setTwin } from '../../src/core/twin.ts';
import { Wait } from '../../src/core/wait.ts';
import { compile } from '../../src/fiber/compile/compile.ts';
import { openWorld, type World } from '../../src/fiber/compile/world.ts';
import { CallbackFiber } from '../../src/fiber/fiber.ts';
import '../set-up.ts';
import '../../src/fiber-runtime.ts';
import { registerSource } from '../../src/fiber/runtime/source-text.ts';
import { usableTwin } from '../../src/fiber/runtime/twins.ts';

export interface Run {
  output: string[];
  /** How often the fiber was set aside. */
  waits: number;
  /** How often a wait came up under a plain driver. */
  pins: number;
  /** How many waits are not over yet. */
  open: number;
}

/**
 * After so many turns without a new wait nothing goes on any more. A wait that began where the stack was nearly full may be
 * left: if the stack overflows on the way back to it, its `finally` does not run.
 */
const IDLE = 100;

const PARAMETERS = [
  'exports',
  'require',
  'module',
  '__filename',
  '__dirname',
  'log',
  'block',
  'plainly',
];

/** A wait that ends in a later turn of the scheduler. */
export function makeBlock(run: Run): (value: unknown) => unknown {
  const block = (value: unknown): unknown => {
    run.pins++;
    return value;
  };
  setTwin(block, function* (value: unknown) {
    run.waits++;
    run.open++;
    try {
      return yield new Wait<unknown>((waker) => {
        waker.wake(value);
        return () => {};
      });
    } finally {
      // Where the stack is full, the wait does not even begin.
      run.open--;
    }
  });
  return block;
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : inspect(error);
}

function evaluate(code: string, run: Run, block: unknown): { main: () => unknown } {
  const log = (...values: unknown[]): void => {
    run.output.push(
      values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' '),
    );
  };
  const wrapper = compileFunction(code, PARAMETERS, { filename: 'program.cjs' });
  const exports = {};
  const module = { exports, filename: 'program.cjs' };
  // A Realm's own function, so that its prologue finds what the runtime put on the global.
  /** Uncompiled code between two compiled functions. */
  const plainly = (target: (...args: unknown[]) => unknown, ...args: unknown[]): unknown =>
    target(...args);
  wrapper.call(exports, exports, () => undefined, module, 'program.cjs', '.', log, block, plainly);
  return module.exports as { main: () => unknown };
}

/** Calls it and prints how it ended. */
async function record(
  code: string,
  block: (run: Run) => unknown,
  call: (main: () => unknown) => unknown,
): Promise<Run> {
  const run: Run = { output: [], waits: 0, pins: 0, open: 0 };
  const unhandled = new Map<Promise<unknown>, unknown>();
  const add = (reason: unknown, promise: Promise<unknown>): unknown =>
    unhandled.set(promise, reason);
  const drop = (promise: Promise<unknown>): unknown => unhandled.delete(promise);
  // Those of the test runner would take what the program does for a failure of the test.
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', add);
  process.on('rejectionHandled', drop);
  try {
    const { main } = evaluate(code, run, block(run));
    run.output.push(`= ${inspect(await call(main))}`);
  } catch (error) {
    run.output.push(`! ${describe(error)}`);
  } finally {
    // Async functions that nobody awaits go on. Node tells of rejections before the loop does.
    for (let turns = 0, waits = -1; turns < IDLE; turns = waits === run.waits ? turns + 1 : 0) {
      waits = run.waits;
      await new Promise(setImmediate);
      if (run.open === 0) break;
    }
    process.off('unhandledRejection', add).off('rejectionHandled', drop);
    for (const other of others) process.on('unhandledRejection', other);
  }
  // Which comes first depends on who waits.
  const left = [...unhandled.values()].map((reason) => `unhandled ${describe(reason)}`);
  run.output.push(...left.toSorted());
  return run;
}

export function runPlain(source: string): Promise<Run> {
  const identity = (value: unknown): unknown => value;
  return record(
    source,
    () => identity,
    (main) => main(),
  );
}

let programs = 0;

export function compileText(source: string, world: World = openWorld): string {
  const id = `t${++programs}`;
  const compiled = compile(source, { format: 'commonjs', id, runtimeUrl: 'none', world });
  registerSource(id, source);
  return compiled.code ?? source;
}

/** The compiled text, called by plain code: what must wait pins. */
export function runFaces(source: string, world?: World): Promise<Run> {
  return record(compileText(source, world), makeBlock, (main) => main());
}

export function runCompiled(source: string, world?: World): Promise<Run> {
  return record(compileText(source, world), makeBlock, runFiber);
}

/** A text that was compiled otherwise, from this source. */
export function runText(source: string, code: string, id: string): Promise<Run> {
  registerSource(id, source);
  return record(code, makeBlock, runFiber);
}

/** Runs a compiled function as a fiber. */
export function runFiber(
  target: (...args: never[]) => unknown,
  ...args: unknown[]
): Promise<unknown> {
  const twin = usableTwin(target);
  if (twin === null)
    return Promise.resolve().then(() => Reflect.apply(target, undefined, args as never));
  return new Promise((resolve, reject) => {
    const fiber = new CallbackFiber(Reflect.apply(twin, undefined, args), (done) =>
      done.ok ? resolve({ result: done.value }) : reject(done.value),
    );
    fiber.resume();
  }).then((done) => (done as { result: unknown }).result);
}
