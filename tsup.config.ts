import { defineConfig, type Options } from 'tsup';

const common: Options = { format: 'esm', target: 'node20.19', sourcemap: true };

export default defineConfig([
  {
    ...common,
    // ESM only, and one instance of each module for all entries: `instanceof GreenThreadExit` has to hold for what is
    // thrown into the user's code. Each entry imports the index, so that what they share is one file: every Worker
    // loads it when it starts, and ten small files would take twice as long.
    entry: {
      index: 'src/index.ts',
      bin: 'src/bin.ts',
      'sync-worker': 'src/sync-worker.ts',
      register: 'src/register.ts',
      'fiber-runtime': 'src/fiber-runtime.ts',
    },
    splitting: true,
  },
  {
    ...common,
    // Alone on Node's loader thread.
    entry: { 'fiber-loader': 'src/fiber/load/loader-thread.ts' },
  },
]);
