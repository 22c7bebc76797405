/**
 * Ending a compiled program in order, on a signal or when its time is up: what waits in it is told so where it waits, so
 * that its `finally` blocks run, as those of scripts in Workers do.
 *
 * Invariants: a program that listens for a signal itself decides what that one does, as in plain Node. The process ends
 * when all that was told has ended, or after GRACE milliseconds, with the exit code that says why.
 */
import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { timeoutError } from '../core/timeout.ts';
import { programsOwn } from '../hub/deadlock.ts';
import { liveThreads } from '../hub/registry.ts';
import { GreenThreadExit, killAllAsync } from '../index.ts';

/** How `run --fibers` tells the program's process what is to end it, and what to print on which signal. */
export const RUN_VARIABLE = 'COPPICE_RUN';

export interface RunSettings {
  readonly script: string;
  readonly timeout?: number | undefined;
  readonly infoOn?: string | undefined;
}

/** How long a program has for its finally blocks, in milliseconds. */
export const GRACE = 5000;

export const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
export type EndingSignal = keyof typeof exitCodes;
export const OUT_OF_TIME = 124;

/** A terminal sends its signal to both processes, and the other one hands it on: within so many milliseconds it is one. */
export const SAME_SIGNAL = 100;
/** Where the other process hears which signals are the program's own business. */
export const SIGNALS_FD = 3;

/** How often to look whether all is over, in milliseconds. */
const LOOK = 5;

let since: number | undefined;

/** From here on these signals end this program in order; a second one at once. */
export function endOnSignals(): void {
  for (const signal of Object.keys(exitCodes) as EndingSignal[]) {
    process.on(signal, () => {
      if (process.listenerCount(signal) > 1) return;
      if (since !== undefined && performance.now() - since > SAME_SIGNAL) process.exit();
      end(signal, exitCodes[signal]);
    });
  }
  process.on('newListener', (event) => {
    if (Object.hasOwn(exitCodes, event)) writeSync(SIGNALS_FD, `${String(event)}\n`);
  });
}

/** Ends this program when its time is up. */
export function endAfter(ms: number, script: string): void {
  setTimeout(() => {
    const error = timeoutError(ms);
    process.stderr.write(`coppice: ${script}: ${error.message}\n`);
    end(error, OUT_OF_TIME);
  }, ms).unref();
}

function end(reason: unknown, exitCode: number): void {
  if (since !== undefined) return;
  since = performance.now();
  process.exitCode = exitCode;
  const exit = new GreenThreadExit(undefined, { cause: reason });
  // What it was told comes out at its top, and is no failure.
  process.on('uncaughtException', (error) => {
    if (!(error instanceof GreenThreadExit)) process.stderr.write(`${inspect(error)}\n`);
  });
  let left = true;
  const killed = killAllAsync(
    [...liveThreads()].map(({ thread }) => thread),
    { reason: exit, force: true, timeout: GRACE },
  );
  void killed.finally(() => {
    left = false;
  });
  // Only now: what they wait for in their finally blocks is none of ours.
  for (const code of programsOwn()) code.interrupt(exit);
  const look = (): void => {
    const late = performance.now() - (since as number) > GRACE;
    if (late || (!left && [...programsOwn()].length === 0)) process.exit(exitCode);
    setTimeout(look, LOOK);
  };
  look();
}
