import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ['test/crash/**/*.test.ts'],
    globalSetup: ['test/temporary-folder.ts'],
    testTimeout: 600_000,
    fileParallelism: false,
  },
});
