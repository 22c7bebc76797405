/** However the blocking calls of coppice or of a program are imported, renamed and exported again, fibers see them. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { judge } from '../../src/fiber/load/judge.ts';
import { readLoadOptions } from '../../src/fiber/load/options.ts';

const folder = new URL('../fixtures/fibers/imports/', import.meta.url);
const programs = readdirSync(folder).filter((name) =>
  /^(?:default|imported|name|re).*\w\.[cm]js$/.test(name),
);

async function expectTwo(file: string): Promise<void> {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--import', new URL('../../dist/register.js', import.meta.url).href, file],
    { timeout: 30_000, env: { ...process.env, COPPICE_FIBERS: '{"cache":false}' } },
  );
  // Both are inside before either is out, so the wait has set the first one aside; and nothing was warned of.
  expect({ stdout, stderr }).toEqual({ stdout: 'in,in,out,out\n', stderr: '' });
}

test.each(programs)('%s', (name) => expectTwo(fileURLToPath(new URL(name, folder))));

const root = fileURLToPath(new URL('../..', import.meta.url));
const index = new URL('../../dist/index.js', import.meta.url);

/** Each is one module. `two` is there; some of what they import is in the files below. */
const others: Record<string, string> = {
  'by a file URL': `import { sleep } from '${index.href}'; await two(() => sleep(5));`,
  'by an absolute path': `import { sleep } from '${index.pathname}'; await two(() => sleep(5));`,
  'by a path': `import { sleep } from './node_modules/coppice/dist/index.js'; await two(() => sleep(5));`,
  'by an alias of the package': `import { sleep as nap } from '#blocking'; await two(() => nap(5));`,
  'by an alias of a pattern': `import { pause } from '#local/own.mjs'; await two(() => pause(5));`,
  'by an alias of a folder under a condition': `import { pause } from '#conditional'; await two(() => pause(5));`,
  'by a reference to the package itself': `import { pause } from 'program/own'; await two(() => pause(5));`,
  'by a package with exports for import alone': `import { pause } from 'only-import'; await two(() => pause(5));`,
  'by a local module that exports it again': `import { sleep } from './again.mjs'; await two(() => sleep(5));`,
  'by a default export': `import all from './default.mjs'; await two(() => all.sleep(5));`,
  'by a dynamic import': `const { sleep } = await import('coppice'); await two(() => sleep(5));`,
  'by a dynamic import of an alias': `const { sleep: nap } = await import(\`#blocking\`); await two(() => nap(5));`,
  'by what a dynamic import promises': `await import('#blocking').then(({ sleep: nap }) => two(() => nap(5)));`,
  'by require': `const c = require('#blocking'); await two(() => c.sleep(5));`,
  'by createRequire under another name': `const load = createRequire(import.meta.url); const { sleep: nap } = load('coppice'); await two(() => nap(5));`,
  'by createRequire at once': `const { sleep: nap } = createRequire(import.meta.url)('coppice'); await two(() => nap(5));`,
  'by a parameter': `import * as coppice from '#blocking'; await (({ sleep: nap }) => two(() => nap(5)))(coppice);`,
  'by a default parameter': `import { sleep } from '#blocking'; await ((nap = sleep) => two(() => nap(5)))();`,
  'by a member of a parameter': `import * as coppice from '#blocking'; const f = (given) => two(() => given.sleep(5)); await f(coppice);`,
  'by a computed member': `import { sleep } from 'coppice'; const calls = { sleep }; const key = ['sl', 'eep'].join(''); await two(() => calls[key](5));`,
  'by a method under a computed member': `import { sleep } from 'coppice'; class Calls { nap() { sleep(5); } } const calls = new Calls(); const key = ['n', 'ap'].join(''); await two(() => calls[key]());`,
  'one of its own under a name': `import { q } from './calls.mjs'; await two(() => q(5));`,
  'one of its own that is renamed': `import { q as ask } from './calls.mjs'; await two(() => ask(5));`,
  'one of its own as a member': `import { api } from './calls.mjs'; await two(() => api.ask(5));`,
  'one of its own as a static member': `import { Api } from './calls.mjs'; await two(() => Api.ask(5));`,
  'one of its own as a default export': `import ask from './calls.mjs'; await two(() => ask(5));`,
  'one of its own, with limits': `import { limited } from './calls.mjs'; await two(() => limited(5));`,
};

const program: Record<string, string> = {
  'package.json': JSON.stringify({
    name: 'program',
    type: 'module',
    exports: { './own': './own.mjs' },
    imports: {
      '#blocking': 'coppice',
      '#local/*': './*',
      '#conditional': { import: './own.mjs', default: './none.mjs' },
    },
  }),
  'own.mjs': `import { sleep } from '#blocking'; export function pause(ms) { sleep(ms); }`,
  'again.mjs': `export * from './further.mjs';`,
  'further.mjs': `export { sleep } from '${index.href}';`,
  'default.mjs': `import * as coppice from '#blocking'; export default coppice;`,
  'calls.mjs': `
    import { defineBlocking as define } from '#blocking';
    const soon = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const q = define('program.q', soon);
    export const api = { ask: define('program.member', soon) };
    export class Api { static ask = define('program.static', soon); }
    export const limited = q.with({ timeout: 5_000 });
    export { q };
    export default define('program.default', soon);`,
};

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'coppice-imports-'));
  mkdirSync(join(scratch, 'node_modules/only-import'), { recursive: true });
  symlinkSync(root, join(scratch, 'node_modules/coppice'));
  const put = (name: string, text: string): void => writeFileSync(join(scratch, name), text);
  for (const [name, text] of Object.entries(program)) put(name, text);
  put(
    'node_modules/only-import/package.json',
    JSON.stringify({ exports: { import: './index.mjs' }, dependencies: { coppice: '*' } }),
  );
  put(
    'node_modules/only-import/index.mjs',
    `import { sleep } from 'coppice'; export function pause(ms) { sleep(ms); }`,
  );
});
afterAll(() => rmSync(scratch, { recursive: true }));

test.each(Object.entries(others))('%s', async (name, text) => {
  const file = join(scratch, `${name.replaceAll(' ', '-')}.mjs`);
  const head = `import { two } from ${JSON.stringify(new URL('two.mjs', folder).href)};
    import { createRequire } from 'node:module';
    const require = createRequire(import.meta.url);`;
  writeFileSync(file, `${head}\n${text}\n`);
  await expectTwo(file);
});

test('what has names does not cost the others their speed', () => {
  const open = programs.filter(
    (name) =>
      judge([fileURLToPath(new URL(name, folder))], readLoadOptions('{"cache":false}')).data ===
      null,
  );
  expect(programs.filter((name) => !open.includes(name)).toSorted()).toEqual([
    'default-own.mjs',
    'namespace-iterable.mjs',
    're-exported-call.mjs',
    're-named-own.mjs',
    'renamed-call.mjs',
    'renamed-iterable.mjs',
    'renamed-own.mjs',
  ]);
});
