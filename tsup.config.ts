import { defineConfig } from 'tsup';

// ESM only, one chunk graph: the Worker entry and the public index must share module instances, because
// `instanceof GreenThreadExit` has to hold for what the entry throws into the user's code.
export default defineConfig({
  entry: {
    index: 'src/index.ts',
    bin: 'src/bin.ts',
    'worker-entry': 'src/worker-entry.ts',
    'sync-worker': 'src/main/sync-worker.ts',
    register: 'src/register.ts',
    'fiber-runtime': 'src/fiber/runtime/entry.ts',
    'fiber-loader': 'src/fiber/load/loader-thread.ts',
  },
  format: 'esm',
  target: 'node20.19',
  splitting: true,
  sourcemap: true,
  clean: true,
});
