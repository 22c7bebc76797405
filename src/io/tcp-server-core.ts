/**
 * A listening TCP server at the hub: connections that have come, and who waits to accept one.
 *
 * Invariants: a connection goes to exactly one acceptor, first come, first served; one that its acceptor did not take
 * (it was killed or out of time in the same moment) goes to the next. Nothing is read from a connection before somebody
 * who accepted it reads. Closing ends all waits, and the connections that nobody accepted; those accepted go on.
 */
import type { AddressInfo, Server, Socket } from 'node:net';
import { CoppiceError } from '../core/errors.ts';
import { Returned } from '../core/returned.ts';
import type { Wait } from '../core/wait.ts';
import { WaitQueue } from '../core/wait-queue.ts';
import { TcpSocket } from './tcp-socket.ts';
import { SocketCore } from './tcp-socket-core.ts';

export class ServerCore {
  readonly #server: Server;
  readonly #address: AddressInfo | string;
  readonly #arrived: TcpSocket[] = [];
  readonly #returned = new Returned<TcpSocket>();
  readonly #acceptors = new WaitQueue<TcpSocket>('a connection');
  #closed = false;

  /** @param server listening, and pausing its connections. */
  constructor(server: Server) {
    this.#server = server;
    this.#address = server.address() as AddressInfo | string;
    server.on('connection', (stream: Socket) => this.#offer(new TcpSocket(new SocketCore(stream))));
    // What the system says of a single connection that could not be accepted (too many open files, say).
    server.on('error', (error) => this.#acceptors.failAll(error));
    server.on('close', () => this.close());
  }

  get closed(): boolean {
    return this.#closed;
  }

  get address(): AddressInfo | string {
    return this.#address;
  }

  /** The next connection. */
  accept(): TcpSocket | Wait<TcpSocket> {
    if (this.#closed) throw closedError();
    return this.#arrived.shift() ?? this.#acceptors.wait(undefined);
  }

  /** A connection that did not reach its acceptor. */
  giveBack(socket: TcpSocket): void {
    if (this.#closed) socket.close();
    else if (!this.#acceptors.wakeOne(socket))
      this.#arrived.splice(this.#returned.place(socket, this.#arrived), 0, socket);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#server.close();
    for (const socket of this.#arrived.splice(0)) socket.close();
    this.#acceptors.failAll(closedError());
  }

  #offer(socket: TcpSocket): void {
    if (this.#closed) socket.close();
    else if (!this.#acceptors.wakeOne(socket)) this.#arrived.push(socket);
  }
}

function closedError(): CoppiceError {
  return new CoppiceError(
    'ERR_COPPICE_CLOSED',
    'The server is closed and accepts no more connections. Listen again for more.',
  );
}
