/**
 * `connect`: a TCP connection in blocking style, over Node's own `net.connect`.
 */
import type { NetConnectOpts } from 'node:net';
import { defineBlocking } from '../core/definition.ts';
import type { WaitOptions } from '../core/heap.ts';
import { Wait } from '../core/wait.ts';
import { withPlace, type Place } from './tcp-call.ts';
import { SocketCore } from './tcp-socket-core.ts';
import { TcpSocket } from './tcp-socket.ts';

/** Where to connect. */
export interface ConnectOptions extends WaitOptions {
  port?: number | undefined;
  /** Default: `localhost`. */
  host?: string | undefined;
  /** A socket in the file system instead of a port. */
  path?: string | undefined;
  /** Send each write at once, without waiting to make larger packets of small ones (Nagle). Default `true`. */
  noDelay?: boolean | undefined;
  /** Ask an idle peer now and then whether it is still there. Default `false`. */
  keepAlive?: boolean | undefined;
  localAddress?: string | undefined;
  localPort?: number | undefined;
}

interface Connect<R> {
  (port: number, host?: string, options?: WaitOptions): R;
  (port: number, options: WaitOptions): R;
  (place: ConnectOptions): R;
}

function begin(place: Place): Wait<TcpSocket> {
  return new Wait<TcpSocket>((waker) => {
    // Loaded when it is first needed: Workers never do.
    const net = process.getBuiltinModule('node:net');
    const stream = net.connect({ noDelay: true, ...place, allowHalfOpen: true } as NetConnectOpts);
    const fail = (error: Error): void => waker.fail(error);
    stream.once('error', fail);
    stream.once('connect', () => {
      stream.off('error', fail);
      const socket = new TcpSocket(new SocketCore(stream));
      if (waker.wake(socket) === false) socket.close();
    });
    return () => {
      // What it still says is nobody's any more.
      stream.off('error', fail).on('error', () => {});
      stream.destroy();
    };
  }, 'a connection to be made');
}

const connectCall = defineBlocking(
  'tcp.connect',
  (place: Place, _options: WaitOptions) => begin(place),
  {
    optionsAt: 1,
    optionNames: [],
    hubOnly: true,
    contextFree: true,
    asyncName: 'connectAsync()',
    reclaim: (socket) => (socket as TcpSocket).close(),
  },
);

const faces = withPlace<Connect<TcpSocket> & { async: Connect<Promise<TcpSocket>> }, TcpSocket>(
  'connect',
  connectCall,
);

/**
 * Connects over TCP: `connect(port, host?, { timeout, signal })`, or all in one object.
 *
 * @param options.timeout milliseconds after which a `Timeout` is thrown.
 * @throws {Error} Node's own, with `code`: `ECONNREFUSED`, `ENOTFOUND`, …
 * @throws {CoppiceError} `ERR_COPPICE_WOULD_BLOCK_MAIN` in plain code on the main thread: await `connectAsync`.
 * @example
 * using socket = connect({ port: 6379, host: 'localhost', timeout: 1_000 });
 */
export const connect: Connect<TcpSocket> & { async: Connect<Promise<TcpSocket>> } = faces.blocking;

/** The explicit face of `connect`. */
export const connectAsync = faces.explicit as Connect<Promise<TcpSocket>>;
