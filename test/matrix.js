/**
 * Runs the tests on every supported release line of Node: `npm run matrix [-- 20 26]`.
 *
 * Each Node comes from npm's `node` package, into a folder outside of this repository, so that nothing on the machine
 * changes and a fresh clone can do it. The package is built once, by the Node that runs this; what is tested on the
 * others is what would be published. Ends with one line per version and exits with 1 when one failed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const lines = process.argv.slice(2).length > 0 ? process.argv.slice(2) : ['20', '22', '24', '26'];
const folder = mkdtempSync(join(tmpdir(), 'coppice-matrix-'));
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');

function install(line) {
  const home = join(folder, line);
  mkdirSync(home);
  writeFileSync(join(home, 'package.json'), '{"private":true}');
  // The package's install script puts the binary where it belongs; npm may be told not to run any, so it is run here.
  const options = { cwd: home, stdio: ['ignore', 'ignore', 'inherit'] };
  execFileSync(
    'npm',
    ['install', '--no-audit', '--no-fund', '--ignore-scripts', `node@${line}`],
    options,
  );
  const script = join(home, 'node_modules', 'node');
  execFileSync('node', ['installArchSpecificPackage.js'], { ...options, cwd: script });
  return join(script, 'bin');
}

function test(line) {
  let bin;
  try {
    bin = install(line);
  } catch (error) {
    return { line, version: '?', ok: false, summary: `could not be installed: ${error.message}` };
  }
  const node = join(bin, process.platform === 'win32' ? 'node.exe' : 'node');
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  console.log(`\n=== Node ${version}`);
  const started = Date.now();
  const { status, stdout } = spawnSync(node, [vitest, 'run', '--reporter=default'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, CI: 'true', NO_COLOR: '1', PATH: bin + delimiter + process.env.PATH },
  });
  const summary = /^\s*Tests\s+(.*)$/m.exec(stdout)?.[1] ?? 'no result';
  if (status !== 0) console.log(stdout);
  return {
    line,
    version,
    ok: status === 0,
    summary,
    seconds: Math.round((Date.now() - started) / 1000),
  };
}

try {
  execFileSync('npm', ['run', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const results = lines.map(test);
  console.log('');
  for (const { version, line, ok, summary, seconds } of results)
    console.log(
      `${ok ? 'passed' : 'FAILED'}  Node ${line} (${version}): ${summary}, ${seconds ?? 0} s`,
    );
  const failed = results.filter(({ ok }) => !ok).length;
  console.log(`${results.length - failed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
