import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Options } from 'tsup';
import { buildLibrary, fileOf, TARGET, type Esbuild, type Plugin } from './library.config.ts';

/** What makes the compiled text: the cache's entries are of this build (src/fiber/load/cache.ts). */
function hashOfCompiler(): string {
  const sources = readdirSync('src/fiber', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join('src/fiber', file));
  const hash = createHash('sha256');
  for (const file of [...sources.toSorted(), 'package.json', 'node_modules/acorn/package.json'])
    hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

const common: Options = {
  target: TARGET,
  sourcemap: true,
  define: { COPPICE_BUILD: JSON.stringify(hashOfCompiler()) },
  // V8 takes half the memory for a text of ASCII, and reads it faster.
  esbuildOptions: (options) => {
    options.charset = 'ascii';
  },
};

/** What is in the library: there must be one instance of it in a heap, whichever entries are loaded. */
const inLibrary =
  /\/src\/(?:index\.ts|(?:core|hub|worker|main|io|sync)\/|fiber\/(?:runtime\/(?:loose|source-text|state)|[^/]+)\.ts)/;
/** These stand beside it: the compiler, what compiled code calls, and what starts synckit's worker. */
const beside = /\/src\/(?:fiber\/(?:explain|stack-trace)|main\/sync-worker)\.ts/;

/** Lets the other entries take from the library what is in it, instead of bundling it again. */
const fromLibrary: Plugin = {
  name: 'from-library',
  setup(build) {
    build.onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir, kind }) => {
      if (kind === 'entry-point') return undefined;
      const file = fileOf(resolveDir, path);
      const entry = /\/src\/(fiber-runtime|start)\.ts$/.exec(file)?.[1];
      if (entry !== undefined) return { path: `./${entry}.js`, external: true };
      if (!inLibrary.test(file) || beside.test(file)) return undefined;
      return { path: './library.js', external: true };
    });
  },
};

const COMPILER = 'src/fiber/load/compiler.ts';

/** Instead of the compiler, functions that load it when one of them is first called. */
const lateCompiler: Plugin = {
  name: 'late-compiler',
  setup(build) {
    build.onLoad({ filter: /[\\/]fiber[\\/]load[\\/]compiler\.ts$/ }, () => {
      const exported = [...readFileSync(COMPILER, 'utf8').matchAll(/^export \{(.*)\} from/gm)];
      const names = exported
        .flatMap(([, list]) => (list as string).split(','))
        .map((name) => name.trim());
      const functions = names.map(
        (name) => `export const ${name} = (...args) => compiler().${name}(...args);`,
      );
      const contents = [
        `import { createRequire } from 'node:module';`,
        `let loaded;`,
        `const compiler = () => (loaded ??= createRequire(import.meta.url)('./compiler.cjs'));`,
        ...functions,
      ];
      return { contents: contents.join('\n'), loader: 'js' };
    });
  },
};

let esbuild: Esbuild;

const keepEsbuild: Plugin = {
  name: 'keep-esbuild',
  setup(build) {
    ({ esbuild } = build);
  },
};

export default defineConfig([
  {
    ...common,
    entry: { load: 'src/load.ts' },
    format: 'cjs',
    splitting: false,
    external: ['./library.cjs', './hub.cjs'],
    esbuildPlugins: [keepEsbuild],
    onSuccess: () => buildLibrary(esbuild),
  },
  {
    ...common,
    entry: {
      bin: 'src/bin.ts',
      'sync-worker': 'src/main/sync-worker.ts',
      start: 'src/start.ts',
      register: 'src/register.ts',
      'fiber-runtime': 'src/fiber-runtime.ts',
    },
    format: 'esm',
    // Each further file takes Node's loader a while.
    splitting: false,
    esbuildPlugins: [fromLibrary, lateCompiler],
  },
  {
    ...common,
    // Alone on Node's loader thread.
    entry: { 'fiber-loader': 'src/fiber/load/loader-thread.ts' },
    format: 'esm',
    esbuildPlugins: [lateCompiler],
  },
  {
    ...common,
    entry: { compiler: COMPILER },
    format: 'cjs',
    // The program may load acorn itself, and is to have one of its own, compiled like all that it loads.
    noExternal: ['acorn'],
    esbuildOptions: (options) => {
      options.charset = 'ascii';
      // Without the comments too.
      options.minifyWhitespace = true;
    },
    banner: { js: `/*! With acorn:\n${readFileSync('node_modules/acorn/LICENSE', 'utf8')}*/` },
  },
  {
    ...common,
    // In a Worker of its own, without the library.
    entry: { 'fiber-watcher': 'src/fiber/watcher-entry.ts' },
    format: 'cjs',
  },
]);
