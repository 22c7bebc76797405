/**
 * How the module of a job is loaded: however Node does it, it is the same module, it runs once, and its errors say where.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const library = new URL('../../dist/index.js', import.meta.url).href;
const run = promisify(execFile);
let folder = '';

const files = {
  'package.json': '{ "type": "module" }',
  'program.js': `
    import { spawn } from '${library}';
    try {
      console.log('->', await spawn(new URL(process.argv[2], import.meta.url), 'argument'));
    } catch (error) {
      console.log('->', String(error).split('\\n')[0]);
      console.log(error?.stack);
    }`,
  'plain.js': `console.log('runs'); export default (argument) => argument;`,
  'same.js': `
    export const self = { };
    export default async () => (await import('./same.js')).self === self;`,
  'throws.js': `console.log('runs'); throw new RangeError('at load');`,
  'throws-nothing.js': `throw undefined;`,
  'waits.js': `
    console.log('begins');
    await new Promise((resolve) => setTimeout(resolve, 1));
    console.log('ends');
    export default () => 'waited';`,
  'imports-waits.js': `import './waits.js'; console.log('runs'); export default () => 'waited too';`,
  'requires-waits.js': `
    import { createRequire } from 'node:module';
    console.log('runs');
    createRequire(import.meta.url)('./waits.js');`,
  'no-such-export.js': `import { missing } from './plain.js'; export default () => missing;`,
  'imports-nowhere.js': `import './nowhere.js'; export default () => {};`,
  'broken.js': `export default (;`,
  'for-require.js': `
    const other = () => 'for require';
    export { other as 'module.exports' };
    export default () => 'default';`,
  'common.cjs': `console.log('runs'); module.exports = (argument) => [argument, module.parent];`,
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coppice-load-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function load(name: string): Promise<string[]> {
  const { stdout } = await run(process.execPath, [join(folder, 'program.js'), `./${name}`], {
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return stdout.trimEnd().split('\n');
}

test.each([
  ['plain.js', ['runs', '-> argument']],
  ['same.js', ['-> true']],
  ['waits.js', ['begins', 'ends', '-> waited']],
  ['imports-waits.js', ['begins', 'ends', 'runs', '-> waited too']],
  ['for-require.js', ['-> default']],
  ['common.cjs', ['runs', "-> [ 'argument', undefined ]"]],
])('%s', async (name, expected) => {
  expect(await load(name)).toEqual(expected);
});

test('a module that throws runs once', async () => {
  expect((await load('throws.js')).slice(0, 2)).toEqual(['runs', '-> RangeError: at load']);
});

test('a module can throw anything', async () => {
  expect((await load('throws-nothing.js'))[0]).toBe('-> undefined');
});

test('a module runs once also when what it throws is refused by Node as a module that waits', async () => {
  const [first, second, ...stack] = await load('requires-waits.js');
  expect(first).toBe('runs');
  expect(second).toContain('require()');
  expect(stack).not.toContain('runs');
});

test('an error of linking says which file it is in', async () => {
  const [first, ...stack] = await load('no-such-export.js');
  expect(first).toMatch(/^-> SyntaxError: /);
  expect(stack.join('\n')).toContain('no-such-export.js');
});

test('what is not there is named, without who looked for it', async () => {
  const [first, ...stack] = await load('nowhere.js');
  expect(first).toMatch(/^-> Error: Cannot find module '.*nowhere\.js'$/);
  expect(stack[0]).toMatch(/Cannot find module '.*nowhere\.js'$/);
  expect((await load('imports-nowhere.js'))[0]).toContain('imports-nowhere.js');
});

test('a syntax error is one', async () => {
  const [first, ...stack] = await load('broken.js');
  expect(first).toMatch(/^-> SyntaxError: /);
  expect(stack[0]).toMatch(/\/broken\.js, or what it imports$/);
});
