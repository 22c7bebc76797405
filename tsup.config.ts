import { defineConfig, type Options } from 'tsup';
import { buildLibrary, fileOf, TARGET, type Esbuild, type Plugin } from './library.config.ts';

const common: Options = { target: TARGET, sourcemap: true };

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
      if (file.endsWith('/src/fiber-runtime.ts'))
        return { path: './fiber-runtime.js', external: true };
      if (!inLibrary.test(file) || beside.test(file)) return undefined;
      return { path: './library.js', external: true };
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
  {
    ...common,
    // In a Worker of its own, without the library.
    entry: { 'fiber-watcher': 'src/fiber/watcher-entry.ts' },
    format: 'cjs',
  },
]);
