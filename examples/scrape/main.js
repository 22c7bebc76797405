// Twenty scrapers at once against a slow server in this very process: it keeps answering while they are blocked.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { spawn } from 'coppice';

const SITES = 20;
const DELAY = 200;
let open = 0;
let most = 0;

const server = createServer((request, response) => {
  most = Math.max(most, ++open);
  setTimeout(() => {
    open--;
    const [, site, page] = request.url.split('/');
    const links = page
      ? ''
      : [1, 2, 3].map((n) => `<a href="/${site}/${n}">page ${n}</a>`).join('');
    response.end(`<title>Site ${site}</title>${links}`);
  }, DELAY);
});
server.listen(0, 'localhost');
await once(server, 'listening');

const base = `http://localhost:${server.address().port}`;
const started = Date.now();
const threads = Array.from({ length: SITES }, (_, site) =>
  spawn(new URL('./scrape.js', import.meta.url), `${base}/${site}`),
);
const pages = await Promise.all(threads);
const took = Date.now() - started;
server.close();
server.closeAllConnections();

console.log(pages.map(({ title, sizes }) => `${title}: ${sizes.length} pages`).join('\n'));
console.log(
  `${SITES} scrapers, 4 requests of ${DELAY} ms each, at most ${most} at once: ${took} ms.`,
);
console.log(`One after the other they would have taken ${SITES * 4 * DELAY} ms.`);
