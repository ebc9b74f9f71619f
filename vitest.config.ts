import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{agents,skills,registries,orchestrator,mcp-server}/**/*.test.ts', 'test/{contract,reference,architecture}/**/*.test.ts'],
    globalSetup: ['test/temporary-folder.ts'],
    execArgv: ['--conditions=cohortium-source'],
    setupFiles: ['test/property-seed.ts'],
    // vitest leaves a processor free, which on two is half of them.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
