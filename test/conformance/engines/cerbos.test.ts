import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { createCerbosEngine } from '../../../agents/adapters/cerbos/cerbos-engine.ts';
import { cerbosFiles } from '../../../agents/adapters/cerbos/cerbos-policy.ts';
import type { PolicySource } from '../../../agents/adapters/policy-engine/engine.ts';
import { acquireCerbos } from './acquire.ts';
import { engineSuite, outcomeOf } from './engine-suite.ts';
import { randomPolicy, randomQuestions } from './random-policies.ts';
import { startServer, type StartedServer } from './start-server.ts';

const cerbos = await acquireCerbos();
const forever = new AbortController().signal;

describe.skipIf('missing' in cerbos)('with the cerbos program', () => {
  const program = 'program' in cerbos ? cerbos.program : '';
  const startCerbos = (source: PolicySource): Promise<StartedServer> => {
    const folder = mkdtempSync(join(tmpdir(), 'cerbos-'));
    for (const [name, text] of Object.entries(cerbosFiles(source))) {
      const path = join(folder, 'policies', name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    return startServer(program, (port, grpc) => ['server', '--log-level=error', ...settings(folder, port, grpc)], '/_cerbos/health');
  };
  const settings = (folder: string, port: number, grpc: number): string[] => {
    const config = {
      server: { httpListenAddr: `127.0.0.1:${port}`, grpcListenAddr: `127.0.0.1:${grpc}` },
      schema: { enforcement: 'reject' },
      telemetry: { disabled: true },
      storage: { driver: 'disk', disk: { directory: join(folder, 'policies') } },
    };
    writeFileSync(join(folder, 'cerbos.json'), JSON.stringify(config));
    return ['--config', join(folder, 'cerbos.json')];
  };

  engineSuite(
    'Cerbos through AuthZEN',
    async () => {
      const servers = new Map<string, StartedServer>();
      return {
        open: async (source) => {
          const server = servers.get(source.digest) ?? (await startCerbos(source));
          servers.set(source.digest, server);
          return createCerbosEngine({ url: server.url, timeoutMs: 30_000 });
        },
        stop: async () => {
          await Promise.all([...servers.values()].map(({ stop }) => stop()));
        },
      };
    },
    30,
  );

  it('is not believed when it has another policy', async () => {
    const source = randomPolicy('cerbos', 4);
    const server = await startCerbos({ ...source, digest: `sha256:${'1'.repeat(64)}` });
    onTestFinished(server.stop);
    const engine = createCerbosEngine({ url: server.url, timeoutMs: 10_000 });
    expect((await engine.ask(source, randomQuestions('q', 3, source), forever)).map(outcomeOf)).toEqual([
      'unanswered',
      'unanswered',
      'unanswered',
    ]);
    await engine.close();
  });

  it('rejects a fact of another type, and that is no answer', async () => {
    const source = randomPolicy('cerbos', 4);
    const server = await startCerbos(source);
    onTestFinished(server.stop);
    const engine = createCerbosEngine({ url: server.url, timeoutMs: 10_000 });
    const [question] = randomQuestions('q', 1, source);
    if (!question) throw new Error('no question');
    const wrong = { ...question, facts: { ...question.facts, profilingOptOut: 'yes' } };
    expect((await engine.ask(source, [wrong, question], forever)).map(({ kind }) => kind)).toEqual(['unanswered', 'answered']);
    await engine.close();
  });
});
