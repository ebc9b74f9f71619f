import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{agents,skills,registries,orchestrator,mcp-server}/**/*.test.ts', 'test/{contract,reference,architecture}/**/*.test.ts'],
    globalSetup: ['test/temporary-folder.ts'],
    execArgv: ['--conditions=cohortium-source'],
    setupFiles: ['test/property-seed.ts'],
    // vitest leaves a processor free, which on two is half of them.
    maxWorkers: '100%',
    // Some ten times what the slowest test takes on an idle machine of two cores: the machine may be at work on something else too.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
