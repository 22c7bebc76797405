/**
 * An HTTP server that keeps its callers waiting, and sees when they give up.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SilentServer extends AsyncDisposable {
  readonly url: string;
  /** How many requests have come. */
  readonly requests: number;
  /** How many connections were closed by the other side. */
  readonly closed: number;
}

/** Never answers; with `head`, sends the head and the first bytes of the body, and then nothing. */
export async function startSilentServer({ head = false } = {}): Promise<SilentServer> {
  let requests = 0;
  let closed = 0;
  const server = createServer((_request, response) => {
    requests++;
    response.on('close', () => closed++);
    if (head) {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('the first bytes');
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get requests() {
      return requests;
    },
    get closed() {
      return closed;
    },
    async [Symbol.asyncDispose]() {
      const gone = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await gone;
    },
  };
}
