import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/conformance/**/*.test.ts'],
    execArgv: ['--conditions=cohortium-source'],
    testTimeout: 30_000,
  },
});
