/**
 * What the tests share: where fixtures are, waiting for a condition (never for a time), and running a script in a
 * process of its own.
 */
import { spawn as spawnProcess, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';

/** The URL of a file in test/fixtures. */
export function fixture(name: string): URL {
  return new URL(`./fixtures/${name}`, import.meta.url);
}

/** Resolves as soon as `condition` holds. The test's own time limit ends it when that never happens. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** A promise with what settles it. */
export function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** What a promise was rejected with. Fails when it was not. */
export async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`Expected a rejection, got ${String(value)}`);
}

/** What a function threw. Fails when it did not. */
export function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('Expected it to throw');
}

/** Starts a fixture as a program of its own. */
export function startProgram(
  name: string,
  args: string[] = [],
  {
    flags = [],
    env = {},
    input,
  }: { flags?: string[]; env?: Record<string, string>; input?: string } = {},
): ChildProcess {
  const child = spawnProcess(process.execPath, [...flags, fileURLToPath(fixture(name)), ...args], {
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  child.stdin?.end(input);
  return child;
}

/** Runs a fixture as a program of its own, to its end. */
export async function runProgram(
  ...given: Parameters<typeof startProgram>
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = startProgram(...given);
  const closed = once(child, 'close');
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    closed,
  ]);
  return { code: code as number | null, stdout, stderr };
}
