/**
 * Reading stdin without a loop, in the operating system's own blocking read.
 *
 * A read that has a time limit must not block there, for nothing could end it: it looks again and again at an input in
 * non-blocking mode. Invariant: the mode of an open file that other processes share is never changed by that; a pipe or
 * a terminal is opened anew for it. Where that cannot be done (not on Linux), the limit counts from the next line on.
 */
import { constants, fstatSync, openSync, readSync } from 'node:fs';

const STDIN = 0;
let withoutBlocking: number | undefined;

/** What came; 0 at the end of the input; `undefined` when there is nothing yet. */
export function readStdin(chunk: Uint8Array, { block }: { block: boolean }): number | undefined {
  try {
    return readSync(block ? STDIN : (withoutBlocking ??= openWithoutBlocking()), chunk);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EAGAIN') return undefined;
    if (code === 'EOF' || code === 'EBADF') return 0;
    throw error;
  }
}

function openWithoutBlocking(): number {
  const kind = fstatSync(STDIN);
  // The socket that Node gives its child processes cannot be opened anew; Node's own stream puts it into that mode.
  if (kind.isSocket()) void process.stdin;
  // A file never blocks, and opened anew it would begin from its start.
  if (!kind.isFIFO() && !kind.isCharacterDevice()) return STDIN;
  try {
    return openSync('/dev/stdin', constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return STDIN;
  }
}
