/**
 * `TcpSocket`: a connection in blocking style, the same object in every heap.
 *
 * The connection lives at the hub. In the hub's own heap a fiber gets the bytes as they are; to a Worker they cross.
 * Invariant: a socket that nobody holds any more is closed, sooner or later; `close()` and `using` do it at once.
 */
import { invalidArgument } from '../core/errors.ts';
import type { WaitOptions } from '../core/heap.ts';
import { setTwin, twinOf } from '../core/twin.ts';
import { Wait } from '../core/wait.ts';
import { CORE, method, Primitive, registerKind, twin } from '../sync/primitive.ts';
import { ANY, LINE } from './byte-buffer.ts';
import type { Addresses, Data, SocketCore } from './tcp-socket-core.ts';
import { UntilNull } from './until-null.ts';

const unheld = new FinalizationRegistry<SocketCore>((core) => core.close());

/**
 * A TCP connection. `connect()` and `server.accept()` give one.
 *
 * The two directions are independent: after `end()` it can still be read, and after the peer's end still be written.
 * Errors of the connection are thrown as Node's own, with their `code` (`ECONNRESET`, `EPIPE`), from the next read or
 * write; what arrived before is read first.
 *
 * Follows gevent's sockets and asyncio's streams.
 *
 * @example
 * using socket = connect(6379);
 * socket.write('PING\r\n');
 * console.log(socket.readLine());
 */
