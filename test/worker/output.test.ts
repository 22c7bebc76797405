/**
 * What green threads write: in program order, visible while they are parked, whole at the end, and no faster than it is
 * read.
 */
import { spawn as spawnProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { fixture, runProgram, until } from '../support.ts';

const program = fileURLToPath(fixture('output-program.mjs'));

describe('order', () => {
  test('stdout and stderr of one thread interleave as the program wrote them', async () => {
    // Both go to one pipe, so that their order can be seen.
    const child = spawnProcess(
      '/bin/sh',
      ['-c', `"$0" "$1" interleave 2000 2>&1`, process.execPath, program],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    await once(child, 'close');
    const expected = Array.from({ length: 2000 }, (_, index) => `${index}`);
    expect(output.split('\n').slice(0, 2000)).toEqual(expected);
  });

  test('each thread’s lines are whole and in its order', async () => {
    const { stdout, code } = await runProgram('output-program.mjs', ['many', '3000']);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBe(12_000);
    for (const name of ['a', 'b', 'c', 'd']) {
      const own = lines.filter((line) => line.startsWith(`${name} `));
      expect(own).toEqual(Array.from({ length: 3000 }, (_, index) => `${name} ${index}`));
    }
  });
});

describe('visible', () => {
  test('while the thread is parked: lines, parts of lines, and stderr', async () => {
    const child = spawnProcess(process.execPath, [program, 'thenPark'], { stdio: 'pipe' });
    let [out, error] = ['', ''];
    child.stdout.on('data', (chunk) => (out += chunk));
    child.stderr.on('data', (chunk) => (error += chunk));
    await until(() => out === 'before\nno newline' && error === 'error before\n');
    child.stdin.end('go on\n');
    await once(child, 'close');
    expect(out).toBe('before\nno newlineafter\n');
  });

  test('bytes as well as text', async () => {
    expect((await runProgram('output-program.mjs', ['stream'])).stdout).toBe('// Jobs thwell\n');
  });
});

describe('nothing is lost', () => {
  test('when the thread calls process.exit right after writing', async () => {
    const { stdout } = await runProgram('output-program.mjs', ['thenExit']);
    expect(stdout.slice(0, 300_001)).toBe(`${'x'.repeat(300_000)}\n`);
    expect(stdout.slice(300_001)).toMatch(/^last words\nThe green thread called process.exit\(3\)/);
  });

  test('when it throws', async () => {
    const { stdout } = await runProgram('output-program.mjs', ['thenThrow']);
    expect(stdout).toBe('said before throwing\nafter\n');
  });

  test('when the reader is slow: the writer waits for it, and the process does not hoard', async () => {
    const bytes = 64 << 20;
    const child = spawnProcess(
      process.execPath,
      ['--max-old-space-size=64', program, 'flood', String(bytes)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let read = 0;
    for await (const chunk of child.stdout) {
      read += (chunk as Buffer).length;
      // A reader that is slower than the writer by one turn of the loop per chunk.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(read).toBe(bytes + 'well\n'.length);
  });
});
