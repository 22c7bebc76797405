/**
 * Runs a program plain and compiled, and gives what each printed. In the compiled run `block(x)` really suspends the
 * fiber and gives x back; plain, it is the identity: so both must print the same.
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
}

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
    return yield new Wait<unknown>((waker) => {
      waker.wake(value);
      return () => {};
    });
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

export function runPlain(source: string): Run | Promise<Run> {
  const run: Run = { output: [], waits: 0, pins: 0 };
  const finish = (result: unknown): Run => {
    run.output.push(`= ${inspect(result)}`);
    return run;
  };
  const fail = (error: unknown): Run => {
    run.output.push(`! ${describe(error)}`);
    return run;
  };
  try {
    const { main } = evaluate(source, run, (value: unknown) => value);
    const result = main();
    return result instanceof Promise ? result.then(finish, fail) : finish(result);
  } catch (error) {
    return fail(error);
  }
}

let programs = 0;

export function compileText(source: string, world: World = openWorld): string {
  const id = `t${++programs}`;
  const compiled = compile(source, { format: 'commonjs', id, runtimeUrl: 'none', world });
  registerSource(id, source);
  return compiled.code ?? source;
}

/** The compiled text, called by plain code: what must wait pins. */
export async function runFaces(source: string, world?: World): Promise<Run> {
  const run: Run = { output: [], waits: 0, pins: 0 };
  const code = compileText(source, world);
  try {
    const { main } = evaluate(code, run, makeBlock(run));
    run.output.push(`= ${inspect(await main())}`);
  } catch (error) {
    run.output.push(`! ${describe(error)}`);
  }
  return run;
}

export function runCompiled(source: string, world?: World): Promise<Run> {
  return runAsFiber(compileText(source, world));
}

/** A text that was compiled otherwise, from this source. */
export function runText(source: string, code: string, id: string): Promise<Run> {
  registerSource(id, source);
  return runAsFiber(code);
}

async function runAsFiber(code: string): Promise<Run> {
  const run: Run = { output: [], waits: 0, pins: 0 };
  try {
    const { main } = evaluate(code, run, makeBlock(run));
    const result = await runFiber(main);
    run.output.push(`= ${inspect(await result)}`);
  } catch (error) {
    run.output.push(`! ${describe(error)}`);
  }
  return run;
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
