/**
 * `serve`: a green thread for each connection.
 *
 * Invariants: a connection is closed when its handler has ended, however it ended; one handler's error ends no other's
 * connection and not the server. `serve` ends when the server is closed and the last handler has ended; when it is
 * killed, times out or is aborted, its handlers are killed, too.
 */
import { inspect } from 'node:util';
import { defineBlocking } from '../core/definition.ts';
import { invalidArgument } from '../core/errors.ts';
import type { WaitOptions } from '../core/heap.ts';
import { moduleUrl } from '../core/module-url.ts';
import { TWIN } from '../core/twin.ts';
import { Wait } from '../core/wait.ts';
import { spawn } from '../hub/spawn.ts';
import { CORE } from '../hub/thread-core.ts';
import { listenAsync, type ListenOptions } from './listen.ts';
import { nextCall, TcpServer } from './tcp-server.ts';
import type { TcpSocket } from './tcp-socket.ts';

/** Deals with one connection: a compiled function, a coroutine, or a module for a worker green thread. */
export type Handler = URL | string | ((socket: TcpSocket) => unknown);

/** The connections that are being dealt with. */
class Handlers {
  readonly #handler: Handler;
  /** What ends each: kills its green thread, or takes the connection from its coroutine. */
  readonly #ends = new Set<() => void>();
  #whenNone: (() => void) | undefined;
  #ended = false;

  constructor(handler: Handler) {
    this.#handler = handler;
  }

  start(socket: TcpSocket): void {
    const handler = this.#handler;
    if (typeof handler === 'function' && !(handler as { [TWIN]?: unknown })[TWIN]) {
      const ended = this.#begun(socket, () => socket.close());
      void runCoroutine(handler, socket).then(ended);
      return;
    }
    const thread = spawn(handler, socket);
    thread.rawLink(this.#begun(socket, () => thread[CORE].kill({})));
  }

  /** Resolves when none is left. */
  none(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenNone = resolve;
      if (this.#ends.size === 0) resolve();
    });
  }

  /** Ends all. Once: a second kill would break into the finally blocks that the first one runs. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const end of this.#ends) end();
  }

  /** @returns what to call when it has ended. */
  #begun(socket: TcpSocket, end: () => void): () => void {
    this.#ends.add(end);
    return () => {
      socket.close();
      this.#ends.delete(end);
      if (this.#ends.size === 0) this.#whenNone?.();
    };
  }
}

async function runCoroutine(
  handler: (socket: TcpSocket) => unknown,
  socket: TcpSocket,
): Promise<void> {
  try {
    await handler(socket);
  } catch (error) {
    // As for a green thread that nobody observes; when the connection was taken from it, that is no news.
    if (!socket.closed)
      process.stderr.write(`A handler of serve() ended with an error:\n${inspect(error)}\n`);
  }
}

function perform(
  where: TcpServer | ListenOptions | number,
  handler: Handler,
  _options?: WaitOptions,
): Wait<void> {
  if (typeof handler !== 'function' && moduleUrl(handler) === undefined) {
    throw invalidArgument(
      `serve() takes a handler: a function, or a module as a URL or an absolute path; got ${String(handler)}.`,
    );
  }
  return new Wait<void>((waker) => {
    const controller = new AbortController();
    run(where, handler, controller.signal).then(
      () => waker.wake(),
      (error: unknown) => controller.signal.aborted || waker.fail(error),
    );
    return () => controller.abort();
  }, 'a server to be closed');
}

async function run(
  where: TcpServer | ListenOptions | number,
  handler: Handler,
  signal: AbortSignal,
): Promise<void> {
  const own =
    where instanceof TcpServer
      ? undefined
      : await listenAsync({ ...(typeof where === 'object' ? where : { port: where }), signal });
  const server = own ?? (where as TcpServer);
  const handlers = new Handlers(handler);
  const stop = (): void => {
    own?.close();
    handlers.end();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    await acceptAll(server, handlers, signal);
    await handlers.none();
  } finally {
    stop();
  }
}

async function acceptAll(
  server: TcpServer,
  handlers: Handlers,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one connection after the other is the point
    const next = await nextCall.async(server, { signal });
    if (next.done) return;
    handlers.start(next.value);
  }
}

interface Serve<R> {
  (where: TcpServer | ListenOptions | number, handler: Handler, options?: WaitOptions): R;
}

/**
 * Gives each connection a green thread of its own: `handler(socket)`. Returns when the server has been closed and all
 * handlers have ended. A handler need not close its socket: that is done when it ends.
 *
 * A compiled function is run as a fiber, a module's default export as a worker green thread, any other function (an
 * async one, say) as a coroutine. An error of a handler that nobody observes is printed, and ends that connection only.
 *
 * Follows gevent's `StreamServer`.
 *
 * @param where a server, or where to listen; a server that was made here is closed here.
 * @param options.signal aborting it stops serving and kills the handlers; its reason is thrown.
 * @throws {Error} Node's own when it cannot listen: `EADDRINUSE`, …
 * @throws {CoppiceError} `ERR_COPPICE_WOULD_BLOCK_MAIN` in plain code on the main thread: await `serveAsync`.
 * @example
 * serve(7000, (socket) => {
 *   for (const line of socket.lines()) socket.write(`${line}\n`);
 * });
 */
export const serve: Serve<void> & { async: Serve<Promise<void>> } = defineBlocking(
  'tcp.serve',
  perform,
  {
    optionsAt: 2,
    optionNames: [],
    local: true,
    hubOnly: true,
    contextFree: true,
    asyncName: 'serveAsync()',
    encode: ([where, handler, ...rest]) => [
      where,
      handler instanceof URL ? handler.href : handler,
      ...rest,
    ],
  },
);

/** The explicit face of `serve`. */
export const serveAsync: Serve<Promise<void>> = serve.async;
