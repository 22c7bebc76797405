/** What a user says about the compiling is understood, or refused with advice. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readLoadOptions, withLists } from '../../src/fiber/load/options.ts';
import { inScope } from '../../src/fiber/load/scope.ts';

test('without any there are defaults', () => {
  const defaults = { include: [], exclude: [], world: 'closed', cache: true };
  expect(readLoadOptions('')).toEqual(defaults);
  expect(readLoadOptions('{"seed":3,"include":["a"]}')).toEqual({
    ...defaults,
    seed: 3,
    include: ['a'],
  });
});

test.each([
  ['{bad', /is no JSON/],
  ['[]', /is no object/],
  ['{"include":"lodash"}', /"include" takes a list of names, not "lodash"/],
  ['{"exclude":[""]}', /"exclude" takes a list of names/],
  ['{"world":"wide"}', /"world" takes "closed", "all" or "open", not "wide"/],
  ['{"cache":0}', /"cache" takes true or false, not 0/],
  ['{"seed":"x"}', /"seed" takes a whole number/],
  ['{"included":[]}', /knows no option "included"/],
])('%s is refused', (text, message) => {
  expect(() => readLoadOptions(text)).toThrow(
    expect.objectContaining({
      code: 'ERR_COPPICE_INVALID_ARGUMENT',
      message: expect.stringMatching(message) as string,
    }),
  );
});

/** Packages, and what they depend on. `loop-a` and `loop-b` depend on each other. */
const packages: Record<string, object> = {
  user: { dependencies: { coppice: '*' } },
  'peer-user': { peerDependencies: { coppice: '*' } },
  '@scope/above': { dependencies: { middle: '*' } },
  middle: { optionalDependencies: { user: '*' } },
  none: { dependencies: { missing: '*', other: '*' }, devDependencies: { coppice: '*' } },
  other: {},
  'loop-a': { dependencies: { 'loop-b': '*', user: '*' } },
  'loop-b': { dependencies: { 'loop-a': '*' } },
  'idle-a': { dependencies: { 'idle-b': '*' } },
  'idle-b': { dependencies: { 'idle-a': '*' } },
};
let root: string;
const file = (path: string): string => join(root, path);

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'coppice-scope-')));
  for (const [name, manifest] of Object.entries(packages)) {
    const path = file(`node_modules/${name}/package.json`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify({ name, ...manifest }));
  }
});
afterAll(() => rmSync(root, { recursive: true }));

test('what uses coppice is compiled, itself or through what it depends on', () => {
  const compiled = Object.keys(packages).filter((name) =>
    inScope(file(`node_modules/${name}/lib/index.js`), readLoadOptions('')),
  );
  expect(compiled).toEqual(['user', 'peer-user', '@scope/above', 'middle', 'loop-a', 'loop-b']);
  expect(inScope(file('src/app.js'), readLoadOptions(''))).toBe(true);
});

test('the lists name packages, folders and files, and the exclude list wins', () => {
  const isIn = (path: string, include: string[], exclude: string[] = []): boolean =>
    inScope(file(path), withLists(readLoadOptions(''), { include, exclude }));
  const other = 'node_modules/other/lib/index.js';
  expect(isIn(other, [])).toBe(false);
  expect(isIn(other, ['other'])).toBe(true);
  expect(isIn(other, ['node_modules/'])).toBe(true);
  expect(isIn(other, ['./node_modules/other/lib/'])).toBe(true);
  expect(isIn(other, ['index.js'])).toBe(true);
  // Part of a name is another name.
  expect(isIn(other, ['oth', 'lib/index', 'ther'])).toBe(false);
  expect(isIn(other, ['other'], ['lib/index.js'])).toBe(false);
  expect(isIn('src/old/a.js', [], ['src/old'])).toBe(false);
  expect(isIn('src/older/a.js', [], ['src/old'])).toBe(true);
});
