/**
 * `listen`: a TCP server in blocking style, over Node's own `net.createServer`.
 */
import type { ListenOptions as NetListenOptions } from 'node:net';
import { defineBlocking } from '../core/definition.ts';
import type { WaitOptions } from '../core/heap.ts';
import { Wait } from '../core/wait.ts';
import { withPlace, type Place } from './tcp-call.ts';
import { ServerCore } from './tcp-server-core.ts';
import { TcpServer } from './tcp-server.ts';

/** Where to listen. */
export interface ListenOptions extends WaitOptions {
  /** 0: any that is free; `server.address()` tells which. */
  port?: number | undefined;
  /** Default: every address of this machine. */
  host?: string | undefined;
  /** A socket in the file system instead of a port. */
  path?: string | undefined;
  /** How many connections the system lets wait until this process takes them in. Default: Node's, 511. */
  backlog?: number | undefined;
  /** Send each write at once, without waiting to make larger packets of small ones (Nagle). Default `true`. */
  noDelay?: boolean | undefined;
  /** Ask an idle peer now and then whether it is still there. Default `false`. */
  keepAlive?: boolean | undefined;
}

interface Listen<R> {
  (port: number, host?: string, options?: WaitOptions): R;
  (port: number, options: WaitOptions): R;
  (place: ListenOptions): R;
}

function begin({ noDelay = true, keepAlive = false, ...place }: Place): Wait<TcpServer> {
  return new Wait<TcpServer>((waker) => {
    const server = process.getBuiltinModule('node:net').createServer({
      noDelay: noDelay as boolean,
      keepAlive: keepAlive as boolean,
      allowHalfOpen: true,
      pauseOnConnect: true,
    });
    const fail = (error: Error): void => waker.fail(error);
    server.once('error', fail);
    server.listen(place as NetListenOptions, () => {
      server.off('error', fail);
      const listening = new TcpServer(new ServerCore(server));
      if (waker.wake(listening) === false) listening.close();
    });
    return () => {
      server.off('error', fail).on('error', () => {});
      server.close();
    };
  }, 'a server to listen');
}

const listenCall = defineBlocking(
  'tcp.listen',
  (place: Place, _options: WaitOptions) => begin(place),
  {
    optionsAt: 1,
    optionNames: [],
    hubOnly: true,
    contextFree: true,
    asyncName: 'listenAsync()',
    reclaim: (server) => (server as TcpServer).close(),
  },
);

const faces = withPlace<Listen<TcpServer> & { async: Listen<Promise<TcpServer>> }, TcpServer>(
  'listen',
  listenCall,
);

/**
 * Listens for TCP connections: `listen(port, host?, { timeout, signal })`, or all in one object.
 *
 * @throws {Error} Node's own, with `code`: `EADDRINUSE`, `EACCES`, …
 * @throws {CoppiceError} `ERR_COPPICE_WOULD_BLOCK_MAIN` in plain code on the main thread: await `listenAsync`.
 * @example
 * using server = listen({ port: 0, host: '127.0.0.1' });
 * console.log(server.address().port);
 */
export const listen: Listen<TcpServer> & { async: Listen<Promise<TcpServer>> } = faces.blocking;

/** The explicit face of `listen`. */
export const listenAsync = faces.explicit as Listen<Promise<TcpServer>>;
