/**
 * Bytes in, lines out.
 *
 * Invariants: a line ends at `\n`, and `\r` before it does not belong to it; what follows the last `\n` is a line too if
 * it is not empty; a character that is split between two chunks stays whole; what is given back
 * comes out first, in the order in which it did before.
 */
import { StringDecoder } from 'node:string_decoder';
import { GivenOrder } from '../core/returned.ts';

export class LineBuffer {
  readonly #decoder = new StringDecoder('utf8');
  readonly #lines: string[] = [];
  readonly #back = new GivenOrder();
  #partial = '';
  #ended = false;

  feed(chunk: Uint8Array): void {
    const pieces = (this.#partial + this.#decoder.write(Buffer.from(chunk))).split('\n');
    this.#partial = pieces.pop() ?? '';
    for (const piece of pieces) this.push(piece.endsWith('\r') ? piece.slice(0, -1) : piece);
  }

  /** Adds a line that is whole already. */
  push(line: string): void {
    this.#lines.push(line);
  }

  /** Puts a line back that was taken. */
  giveBack(line: string): void {
    this.#lines.splice(this.#back.place(), 0, line);
  }

  /** Nothing more will come. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const rest = this.#partial + this.#decoder.end();
    this.#partial = '';
    if (rest !== '') this.push(rest);
  }

  /** The next line; `null` at the end; `undefined` when more has to be read first. */
  take(): string | null | undefined {
    this.#back.taken();
    return this.#lines.shift() ?? (this.#ended ? null : undefined);
  }
}
