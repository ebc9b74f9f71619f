import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createAuthzenEngine } from '../../../agents/adapters/authzen/authzen-engine.ts';
import { openSession } from '../../../agents/adapters/cedar/policy-session.ts';
import type { PolicySource } from '../../../agents/adapters/policy-engine/engine.ts';
import { type CustomerDataGraph, openAgent } from '../../../agents/customer-data-graph/index.ts';
import type { GateQuestion, GateReply } from '../../../agents/customer-data-graph/interface.ts';
import { type HttpDoor, openHttpDoor } from '../../../mcp-server/http/http-server.ts';
import { makeOperatorDirectory } from '../../fixtures/event-door.ts';
import { bundleOf } from './bundle-of.ts';
import { engineSuite, outcomeOf } from './engine-suite.ts';
import { randomPolicy, randomQuestions } from './random-policies.ts';

const token = 'a-token-for-tests-that-is-long-enough';
const endpoint = { handle: () => Promise.resolve(), close: () => Promise.resolve() };
const openDoor = (gate: { ask(question: GateQuestion): Promise<GateReply> }): Promise<HttpDoor> =>
  openHttpDoor({ endpoint, token, host: '127.0.0.1', port: 0, log: () => undefined, gate });
const urlOf = ({ port }: HttpDoor): string => `http://127.0.0.1:${port}`;

/** The gate over rules of the test's own. */
function gateOver(source: PolicySource) {
  const session = openSession(cedar, bundleOf(source));
  return {
    async ask({ facts, purpose, sink, asOf = '2026-01-01' }: GateQuestion): Promise<GateReply> {
      const { outcome, policies, anchors, unknownFacts } = session.decide({ facts, purpose, sink, asOf });
      return { outcome, policies, anchors, unknownFacts, policyDigest: session.bundle.digest, asOf, reads: {}, ignored: [] };
    },
  };
}

engineSuite(
  'AuthZEN, from our client to our server',
  async () => {
    const doors = new Map<string, HttpDoor>();
    return {
      open: async (source) => {
        const door = doors.get(source.digest) ?? (await openDoor(gateOver(source)));
        doors.set(source.digest, door);
        return createAuthzenEngine({ url: urlOf(door), token, timeoutMs: 30_000 });
      },
      stop: async () => {
        await Promise.all([...doors.values()].map((door) => door.close()));
      },
    };
  },
  50,
  true,
);

describe('a server with other policies', () => {
  it('is not believed', async () => {
    const [one, other] = [randomPolicy('one', 4), randomPolicy('other', 4)];
    const door = await openDoor(gateOver(one));
    const engine = createAuthzenEngine({ url: urlOf(door), token, timeoutMs: 10_000 });
    const verdicts = await engine.ask(other, randomQuestions('q', 3, other), new AbortController().signal);
    expect(verdicts.map(outcomeOf)).toEqual(['unanswered', 'unanswered', 'unanswered']);
    expect(JSON.stringify(verdicts)).toContain(one.digest);
    await engine.close();
    await door.close();
  });

  it('that wants another token has not answered', async () => {
    const source = randomPolicy('one', 4);
    const door = await openDoor(gateOver(source));
    const engine = createAuthzenEngine({ url: urlOf(door), token: 'wrong', timeoutMs: 10_000 });
    const [verdict] = await engine.ask(source, randomQuestions('q', 1, source), new AbortController().signal);
    expect(verdict).toEqual({ kind: 'unanswered', because: 'answered 401' });
    await engine.close();
    await door.close();
  });
});

