/** However the blocking calls of coppice or of a program are imported, renamed and exported again, fibers see them. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { crawl } from '../../src/fiber/load/crawl.ts';
import { readLoadOptions } from '../../src/fiber/load/scope.ts';

const folder = new URL('../fixtures/fibers/imports/', import.meta.url);
const programs = readdirSync(folder).filter((name) =>
  /^(?:default|imported|name|re).*\w\.[cm]js$/.test(name),
);

test.each(programs)('%s', async (name) => {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [
      '--import',
      new URL('../../dist/register.js', import.meta.url).href,
      fileURLToPath(new URL(name, folder)),
    ],
    { timeout: 30_000, env: { ...process.env, COPPICE_FIBERS: '{"cache":false}' } },
  );
  // Both are inside before either is out, so the wait has set the first one aside; and nothing was warned of.
  expect({ stdout, stderr }).toEqual({ stdout: 'in,in,out,out\n', stderr: '' });
});

test('what has names does not cost the others their speed', () => {
  const open = programs.filter(
    (name) =>
      crawl(fileURLToPath(new URL(name, folder)), readLoadOptions('{"cache":false}')).data === null,
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
