import { defineConfig } from 'vitest/config';

// Forked processes, because the hub belongs to a process's main thread.
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
