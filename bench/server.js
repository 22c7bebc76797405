/** Answers at once, or under /slow after 200 ms. */
import { createServer } from 'node:http';
import { parentPort } from 'node:worker_threads';

const server = createServer((request, response) => {
  if (request.url === '/slow') setTimeout(() => response.end('{"ok":true}'), 200);
  else response.end('{"ok":true}');
});
server.listen(0, '127.0.0.1', () => parentPort?.postMessage(server.address().port));
