/** What goes wrong between the gate and a policy engine elsewhere: nothing of it may become a pass. */
import { createServer, type Server, type ServerResponse } from 'node:http';

import { afterEach, describe, expect, it } from 'vitest';

import { type Condition, factsOf } from '../../../skills/gate/core/policy/condition.ts';
import type { PolicyRule } from '../../../skills/gate/core/policy/rule.ts';
import { createAuthzenEngine } from '../authzen/authzen-engine.ts';
import { createCerbosEngine } from '../cerbos/cerbos-engine.ts';
import { createOpaEngine } from '../opa/opa-engine.ts';
import { createOpaWasmEngine } from '../opa/opa-wasm-engine.ts';
import type { EngineQuestion, EngineVerdict, OtherEngine, PolicySource } from './engine.ts';
import { createJsonClient, engineUrlFault } from './json-client.ts';

const rule = (id: string, outcome: 'fail' | 'counsel', condition: Condition): PolicyRule => ({
  id,
  regime: null,
  anchor: 'privacy',
  outcome,
  citation: `${id} § 1`,
  remedy: 'Stop.',
  effectiveFrom: null,
  effectiveTo: null,
  purposes: null,
  verify: null,
  condition,
  facts: factsOf(condition),
  cedar: '',
  file: 'test',
  line: 1,
});
const source: PolicySource = {
  digest: 'd'.repeat(64),
  rules: [rule('refusal', 'fail', { kind: 'one-of', fact: 'refused', values: [true] })],
  facts: { refused: { type: 'boolean', of: 'customer', says: 'Refused.' } },
};
const question: EngineQuestion = { facts: { refused: false }, purpose: 'credit', sink: 'bank', asOf: '2026-01-01' };
/** What answers is waited for on the busiest machine; what does not is given up soon. */
const timeoutMs = 20_000;
const soonMs = 300;

const engines: readonly (readonly [name: string, open: (url: string, timeoutMs?: number) => OtherEngine])[] = [
  ['authzen', (url, ms = timeoutMs) => createAuthzenEngine({ url, timeoutMs: ms })],
  ['opa', (url, ms = timeoutMs) => createOpaEngine({ url, timeoutMs: ms })],
  ['cerbos', (url, ms = timeoutMs) => createCerbosEngine({ url, timeoutMs: ms })],
];

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((done) => (server ? server.close(done) : done(undefined)));
  server = undefined;
});

/** Answers every POST in one way; metadata are not there. */
async function serving(answer: (response: ServerResponse, body: string) => void): Promise<string> {
  const started = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString('utf8');
    });
    request.on('end', () => {
      if (request.method === 'GET') response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
      else answer(response, body);
    });
  });
  server = started;
  await new Promise<void>((ready) => started.listen(0, '127.0.0.1', ready));
  const address = started.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

async function ask(engine: OtherEngine, questions: readonly EngineQuestion[] = [question, question]): Promise<readonly EngineVerdict[]> {
  try {
    return await engine.ask(source, questions, new AbortController().signal);
  } finally {
    await engine.close();
  }
}

const json =
  (text: string, status = 200) =>
  (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  };
const replyTo = (decisions: unknown) => JSON.stringify({ result: decisions, evaluations: decisions, decision: true });

const faults: readonly (readonly [name: string, answer: (response: ServerResponse, body: string) => void, because: RegExp])[] = [
  ['a server error', json('{"error":"oops"}', 500), /answered 500/],
  [
    'a server error that looks like a pass',
    json('{"decision":true,"evaluations":[{"decision":true},{"decision":true}]}', 503),
    /answered 503/,
  ],
  ['text that is not JSON', json('<html>welcome</html>'), /not JSON/],
  ['bytes that are not UTF-8', (response) => void response.writeHead(200).end(Buffer.from([0x22, 0xff, 0x22])), /not JSON/],
  ['an empty body', json(''), /not JSON/],
  ['null', json('null'), /form|path/],
  ['an empty object', json('{}'), /form|path/],
  ['too few decisions', json(replyTo([{ decision: true }])), /1 of|form/],
  ['too many decisions', json(replyTo([{ decision: true }, { decision: true }, { decision: true }])), /3 of|form/],
  ['decisions that are words', json(replyTo([{ decision: 'true' }, { decision: 'yes' }])), /form/],
  ['a redirect', (response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), /redirect/],
  [
    'a body that breaks off',
    (response) => {
      response.writeHead(200, { 'content-length': 1000 }).write('{"decision":true,');
      setTimeout(() => response.destroy(), 20);
    },
    /broke off|aborted|hang up/,
  ],
  [
    'an answer without end',
    (response) => {
      const flood = Buffer.alloc(1024 * 1024, 32);
      const pour = (): void => {
        while (!response.destroyed && response.write(flood));
      };
      response.on('drain', pour);
      pour();
    },
    /is over/,
  ],
  ['a closed connection', (response) => response.destroy(), /socket hang up|ECONNRESET/],
];

