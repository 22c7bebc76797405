// A scraper as one would write it first: fetch, look, fetch the next. No callbacks, no await.
import { fetchSync } from 'coppice';

export default function scrape(url) {
  const page = fetchSync(url).text();
  const title = /<title>(.*)<\/title>/.exec(page)[1];
  const links = [...page.matchAll(/href="([^"]+)"/g)].map(([, href]) => new URL(href, url).href);
  return { title, sizes: links.map((link) => fetchSync(link).text().length) };
}
