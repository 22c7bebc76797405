/**
 * The layers of the code base: imports point down only. Read from the import lines of src, so that a new file or folder
 * that is in no layer fails here too.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** From the bottom. Folders of one layer do not import each other, but for what is listed below. */
const LAYERS = [
  ['core'],
  ['hub'],
  ['worker', 'fiber', 'main'],
  ['sync', 'coroutine'],
  ['io'],
  ['patch'],
  ['cli'],
];
/** Files directly in src put the layers together: they may import everything, and only the program imports them. */
const TOP = '';

const root = fileURLToPath(new URL('../src/', import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.split(sep).join('/'));
const layerOf = (folder: string): number => LAYERS.findIndex((layer) => layer.includes(folder));
const folderOf = (file: string): string =>
  file.includes('/') ? (file.split('/')[0] as string) : TOP;

function importsOf(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8').replaceAll(
    /\/\*[^]*?\*\/|^\s*\/\/.*$/gm,
    '',
  );
  return [...source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g)].map(([, specifier]) =>
    normalize(join(dirname(file), specifier as string))
      .split(sep)
      .join('/'),
  );
}

test('every folder of src is in a layer', () => {
  const folders = new Set(files.map(folderOf));
  folders.delete(TOP);
  expect([...folders].filter((folder) => layerOf(folder) === -1)).toEqual([]);
  expect(files.length).toBeGreaterThan(30);
});

describe.each(files.filter((file) => folderOf(file) !== TOP))('%s', (file) => {
  test('imports from its own folder and from layers below', () => {
    const own = folderOf(file);
    const wrong = importsOf(file).filter((imported) => {
      const folder = folderOf(imported);
      return folder !== own && (folder === TOP ? own !== 'cli' : layerOf(folder) >= layerOf(own));
    });
    expect(wrong).toEqual([]);
  });
});

test('relative imports name files that exist', () => {
  const known = new Set(files);
  const missing = files.flatMap((file) =>
    importsOf(file).filter((imported) => !known.has(imported)),
  );
  expect(missing).toEqual([]);
});