const endless: readonly (readonly [name: string, answer: (response: ServerResponse) => void])[] = [
  ['silence', () => {}],
  [
    'an answer that drips',
    (response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    },
  ],
];

describe.each(engines)('%s', (_name, open) => {
  it.each(faults)('has not answered by %s', async (_fault, answer, because) => {
    const verdicts = await ask(open(await serving(answer)));
    expect(verdicts).toEqual([
      { kind: 'unanswered', because: expect.stringMatching(because) },
      { kind: 'unanswered', because: expect.stringMatching(because) },
    ]);
  });

  it.each(endless)('has not answered in time by %s', async (_fault, answer) => {
    expect(await ask(open(await serving(answer), soonMs))).toEqual([
      { kind: 'unanswered', because: expect.stringContaining('within 300 ms') },
      { kind: 'unanswered', because: expect.stringContaining('within 300 ms') },
    ]);
  });

  it('has not answered where nobody listens', async () => {
    expect(await ask(open('http://127.0.0.1:1/'))).toEqual([
      { kind: 'unanswered', because: expect.stringContaining('ECONNREFUSED') },
      { kind: 'unanswered', because: expect.stringContaining('ECONNREFUSED') },
    ]);
  });

  it('stops when it is told to', async () => {
    const engine = open(await serving(() => {}));
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('cancelled')), 20);
    await expect(engine.ask(source, [question], stop.signal)).rejects.toThrow('cancelled');
    await engine.close();
  });

  it('is not waited for again and again', async () => {
    let asked = 0;
    const url = await serving((response) => {
      asked += 1;
      response.destroy();
    });
    const verdicts = await ask(
      open(url),
      Array.from({ length: 1000 }, () => question),
    );
    expect(verdicts.every(({ kind }) => kind === 'unanswered')).toBe(true);
    expect(asked).toBeLessThanOrEqual(4);
  });
});

describe('OPA', () => {
  const answering = async (decisions: unknown, policyDigest = source.digest): Promise<readonly EngineVerdict[]> =>
    ask(createOpaEngine({ url: await serving(json(JSON.stringify({ result: { policyDigest, decisions } }))), timeoutMs }), [question]);

  it('is believed when it answers in full', async () => {
    expect(await answering([{ verdict: 'pass', applies: [], open: {} }])).toMatchObject([{ kind: 'answered', outcome: 'pass' }]);
    expect(await answering([{ verdict: 'fail', applies: ['refusal'], open: {} }])).toMatchObject([{ outcome: 'fail' }]);
  });

  it.each([
    ['another policy', [{ verdict: 'pass', applies: [], open: {} }], 'e'.repeat(64)],
    ['a verdict that its rules contradict', [{ verdict: 'pass', applies: ['refusal'], open: {} }], undefined],
    ['a rule that there is not', [{ verdict: 'fail', applies: ['invented'], open: {} }], undefined],
    ['a verdict of its own making', [{ verdict: 'allow', applies: [], open: {} }], undefined],
    ['no rules', [{ verdict: 'pass' }], undefined],
  ])('has not answered by %s', async (_name, decisions, policyDigest) => {
    expect(await answering(decisions, policyDigest)).toMatchObject([{ kind: 'unanswered' }]);
  });

  it('as WebAssembly has not answered without its file', async () => {
    const [verdict] = await ask(createOpaWasmEngine({ file: '/nowhere/policy.wasm' }), [question]);
    expect(verdict).toEqual({ kind: 'unanswered', because: expect.stringContaining('/nowhere/policy.wasm cannot be read') });
  });

  it('as WebAssembly has not answered by a file that is none', async () => {
    const [verdict] = await ask(createOpaWasmEngine({ file: import.meta.filename }), [question]);
    expect(verdict).toMatchObject({ kind: 'unanswered' });
  });
});

