/**
 * Bytes as they arrive, and out again in the pieces that readers ask for.
 *
 * Invariants: bytes come out in the order in which they went in; what is given back comes out first
 * again, in that order too. A piece
 * never shares memory with bytes that are somebody else's, so it may be kept, changed and sent to another thread.
 */

import { GivenOrder } from '../core/returned.ts';

/** What a reader asks for: a number of bytes, `ANY` (what there is, one byte at least), or `LINE`. */
export type Demand = number;
export const ANY = 0;
export const LINE = -1;

const LINE_FEED = 10;
/** Places of taken chunks are given up when they are more than so many, and more than half. */
const COMPACT = 32;

export class ByteBuffer {
  #chunks: Buffer[] = [];
  /** The chunks before this one have been taken. */
  #first = 0;
  /** The chunks before this one hold no line feed. */
  #searched = 0;
  #size = 0;
  readonly #back = new GivenOrder();

  /** How many bytes it holds. */
  get size(): number {
    return this.#size;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.byteLength;
  }

  /** Puts bytes back that were taken. */
  giveBack(bytes: Buffer): void {
    if (bytes.byteLength === 0) return;
    this.#chunks.splice(0, this.#first);
    this.#chunks.splice(this.#back.place(), 0, bytes);
    this.#first = 0;
    this.#searched = 0;
    this.#size += bytes.byteLength;
  }

  clear(): void {
    this.#chunks = [];
    this.#back.clear();
    this.#first = this.#searched = this.#size = 0;
  }

  /** The piece that was asked for; `undefined` while it is not there as a whole. A line comes with its line feed. */
  take(demand: Demand): Buffer | undefined {
    if (demand === ANY) return this.#size === 0 ? undefined : this.#takeChunk();
    if (demand === LINE) return this.#takeLine();
    return this.#size < demand ? undefined : this.#takeBytes(demand);
  }

  /** All that is left. */
  takeRest(): Buffer | undefined {
    return this.#size === 0 ? undefined : this.#takeBytes(this.#size);
  }

  #takeChunk(): Buffer {
    const chunk = this.#chunks[this.#first] as Buffer;
    this.#drop(chunk);
    return chunk;
  }

  #takeLine(): Buffer | undefined {
    let before = 0;
    for (let index = this.#first; index < this.#chunks.length; index++) {
      const chunk = this.#chunks[index] as Buffer;
      if (index >= this.#searched) {
        const at = chunk.indexOf(LINE_FEED);
        if (at !== -1) return this.#takeBytes(before + at + 1);
        this.#searched = index + 1;
      }
      before += chunk.byteLength;
    }
    return undefined;
  }

  #takeBytes(count: number): Buffer {
    const first = this.#chunks[this.#first] as Buffer;
    if (first.byteLength === count) return this.#takeChunk();
    // Of its own, and not from Node's pool: sending a view to another thread copies all of the memory behind it.
    const piece = Buffer.allocUnsafeSlow(count);
    for (let filled = 0; filled < count;) {
      const chunk = this.#chunks[this.#first] as Buffer;
      const copied = chunk.copy(piece, filled);
      filled += copied;
      if (copied === chunk.byteLength) this.#drop(chunk);
      else {
        this.#chunks[this.#first] = chunk.subarray(copied);
        this.#size -= copied;
        // What follows the piece may hold another line feed.
        this.#searched = 0;
      }
    }
    return piece;
  }

  #drop(chunk: Buffer): void {
    this.#chunks[this.#first++] = undefined as never;
    this.#back.taken();
    this.#size -= chunk.byteLength;
    if (this.#first === this.#chunks.length) {
      this.#chunks.length = 0;
      this.#first = this.#searched = 0;
    } else if (this.#first > COMPACT && this.#first * 2 > this.#chunks.length) {
      this.#chunks.splice(0, this.#first);
      this.#searched = Math.max(0, this.#searched - this.#first);
      this.#first = 0;
    }
  }
}
