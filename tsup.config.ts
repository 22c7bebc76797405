import { writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { defineConfig, type Options } from 'tsup';

const common: Options = { target: 'node20.19', sourcemap: true };

/** What is in the library: there must be one instance of it in a heap, whichever entries are loaded. */
const inLibrary =
  /\/src\/(?:index\.ts|(?:core|hub|worker|main|io|sync)\/|fiber\/(?:runtime\/(?:loose|source-text|state)|[^/]+)\.ts)/;
/** These stand beside it: the compiler, what compiled code calls, and what starts synckit's worker. */
const beside = /\/src\/(?:fiber\/(?:explain|stack-trace)|main\/sync-worker)\.ts/;

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** Lets the other entries take from the library what is in it, instead of bundling it again. */
const fromLibrary: Plugin = {
  name: 'from-library',
  setup(build) {
    build.onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir, kind }) => {
      if (kind === 'entry-point') return undefined;
      const file = join(resolveDir, path).replaceAll('\\', '/');
      if (file.endsWith('/src/fiber-runtime.ts'))
        return { path: './fiber-runtime.js', external: true };
      if (!inLibrary.test(file) || beside.test(file)) return undefined;
      return { path: './library.js', external: true };
    });
  },
};

let esbuild: Parameters<Plugin['setup']>[0]['esbuild'];

const keepEsbuild: Plugin = {
  name: 'keep-esbuild',
  setup(build) {
    ({ esbuild } = build);
  },
};

/**
 * Makes the library's script the function that load.ts calls. Each Worker holds its text, so it is made small: names
 * that show in stacks stay, which are all but those of variables and functions within functions, and so do short lines.
 */
async function writeLibrary(): Promise<void> {
  const map = await readFile('dist/library.cjs.map', 'base64');
  const { code, map: mapped } = await esbuild.transform(
    (await readFile('dist/library.cjs', 'utf8')).replace(
      /\/\/# sourceMappingURL=.*/,
      `//# sourceMappingURL=data:application/json;base64,${map}`,
    ),
    {
      target: String(common.target),
      charset: 'ascii',
      minifyWhitespace: true,
      minifyIdentifiers: true,
      lineLimit: 120,
      sourcemap: 'external',
    },
  );
  const head = '(function (module, require, COPPICE_URL, COPPICE_IMPORT) {';
  await writeFile(
    'dist/library.cjs',
    `${head}\n${code}\n})\n//# sourceMappingURL=library.cjs.map\n`,
  );
  const lines = JSON.parse(mapped) as { mappings: string };
  await writeFile(
    'dist/library.cjs.map',
    JSON.stringify({ ...lines, mappings: `;${lines.mappings}` }),
  );
}

/** ES modules that give the names of the library, so that they can be imported. */
function writeFacades(): void {
  const { library } = createRequire(import.meta.url)('./dist/load.cjs') as {
    library: Record<string, object>;
  };
  const { index = {}, ...internal } = library;
  const facade = (name: string, from: string, names: string[]): void =>
    writeFileSync(
      `dist/${name}.js`,
      `import { createRequire } from 'node:module';\n` +
        `const { library } = createRequire(import.meta.url)('./load.cjs');\n` +
        `export const { ${names.join(', ')} } = ${from};\n`,
    );
  facade('index', 'library.index', Object.keys(index));
  facade('library', '{ ...library.index, ...library }', [
    ...Object.keys(index),
    ...Object.keys(internal),
  ]);
}

export default defineConfig([
  {
    ...common,
    entry: { library: 'src/library.ts', load: 'src/load.ts' },
    format: 'cjs',
    splitting: false,
    external: ['./library.cjs'],
    esbuildOptions(options) {
      options.charset = 'ascii';
      options.define = { 'import.meta.url': 'COPPICE_URL' };
    },
    esbuildPlugins: [keepEsbuild],
    onSuccess: async () => {
      await writeLibrary();
      writeFacades();
    },
  },
  {
    ...common,
    entry: {
      bin: 'src/bin.ts',
      'sync-worker': 'src/main/sync-worker.ts',
      register: 'src/register.ts',
      'fiber-runtime': 'src/fiber-runtime.ts',
    },
    format: 'esm',
    splitting: true,
    esbuildPlugins: [fromLibrary],
  },
  {
    ...common,
    // Alone on Node's loader thread.
    entry: { 'fiber-loader': 'src/fiber/load/loader-thread.ts' },
    format: 'esm',
  },
]);
