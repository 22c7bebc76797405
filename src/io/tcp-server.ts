/**
 * `TcpServer`: accepting connections in blocking style, the same object in every heap.
 *
 * Invariant, as for sockets: a server that nobody holds any more is closed, sooner or later.
 */
import type { AddressInfo } from 'node:net';
import type { WaitOptions } from '../core/heap.ts';
import { asResult, Items } from '../sync/items.ts';
import { CORE, method, Primitive, registerKind, twin } from '../sync/primitive.ts';
import type { ServerCore } from './tcp-server-core.ts';
import { TcpSocket } from './tcp-socket.ts';

const unheld = new FinalizationRegistry<ServerCore>((core) => core.close());

/**
 * A listening server. `listen()` gives one.
 *
 * Follows gevent's and Go's listeners.
 *
 * @example
 * using server = listen(7000);
 * for (const socket of server) spawn(greet, socket);
 */
export class TcpServer
  extends Primitive<ServerCore>
  implements Iterable<TcpSocket>, AsyncIterable<TcpSocket>, Disposable
{
  /** @internal */
  constructor(core: ServerCore) {
    super('tcp-server', [core]);
    unheld.register(this, core);
  }

  /** Where it listens: `{ address, port, family }`, or a path. Stays known when it is closed. */
  address(): AddressInfo | string {
    return addressCall(this);
  }

  /** Is it closed? */
  get closed(): boolean {
    return closedCall(this);
  }

  /**
   * Waits for the next connection.
   *
   * @throws {Timeout} when `options.timeout` milliseconds are over.
   * @throws {CoppiceError} `ERR_COPPICE_CLOSED` when it is closed, also while this waits.
   */
  accept(options?: WaitOptions): TcpSocket {
    return acceptCall(this, options);
  }

  /** The explicit face of `accept`. */
  acceptAsync(options?: WaitOptions): Promise<TcpSocket> {
    return acceptCall.async(this, options);
  }

  /** Stops listening. Connections that were accepted go on; those that wait to be are closed. */
  close(): void {
    closeCall(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The connections, until it is closed. Leaving the loop does not close it. */
  [Symbol.iterator](): IterableIterator<TcpSocket, undefined> {
    return new Items(this, nextCall);
  }

  /** The explicit face of iterating. */
  [Symbol.asyncIterator](): AsyncGenerator<TcpSocket, undefined> {
    return Items.async(this, nextCall);
  }
}

registerKind('tcp-server', TcpServer, (core: ServerCore) => core);

const at = (server: TcpServer): ServerCore => server[CORE] as ServerCore;
const addressCall = method('TcpServer.address', (server: TcpServer) => at(server).address);
const closedCall = method('TcpServer.closed', (server: TcpServer) => at(server).closed);
const closeCall = method('TcpServer.close', (server: TcpServer) => at(server).close());
const acceptCall = method(
  'TcpServer.accept',
  (server: TcpServer, _options?: WaitOptions) => at(server).accept(),
  { optionsAt: 0, undo: (server, socket) => at(server).giveBack(socket) },
);
/** The next connection as an iterator's result; that it was closed is its `done`. */
export const nextCall = method(
  'TcpServer.next',
  (server: TcpServer, _options?: WaitOptions) => asResult(() => at(server).accept()),
  {
    optionsAt: 0,
    undo: (server, next) => void (next.done || at(server).giveBack(next.value)),
  },
);
twin(TcpServer.prototype.accept, acceptCall);
