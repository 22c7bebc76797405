/** TCP for coroutines and worker green threads, over real sockets. Fibers: tcp-fibers.test.ts. */
import { once } from 'node:events';
import { connect as netConnect, createServer, type Server, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import {
  connect,
  connectAsync,
  listenAsync,
  serve,
  serveAsync,
  sleepAsync,
  spawn,
  withTimeoutAsync,
  type TcpServer,
  type TcpSocket,
} from 'coppice';
import { fixture, rejection, thrownBy, until } from '../support.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const HOST = '127.0.0.1';
const job = (name: string): URL => fixture(`tcp/${name}.mjs`);

function portOf(server: TcpServer): number {
  return (server.address() as { port: number }).port;
}

/** One of ours, and Node's own socket at the other end. */
async function pair(): Promise<{ ours: TcpSocket; peer: Socket; [Symbol.dispose](): void }> {
  using server = await listenAsync(0, HOST);
  const peer = netConnect({ port: portOf(server), host: HOST, allowHalfOpen: true });
  peer.on('error', () => {});
  const [ours] = await Promise.all([server.acceptAsync(), once(peer, 'connect')]);
  return {
    ours,
    peer,
    [Symbol.dispose]() {
      ours.close();
      peer.destroy();
    },
  };
}

async function listening(server: Server): Promise<number> {
  server.listen(0, HOST);
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

const textOf = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString();

describe('reading', () => {
  test('what has arrived, so many bytes, a line, and null at the end', async () => {
    using both = await pair();
    const { ours, peer } = both;
    peer.write('ab');
    expect(textOf(await ours.readAsync())).toBe('ab');
    peer.write('one\r\ntw');
    peer.write('o\n\nabcdef');
    expect(await ours.readLineAsync()).toBe('one');
    expect(await ours.readLineAsync()).toBe('two');
    expect(await ours.readLineAsync()).toBe('');
    expect(textOf(await ours.readAsync(4))).toBe('abcd');
    peer.end('g\nlast');
    expect(await ours.readLineAsync()).toBe('efg');
    expect(await ours.readLineAsync()).toBe('last');
    expect(await ours.readLineAsync()).toBeNull();
    expect(await ours.readAsync()).toBeNull();
    expect(await ours.readAsync(3)).toBeNull();
  });

  test('a number of bytes waits for all of them, and comes short only at the end', async () => {
    using both = await pair();
    const { ours, peer } = both;
    const six = ours.readAsync(6);
    peer.write('abc');
    await sleepAsync(5);
    peer.write('defgh');
    expect(textOf(await six)).toBe('abcdef');
    peer.end();
    expect(textOf(await ours.readAsync(100))).toBe('gh');
  });

  test('a character that is split between two packets stays whole', async () => {
    using both = await pair();
    const { ours, peer } = both;
    const bytes = Buffer.from('grün\n');
    peer.write(bytes.subarray(0, 3));
    const line = ours.readLineAsync();
    await sleepAsync(5);
    peer.write(bytes.subarray(3));
    expect(await line).toBe('grün');
  });

  test('of several readers each gets a whole piece, first come, first served', async () => {
    using both = await pair();
    const { ours, peer } = both;
    const readers = [
      ours.readLineAsync(),
      ours.readAsync(3),
      ours.readLineAsync(),
      ours.readAsync(),
    ];
    peer.write('first\nabcsecond\nrest');
    expect((await Promise.all(readers)).map(String)).toEqual(['first', 'abc', 'second', 'rest']);
  });

  test('iterates over chunks and lines, and leaving the loop closes nothing', async () => {
    using both = await pair();
    const { ours, peer } = both;
    peer.write('1\n2\n3\n');
    const lines: string[] = [];
    for await (const line of ours.lines()) if (lines.push(line) === 2) break;
    expect(lines).toEqual(['1', '2']);
    peer.end('4');
    let rest = '';
    for await (const chunk of ours) rest += String(chunk);
    expect(rest).toBe('3\n4');
  });

  test('a line without end is an error, and can be read in pieces', async () => {
    using both = await pair();
    const { ours, peer } = both;
    peer.write(Buffer.alloc(2 << 20, 'x'));
    expect(await rejection(ours.readLineAsync())).toMatchObject({
      code: 'ERR_COPPICE_LINE_TOO_LONG',
    });
    expect(await ours.readAsync(2 << 20)).toHaveLength(2 << 20);
  });

  test('reads ahead only so far while nobody reads', async () => {
    using both = await pair();
    const { ours, peer } = both;
    const total = 64 << 20;
    peer.end(Buffer.alloc(total));
    expect(await ours.readAsync(1)).toHaveLength(1);
    await sleepAsync(50);
    // Most of it still waits at the peer.
    expect(peer.writableLength).toBeGreaterThan(total / 2);
    let count = 1;
    for await (const chunk of ours) count += chunk.byteLength;
    expect(count).toBe(total);
  });

  test.each([0, -1, 1.5, '4', Number.NaN])('refuses read(%s)', async (n) => {
    using both = await pair();
    expect(await rejection(both.ours.readAsync(n as number))).toMatchObject({
      code: 'ERR_COPPICE_INVALID_ARGUMENT',
    });
  });
});

describe('writing', () => {
  test('waits for room when the peer does not read, and what was not begun is not sent', async () => {
    using both = await pair();
    const { ours, peer } = both;
    peer.pause();
    const chunk = Buffer.alloc(1 << 20, 'x');
    let written = 0;
    let waiting = ours.writeAsync(chunk);
    for (;;) {
      const timeout = Symbol('timeout');
      const first = await Promise.race([waiting, sleepAsync(100).then(() => timeout)]);
      if (first === timeout) break;
      written++;
      waiting = ours.writeAsync(chunk);
    }
    expect(written).toBeGreaterThan(0);
    const late = await rejection(ours.writeAsync('never sent', { timeout: 10 }));
    expect(late).toMatchObject({ name: 'Timeout' });
    let received = 0;
    peer.on('data', (data: Buffer) => (received += data.byteLength));
    peer.resume();
    await waiting;
    const end = once(peer, 'end');
    await ours.endAsync();
    await end;
    expect(received).toBe((written + 1) * chunk.byteLength);
  });

  test('is half open after end(), on either side', async () => {
    using both = await pair();
    const { ours, peer } = both;
    peer.end('question');
    expect(textOf(await ours.readAsync(100))).toBe('question');
    expect(await ours.readAsync()).toBeNull();
    await ours.writeAsync('answer');
    await ours.endAsync();
    await ours.endAsync();
    expect(await rejection(ours.writeAsync('more'))).toMatchObject({ code: 'ERR_COPPICE_CLOSED' });
    const [answer] = (await once(peer, 'data')) as [Buffer];
    expect(String(answer)).toBe('answer');
  });

  test('close() still sends what was written', async () => {
    using both = await pair();
    const { ours, peer } = both;
    const size = 8 << 20;
    await ours.writeAsync(Buffer.alloc(size));
    ours.close();
    let received = 0;
    peer.on('data', (data: Buffer) => (received += data.byteLength));
    await once(peer, 'end');
    expect(received).toBe(size);
  });

  test('refuses what is no data', async () => {
    using both = await pair();
    expect(await rejection(both.ours.writeAsync(5 as never))).toMatchObject({
      code: 'ERR_COPPICE_INVALID_ARGUMENT',
    });
  });
});

describe('errors and endings', () => {
  test("keep Node's codes", async () => {
    const server = createServer();
    const port = await listening(server);
    expect(await rejection(listenAsync(port, HOST))).toMatchObject({ code: 'EADDRINUSE' });
    server.close();
    await once(server, 'close');
    expect(await rejection(connectAsync(port, HOST))).toMatchObject({ code: 'ECONNREFUSED' });
    for (const wrong of [-1, 65_536, '80', undefined]) {
      expect(await rejection(connectAsync(wrong as number))).toMatchObject({
        code: 'ERR_COPPICE_INVALID_ARGUMENT',
      });
    }
  });

  test('what came before a reset is read first', async () => {
    using both = await pair();
    const { ours, peer } = both;
    const first = ours.readLineAsync();
    peer.write('line\nrest');
    expect(await first).toBe('line');
    peer.resetAndDestroy();
    expect(textOf(await ours.readAsync())).toBe('rest');
    expect(await rejection(ours.readAsync())).toMatchObject({ code: 'ECONNRESET' });
    expect(await rejection(ours.writeAsync('x'))).toMatchObject({ code: 'ECONNRESET' });
    expect(await rejection(ours.endAsync())).toMatchObject({ code: 'ECONNRESET' });
  });

  test('writing to who is gone ends with EPIPE or ECONNRESET', async () => {
    using both = await pair();
    const { ours, peer } = both;
    peer.destroy();
    const writing = (async () => {
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- until it is noticed
        await ours.writeAsync('x');
        // oxlint-disable-next-line no-await-in-loop -- as above
        await new Promise(setImmediate);
      }
    })();
    const { code } = (await rejection(writing)) as NodeJS.ErrnoException;
    expect(['EPIPE', 'ECONNRESET']).toContain(code);
  });

  test('close() ends every wait, and later calls are refused', async () => {
    using both = await pair();
    const { ours } = both;
    const waits = [ours.readAsync(), ours.readLineAsync()];
    ours.close();
    ours.close();
    expect(ours.closed).toBe(true);
    for (const wait of [...waits, ours.readAsync(), ours.writeAsync('x'), ours.endAsync()]) {
      // oxlint-disable-next-line no-await-in-loop -- each of them
      expect(await rejection(wait)).toMatchObject({ code: 'ERR_COPPICE_CLOSED' });
    }
  });

  test('knows both addresses, also afterwards', async () => {
    using both = await pair();
    const { ours, peer } = both;
    const { localPort, remotePort } = peer;
    expect([ours.remoteAddress, ours.remotePort]).toEqual([HOST, localPort]);
    ours.close();
    expect([ours.localAddress, ours.localPort]).toEqual([HOST, remotePort]);
  });

  test('a socket that nobody holds is closed', async () => {
    using server = await listenAsync(0, HOST);
    const peer = netConnect(portOf(server), HOST);
    let ended = false;
    peer.on('end', () => (ended = true)).resume();
    const acceptAndForget = async (): Promise<void> => {
      const socket = await server.acceptAsync();
      socket.write('x');
    };
    await acceptAndForget();
    await until(() => (collectGarbage(), ended));
  });

  test('so is a server', async () => {
    const port = await (async () => portOf(await listenAsync(0, HOST)))();
    const connecting = (async () => {
      for (;;) {
        collectGarbage();
        // oxlint-disable-next-line no-await-in-loop -- until it is refused
        (await connectAsync(port, HOST)).close();
      }
    })();
    expect(await rejection(connecting)).toMatchObject({
      code: expect.stringMatching(/^ECONN(REFUSED|RESET)$/) as string,
    });
  });
});

describe('waits that are ended', () => {
  test('a connect that is aborted leaves nothing', async () => {
    using server = await listenAsync(0, HOST);
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    expect(await rejection(connectAsync(portOf(server), HOST, { signal }))).toBe(reason);
    // One that is aborted while it is under way.
    const controller = new AbortController();
    const wait = connectAsync({ port: portOf(server), host: HOST, signal: controller.signal });
    controller.abort(reason);
    expect(await rejection(wait)).toBe(reason);
  });

  test('an accept that is out of time takes no connection', async () => {
    using server = await listenAsync(0, HOST);
    const late = server.acceptAsync({ timeout: 10 });
    expect(await rejection(late)).toMatchObject({ name: 'Timeout' });
    const first = server.acceptAsync({ signal: AbortSignal.abort(new Error('no')) });
    const second = server.acceptAsync();
    expect(await rejection(first)).toMatchObject({ message: 'no' });
    using socket = await connectAsync(portOf(server), HOST);
    using accepted = await second;
    expect(accepted.remotePort).toBe(socket.localPort);
  });

  test('reads that are ended at random lose no byte', async () => {
    using both = await pair();
    const { ours, peer } = both;
    const total = 2_000;
    let received = '';
    let over = false;
    const reader = async (): Promise<void> => {
      while (!over) {
        const read = withTimeoutAsync(
          Math.random() * 3,
          () => ours.readAsync(1 + (received.length % 3)),
          {
            silent: true,
          },
        );
        // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
        const bytes = await read;
        if (bytes === null) over = true;
        else if (bytes) received += String(bytes);
      }
    };
    const reading = reader();
    let sent = '';
    for (let index = 0; index < total; index++) {
      const text = String(index % 10);
      sent += text;
      peer.write(text);
      // oxlint-disable-next-line no-await-in-loop -- as above
      if (index % 7 === 0) await new Promise(setImmediate);
    }
    peer.end();
    await reading;
    expect(received).toBe(sent);
  });

  test('closing a server ends its waits and its loop', async () => {
    const server = await listenAsync(0, HOST);
    const accept = server.acceptAsync();
    const loop = (async () => {
      for await (const socket of server) socket.close();
      return 'ended';
    })();
    server.close();
    expect(await rejection(accept)).toMatchObject({ code: 'ERR_COPPICE_CLOSED' });
    expect(await loop).toBe('ended');
    expect(await rejection(server.acceptAsync())).toMatchObject({ code: 'ERR_COPPICE_CLOSED' });
    expect(server.closed).toBe(true);
  });
});

test('plain code on the main thread does what need not wait, and is refused the rest', async () => {
  using both = await pair();
  const { ours, peer } = both;
  expect(thrownBy(() => connect(1, HOST))).toMatchObject({ code: 'ERR_COPPICE_WOULD_BLOCK_MAIN' });
  expect(thrownBy(() => serve(1, () => {}))).toMatchObject({
    code: 'ERR_COPPICE_WOULD_BLOCK_MAIN',
  });
  expect(thrownBy(() => ours.read())).toMatchObject({ code: 'ERR_COPPICE_WOULD_BLOCK_MAIN' });
  ours.write('written');
  const [data] = (await once(peer, 'data')) as [Buffer];
  expect(String(data)).toBe('written');
  peer.write('a\nb');
  expect(await ours.readLineAsync()).toBe('a');
  expect(textOf(ours.read())).toBe('b');
});

describe('worker green threads', () => {
  test('connect, listen, accept, read and write; sockets are handed over', async () => {
    const server = await listenAsync(0, HOST);
    const accepted = server.acceptAsync();
    const client = spawn(job('client'), portOf(server));
    const ours = await accepted;
    expect(await ours.readLineAsync()).toBe('hello');
    const helper = spawn(job('answer'), ours);
    expect(await helper).toEqual(['more', 'abc', true]);
    expect(await client).toEqual(['answered', null, 'Buffer']);
    ours.close();
    server.close();
  });

  test('killed in accept, connect and read, they take nothing with them', async () => {
    const server = await listenAsync(0, HOST);
    const acceptor = spawn(job('accept'), server);
    await until(() => acceptor.state === 'running');
    await acceptor.killAsync();
    const peer = netConnect(portOf(server), HOST);
    const ours = await server.acceptAsync();
    let sent = '';
    let received = '';
    for (let round = 0; round < 30; round++) {
      const reader = spawn(job('read'), ours);
      sent += 'x';
      if (round % 3 === 0) await until(() => reader.state === 'running' || reader.ready);
      peer.write('x');
      if (round % 5 === 0) await reader;
      if (round % 2 === 0) await new Promise((resolve) => setTimeout(resolve, round % 5));
      await reader.killAsync();
      if (typeof reader.value === 'string') received += reader.value;
    }
    peer.end();
    for await (const chunk of ours) received += String(chunk);
    expect(received).toBe(sent);
    ours.close();
    server.close();
  });

  test('one that is terminated lets go of its socket', async () => {
    const server = await listenAsync(0, HOST);
    const thread = spawn(job('hold'), portOf(server));
    const peer = await server.acceptAsync();
    expect(await peer.readLineAsync()).toBe('busy');
    await thread.killAsync({ force: true, timeout: 10 });
    let end: Buffer | null | undefined;
    void peer.readAsync().then((bytes) => (end = bytes));
    await until(() => (collectGarbage(), end !== undefined));
    expect(end).toBeNull();
    peer.close();
    server.close();
  });

  test('serve in blocking style', async () => {
    const server = await listenAsync(0, HOST);
    const serving = spawn(job('serve'), server, job('handler').href);
    const replies = await Promise.all(
      [1, 2, 3].map(async (n) => {
        using socket = await connectAsync(portOf(server), HOST);
        socket.write(`${n}\n`);
        const line = await socket.readLineAsync();
        // The handler's end closes it.
        return [line, await socket.readAsync()];
      }),
    );
    expect(replies).toEqual([
      ['got 1', null],
      ['got 2', null],
      ['got 3', null],
    ]);
    server.close();
    expect(await serving).toBe('served');
  });
});

describe('serveAsync', () => {
  test('gives each connection its coroutine, and ends with the server and the last of them', async () => {
    const server = await listenAsync(0, HOST);
    let running = 0;
    const serving = serveAsync(server, async (socket) => {
      running++;
      for await (const chunk of socket) socket.write(chunk);
      running--;
    });
    const sockets = await Promise.all([1, 2, 3].map(() => connectAsync(portOf(server), HOST)));
    for (const [index, socket] of sockets.entries()) {
      socket.write(`hello ${index}\n`);
      // oxlint-disable-next-line no-await-in-loop -- each of them
      expect(await socket.readLineAsync()).toBe(`hello ${index}`);
    }
    server.close();
    expect(running).toBe(3);
    for (const socket of sockets) socket.close();
    await serving;
    expect(running).toBe(0);
  });

  test('aborted, it takes the connections away', async () => {
    const server = await listenAsync(0, HOST);
    const port = portOf(server);
    const controller = new AbortController();
    const serving = serveAsync(server, (socket) => socket.readAsync(), controller);
    using socket = await connectAsync(port, HOST);
    const end = socket.readAsync();
    await socket.writeAsync('');
    await until(() => true);
    const reason = new Error('stop');
    controller.abort(reason);
    expect(await rejection(serving)).toBe(reason);
    // Whether it had been accepted or not: the server is still the caller's.
    server.close();
    expect(await end).toBeNull();
  });

  test('says what is wrong', async () => {
    expect(await rejection(serveAsync(0, 'relative.js'))).toMatchObject({
      code: 'ERR_COPPICE_INVALID_ARGUMENT',
    });
  });
});
