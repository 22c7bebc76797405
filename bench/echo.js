/**
 * Echo servers, against their bars: `node bench/echo.js [connections] [rounds]` (after a build). Each is a process of its
 * own with all connections open and a message under way on each; the same generator loads them all. It is written in
 * Go, which has to be installed; gevent is measured when a Python has it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { interleave, printTable, report } from './measure.js';

const at = (name) => fileURLToPath(new URL(name, import.meta.url));
const register = new URL('../dist/register.js', import.meta.url).href;
const wanted = Number(process.argv[2] ?? 10_000);
const rounds = Number(process.argv[3] ?? 5);
const SECONDS = 2;
/** Files that a process has open beside its connections. */
const SPARE = 200;

const limit = Number(spawnSync('sh', ['-c', 'ulimit -n']).stdout);
const connections = Math.min(wanted, limit - SPARE);
const python = ['python3', '/usr/bin/python3'].find(
  (name) => spawnSync(name, ['-c', 'import gevent']).status === 0,
);

const servers = {
  callbacks: [process.execPath, at('echo/callbacks.js')],
  'async/await': [process.execPath, at('echo/awaiting.js')],
  fibers: [process.execPath, '--import', register, at('echo/fibers.js')],
  ...(python && { gevent: [python, at('echo/rival.py')] }),
};

const folder = mkdtempSync(join(tmpdir(), 'coppice-bench-'));
const generator = join(folder, 'load');
if (spawnSync('go', ['build', '-o', generator, at('echo/load.go')]).status !== 0) {
  console.log('The generator of this measure is written in Go, which is not installed here.');
  process.exit();
}

/** Seconds of a processor that the process has used; where the system tells. */
function processorTime(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return Number.NaN;
  }
}

/** Requests for each second in which the server had a processor. */
const sparing = {};

async function rateOf(name, round) {
  const [command, ...args] = servers[name];
  const server = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(server.stdout, 'data');
  const load = spawn(generator, [String(port).trim(), String(connections), String(SECONDS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(load.stdout, 'data');
  const { rate, requests } = JSON.parse(line);
  if (round >= 0) (sparing[name] ??= []).push(requests / processorTime(server.pid));
  server.kill();
  await once(server, 'exit');
  return rate;
}

console.log(
  `Node ${process.version}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}; ${connections} connections` +
    (connections < wanted ? ` (no more open files are allowed here than ${limit})` : ''),
);
const rates = await interleave(
  rounds,
  Object.fromEntries(Object.keys(servers).map((name) => [name, (round) => rateOf(name, round)])),
);
rmSync(folder, { recursive: true });
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
for (const [name, rate] of Object.entries(rates)) {
  const note = `${Math.round(median(sparing[name])).toLocaleString('en')} per second of processor time`;
  report(`echo, ${name}`, rate, 'requests/s', { note });
}
report('fibers to callbacks', rates.fibers / rates.callbacks, '', { bar: 0.7, atLeast: true });
report('fibers to async/await', rates.fibers / rates['async/await'], '', {
  bar: 0.7,
  atLeast: true,
});
if (python) report('fibers to gevent', rates.fibers / rates.gevent, '', { bar: 1, atLeast: true });
printTable();
