/**
 * `readLine`: lines of the process's stdin, for whoever asks, through the hub.
 */
import { defineBlocking } from '../core/definition.ts';
import { checkMilliseconds, invalidArgument } from '../core/errors.ts';
import { heap, type CallOptions, type WaitOptions } from '../core/heap.ts';
import { signalDeadline } from '../core/signal-deadline.ts';
import { steadyTime } from '../core/steady-time.ts';
import { timeoutError } from '../core/timeout.ts';
import { readStdin } from '../main/read-stdin.ts';
import { warnOfStall } from '../hub/stall-warning.ts';
import { giveBack, nextLine, stdinBuffer } from './line-reader.ts';

export interface ReadLineOptions extends WaitOptions {
  /** Shown when it is this caller's turn. */
  prompt?: string | undefined;
}

/**
 * Waits for a line of the process's stdin. Callers are served first come, first served.
 *
 * @param options.prompt shown when it is this caller's turn.
 * @param options.timeout milliseconds after which a `Timeout` is thrown.
 * @returns the line without its end, or `null` at the end of the input.
 * @example
 * const name = readLine({ prompt: 'Your name? ' });
 */
export const readLine: {
  (options?: ReadLineOptions): string | null;
  async(options?: ReadLineOptions): Promise<string | null>;
} = defineBlocking('readLine', (options: ReadLineOptions = {}) => nextLine(options.prompt ?? ''), {
  optionsAt: 0,
  optionNames: ['prompt'],
  exampleOptions: "{ prompt: 'Your name? ' }",
  encode: ([options]) => [checkPrompt(options as ReadLineOptions | undefined)],
  asyncName: 'readLineAsync()',
  discard: (line) => giveBack(line as string | null),
  direct: ([options], limits) => {
    if (heap.way.kind !== 'main') return undefined;
    const { prompt } = (options ?? {}) as ReadLineOptions;
    return { value: readLineHere(prompt, limits) };
  },
});

/** The explicit face of `readLine`. */
export const readLineAsync = readLine.async;

function checkPrompt(options: ReadLineOptions = {}): ReadLineOptions {
  const { prompt } = options;
  if (prompt !== undefined && typeof prompt !== 'string')
    throw invalidArgument(`prompt must be a string; got a ${typeof prompt}.`);
  return options;
}

const LOOK_AGAIN_MS = 10;

/** Plain code on the main thread blocks in the operating system's own read, or, under a limit, between looks at it. */
function readLineHere(prompt = '', { timeout, signal }: CallOptions = {}): string | null {
  const deadline =
    timeout === undefined ? Infinity : steadyTime() + checkMilliseconds(timeout, 'timeout');
  signal?.throwIfAborted();
  warnOfStall('readLine');
  if (prompt) process.stdout.write(prompt);
  const chunk = new Uint8Array(4096);
  // Each of the looks heeds the signal.
  const bySignal = signal && signalDeadline(signal) !== undefined;
  const block = deadline === Infinity && heap.way.timeouts.next === undefined && !bySignal;
  for (;;) {
    const line = stdinBuffer.take();
    if (line !== undefined) return line;
    const length = readStdin(chunk, { block });
    if (length) stdinBuffer.feed(chunk.subarray(0, length));
    else if (length === 0) stdinBuffer.end();
    else if (steadyTime() >= deadline) throw timeoutError(timeout as number);
    else heap.way.park(LOOK_AGAIN_MS, { signal });
  }
}