export class TcpSocket
  extends Primitive<SocketCore>
  implements Iterable<Buffer>, AsyncIterable<Buffer>, Disposable
{
  /** @internal */
  constructor(core: SocketCore) {
    super('tcp-socket', [core]);
    unheld.register(this, core);
  }

  /** The peer's address; `undefined` for a socket in the file system. */
  get remoteAddress(): string | undefined {
    return addressesCall(this).remoteAddress;
  }

  get remotePort(): number | undefined {
    return addressesCall(this).remotePort;
  }

  get localAddress(): string | undefined {
    return addressesCall(this).localAddress;
  }

  get localPort(): number | undefined {
    return addressesCall(this).localPort;
  }

  /** Was it closed on this side? */
  get closed(): boolean {
    return closedCall(this);
  }

  /**
   * Reads what has arrived, one byte at least; or, with `n`, exactly so many bytes, fewer only at the end. Of several
   * readers each gets a whole piece, first come, first served.
   *
   * @param n how many bytes. Default: what there is.
   * @returns `null` at the end.
   * @throws {Timeout} when `options.timeout` milliseconds are over; no bytes are lost by that.
   * @throws {CoppiceError} `ERR_COPPICE_CLOSED` when it was closed on this side.
   */
  read(n?: number, options?: WaitOptions): Buffer | null {
    return asBuffer(readCall(this, n, options));
  }

  /** The explicit face of `read`. */
  async readAsync(n?: number, options?: WaitOptions): Promise<Buffer | null> {
    return asBuffer(await readCall.async(this, n, options));
  }

  /**
   * Reads a line, as UTF-8, without its `\n` or `\r\n`. What follows the last one is a line too, if it is not empty.
   *
   * @returns `null` at the end.
   * @throws {Timeout} when `options.timeout` milliseconds are over; no bytes are lost by that.
   * @throws {CoppiceError} `ERR_COPPICE_LINE_TOO_LONG` for one of more than a megabyte; `ERR_COPPICE_CLOSED`.
   */
  readLine(options?: WaitOptions): string | null {
    return asLine(lineCall(this, options));
  }

  /** The explicit face of `readLine`. */
  async readLineAsync(options?: WaitOptions): Promise<string | null> {
    return asLine(await lineCall.async(this, options));
  }

  /** The lines, until the end. Iterating over the socket itself gives its bytes as they come. */
  lines(): IterableIterator<string, undefined> & AsyncIterable<string, undefined> {
    return new UntilNull(this, TcpSocket.prototype.readLine, TcpSocket.prototype.readLineAsync);
  }

  /**
   * Sends. Returns as soon as all of it is on its way; when the peer is slow and much is under way already, waits for
   * room first. One that is killed or times out while it waits has sent nothing.
   *
   * @param data a string (as UTF-8) or bytes.
   * @throws {CoppiceError} `ERR_COPPICE_CLOSED` after `end()` or `close()`.
   */
  write(data: Data, options?: WaitOptions): void {
    writeCall(this, data, options);
  }

  /** The explicit face of `write`. */
  writeAsync(data: Data, options?: WaitOptions): Promise<void> {
    return writeCall.async(this, data, options);
  }

  /** Says that nothing more will be written, and waits until all that was is the system's to deliver. */
  end(options?: WaitOptions): void {
    endCall(this, options);
  }

  /** The explicit face of `end`. */
  endAsync(options?: WaitOptions): Promise<void> {
    return endCall.async(this, options);
  }

  /** Lets go of the connection, in both directions. What was written is still sent. Closing twice does nothing. */
  close(): void {
    closeCall(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The bytes, in the pieces in which they come, until the end. Leaving the loop does not close the socket. */
  [Symbol.iterator](): IterableIterator<Buffer, undefined> {
    return chunksOf(this);
  }

  /** The explicit face of iterating. */
  [Symbol.asyncIterator](): AsyncGenerator<Buffer, undefined> {
    return chunksOf(this)[Symbol.asyncIterator]();
  }
}

function chunksOf(socket: TcpSocket): UntilNull<TcpSocket, Buffer> {
  return new UntilNull(socket, TcpSocket.prototype.read, TcpSocket.prototype.readAsync);
}

registerKind('tcp-socket', TcpSocket, (core: SocketCore) => core);

const at = (socket: TcpSocket): SocketCore => socket[CORE] as SocketCore;
const giveBack = (socket: TcpSocket, bytes: Buffer | null): void =>
  void (bytes && at(socket).giveBack(bytes));
const addressesCall = method(
  'TcpSocket.addresses',
  (socket: TcpSocket): Addresses => at(socket).addresses,
);
const closedCall = method('TcpSocket.closed', (socket: TcpSocket) => at(socket).closed);
const readCall = method(
  'TcpSocket.read',
  (socket: TcpSocket, n?: number, _options?: WaitOptions) => at(socket).read(checkedCount(n)),
  { optionsAt: 1, undo: giveBack },
);
const lineCall = method(
  'TcpSocket.readLine',
  (socket: TcpSocket, _options?: WaitOptions) => at(socket).read(LINE),
  { optionsAt: 0, undo: giveBack },
);
const writeCall = method(
  'TcpSocket.write',
  (socket: TcpSocket, data: Data, _options?: WaitOptions) => at(socket).write(checkedData(data)),
  { optionsAt: 1 },
);
const endCall = method(
  'TcpSocket.end',
  (socket: TcpSocket, _options?: WaitOptions) => at(socket).end(),
  {
    optionsAt: 0,
  },
);
const closeCall = method('TcpSocket.close', (socket: TcpSocket) => at(socket).close());

setTwin(TcpSocket.prototype.read, function* (this: TcpSocket, n?: number, options?: WaitOptions) {
  // Where most fibers switch: nothing is made but this generator and the wait.
  const core = options === undefined ? this[CORE] : undefined;
  if (!core) return asBuffer(yield* twinOf(readCall)(this, n, options));
  const got = core.read(checkedCount(n));
  return got instanceof Wait ? yield got.undoneBy(giveBack, this) : got;
});
setTwin(TcpSocket.prototype.readLine, function* (this: TcpSocket, options?: WaitOptions) {
  const core = options === undefined ? this[CORE] : undefined;
  if (!core) return asLine(yield* twinOf(lineCall)(this, options));
  const got = core.read(LINE);
  return asLine((got instanceof Wait ? yield got.undoneBy(giveBack, this) : got) as Buffer | null);
});
twin(TcpSocket.prototype.write, writeCall);
twin(TcpSocket.prototype.end, endCall);

function checkedCount(n: number | undefined): number {
  if (n === undefined) return ANY;
  if (Number.isSafeInteger(n) && n >= 1) return n;
  throw invalidArgument(
    `read() takes a number of bytes, 1 or more, or nothing for what has arrived; got ${String(n)}.`,
  );
}

function checkedData(data: Data): Data {
  if (typeof data === 'string' || ArrayBuffer.isView(data)) return data;
  throw invalidArgument(`write() takes a string or bytes; got ${typeof data}.`);
}

/** What crossed to a Worker is a Buffer no more. */
function asBuffer(bytes: Uint8Array | null): Buffer | null {
  if (bytes === null || Buffer.isBuffer(bytes)) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

function asLine(bytes: Uint8Array | null): string | null {
  const line = asBuffer(bytes);
  if (line === null) return null;
  let end = line.byteLength;
  if (line[end - 1] === LINE_FEED) end -= line[end - 2] === CARRIAGE_RETURN ? 2 : 1;
  return line.toString('utf8', 0, end);
}
