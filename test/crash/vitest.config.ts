import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ['test/crash/**/*.test.ts'],
    globalSetup: ['test/temporary-folder.ts'],
    testTimeout: 600_000,
    hookTimeout: 300_000,
    // When a child is killed is a matter of milliseconds: nothing else of ours is to be at work then.
    fileParallelism: false,
  },
});
