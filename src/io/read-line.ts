/**
 * `readLine`: lines of the process's stdin, for whoever asks, through the hub.
 */
import { readSync } from 'node:fs';
import { defineBlocking } from '../core/definition.ts';
import { heap, type WaitOptions } from '../core/heap.ts';
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
  asyncName: 'readLineAsync()',
  discard: (line) => giveBack(line as string | null),
  direct: ([options]) => {
    if (heap.way.kind !== 'main') return undefined;
    return { value: readLineHere((options as ReadLineOptions | undefined)?.prompt ?? '') };
  },
});

/** The explicit face of `readLine`. */
export const readLineAsync = readLine.async;

const STDIN = 0;
const RETRY_MS = 10;

/** Plain code on the main thread blocks in the operating system's own read. */
function readLineHere(prompt: string): string | null {
  if (prompt) process.stdout.write(prompt);
  const chunk = new Uint8Array(4096);
  for (;;) {
    const line = stdinBuffer.take();
    if (line !== undefined) return line;
    const length = readSome(chunk);
    if (length > 0) stdinBuffer.feed(chunk.subarray(0, length));
    else stdinBuffer.end();
  }
}

function readSome(chunk: Uint8Array): number {
  for (;;) {
    try {
      return readSync(STDIN, chunk);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF' || code === 'EBADF') return 0;
      // A stdin in non-blocking mode has nothing yet, and says so; there is no blocking way to wait for it.
      if (code !== 'EAGAIN') throw error;
      heap.way.park(RETRY_MS, {});
    }
  }
}
