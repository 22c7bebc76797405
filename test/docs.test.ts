/** What the pages name is there: files, and what coppice exports. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as coppice from 'coppice';
import { expect, test } from 'vitest';

const root = new URL('..', import.meta.url);
const pages = [
  'README.md',
  'ARCHITECTURE.md',
  ...readdirSync(new URL('docs/', root)).map((name) => `docs/${name}`),
];
const textOf = (page: string): string => readFileSync(new URL(page, root), 'utf8');

test.each(pages)('%s links to files that are there', (page) => {
  const links = [...textOf(page).matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) => path as string);
  expect(links.filter((path) => !existsSync(new URL(path, new URL(page, root))))).toEqual([]);
});

test('ARCHITECTURE.md names files that are there', () => {
  const folders = ['', ...readdirSync(new URL('src/', root)).map((name) => `${name}/`)];
  const names = [...textOf('ARCHITECTURE.md').matchAll(/`((?:[a-z-]+\/)*[a-z-]+\.ts)`/g)].map(
    ([, name]) => name as string,
  );
  expect(names.length).toBeGreaterThan(50);
  const isThere = (name: string): boolean =>
    existsSync(new URL(name, root)) ||
    [...folders, 'fiber/'].some((folder) => existsSync(new URL(`src/${folder}${name}`, root)));
  expect(names.filter((name) => !isThere(name))).toEqual([]);
});

test('what other libraries have is called here as docs/coming-from.md says', () => {
  const library: Readonly<Record<string, unknown>> = { ...coppice };
  const known = new Set([...Object.keys(library), 'URL', 'all']);
  for (const each of Object.values(library)) {
    let prototype = typeof each === 'function' ? (each.prototype as object | null) : null;
    for (; prototype; prototype = Object.getPrototypeOf(prototype) as object | null)
      for (const name of Object.getOwnPropertyNames(prototype)) known.add(name);
  }
  const rows = textOf('docs/coming-from.md')
    .split('\n')
    .filter((line) => line.startsWith('|'));
  const named = rows.flatMap((row) =>
    [
      ...row
        .split('|')
        .slice(2)
        .join('|')
        .matchAll(/([A-Za-z]+)\(/g),
    ].map(([, name]) => name!),
  );
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});
