/**
 * Output from inside a Worker: `process.stdout` and `process.stderr` write to the hub at once, in program order, and are
 * seen while the Worker is parked. (Node's own streams there need the Worker's loop to turn.)
 *
 * Backpressure: the Worker counts the bytes it posted, the hub those it has written out; past the high-water mark the
 * Worker waits, as a process waits at a full pipe. No wakeup is lost: the Worker sets WRITE_WAITING and then looks at
 * WRITTEN again; the hub adds to WRITTEN and then looks at WRITE_WAITING, and rings when it is set. In the total order
 * of these four operations one side always sees the other's.
 */
import type { Writable } from 'node:stream';
import type { Parker } from './parker.ts';
import { OUTPUT_HIGH_WATER, ToHub, Word, type Boot, type Terminal } from './protocol.ts';
import { post } from './wire.ts';

type WriteDone = (error?: Error | null) => void;
type Patched = Omit<Writable, '_writev'> & {
  _write(chunk: Uint8Array | string, encoding: BufferEncoding, done: WriteDone): void;
  _writev: unknown;
};

/** Makes both streams write through the hub. */
export function redirectOutput(boot: Boot, parker: Parker): void {
  let posted = 0;
  const { words, port } = boot;
  const behind = (): number => (posted - Atomics.load(words, Word.WRITTEN)) | 0;
  const settle = (): void => {
    if (behind() <= OUTPUT_HIGH_WATER) return;
    parker.parkUntil(() => {
      Atomics.store(words, Word.WRITE_WAITING, 1);
      return behind() <= OUTPUT_HIGH_WATER;
    });
    Atomics.store(words, Word.WRITE_WAITING, 0);
  };
  for (const fd of [1, 2] as const) {
    const stream = (fd === 1 ? process.stdout : process.stderr) as unknown as Patched;
    stream._writev = null;
    stream._write = (chunk, encoding, done) => {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
      posted = (posted + bytes.byteLength) | 0;
      post(port, [ToHub.WRITE, fd, bytes]);
      // The chunk is on its way, whatever happens while waiting for room; so the stream is told first.
      done();
      settle();
    };
    const terminal = boot.terminals[fd];
    if (terminal) actAsTerminal(stream, terminal);
  }
  process.stdin.on('newListener', warnOfStdin);
}

/** A Worker's stdin is none: at its end from the start. What looks there for input would take that for all there is. */
function warnOfStdin(event: string): void {
  if (event !== 'data' && event !== 'readable') return;
  process.stdin.off('newListener', warnOfStdin);
  process.emitWarning(
    'process.stdin is at its end in a green thread. Read the lines of the input by readLine(), or all of it by readFileSync(0).',
    { code: 'COPPICE_NO_STDIN' },
  );
}

/** Scripts that colour their output when it goes to a terminal do so here too. */
function actAsTerminal(stream: object, { columns, rows, colorDepth }: Terminal): void {
  const { hasColors } = process.getBuiltinModule('node:tty').WriteStream.prototype;
  Object.assign(stream, { isTTY: true, columns, rows, getColorDepth: () => colorDepth, hasColors });
}
