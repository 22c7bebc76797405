import { defineConfig } from 'vitest/config';

// Forked processes, because the hub belongs to a process's main thread. The built package and the fixtures are loaded
// by Node itself, as a user's program loads them, so that the hub and the Workers see the same modules.
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/**/*.test.ts'],
    // A hang, and not a slow machine.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    server: { deps: { external: [/\/dist\//, /\/test\/fixtures\//] } },
  },
});
