/**
 * Times compiling, or only parsing, the files of a list: first in a fresh process, as at a program's start, then over and
 * over, when the code that does it has become hot. Called by ../fibers.js.
 */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

const [bundle, list, world] = process.argv.slice(2);
const { compile, parseSource, worldFrom } = await import(bundle);
const { files, worlds } = JSON.parse(readFileSync(list, 'utf8'));
const asked = world === 'parse' ? null : worldFrom(worlds[world]);
const texts = files.map(({ path, format }) => ({
  format,
  filename: path,
  text: readFileSync(path, 'utf8'),
}));

let length = 0;
function once() {
  length = 0;
  for (const { text, format, filename } of texts) {
    if (asked === null) parseSource(text, format);
    else {
      const options = { format, filename, id: 'id', runtimeUrl: 'coppice', world: asked };
      length += compile(text, options).code?.length ?? text.length;
    }
  }
}

const times = [];
for (let round = 0; round < 4; round++) {
  const begin = performance.now();
  once();
  times.push(performance.now() - begin);
}
const [first, ...later] = times;
const source = texts.reduce((sum, { text }) => sum + text.length, 0);
console.log(JSON.stringify({ first, hot: Math.min(...later), growth: length / source }));
