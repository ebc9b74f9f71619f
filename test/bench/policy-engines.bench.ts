/**
 * What each policy engine costs with all of the law: processor time of a question, of this process and of the engine's own, over the same
 * random questions. Not wall-clock, so that it means the same on a busy machine. Engines that are not in the cache are left out.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import * as cedar from '@cedar-policy/cedar-wasm/nodejs';

import { createCasbinEngine } from '../../agents/adapters/casbin/casbin-engine.ts';
import { openSession } from '../../agents/adapters/cedar/policy-session.ts';
import { createCerbosEngine } from '../../agents/adapters/cerbos/cerbos-engine.ts';
import { cerbosFiles } from '../../agents/adapters/cerbos/cerbos-policy.ts';
import { createOpaEngine } from '../../agents/adapters/opa/opa-engine.ts';
import { createOpaWasmEngine } from '../../agents/adapters/opa/opa-wasm-engine.ts';
import { regoText } from '../../agents/adapters/opa/rego-text.ts';
import type { OtherEngine, PolicySource } from '../../agents/adapters/policy-engine/engine.ts';
import { readLaw } from '../../agents/customer-data-graph/law/read-law.ts';
import { acquireCerbos, acquireOpa } from '../conformance/engines/acquire.ts';
import { bundleOf } from '../conformance/engines/bundle-of.ts';
import { randomQuestions } from '../conformance/engines/random-policies.ts';
import { startServer } from '../conformance/engines/start-server.ts';

const law = readLaw();
const source: PolicySource = { digest: law.digest, rules: law.rules, facts: law.facts };
const questions = randomQuestions('bench', 100, source);
const folder = mkdtempSync(join(tmpdir(), 'bench-engines-'));
const forever = new AbortController().signal;

async function measure(engine: OtherEngine, pid?: number): Promise<void> {
  await engine.ask(source, questions.slice(0, 5), forever);
  const [own, others] = [process.cpuUsage(), pid === undefined ? 0 : cpuMsOf(pid)];
  const verdicts = await engine.ask(source, questions, forever);
  const spent = process.cpuUsage(own);
  const theirs = pid === undefined ? 0 : cpuMsOf(pid) - others;
  const here = (spent.user + spent.system) / 1000;
  const unanswered = verdicts.filter(({ kind }) => kind === 'unanswered').length;
  const figure = (ms: number): string => (ms / questions.length).toFixed(1).padStart(6);
  process.stdout.write(`${engine.name.padEnd(34)} here ${figure(here)} ms  engine ${figure(theirs)} ms  unanswered ${unanswered}\n`);
  await engine.close();
}

/** User and system time from /proc, in ticks of 10 ms. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

process.stdout.write(`${source.rules.length} rules, ${questions.length} questions, processor time of each\n`);
const session = openSession(cedar, bundleOf(source));
await measure({
  name: 'cedar, no memo',
  ask: async (_source, asked) =>
    asked.map((question) => {
      const { outcome, policies, unknownFacts } = session.decide(question);
      return { kind: 'answered', outcome, reasons: policies, unknownFacts, tells: 'rules' };
    }),
  close: async () => {},
});
await measure(createCasbinEngine());

const opa = await acquireOpa();
if ('program' in opa) {
  const rego = join(folder, 'gate.rego');
  writeFileSync(rego, regoText(source));
  execFileSync(opa.program, ['build', '-t', 'wasm', '-e', 'cohortium/gate/decisions', '-o', 'bundle.tar.gz', 'gate.rego'], { cwd: folder });
  execFileSync('tar', ['-xzf', 'bundle.tar.gz', '/policy.wasm'], { cwd: folder, stdio: 'ignore' });
  await measure(createOpaWasmEngine({ file: join(folder, 'policy.wasm') }));
  const server = await startServer(
    opa.program,
    (port) => ['run', '--server', '--addr', `127.0.0.1:${port}`, '--log-level', 'error', rego],
    '/health',
  );
  await measure(createOpaEngine({ url: server.url, timeoutMs: 60_000 }), server.pid);
  await server.stop();
}

const cerbos = await acquireCerbos();
if ('program' in cerbos) {
  for (const [name, text] of Object.entries(cerbosFiles(source))) {
    mkdirSync(dirname(join(folder, 'policies', name)), { recursive: true });
    writeFileSync(join(folder, 'policies', name), text);
  }
  const server = await startServer(
    cerbos.program,
    (port, grpc) => {
      const listening = { httpListenAddr: `127.0.0.1:${port}`, grpcListenAddr: `127.0.0.1:${grpc}` };
      const storage = { driver: 'disk', disk: { directory: join(folder, 'policies') } };
      writeFileSync(
        join(folder, 'cerbos.json'),
        JSON.stringify({ server: listening, schema: { enforcement: 'reject' }, telemetry: { disabled: true }, storage }),
      );
      return ['server', '--log-level=error', '--config', join(folder, 'cerbos.json')];
    },
    '/_cerbos/health',
  );
  await measure(createCerbosEngine({ url: server.url, timeoutMs: 60_000 }), server.pid);
  await server.stop();
}
rmSync(folder, { recursive: true });
