/**
 * Builds the library: the code that stands in each heap once, as the two scripts that src/load.ts runs, and the ES
 * modules by which everything else imports it.
 *
 * esbuild cuts code in parts only as ES modules. So it is built as such, and what these take of each other is turned
 * into properties of one object, COPPICE. The library looks up what it needs of the hub's part each time, which makes it
 * load that when it is first needed; the hub's part takes what it needs of the library at once.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { Options } from 'tsup';

export const TARGET = 'node20.19';

export type Plugin = NonNullable<Options['esbuildPlugins']>[number];
export type Esbuild = Parameters<Plugin['setup']>[0]['esbuild'];

/** The path of a file as all plugins compare it. */
export function fileOf(folder: string, path: string): string {
  return resolve(folder, path).replaceAll('\\', '/');
}

/** The modules that only a hub needs: src/hub-part.ts lists them. */
const hubPart = new Set(
  [...readFileSync('src/hub-part.ts', 'utf8').matchAll(/from '(.*)'/g)].map(([, path]) =>
    fileOf('src', path as string),
  ),
);

/** In the library, what comes from the hub's part is looked up when it is used: until then that need not be there. */
const lateHubPart: Plugin = {
  name: 'late-hub-part',
  setup(build) {
    build.onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir, importer }) => {
      const from = importer.replaceAll('\\', '/');
      const late =
        hubPart.has(fileOf(resolveDir, path)) &&
        !hubPart.has(from) &&
        !from.endsWith('/src/hub-part.ts');
      return late ? { path: 'coppice:hub', external: true } : undefined;
    });
  },
};

/** The names that the statements list which the pattern finds: of `a as b` the pair of both. */
function names(pattern: RegExp, text: string): [name: string, as: string][] {
  return [...text.matchAll(pattern)]
    .flatMap(([, list]) => (list as string).split(','))
    .map((name) => name.trim().split(' as '))
    .filter(([name]) => name)
    .map(([name, as = name]) => [name as string, as as string]);
}

const EXPORT = /^export \{([^}]*)\};$/gm;
const FROM_SHARED = /^import \{([^}]*)\} from "\.\/shared\.js";$/gm;
const FROM_HUB = /^import \{([^}]*)\} from "coppice:hub";$/gm;
const object = (properties: string[]): string => `{ ${properties.join(', ')} }`;

/**
 * Builds the library as two scripts, each of which is a function that load.ts calls: what only a hub needs is one of its
 * own, `hub.cjs`.
 *
 * esbuild cuts the code in three: what both need, which here is all of the library; what library.ts exports of it; and
 * the hub's part. COPPICE is where they find each other.
 */
export async function buildLibrary(esbuild: Esbuild): Promise<void> {
  const { outputFiles } = await esbuild.build({
    entryPoints: { library: 'src/library.ts', hub: 'src/hub-part.ts' },
    chunkNames: 'shared',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: TARGET,
    define: { 'import.meta.url': 'COPPICE_URL' },
    charset: 'ascii',
    plugins: [lateHubPart],
    sourcemap: 'external',
    outdir: 'dist',
    write: false,
  });
  const built = (name: string): string =>
    outputFiles.find(({ path }) => path.endsWith(`/${name}`))?.text ?? '';
  const [shared, library, hub] = [built('shared.js'), built('library.js'), built('hub.js')];
  if (hub.includes('coppice:hub'))
    throw new Error('src/hub-part.ts must list what imports from it and is in no other part.');

  const late = new Set(names(FROM_HUB, shared).map(([, as]) => as));
  const local = new Map(names(EXPORT, shared).map(([name, as]) => [as, name]));
  const known = new Map(names(FROM_SHARED, library).map(([name, as]) => [as, local.get(name)]));
  const given = names(EXPORT, library).map(([name, as]) => {
    const value = known.get(name) as string;
    return late.has(value) ? `get ${as}() { return ${value}; }` : `${as}: ${value}`;
  });
  const forHub = [...local]
    .filter(([, name]) => !late.has(name))
    .map(([as, name]) => `${as}: ${name}`);
  await writeScript(
    esbuild,
    'library',
    shared.replace(
      EXPORT,
      () => `COPPICE.library = ${object(given)};\nCOPPICE.shared = () => (${object(forHub)});`,
    ),
    built('shared.js.map'),
  );

  const ofHub = names(EXPORT, hub).map(([name, as]) => `${as}: ${name}`);
  await writeScript(
    esbuild,
    'hub',
    hub
      .replace(
        FROM_SHARED,
        (_, list: string) => `const {${list.replaceAll(' as ', ': ')}} = COPPICE.shared();`,
      )
      .replace(EXPORT, () => `COPPICE.hub = ${object(ofHub)};`),
    built('hub.js.map'),
  );
  writeFacades();
}

/**
 * Each Worker holds the text of the library, so it is made small: names that show in stacks stay, which are all but those
 * of variables and functions within functions, and so do short lines.
 */
async function writeScript(
  esbuild: Esbuild,
  name: string,
  text: string,
  map: string,
): Promise<void> {
  const transform = (code: string, codeMap: string, options: object) =>
    esbuild.transform(
      `${code}\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(codeMap).toString('base64')}`,
      { target: TARGET, charset: 'ascii', sourcemap: 'external', ...options },
    );
  const classic = await transform(text, map, { format: 'cjs' });
  const late = classic.code
    .replaceAll(/^var import_coppice_hub\d* = require\("coppice:hub"\);$/gm, '')
    // As long as before, for the map.
    .replaceAll(/\bimport_coppice_hub\d*\b/g, ({ length }) => 'COPPICE.hub'.padEnd(length));
  const { code, map: mapped } = await transform(late, classic.map, {
    minifyWhitespace: true,
    minifyIdentifiers: true,
    lineLimit: 120,
  });
  const head = '(function (COPPICE, require, COPPICE_URL, COPPICE_LOADING) { "use strict";';
  await writeFile(
    `dist/${name}.cjs`,
    `${head}\n${code}\n})\n//# sourceMappingURL=${name}.cjs.map\n`,
  );
  const lines = JSON.parse(mapped) as { mappings: string };
  await writeFile(
    `dist/${name}.cjs.map`,
    JSON.stringify({ ...lines, mappings: `;${lines.mappings}` }),
  );
}

/**
 * ES modules that give the names of the library, so that they can be imported. In a Worker the library is there, and to
 * ask Node's loader for it would be a good part of what this costs.
 */
function writeFacades(): void {
  const { library } = createRequire(import.meta.url)('./dist/load.cjs') as {
    library: Record<string, object>;
  };
  const { index = {}, ...internal } = library;
  const facade = (name: string, from: string, names: string[]): void =>
    writeFileSync(
      `dist/${name}.js`,
      `const library = globalThis[Symbol.for('coppice.loaded')]?.[new URL('load.cjs', import.meta.url).href] ??\n` +
        `  process.getBuiltinModule('node:module').createRequire(import.meta.url)('./load.cjs').library;\n` +
        `export const { ${names.join(', ')} } = ${from};\n`,
    );
  facade('index', 'library.index', Object.keys(index));
  facade('library', '{ ...library.index, ...library }', [
    ...Object.keys(index),
    ...Object.keys(internal),
  ]);
}
