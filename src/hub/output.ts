/**
 * What green threads write, on its way to the real stdout and stderr.
 *
 * Invariant: chunks are written in the order in which they came, and `written` is told of each one once the stream has
 * taken it, which is what backpressure counts.
 */

/** Writes a chunk; `written` is called when the operating system has it (or the stream has failed). */
export function writeOut(fd: 1 | 2, chunk: Uint8Array, written: () => void): void {
  const stream = fd === 1 ? process.stdout : process.stderr;
  stream.write(chunk, () => written());
}
