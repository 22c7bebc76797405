// Twenty documents are rendered at once. Each asks a server for the titles of three pages, from inside a synchronous
// rule; the server is in this very process, and answers while they are blocked.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { wrap } from 'coppice';

const DOCUMENTS = 20;
const LINKS = 3;
const DELAY = 100;

let open = 0;
let most = 0;
const server = createServer((request, response) => {
  most = Math.max(most, ++open);
  setTimeout(() => {
    open--;
    if (request.url === '/gone') response.writeHead(404).end();
    else response.end(`<title>The page ${request.url.slice(1)}</title>`);
  }, DELAY);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const base = `http://127.0.0.1:${server.address().port}`;

const { default: render } = wrap(new URL('./render.js', import.meta.url));
const documents = Array.from(
  { length: DOCUMENTS },
  (_, number) =>
    `# Document ${number}\n\nSee <${base}/${number}>, <${base}/more> and <${base}/gone>.`,
);

const started = performance.now();
const pages = await Promise.all(documents.map((text) => render(text)));
const took = Math.round(performance.now() - started);
server.close();
server.closeAllConnections();

for (const page of pages) console.log(page.replaceAll(/<[^>]+>/g, '').trim());
console.log(
  `${DOCUMENTS} documents, ${LINKS} requests of ${DELAY} ms each, at most ${most} at once: ${took} ms.`,
);
console.log(`One after the other they would have taken ${DOCUMENTS * LINKS * DELAY} ms.`);
