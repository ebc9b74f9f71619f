import { appendFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';

import { bundleOf } from '../../../../test/conformance/engines/bundle-of.ts';
import { randomPolicy, randomQuestions } from '../../../../test/conformance/engines/random-policies.ts';
import { createAuthzenEngine } from '../../../adapters/authzen/authzen-engine.ts';
import { createCasbinEngine } from '../../../adapters/casbin/casbin-engine.ts';
import { openSession, type PolicyVerdict } from '../../../adapters/cedar/policy-session.ts';
import type { OtherEngine } from '../../../adapters/policy-engine/engine.ts';
import { initOperatorDirectory, openAgent } from '../../index.ts';
import { openWorkspace } from '../../workspace.ts';
import { consult } from './consult.ts';

const source = randomPolicy('consult 9', 8);
const bundle = bundleOf(source);
const session = openSession(cedar, bundle);
const questions = randomQuestions('consult', 400, source);
const verdicts = questions.map((question) => session.decide(question));
const forever = new AbortController().signal;

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((done) => (server ? server.close(done) : done(undefined)));
  server = undefined;
});

/** A PDP that always says the same. */
async function pdpThatSays(decision: boolean, context: object = {}): Promise<OtherEngine> {
  const started = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString('utf8');
    });
    request.on('end', () => {
      const asked: unknown = request.method === 'POST' ? JSON.parse(body) : null;
      const batch =
        typeof asked === 'object' && asked !== null && 'evaluations' in asked && Array.isArray(asked.evaluations)
          ? asked.evaluations
          : null;
      const one = { decision, context };
      response.writeHead(request.method === 'POST' ? 200 : 404).end(JSON.stringify(batch ? { evaluations: batch.map(() => one) } : one));
    });
  });
  server = started;
  await new Promise<void>((ready) => started.listen(0, '127.0.0.1', ready));
  const address = started.address();
  return createAuthzenEngine({ url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`, timeoutMs: 20_000 });
}

const withEngines = (engines: Partial<Parameters<typeof consult>[0]>): Promise<readonly PolicyVerdict[]> =>
  consult({ engine: null, secondOpinion: null, ...engines }, bundle, questions, verdicts, forever);
/** As they would be if nobody else had been asked. */
const withoutOpinions = (standing: readonly PolicyVerdict[]): readonly object[] =>
  standing.map((verdict) => Object.fromEntries(Object.entries(verdict).filter(([name]) => name !== 'opinions')));
const pairs = (standing: readonly PolicyVerdict[]): string[] =>
  [...new Set(standing.map(({ outcome }, at) => `${verdicts[at]?.outcome ?? ''} → ${outcome}`))].sort();

it('has questions of every outcome', () => {
  expect(new Set(verdicts.map(({ outcome }) => outcome))).toEqual(new Set(['pass', 'fail', 'counsel']));
});

describe('an engine', () => {
  it('that agrees changes nothing', async () => {
    const standing = await withEngines({ engine: createCasbinEngine() });
    expect(standing.every(({ opinions }) => opinions?.[0]?.agrees)).toBe(true);
    expect(withoutOpinions(standing)).toEqual(verdicts);
  });

  it('that says yes to everything undoes neither fail nor counsel', async () => {
    expect(pairs(await withEngines({ engine: await pdpThatSays(true) }))).toEqual(['counsel → counsel', 'fail → fail', 'pass → pass']);
  });

  it('that says no to everything lets nothing pass', async () => {
    const standing = await withEngines({ engine: await pdpThatSays(false) });
    expect(pairs(standing)).toEqual(['counsel → counsel', 'fail → fail', 'pass → counsel']);
  });

  it('that fails with a citation of its own makes a fail, at the anchor that it names', async () => {
    const reasons = [{ id: 'house-rule', outcome: 'fail', anchor: 'reporting', citation: 'House rules § 3' }];
    const standing = await withEngines({ engine: await pdpThatSays(false, { gate: { verdict: 'fail', reasons } }) });
    expect(pairs(standing)).toEqual(['counsel → fail', 'fail → fail', 'pass → fail']);
    const at = verdicts.findIndex(({ outcome }) => outcome === 'pass');
    expect(standing[at]?.policies).toEqual([
      { id: 'house-rule', regime: null, effect: 'fail', anchor: 'reporting', citation: 'House rules § 3', remedy: '', verify: null },
    ]);
    expect(standing[at]?.anchors.reporting).toBe('fail');
  });

  it.each([
    ['says no by itself', () => pdpThatSays(false), 'authzen-denied'],
    ['is not there', async () => createAuthzenEngine({ url: 'http://127.0.0.1:9', timeoutMs: 20_000 }), 'engine-unanswered'],
  ])('that %s is not passed over by a ruling on what the embedded one left to counsel', async (_what, engine, id) => {
    const standing = await withEngines({ engine: await engine() });
    const at = verdicts.findIndex(({ outcome }) => outcome === 'counsel');
    expect(standing[at]?.outcome).toBe('counsel');
    expect(standing[at]?.key).not.toBe(verdicts[at]?.key);
    expect(standing[at]?.policies).toContainEqual(expect.objectContaining({ id, effect: 'counsel' }));
  });

  it('that is not there lets nothing pass, and says so', async () => {
    const standing = await withEngines({ engine: createAuthzenEngine({ url: 'http://127.0.0.1:9', timeoutMs: 20_000 }) });
    expect(pairs(standing)).toEqual(['counsel → counsel', 'fail → fail', 'pass → counsel']);
    const passed = standing[verdicts.findIndex(({ outcome }) => outcome === 'pass')];
    expect(passed?.policies).toEqual([
      expect.objectContaining({ id: 'engine-unanswered', effect: 'counsel', citation: expect.stringContaining('ECONNREFUSED') }),
    ]);
    expect(passed?.opinions).toEqual([
      expect.objectContaining({ outcome: null, agrees: false, because: expect.stringContaining('ECONNREFUSED') }),
    ]);
  });
});

describe('a second opinion', () => {
  it('that agrees changes nothing', async () => {
    const standing = await withEngines({ secondOpinion: createCasbinEngine() });
    expect(withoutOpinions(standing)).toEqual(verdicts);
  });

  it('that differs sends to a person what would have passed, with both answers', async () => {
    const standing = await withEngines({ secondOpinion: await pdpThatSays(false) });
    expect(pairs(standing)).toEqual(['counsel → counsel', 'fail → fail', 'pass → counsel']);
    const at = verdicts.findIndex(({ outcome }) => outcome === 'pass');
    expect(standing[at]).toMatchObject({
      policies: [{ id: 'second-opinion-differs', effect: 'counsel', anchor: 'governance' }],
      opinions: [{ role: 'second-opinion', outcome: 'counsel', agrees: false }],
    });
  });

  it('that passes what failed is on record, and the fail stays', async () => {
    const standing = await withEngines({ secondOpinion: await pdpThatSays(true) });
    const at = verdicts.findIndex(({ outcome }) => outcome === 'fail');
    expect(standing[at]).toMatchObject({ outcome: 'fail', opinions: [{ outcome: 'pass', agrees: false }] });
  });

  it('makes a case of its own: a ruling on it is none on what was found without it', async () => {
    const standing = await withEngines({ secondOpinion: await pdpThatSays(false) });
    standing.forEach((verdict, at) => {
      const before = verdicts[at];
      if (before?.outcome === 'pass') expect(verdict.key).not.toBe(before.key);
      else expect(verdict.key).toBe(before?.key);
    });
  });

  it('that differs on a case of counsel makes it another one, so that no ruling of before lets it through', async () => {
    const standing = await withEngines({ secondOpinion: await pdpThatSays(true) });
    const at = verdicts.findIndex(({ outcome }) => outcome === 'counsel');
    expect(standing[at]?.key).not.toBe(verdicts[at]?.key);
    expect(standing[at]?.policies.map(({ id }) => id)).toContain('second-opinion-differs');
  });

  it('is compared with what stands after the engine', async () => {
    const standing = await withEngines({ engine: await pdpThatSays(false), secondOpinion: createCasbinEngine() });
    const passed = standing[verdicts.findIndex(({ outcome }) => outcome === 'pass')];
    expect(passed?.opinions).toMatchObject([
      { role: 'engine', agrees: false },
      { role: 'second-opinion', outcome: 'pass', agrees: false },
    ]);
  });
});

it('leaves a rule that only Cedar can say to Cedar', async () => {
  const [first, ...rest] = source.rules;
  if (!first) throw new Error('no rule');
  const own = {
    ...first,
    condition: null,
    purposes: null,
    effectiveFrom: null,
    effectiveTo: null,
    cedar: '@id("rule-0") forbid (principal, action, resource);',
  };
  const mixed = bundleOf({ ...source, rules: [{ ...own, outcome: 'counsel' }, ...rest] });
  const embedded = openSession(cedar, mixed);
  const found = questions.map((question) => embedded.decide(question));
  const standing = await consult({ engine: null, secondOpinion: createCasbinEngine() }, mixed, questions, found, forever);
  expect(standing.every(({ opinions }) => opinions?.[0]?.agrees)).toBe(true);
  expect(standing.map(({ outcome }) => outcome)).toEqual(found.map(({ outcome }) => outcome));
});

describe('an operator directory', () => {
  let directory = '';
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'engines-'));
    await initOperatorDirectory(directory, { merchant: 'Engines', currency: 'EUR' });
  });
  const question = {
    purpose: 'credit',
    sink: 'bank',
    asOf: '2026-11-20',
    facts: { residency: 'US-VA', country: 'US', profilingOptOut: true },
  };

  it('asks nobody else unless it says so', async () => {
    const agent = await openAgent(directory, { readonly: true });
    expect(await agent.gate.ask(question)).not.toHaveProperty('opinions');
    await agent.close();
  });

  it('names a second opinion, and both answers are in the verdicts of runs and of questions', { timeout: 30_000 }, async () => {
    const config = join(directory, 'cohortium.yaml');
    appendFileSync(config, '\ngate:\n  secondOpinion: { kind: casbin }\n');
    expect(readFileSync(config, 'utf8').match(/^gate:/gm)).toHaveLength(1);
    const workspace = openWorkspace(directory, { readonly: true });
    const answer = await workspace.policies().evaluate(question);
    expect(answer).toMatchObject({
      outcome: 'fail',
      opinions: [{ engine: 'casbin', role: 'second-opinion', outcome: 'fail', agrees: true }],
    });
    const vectors = workspace.content.putJson([{ facts: question.facts, purpose: 'credit', sink: 'bank' }]);
    const { decisions } = await workspace.policies().decide({ vectors, asOf: question.asOf }, { signal: forever, idempotencyKey: 'test' });
    expect(workspace.content.getJson(decisions)).toMatchObject([{ outcome: 'fail', opinions: [{ engine: 'casbin', agrees: true }] }]);
    await workspace.close();
  });
});
