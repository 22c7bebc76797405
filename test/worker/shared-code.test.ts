/**
 * Workers are given the code of the package that started them; a second copy of it in a Worker has its own.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const dist = new URL('../../dist/', import.meta.url);
const run = promisify(execFile);
let folder = '';
let copied = '';

/** Tells which code ran in this heap. */
async function mark(library: string): Promise<void> {
  const text = await readFile(library, 'utf8');
  const marked = text.replace(
    '"use strict";',
    '"use strict";(globalThis.ran??=[]).push(COPPICE_URL);',
  );
  expect(marked).not.toBe(text);
  await writeFile(library, marked);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coppice-copy-'));
  copied = join(folder, 'copy', 'library.cjs');
  await cp(fileURLToPath(dist), join(folder, 'copy'), { recursive: true });
  await mark(copied);
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(
    join(folder, 'job.js'),
    `export default async (copy) => (copy && (await import(copy)), globalThis.ran);`,
  );
  await writeFile(
    join(folder, 'program.js'),
    `const [, , hub, copy] = process.argv;
    const { spawn } = await import(hub);
    console.log(JSON.stringify((await spawn(new URL('job.js', import.meta.url), copy)) ?? null));`,
  );
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function ranInWorker(hub: URL, copy?: URL): Promise<unknown> {
  const args = [join(folder, 'program.js'), hub.href, ...(copy ? [copy.href] : [])];
  return JSON.parse((await run(process.execPath, args)).stdout);
}

test('a second copy of the package runs its own code', async () => {
  const second = pathToFileURL(join(folder, 'copy', 'index.js'));
  expect(await ranInWorker(new URL('index.js', dist), second)).toEqual([
    pathToFileURL(copied).href,
  ]);
});

test('a Worker runs the code of the package that started it', async () => {
  const own = pathToFileURL(join(folder, 'copy', 'index.js'));
  expect(await ranInWorker(own, own)).toEqual([pathToFileURL(copied).href]);
  expect(await ranInWorker(new URL('index.js', dist))).toBeNull();
});