describe('a PDP that speaks AuthZEN', () => {
  const answering = async (reply: unknown): Promise<EngineVerdict | undefined> => {
    const [verdict] = await ask(createAuthzenEngine({ url: await serving(json(JSON.stringify(reply))), timeoutMs }), [question]);
    return verdict;
  };
  const gate = (more: object): object => ({ gate: { verdict: 'fail', reasons: [], missing: [], policyDigest: source.digest, ...more } });

  it('that only says yes has said pass, and cannot say by which rules', async () => {
    expect(await answering({ decision: true })).toEqual({
      kind: 'answered',
      outcome: 'pass',
      reasons: [],
      unknownFacts: null,
      tells: 'decision',
    });
  });

  it('that only says no sends to counsel', async () => {
    expect(await answering({ decision: false })).toMatchObject({
      outcome: 'counsel',
      reasons: [{ id: 'authzen-denied', effect: 'counsel' }],
    });
    expect(await answering({ decision: false, context: { reason_admin: { en: 'because' } } })).toMatchObject({ outcome: 'counsel' });
  });

  it('that says no by a rule of ours has said what the rule says', async () => {
    const context = { reason_admin: { en: 'Denied by refusal.' } };
    expect(await answering({ decision: false, context })).toMatchObject({ outcome: 'fail', reasons: [{ id: 'refusal', effect: 'fail' }] });
  });

  it('that fails by a reason of its own must cite it', async () => {
    const own = { id: 'house-rule', outcome: 'fail', anchor: 'governance' };
    const uncited = await answering({ decision: false, context: gate({ reasons: [own] }) });
    expect(uncited).toMatchObject({ outcome: 'counsel', reasons: [{ id: 'house-rule', effect: 'counsel' }] });
    const cited = await answering({ decision: false, context: gate({ reasons: [{ ...own, citation: 'House rules § 3' }] }) });
    expect(cited).toMatchObject({ outcome: 'fail', reasons: [{ id: 'house-rule', effect: 'fail', citation: 'House rules § 3' }] });
  });

  it.each([
    ['yes, with a verdict of fail', { decision: true, context: gate({}) }],
    ['no, with a verdict of pass', { decision: false, context: gate({ verdict: 'pass' }) }],
    [
      'pass, with a reason that fails',
      { decision: true, context: gate({ verdict: 'pass', reasons: [{ id: 'refusal', outcome: 'fail' }] }) },
    ],
    ['another policy', { decision: true, context: gate({ verdict: 'pass', policyDigest: 'x' }) }],
    ['a verdict that is none', { decision: true, context: gate({ verdict: 'allow' }) }],
    ['an error', { decision: true, context: { error: { status: 500, message: 'broken' } } }],
    ['an answer without a decision', { context: {} }],
  ])('has not answered by %s', async (_name, reply) => {
    expect(await answering(reply)).toMatchObject({ kind: 'unanswered' });
  });

  it('that answers another request has not answered', async () => {
    const url = await serving((response) => void response.writeHead(200, { 'x-request-id': 'of-somebody-else' }).end('{"decision":true}'));
    expect(await ask(createAuthzenEngine({ url, timeoutMs }), [question])).toEqual([
      { kind: 'unanswered', because: 'the reply is to another request' },
    ]);
  });

  it('is asked one by one where it has no batches', async () => {
    const url = await serving((response, body) => {
      if (body.includes('"evaluations"')) response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
      else json('{"decision":true}')(response);
    });
    expect(await ask(createAuthzenEngine({ url, timeoutMs }))).toMatchObject([{ outcome: 'pass' }, { outcome: 'pass' }]);
  });

  it('is told no customer, and no fact that is unknown', async () => {
    let sent = '';
    const url = await serving((response, body) => {
      sent = body;
      json('{"decision":true}')(response);
    });
    await ask(createAuthzenEngine({ url, timeoutMs }), [{ ...question, facts: { refused: null } }]);
    expect(JSON.parse(sent)).toEqual({
      subject: { type: 'customer', id: expect.stringMatching(/^class-[0-9a-f]{32}$/), properties: {} },
      action: { name: 'clv.write', properties: { purpose: 'credit' } },
      resource: { type: 'sink', id: 'bank' },
      context: { policyDigest: source.digest, asOf: '2026-01-01' },
    });
  });
});

describe('the address of an engine', () => {
  it.each([
    ['http://127.0.0.1:8181', false],
    ['http://localhost:8181/base', false],
    ['http://[::1]:8181', false],
    ['https://pdp.example.com', false],
    ['http://10.0.0.7:8181', true],
    ['https://192.168.0.7', true],
  ])('%s is taken (a private one is meant: %j)', (url, allowPrivate) => {
    expect(engineUrlFault(url, allowPrivate)).toBeUndefined();
  });

  it.each([
    'http://pdp.example.com',
    'http://10.0.0.7:8181',
    'https://10.0.0.7',
    'https://169.254.169.254',
    'https://[fd00::1]',
    'ftp://x',
    'nonsense',
    'https://u:p@pdp.example.com',
    'https://pdp.example.com/?a=1',
  ])('%s is refused', (url) => {
    expect(engineUrlFault(url, false)).toBeTypeOf('string');
    expect(() => createJsonClient({ url, timeoutMs })).toThrow(/address|https/);
  });
});

describe('a kept connection that the engine has closed', () => {
  it('is made anew, and the question asked again', async () => {
    const url = await serving(json('{"decision":true}'));
    if (server) server.keepAliveTimeout = 1;
    const client = createJsonClient({ url, timeoutMs });
    for (let turn = 0; turn < 5; turn++) {
      expect((await client.post('/x', {}, new AbortController().signal)).status).toBe(200);
      server?.closeIdleConnections();
    }
    client.close();
  });
});
