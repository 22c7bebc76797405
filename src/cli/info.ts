/**
 * Printing the tree of green threads on a signal.
 */
import { constants } from 'node:os';
import { runInfoAsync } from '../hub/run-info.ts';
import { UsageError } from './usage.ts';

/** @throws {UsageError} for a name that is no signal of this system. */
export function printInfoOn(signal: string): void {
  if (!Object.hasOwn(constants.signals, signal)) {
    throw new UsageError(`--info-on takes the name of a signal, such as SIGUSR2, not "${signal}"`);
  }
  process.on(signal as NodeJS.Signals, () => {
    runInfoAsync().then(
      (text) => process.stderr.write(`${text}\n`),
      (error: unknown) =>
        process.stderr.write(`coppice: cannot tell of the green threads: ${String(error)}\n`),
    );
  });
}
