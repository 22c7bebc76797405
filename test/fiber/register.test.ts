import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

function run(file: string, settings = ''): string[] {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [
      '--import',
      new URL('../../dist/register.js', import.meta.url).href,
      at(`test/fixtures/fibers/${file}`),
    ],
    { encoding: 'utf8', env: { ...process.env, COPPICE_FIBERS: settings }, timeout: 150_000 },
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout.trimEnd().split('\n');
}

for (const settings of ['', '{"world":"open"}', '{"cache":false}']) {
  test(`an ES module program runs as fibers ${settings}`, () => {
    const lines = run('app.js', settings);
    expect(lines.slice(0, 4)).toEqual([
      '1 2 lazy1 fiber',
      '2 2 lazy2 fiber',
      '3 2 lazy3 fiber',
      '[ 1, 2, 3 ] together',
    ]);
    // The original text, and positions right to the line in it.
    expect(lines[4]).toMatch(/^top level 118 at .*app\.js:9:\d+\)?$/);
    expect(lines[5]).toMatch(/^Error: boom\|.*app\.js:10:43/);
  });

  test(`a CommonJS program suspends while it loads ${settings}`, () => {
    expect(run('cjs/main.cjs', settings)).toEqual([
      'before',
      'tick 0',
      'tick 1',
      'loaded 42 true false true',
      'caught bad module true',
    ]);
  });
}

test('a CommonJS file that is required by plain code blocks for real, and what it requires in turn', () => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [
      '--import',
      new URL('../../dist/register.js', import.meta.url).href,
      at('test/fixtures/fibers/cjs/plainly.mjs'),
    ],
    { encoding: 'utf8', timeout: 150_000 },
  );
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  expect(stdout).toBe("{ inner: { value: 42 }, error: 'bad module' }\n");
});

test('every form of import and export runs as it does plain', () => {
  const file = at('test/fixtures/fibers/modules/main.mjs');
  const plain = spawnSync(process.execPath, [file], { encoding: 'utf8' });
  expect(plain.stderr).toBe('');
  for (const world of ['closed', 'all', 'open']) {
    const compiled = spawnSync(
      process.execPath,
      ['--import', new URL('../../dist/register.js', import.meta.url).href, file],
      {
        encoding: 'utf8',
        env: { ...process.env, WAIT: '1', COPPICE_FIBERS: JSON.stringify({ world, cache: false }) },
      },
    );
    expect(compiled.stderr).toBe('');
    expect(compiled.stdout).toBe(plain.stdout);
  }
});

test('a bundle in CommonJS that has nothing to compile is not taken for a module', () => {
  const file = at('test/fixtures/fibers/bundles/main.js');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', new URL('../../dist/register.js', import.meta.url).href, file],
    { encoding: 'utf8', env: { ...process.env, COPPICE_FIBERS: '{"cache":false}' } },
  );
  expect(stderr).toBe('');
  expect(stdout).toBe('{ bundled: 1 }\n');
});

test('time limits end waits at the top of a module and in async functions', () => {
  expect(run('limits.mjs')).toEqual([
    'Timeout',
    "[ 'in time', 'Timeout' ]",
    'Timeout',
    'true Timeout,Timeout',
    'ERR_COPPICE_TIMEOUT_IN_COROUTINE',
  ]);
});
