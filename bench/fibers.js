/**
 * The measures of fibers, against their bars: `npm run bench:fibers`. Rivals run when they are installed (Go, and
 * Python with gevent); else their figures are those of an earlier run on a like machine, and the output says so.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const at = (name) => fileURLToPath(new URL(name, import.meta.url));
const register = new URL('../dist/register.js', import.meta.url).href;
const only = process.argv[2];
const wanted = (name) => only === undefined || only === name;
const EARLIER = {
  go: { 100000: [3.7, 268], 1000000: [10.9, 1800] },
  gevent: { 100000: [9.5, 690] },
};

function node(args, fibers) {
  const hooks = fibers === undefined ? [] : ['--import', register];
  const { stdout, stderr, status } = spawnSync(process.execPath, [...hooks, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...(fibers && { COPPICE_FIBERS: JSON.stringify(fibers) }) },
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`${args.join(' ')} failed:\n${stderr}`);
  return JSON.parse(stdout.trim().split('\n').pop());
}

/** Seconds and megabytes of a rival, or nothing when it is not here. */
function timed(command, args) {
  const begin = performance.now();
  const { status, stderr } = spawnSync('/usr/bin/time', ['-f', '%M', command, ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) return undefined;
  return [(performance.now() - begin) / 1000, Number(stderr.trim().split('\n').pop()) / 1024];
}

/** The Python that has gevent need not be the first on the path. */
function pythonWithGevent() {
  const pythons = ['python3', '/usr/bin/python3'];
  return pythons.find((python) => spawnSync(python, ['-c', 'import gevent']).status === 0) ?? '';
}

function rivals(count) {
  const folder = mkdtempSync(join(tmpdir(), 'coppice-bench-'));
  const binary = join(folder, 'rival');
  const built = spawnSync('go', ['build', '-o', binary, at('fibers/rival.go')]).status === 0;
  const go = built ? timed(binary, [String(count)]) : undefined;
  const gevent = timed(pythonWithGevent(), [at('fibers/rival.py'), String(count)]);
  rmSync(folder, { recursive: true });
  return { go, gevent };
}

function show(name, seconds, megabytes, note = '') {
  console.log(`  ${name.padEnd(10)} ${seconds.toFixed(2)} s  ${megabytes.toFixed(0)} MB  ${note}`);
}

function many(count) {
  console.log(`${count} fibers, three sleeps of 1 s`);
  const ours = node([at('fibers/many.js'), String(count)], {});
  show('coppice', ours.seconds, ours.megabytes);
  for (const [name, measured] of Object.entries(rivals(count))) {
    const earlier = EARLIER[name][count];
    if (measured) show(name, ...measured);
    else if (earlier) show(name, ...earlier, '(not installed; earlier figures)');
  }
}

const LIBRARIES =
  'marked markdown-it acorn esprima js-yaml papaparse handlebars mustache ejs csv-parse lodash nunjucks pug postcss uglify-js';

/** What of a program is compiled, and who calls it. */
const KINDS = {
  'proven plain': { bar: '1.05', settings: { world: 'closed', include: ['/node_modules/'] } },
  'compiled, called from plain code': {
    bar: '2 on Node 20, 1.5 on Node 24, none above 4',
    settings: { world: 'all', include: ['/node_modules/'], exclude: ['fibers/library.cjs'] },
  },
  'compiled, called from inside a fiber': {
    bar: '2 on Node 20, 1.5 on Node 24, none above 4',
    settings: { world: 'all', include: ['/node_modules/'] },
  },
};
const MILLISECONDS = process.env.COPPICE_BENCH_MS ?? '1500';

function libraries(kind, { bar, settings }) {
  console.log(`libraries, ${kind}, against plain; bar ${bar}`);
  const ratios = [];
  for (const name of LIBRARIES.split(' ')) {
    const args = [at('fibers/library.cjs'), name, MILLISECONDS];
    const plain = node(args);
    const compiled = node(args, settings);
    if (plain.hash !== compiled.hash)
      throw new Error(`${name} prints something else when compiled`);
    ratios.push(compiled.best / plain.best);
    console.log(`  ${name.padEnd(12)} ${ratios.at(-1).toFixed(2)}`);
  }
  const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
  console.log(`  geometric mean ${mean.toFixed(2)}, worst ${Math.max(...ratios).toFixed(2)}`);
}

/** What the compiler is made of, in one file, with what the bench asks of it. */
async function bundleCompiler(outfile) {
  const { build } = await import('esbuild');
  const names = {
    'compile/compile.ts': 'compile',
    'compile/ast.ts': 'parseSource',
    'analyze/closed-world.ts': 'closeWorld, worldFrom',
    'analyze/facts.ts': 'collectFacts',
    'load/judge.ts': 'judge',
  };
  const contents = Object.entries(names)
    .map(([file, exported]) => `export { ${exported} } from '../src/fiber/${file}';`)
    .join('\n');
  const stdin = { contents, resolveDir: at('.'), loader: 'ts' };
  await build({ stdin, outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20' });
  return import(outfile);
}

/** The files of all libraries, and what may block in them: nothing, every function, every function and accessor. */
function corpus({ judge, parseSource, collectFacts, closeWorld }) {
  const settings = { include: ['/node_modules/'], exclude: [], world: 'all', cache: false };
  const facts = [];
  const files = [...judge([at('fibers/library.cjs')], settings).files.keys()].map((path) => {
    for (const format of ['commonjs', 'module']) {
      try {
        facts.push(collectFacts(parseSource(readFileSync(path, 'utf8'), format)));
        return { path, format };
      } catch {
        // The other one.
      }
    }
    throw new Error(`${path} does not parse`);
  });
  const every = closeWorld(facts, ['sleep'], true);
  const worlds = {
    nothing: closeWorld(facts, ['sleep']),
    'every function': { ...every, accessors: [] },
    'every function and property': { ...every, accessors: 'any' },
  };
  return { files, worlds };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

async function compileTime() {
  const folder = mkdtempSync(join(tmpdir(), 'coppice-bench-'));
  const bundle = join(folder, 'compiler.mjs');
  const list = join(folder, 'files.json');
  const { files, worlds } = corpus(await bundleCompiler(bundle));
  writeFileSync(list, JSON.stringify({ files, worlds }));
  console.log(`compiling ${files.length} files, against acorn's parse of them alone; bar 1.5`);
  const rows = new Map(Object.keys(worlds).map((world) => [world, []]));
  for (let round = 0; round < 3; round++) {
    const parse = node([at('fibers/compile.js'), bundle, list, 'parse']);
    for (const [world, row] of rows) {
      const compiled = node([at('fibers/compile.js'), bundle, list, world]);
      const [first, hot] = [compiled.first / parse.first, compiled.hot / parse.hot];
      row.push({ first, hot, growth: compiled.growth });
    }
  }
  rmSync(folder, { recursive: true });
  for (const [world, row] of rows) {
    const first = median(row.map((ratios) => ratios.first));
    const hot = median(row.map((ratios) => ratios.hot));
    console.log(
      `  ${`${world} may block`.padEnd(38)} once, in a fresh process: ${(first - 1).toFixed(2)} beside the parse, ` +
        `${first.toFixed(2)} with it; hot: ${(hot - 1).toFixed(2)}, ${hot.toFixed(2)}; ` +
        `text ${row[0].growth.toFixed(1)} times the source`,
    );
  }
}

console.log(`Node ${process.version}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}`);
if (wanted('switch')) {
  console.log(`sleep(0), 100 fibers, 3 frames deep; bar 500 ns`);
  console.log(`  ${node([at('fibers/switch.js')], {}).nanoseconds.toFixed(0)} ns`);
}
if (wanted('100000')) many(100_000);
if (wanted('1000000')) many(1_000_000);
if (wanted('compile')) await compileTime();
if (wanted('libraries')) {
  for (const [kind, how] of Object.entries(KINDS)) libraries(kind, how);
}
