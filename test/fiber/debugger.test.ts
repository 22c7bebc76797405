/** A program that is started for a debugger breaks on the lines that the user sees, in fibers and in faces. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { compile } from '../../src/fiber/compile/compile.ts';
import { runPlain, runText } from './harness.ts';
import { programs } from './programs.ts';

const at = (path: string): string => new URL(path, import.meta.url).href;

test('breakpoints are hit on their lines', () => {
  const folder = '../fixtures/fibers/debugger/';
  const { stdout, status } = spawnSync(
    process.execPath,
    [
      '--inspect=127.0.0.1:0',
      '--import',
      at(`${folder}attach.mjs`),
      '--import',
      at('../../dist/register.js'),
      fileURLToPath(at(`${folder}program.mjs`)),
    ],
    { encoding: 'utf8', env: { ...process.env, COPPICE_FIBERS: '' }, timeout: 150_000 },
  );
  expect({ stdout, status }).toEqual({
    stdout: '6 \n17 1\n17 2\n21 1\n21 2\n30 17\njob2,3 17\n',
    status: 0,
  });
});

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The lines of the source that a map knows of and that stand on no line of the same number. */
function movedLines(map: string): number[] {
  const written = new Map<number, Set<number>>();
  let line = 0;
  const { mappings } = JSON.parse(map) as { mappings: string };
  for (const [at, segments] of mappings.split(';').entries()) {
    for (const segment of segments.split(',').filter(Boolean)) {
      const numbers: number[] = [];
      let bits = 0;
      let number = 0;
      for (const digit of segment) {
        const value = DIGITS.indexOf(digit);
        number |= (value & 31) << bits;
        bits += 5;
        if (value & 32) continue;
        numbers.push(number & 1 ? -(number >> 1) : number >> 1);
        bits = number = 0;
      }
      line += numbers[2]!;
      written.set(line, (written.get(line) ?? new Set()).add(at));
    }
  }
  return [...written].filter(([number, lines]) => !lines.has(number)).map(([number]) => number);
}

/** A body on as many lines as it has statements, after an assignment whose value begins on a line of its own. */
const onLines = (body: string): string =>
  `exports.main = function () {\nconst kept = {};\nkept.value =\nkept.other =\nblock(1);\n${body.replaceAll('; ', ';\n')}\n};`;

for (const [name, body] of Object.entries(programs)) {
  test(`${name}: written once, the lines stay, and it prints the same`, async () => {
    const source = onLines(body);
    const settings = { format: 'commonjs', id: 'once', runtimeUrl: 'none', once: true } as const;
    const { code, map } = compile(source, settings);
    const lines = source.split('\n');
    // Nobody breaks at an argument that stands alone; a value's own line is the assignment's.
    const moved = movedLines(map!).filter((line) => /^\s*[a-z]/i.test(lines[line]!));
    expect(moved.filter((line) => line !== 3 && line !== 4)).toEqual([]);
    const plain = await runPlain(source);
    expect((await runText(source, code!, 'once')).output).toEqual(plain.output);
  });
}
