import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { explain } from '../../src/fiber/explain.ts';

const path = fileURLToPath(new URL('../fixtures/fibers/helper.js', import.meta.url));
const options = { include: [], exclude: [], world: 'closed', cache: false } as const;

test('marks the yield points of a file', () => {
  const text = explain(path, { ...options, include: [], exclude: [] });
  expect(text.split('\n').slice(1)).toEqual([
    '',
    "1 | import { sleep } from 'coppice';",
    '2 | export function helper(ms) { sleep(ms); }',
    '  |                              ^^^^^^^^^ may yield: sleep',
  ]);
  expect(text).toContain('1 yield point, 0 functions stay plain, 0 places would pin');
});

test('tells of each site once, whatever it stands in', () => {
  const file = fileURLToPath(new URL('../fixtures/fibers/kinds.js', import.meta.url));
  const marks = explain(file, { ...options, include: [], exclude: [] })
    .split('\n')
    .flatMap((line) => /may yield: (sleep)$/.exec(line)?.[1] ?? []);
  expect(marks).toEqual(['sleep', 'sleep', 'sleep']);
});

test('explains TypeScript where this Node can strip types, and says so where it cannot', () => {
  const file = fileURLToPath(new URL('../fixtures/fibers/typescript/helper.ts', import.meta.url));
  const text = explain(file, { ...options, include: [], exclude: [] });
  const strips = 'stripTypeScriptTypes' in nodeModule;
  expect(text).toMatch(strips ? /\^+ may yield: sleep/ : /this Node strips no types/);
});

test.each(['../fixtures/broken-syntax.mjs', '../fixtures/scripts/syntax.js'])(
  'tells what is wrong with %s, and not how it was tried',
  (name) => {
    const file = fileURLToPath(new URL(name, import.meta.url));
    const [first] = explain(file, { ...options, include: [], exclude: [] }).split('\n');
    expect(first).toMatch(/does not parse: /);
    expect(first).not.toContain('sourceType');
  },
);
