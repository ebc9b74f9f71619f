import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createOpaEngine } from '../../../agents/adapters/opa/opa-engine.ts';
import { createOpaWasmEngine } from '../../../agents/adapters/opa/opa-wasm-engine.ts';
import { regoText } from '../../../agents/adapters/opa/rego-text.ts';
import type { PolicySource } from '../../../agents/adapters/policy-engine/engine.ts';
import { acquireOpa } from './acquire.ts';
import { engineSuite, outcomeOf } from './engine-suite.ts';
import { randomPolicy, randomQuestions } from './random-policies.ts';
import { startServer, type StartedServer } from './start-server.ts';

const opa = await acquireOpa();
const forever = new AbortController().signal;

describe.skipIf('missing' in opa)('with the opa program', () => {
  const program = 'program' in opa ? opa.program : '';
  const startOpa = (): Promise<StartedServer> =>
    startServer(
      program,
      (port) => ['run', '--server', '--disable-telemetry', '--log-level', 'error', '--addr', `127.0.0.1:${port}`],
      '/health',
    );
  const load = async (url: string, rego: string): Promise<void> => {
    const response = await fetch(`${url}/v1/policies/gate`, { method: 'PUT', body: rego });
    if (!response.ok) throw new Error(await response.text());
  };

  engineSuite(
    'OPA over its Data API',
    async () => {
      const server = await startOpa();
      return {
        open: async (source) => {
          await load(server.url, regoText(source));
          return createOpaEngine({ url: server.url, timeoutMs: 60_000 });
        },
        stop: server.stop,
      };
    },
    40,
  );

  engineSuite(
    'OPA as WebAssembly',
    async () => ({
      open: async (source) => createOpaWasmEngine({ file: buildWasm(program, source) }),
      stop: async () => {},
    }),
    100,
  );

  describe('the exported Rego', () => {
    let server: StartedServer;
    const source = randomPolicy('rego', 12);
    beforeAll(async () => {
      server = await startOpa();
    });
    afterAll(() => server.stop());
    const ask = async (
      input: unknown,
    ): Promise<{ readonly verdict: string; readonly missing: readonly string[]; readonly reasons: readonly object[] }> => {
      const response = await fetch(`${server.url}/v1/data/cohortium/gate/decision`, { method: 'POST', body: JSON.stringify({ input }) });
      const { result } = (await response.json()) as { result: { verdict: string; missing: string[]; reasons: object[] } }; // what OPA answers
      return result;
    };

    it('passes the strict check of the compiler', () => {
      const file = join(mkdtempSync(join(tmpdir(), 'rego-')), 'gate.rego');
      writeFileSync(file, regoText(source));
      expect(execFileSync(program, ['check', '--strict', file], { encoding: 'utf8' })).toBe('');
    });

    it('answers one question with reasons that can be cited', async () => {
      await load(server.url, regoText(source));
      const [question] = randomQuestions('one', 100, source).filter(({ purpose }) => purpose === 'credit');
      const { reasons } = await ask(question);
      expect(reasons[0]).toEqual({
        id: expect.any(String),
        effect: expect.stringMatching(/fail|counsel/),
        anchor: expect.any(String),
        citation: expect.stringContaining('§'),
        remedy: expect.any(String),
      });
    });

    it.each([
      {},
      { facts: {}, purpose: 'credit' },
      { facts: [], purpose: 'credit', sink: 'x', asOf: '2026-01-01' },
      { facts: {}, purpose: 'credit', sink: 'x', asOf: 20260101 },
      { facts: {}, purpose: null, sink: 'x', asOf: '2026-01-01' },
    ])('sends what is no question to counsel: %j', async (input) => {
      await load(server.url, regoText({ ...source, rules: [] }));
      expect((await ask(input)).verdict).toBe('counsel');
    });

    it('is not believed when another policy is loaded, or none', async () => {
      await load(server.url, regoText({ ...source, digest: 'sha256:another' }));
      const engine = createOpaEngine({ url: server.url, timeoutMs: 10_000 });
      const questions = randomQuestions('other', 3, source);
      expect((await engine.ask(source, questions, forever)).map(outcomeOf)).toEqual(['unanswered', 'unanswered', 'unanswered']);
      await fetch(`${server.url}/v1/policies/gate`, { method: 'DELETE' });
      expect(await engine.ask(source, questions, forever)).toContainEqual({
        kind: 'unanswered',
        because: expect.stringContaining('is the exported policy loaded?'),
      });
      await engine.close();
    });
  });

  it('takes no answer of a module compiled from another policy', async () => {
    const [one, other] = [randomPolicy('one', 3), randomPolicy('other', 3)];
    const engine = createOpaWasmEngine({ file: buildWasm(program, one) });
    expect((await engine.ask(other, randomQuestions('q', 2, other), forever)).map(outcomeOf)).toEqual(['unanswered', 'unanswered']);
  });
});

function buildWasm(program: string, source: PolicySource): string {
  const folder = mkdtempSync(join(tmpdir(), 'wasm-'));
  writeFileSync(join(folder, 'gate.rego'), regoText(source));
  execFileSync(program, ['build', '-t', 'wasm', '-e', 'cohortium/gate/decisions', '-o', 'bundle.tar.gz', 'gate.rego'], { cwd: folder });
  execFileSync('tar', ['-xzf', 'bundle.tar.gz', '/policy.wasm'], { cwd: folder });
  return join(folder, 'policy.wasm');
}
