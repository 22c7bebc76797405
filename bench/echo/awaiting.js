// Hand-written: an async function for each connection.
import { once } from 'node:events';
import { createServer } from 'node:net';

async function echo(socket) {
  for await (const chunk of socket) {
    if (!socket.write(chunk)) await once(socket, 'drain');
  }
}

const server = createServer({ noDelay: true }, (socket) => {
  echo(socket).catch(() => {});
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
