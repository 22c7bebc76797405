/**
 * The main thread's own waits in programs of their own: stdin in all its kinds, and the warning about a stalled hub.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { fixture, startProgram } from '../support.ts';

const program = (name: string): string => fileURLToPath(fixture(`main/${name}`));

function start(name: string, ...args: string[]) {
  const child = spawn(process.execPath, [program(name), ...args], { stdio: 'pipe' });
  return {
    child,
    async end() {
      const closed = once(child, 'close');
      const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
      return { stdout, stderr };
    },
  };
}

describe('readLine in plain code', () => {
  test('reads a pipe from a child process, however it is cut', async () => {
    const { child, end } = start('read-lines.mjs');
    child.stdin.write('first\nsec');
    child.stdin.write('ond\r\nthird €');
    child.stdin.end();
    expect((await end()).stdout).toBe('? ["first","second","third €"]\n');
  });

  test('reads the pipe of a shell', async () => {
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      `printf 'a\\nb' | "$0" "$1"`,
      process.execPath,
      program('read-lines.mjs'),
    ]);
    expect(stdout).toBe('? ["a","b"]\n');
  });

  test('reads a file, with and without limits', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'coppice-'));
    const path = join(folder, 'lines.txt');
    await writeFile(path, 'a\nb\nc\nd\ne\n');
    for (const [name, last] of [
      ['read-lines.mjs', '? ["a","b","c","d","e"]'],
      // A file always has an answer, so no limit is ever reached: two lines go to the first two calls.
      ['read-with-limit.mjs', '["c","d","e"]'],
    ] as const) {
      await using file = await open(path);
      const child = spawn(process.execPath, [program(name)], {
        stdio: [file.fd, 'pipe', 'inherit'],
      });
      const [stdout] = await Promise.all([text(child.stdout!), once(child, 'close')]);
      expect(stdout.trim().split('\n').at(-1)).toBe(last);
    }
    await rm(folder, { recursive: true });
  });

  test('gives null when there is no stdin', async () => {
    const child = spawn(process.execPath, [program('read-lines.mjs')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [stdout] = await Promise.all([text(child.stdout), once(child, 'close')]);
    expect(stdout).toBe('? []\n');
  });

  test('keeps its time limits, and takes no line with it', async () => {
    const { child, end } = start('read-with-limit.mjs');
    const output = end();
    // Nothing is written until both limits are over.
    await once(child.stdout, 'data');
    child.stdin.end('x\ny');
    expect((await output).stdout).toBe('out of time\n[true,true,"x","y",null]\n');
  });

  test('keeps them on the pipe of a shell', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'coppice-'));
    const output = join(folder, 'output');
    // Nothing is written until both limits are over, and nothing is there to read before.
    await promisify(execFile)('sh', [
      '-c',
      `(until [ -s "$2" ]; do sleep 0.1; done; printf 'x\\ny') | "$0" "$1" > "$2"`,
      process.execPath,
      program('read-with-limit.mjs'),
      output,
    ]);
    const stdout = await readFile(output, 'utf8');
    await rm(folder, { recursive: true });
    expect(stdout).toBe('out of time\n[true,true,"x","y",null]\n');
  });
});

describe('the warning about a stalled hub', () => {
  const warning = /COPPICE_MAIN_BLOCKED\] Warning: (\w+)\(\)/g;

  test.each(['sleep', 'readLine'])('names %s, and comes once', async (which) => {
    const { child, end } = start('stalls.mjs', which);
    child.stdin.end('a\nb\n');
    const { stdout, stderr } = await end();
    expect([...stderr.matchAll(warning)].map(([, name]) => name)).toEqual([which]);
    expect(stderr).toContain('Await the async face instead');
    expect(stdout).toContain('done');
    expect(stdout).toContain('nap over');
  });

  test('names fetchSync, and comes once', async () => {
    const server = startProgram('main/server.mjs');
    const [port] = (await once(server.stdout!, 'data')) as [Buffer];
    const { end } = start('stalls.mjs', 'fetchSync', `http://127.0.0.1:${String(port).trim()}/`);
    const { stdout, stderr } = await end();
    server.kill();
    expect([...stderr.matchAll(warning)].map(([, name]) => name)).toEqual(['fetchSync']);
    expect(stdout).toContain('done');
    expect(stdout).toContain('nap over');
  });

  test('does not come when there is nothing to stall', async () => {
    const { stdout, stderr } = await start('stalls.mjs', 'alone').end();
    expect([stdout, stderr]).toEqual(['done\n', '']);
  });
});

test('a program that makes its own call while it is loaded is told what to do, and starts no worker after another', async () => {
  const { stdout } = await start('calls-itself.mjs').end();
  expect(stdout).toMatch(
    /ERR_COPPICE_LOAD test\.twice\(\) was called while .*calls-itself\.mjs was being loaded/,
  );
  expect(stdout).toContain('Define it in a module of its own');
  expect(stdout).toMatch(/^42$/m);
});

test.each(['both-sides.mjs', 'round-about.mjs'])(
  'so is %s, whose blocking() leads back to the file that calls it',
  async (name) => {
    const { stdout } = await start(name).end();
    expect(stdout).toMatch(/ERR_COPPICE_LOAD A function was called while .* was being loaded/);
  },
);

test('what ends the worker of the fallback is told, and the next call has another', async () => {
  const { stdout, stderr } = await start('fragile.mjs').end();
  expect({ stdout, stderr }).toEqual({
    stdout:
      'exits ERR_COPPICE_NO_WORKER true true\nthrowsLater ERR_COPPICE_NO_WORKER true true\n' +
      'proxy ERR_COPPICE_NOT_CLONEABLE true true\nitems ERR_COPPICE_NOT_CLONEABLE true true\n',
    stderr: '',
  });
});
