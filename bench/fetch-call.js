/** What coppice is measured with over HTTP. */
import { fetchSync } from '../dist/index.js';

export const get = (url) => fetchSync(url).text();

export function p50(url, times) {
  const all = [];
  for (let index = 0; index < times; index++) {
    const begin = performance.now();
    fetchSync(url).text();
    all.push(performance.now() - begin);
  }
  return all.toSorted((a, b) => a - b)[times >> 1];
}
