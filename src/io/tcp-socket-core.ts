/**
 * One TCP connection at the hub: Node's socket, and who waits to read from it and to write to it.
 *
 * Invariants: readers are served first come, first served, each with a whole piece; bytes that a reader did not take
 * (it was killed or out of time in the same moment) go to the next one. A write is taken as a whole or not at all, and
 * is never mixed with another. What arrived before the end or an error is read before either is told. While nobody
 * reads, at most `ENOUGH` bytes and what one packet more brings are kept here; the rest waits in the peer.
 */
import type { Socket } from 'node:net';
import { CoppiceError } from '../core/errors.ts';
import { Wait } from '../core/wait.ts';
import { WaitQueue } from '../core/wait-queue.ts';
import { ANY, ByteBuffer, LINE, type Demand } from './byte-buffer.ts';

/** So many bytes are read ahead, at most. */
const ENOUGH = 1 << 16;
/** The longest line, in bytes: a peer that never sends a line feed must not fill the memory. */
const LONGEST_LINE = 1 << 20;

/** The two ends of a connection. */
export interface Addresses {
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
}

export type Data = string | NodeJS.ArrayBufferView;

export class SocketCore {
  readonly addresses: Addresses;
  readonly #stream: Socket;
  readonly #bytes = new ByteBuffer();
  readonly #readers = new WaitQueue<Buffer | null, Demand>('data from a socket');
  readonly #writers = new WaitQueue<void, Data>('room to write to a socket');
  #flowing = false;
  #ended = false;
  #closed = false;
  #error: Error | undefined;

  /** @param stream connected, paused, and allowed to be half open. */
  constructor(stream: Socket) {
    this.#stream = stream;
    const { remoteAddress, remotePort, localAddress, localPort } = stream;
    this.addresses = { remoteAddress, remotePort, localAddress, localPort };
    stream.pause();
    stream.on('data', (chunk: Buffer) => this.#arrived(chunk));
    stream.on('drain', () => this.#drained());
    stream.on('end', () => {
      this.#ended = true;
      this.#serveReaders();
    });
    stream.on('error', (error) => {
      this.#error = error;
      this.#serveReaders();
      this.#writers.failAll(error);
    });
    stream.on('close', () => {
      // Without an error or an end before it, it was closed here.
      if (!this.#ended && !this.#error) this.close();
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The next piece; `null` at the end. At the end, a number of bytes or a line may come short. */
  read(demand: Demand): Buffer | null | Wait<Buffer | null> {
    if (this.#readers.size === 0) {
      const piece = this.#take(demand);
      if (piece !== undefined) return piece;
    }
    if (!this.#flowing) {
      this.#flowing = true;
      this.#stream.resume();
    }
    return this.#readers.wait(demand);
  }

  /** Puts bytes back that did not reach their reader. */
  giveBack(bytes: Buffer): void {
    this.#bytes.giveBack(bytes);
    this.#serveReaders();
  }

  /** Sends, once there is room. */
  write(data: Data): void | Wait<void> {
    this.#checkWritable();
    if (this.#writers.size === 0 && !this.#stream.writableNeedDrain) {
      this.#stream.write(data as Uint8Array);
      return undefined;
    }
    return this.#writers.wait(data);
  }

  /** Sends the end, after all that was written before; over when all of it is the system's to deliver. */
  end(): Wait<void> {
    return new Wait<void>((waker) => {
      if (this.#stream.writableFinished) {
        waker.wake();
        return () => {};
      }
      if (this.#error ?? this.#closed) throw this.#error ?? closedError();
      const done = (error?: unknown): void => {
        this.#stream.off('finish', done).off('error', done).off('close', done);
        if (error) waker.fail(error);
        else if (this.#stream.writableFinished) waker.wake();
        else waker.fail(closedError());
      };
      this.#stream.on('finish', done).on('error', done).on('close', done);
      this.#stream.end();
      return () => this.#stream.off('finish', done).off('error', done).off('close', done);
    }, 'a socket to be written out');
  }

  /** Lets go of the connection. What was written is still sent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#bytes.clear();
    this.#stream.destroySoon();
    const error = closedError();
    this.#readers.failAll(error);
    this.#writers.failAll(error);
  }

  #arrived(chunk: Buffer): void {
    if (this.#closed) return;
    const first = this.#readers.first;
    // Nothing to wait for: straight to whoever waits for anything.
    if (first?.data === ANY && this.#bytes.size === 0) {
      this.#readers.remove(first);
      if (first.wake(chunk)) return;
    }
    this.#bytes.add(chunk);
    this.#serveReaders();
    if (this.#bytes.size >= ENOUGH && this.#readers.size === 0) {
      this.#flowing = false;
      this.#stream.pause();
    }
  }

  #serveReaders(): void {
    for (let first = this.#readers.first; first; first = this.#readers.first) {
      let piece: Buffer | null | undefined;
      try {
        piece = this.#take(first.data);
      } catch (error) {
        this.#readers.remove(first);
        first.fail(error);
        continue;
      }
      if (piece === undefined) return;
      this.#readers.remove(first);
      if (!first.wake(piece) && piece) this.#bytes.giveBack(piece);
    }
  }

  /** A piece, `null` at the end, `undefined` when it has to be waited for. */
  #take(demand: Demand): Buffer | null | undefined {
    if (this.#closed) throw closedError();
    const piece = this.#bytes.take(demand);
    if (piece !== undefined) return piece;
    if (this.#error) throw this.#error;
    if (this.#ended) return this.#bytes.takeRest() ?? null;
    if (demand === LINE && this.#bytes.size > LONGEST_LINE) throw lineTooLong();
    return undefined;
  }

  #drained(): void {
    while (!this.#stream.writableNeedDrain) {
      const writer = this.#writers.take();
      if (!writer) return;
      if (writer.wake()) this.#stream.write(writer.data as Uint8Array);
    }
  }

  #checkWritable(): void {
    if (this.#closed) throw closedError();
    if (this.#error) throw this.#error;
    if (!this.#stream.writable) {
      throw new CoppiceError(
        'ERR_COPPICE_CLOSED',
        'This side of the connection has been ended, by end() or since the other side is gone. Write before.',
      );
    }
  }
}

function closedError(): CoppiceError {
  return new CoppiceError(
    'ERR_COPPICE_CLOSED',
    'The socket is closed. Close it when nobody reads or writes any more.',
  );
}

function lineTooLong(): CoppiceError {
  return new CoppiceError(
    'ERR_COPPICE_LINE_TOO_LONG',
    `The peer sent more than ${LONGEST_LINE} bytes without a line feed. Read such data in pieces: read(n).`,
  );
}
