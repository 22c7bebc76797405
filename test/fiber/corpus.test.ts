/**
 * Whatever is installed here, compiled: the result must parse. Minified and generated sources hold forms, and lacks of
 * spaces, that nobody would write into a test.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseSource, type SourceFormat } from '../../src/fiber/compile/ast.ts';
import { compile } from '../../src/fiber/compile/compile.ts';
import { openWorld, type World } from '../../src/fiber/compile/world.ts';

const root = fileURLToPath(new URL('../../node_modules', import.meta.url));
const LIMIT = 150_000;
const COUNT = 250;

const byLength: World = {
  call: (name) => name !== null && name.length % 2 === 0,
  access: (name) => name !== null && name.length % 3 === 0,
  iterate: true,
};

function formatOf(source: string): SourceFormat | undefined {
  for (const format of ['commonjs', 'module'] as const) {
    try {
      parseSource(source, format);
      return format;
    } catch {
      // The other one, or none.
    }
  }
  return undefined;
}

function problemWith(source: string, format: SourceFormat, world: World): string | undefined {
  try {
    const settings = { format, id: 'corpus', runtimeUrl: 'runtime', map: false, world };
    const { code } = compile(source, settings);
    if (code !== null) parseSource(code, format);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

test('what is installed compiles to something that parses', () => {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.[cm]?js$/.test(file))
    .toSorted();
  // Spread over all packages, always the same ones.
  const step = Math.max(1, Math.floor(files.length / COUNT));
  const problems: string[] = [];
  for (let index = 0; index < files.length; index += step) {
    const file = join(root, files[index]!);
    let source: string;
    try {
      source = readFileSync(file, 'utf8');
    } catch {
      continue; // a folder by that name
    }
    const format = source.length > LIMIT ? undefined : formatOf(source);
    if (format === undefined) continue;
    for (const world of [openWorld, byLength]) {
      const problem = problemWith(source, format, world);
      if (problem !== undefined) problems.push(`${file}: ${problem}`);
    }
  }
  expect(problems).toEqual([]);
});