it('lets others in between the decisions of a batch', async () => {
  const seen: boolean[] = [];
  let hadATurn = false;
  const gate = gateOver(randomPolicy('one', 4));
  const door = await openDoor({
    ask: (question) => {
      if (seen.length === 0) setImmediate(() => (hadATurn = true));
      seen.push(hadATurn);
      return gate.ask(question);
    },
  });
  const response = await fetch(`${urlOf(door)}/access/v1/evaluations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({
      subject: { type: 'customer', id: 'a' },
      action: { name: 'clv.write', properties: { purpose: 'credit' } },
      resource: { type: 'sink', id: 'bank' },
      evaluations: [{}, {}, {}],
    }),
  });
  expect(response.status).toBe(200);
  expect(seen).toEqual([false, true, true]);
  await door.close();
});

describe('the server', () => {
  let agent: CustomerDataGraph;
  let door: HttpDoor;
  beforeAll(async () => {
    agent = await openAgent(await makeOperatorDirectory());
    door = await openDoor(agent.gate);
  });
  afterAll(async () => {
    await door.close();
    await agent.close();
  });
  const send = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${urlOf(door)}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, json: (await response.json()) as Record<string, unknown>, headers: response.headers }; // always an object
  };
  const evaluation = (facts: Record<string, unknown>, more: Record<string, unknown> = {}): Record<string, unknown> => ({
    subject: { type: 'customer', id: 'anybody', properties: facts },
    action: { name: 'clv.write', properties: { purpose: 'credit' } },
    resource: { type: 'sink', id: 'bank' },
    context: { asOf: '2026-11-20' },
    ...more,
  });
  const virginian = { residency: 'US-VA', country: 'US', profilingOptOut: true };

  it('says where it answers, to whoever asks', async () => {
    const response = await fetch(`${urlOf(door)}/.well-known/authzen-configuration`);
    expect(await response.json()).toEqual({
      policy_decision_point: urlOf(door),
      access_evaluation_endpoint: `${urlOf(door)}/access/v1/evaluation`,
      access_evaluations_endpoint: `${urlOf(door)}/access/v1/evaluations`,
    });
  });

  it('answers with verdict, anchors, reasons, obligations, what is missing, and by which policy', async () => {
    const { status, json, headers } = await send('/access/v1/evaluation', evaluation(virginian), { 'x-request-id': 'q-1' });
    expect(status).toBe(200);
    expect(headers.get('x-request-id')).toBe('q-1');
    expect(json).toMatchObject({ decision: false, context: { gate: { verdict: 'fail', missing: [], asOf: '2026-11-20' } } });
    const { gate } = json['context'] as {
      gate: {
        anchors: { anchor: string; result: string }[];
        reasons: Record<string, unknown>[];
        obligations: unknown[];
        policyDigest: string;
      };
    }; // as served
    expect(gate.anchors.map(({ anchor }) => anchor)).toEqual(['privacy', 'fair-treatment', 'calibration', 'reporting', 'governance']);
    expect(gate.anchors[0]).toEqual({ anchor: 'privacy', result: 'fail' });
    expect(gate.reasons).toContainEqual(
      expect.objectContaining({
        id: 'va-profiling-opt-out',
        anchor: 'privacy',
        outcome: 'fail',
        citation: expect.stringContaining('59.1-577'),
        facts: expect.arrayContaining(['profilingOptOut', 'residency']),
      }),
    );
    expect(gate.obligations.length).toBeGreaterThan(0);
    expect(gate.policyDigest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('names what is missing, and what it could make nothing of', async () => {
    const { json } = await send(
      '/access/v1/evaluation',
      evaluation({ residency: 'US-VA', country: 'US', profilingOptOt: false, profilingOptOut: null }),
    );
    expect(json).toMatchObject({ decision: false, context: { gate: { verdict: 'route-to-counsel', ignored: ['profilingOptOt'] } } });
    expect((json['context'] as { gate: { missing: string[] } }).gate.missing).toContain('profilingOptOut'); // as served
  });

  it('reads a country in the words of the law, and takes one that it cannot read for unknown', async () => {
    const verdictOf = async (facts: Record<string, unknown>): Promise<unknown> =>
      ((await send('/access/v1/evaluation', evaluation(facts))).json['context'] as { gate: { verdict: string } }).gate.verdict; // as served
    expect(await verdictOf({ residency: 'us-va', profilingOptOut: true })).toBe('fail');
    expect(await verdictOf({ residency: 'US-VA', country: 'us', profilingOptOut: true })).toBe('fail');
    const { json } = await send('/access/v1/evaluation', evaluation({ country: 'USA' }));
    expect((json['context'] as { gate: { missing: string[] } }).gate.missing).toContain('country'); // as served
  });

  it('makes nothing of names that every object has', async () => {
    const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'valueOf'];
    const plain = await send('/access/v1/evaluation', evaluation(virginian));
    // Written out, because __proto__ in a literal is no property.
    const properties = `{${[...names.map((name) => `"${name}":true`), ...Object.entries(virginian).map((one) => one.map((part) => JSON.stringify(part)).join(':'))].join(',')}}`;
    const body = JSON.stringify(evaluation({ here: 1 })).replace('{"here":1}', properties);
    const { status, json } = await send('/access/v1/evaluation', body);
    expect(status).toBe(200);
    const { ignored = [], ...rest } = (json['context'] as { gate: { ignored?: string[] } }).gate; // as served
    expect(rest).toEqual((plain.json['context'] as { gate: object }).gate); // as served
    expect(names).toEqual(expect.arrayContaining(ignored));
    expect(ignored).toContain('constructor');
  });

  it('takes defaults, lets an entry replace them, and goes on after one that is none', async () => {
    const { subject, ...rest } = evaluation(virginian);
    const other = { type: 'customer', id: 'b', properties: { residency: 'JP', country: 'JP' } };
    const { json } = await send('/access/v1/evaluations', {
      ...rest,
      evaluations: [{ subject }, { resource: 'nothing' }, { subject: other }],
    });
    const { evaluations } = json as { evaluations: { decision: boolean; context: Record<string, unknown> }[] }; // as served
    expect(evaluations.map(({ context }) => Object.keys(context))).toEqual([['gate'], ['error'], ['gate']]);
    expect(evaluations[1]).toMatchObject({ decision: false, context: { error: { status: 400 } } });
  });

  it.each([
    ['execute_all', 3],
    ['deny_on_first_deny', 1],
    ['permit_on_first_permit', 3],
  ])('under %s decides %i of three that it denies', async (evaluations_semantic, decided) => {
    const { json } = await send('/access/v1/evaluations', {
      ...evaluation(virginian),
      evaluations: [{}, {}, {}],
      options: { evaluations_semantic },
    });
    expect((json as { evaluations: unknown[] }).evaluations).toHaveLength(decided); // as served
  });

  it('answers a batch without evaluations as one', async () => {
    expect((await send('/access/v1/evaluations', evaluation(virginian))).json).toMatchObject({
      decision: false,
      context: { gate: { verdict: 'fail' } },
    });
  });

  it.each([
    ['{', 'is not JSON'],
    [evaluation(virginian, { subject: { type: 'user', id: 'x' } }), "subject.type 'customer'"],
    [evaluation(virginian, { action: { name: 'delete', properties: { purpose: 'credit' } } }), 'action.name'],
    [evaluation(virginian, { action: { name: 'clv.write' } }), 'action.properties'],
    [evaluation(virginian, { action: { name: 'clv.write', properties: { purpose: 'lottery' } } }), "purpose 'lottery' is not known"],
    [evaluation(virginian, { resource: { type: 'file', id: 'x' } }), "resource.type 'sink'"],
    [evaluation(virginian, { context: { asOf: '2026-02-30' } }), 'asOf'],
    [evaluation({ residency: { country: 'US' } }), 'subject.properties.residency'],
    [evaluation({ residency: 'US-VA', country: 'JP' }), "country 'JP' is not where residency 'US-VA' is"],
    ['['.repeat(200), 'nested'],
  ])('refuses %j', async (body, message) => {
    const { status, json } = await send('/access/v1/evaluation', body);
    expect(status).toBe(400);
    expect(JSON.stringify(json)).toContain(message);
  });

  it('is behind the token, from its own address only, and takes POST', async () => {
    const url = `${urlOf(door)}/access/v1/evaluation`;
    expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(401);
    expect((await send('/access/v1/evaluation', evaluation(virginian), { origin: 'https://evil.example' })).status).toBe(403);
    expect((await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status).toBe(405);
    expect((await send('/access/v1/evaluation', 'x'.repeat(1024 * 1024 + 1))).status).toBe(413);
  });

  it('does not give back a request id that could be a header of its own', async () => {
    const { headers } = await send('/access/v1/evaluation', evaluation(virginian), { 'x-request-id': 'x'.repeat(200) });
    expect(headers.has('x-request-id')).toBe(false);
  });
});
