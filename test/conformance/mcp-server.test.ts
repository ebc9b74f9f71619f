/** What every client of every era may rely on, over stdio and over HTTP. The agent behind the server is the fake one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { endless } from '../fixtures/fake-agent.ts';
import { clientWays, type ListedTool, type McpClient, openFakeHttp } from './mcp-clients.ts';

let http: Awaited<ReturnType<typeof openFakeHttp>>;
beforeAll(async () => {
  http = await openFakeHttp();
});
afterAll(() => http.door.close());

describe.each(clientWays)('$name', ({ connect, expectedVersion, name }) => {
  let client: McpClient;
  beforeAll(async () => {
    client = await connect(http.door.url);
  });
  afterAll(() => client.close());

  it('speaks the expected protocol version', () => {
    expect(client.protocolVersion).toBe(expectedVersion);
  });

  it('lists the twelve tools in one order', async () => {
    const names = (await client.listTools()).map((tool) => tool.name);
    expect(names).toEqual([
      'capture_signals',
      'run_pipeline',
      'get_run',
      'lookup_value',
      'explain_value',
      'list_members',
      'evaluate_gate',
      'list_reviews',
      'decide_review',
      'recalibrate',
      'get_proof',
      'replay_run',
    ]);
    expect((await client.listTools()).map((tool) => tool.name)).toEqual(names);
  });

  it.each([
    [
      'capture_signals',
      { signals: [{ id: 's-1', type: 'visit', customer: { userId: 'u' }, at: '2026-01-01', properties: { page: '/' } }] },
    ],
    ['run_pipeline', { pipeline: 'pipelines/clv.yaml', asOf: '2026-01-31' }],
    ['get_run', { runId: 'run-1' }],
    ['get_run', {}],
    ['lookup_value', { customerId: 'c-1', location: 'Berlin' }],
    ['lookup_value', { customerId: 'c-held' }],
    ['explain_value', { customerId: 'c-1' }],
    ['list_members', { axis: 'location', cohort: 'Berlin', limit: 3 }],
    ['evaluate_gate', { customerId: 'c-1', purpose: 'analytics', sink: 'score-store', facts: { profilingOptOut: true } }],
    ['list_reviews', {}],
    ['list_reviews', { reviewId: 'rev-0123456789abcdef' }],
    ['recalibrate', { asOf: '2026-01-31' }],
    ['get_proof', { index: 4 }],
    ['replay_run', { runId: 'run-1' }],
  ])('answers %s with text that says what the structured content says', async (tool, args) => {
    const answer = await client.call(tool, args);
    expect(answer.text).not.toBe('');
    expect(answer.isError, answer.text).toBe(false);
    expect(JSON.parse(answer.text)).toEqual(answer.structured);
  });

  it('keeps every field of a signal that it does not know', async () => {
    const { structured } = await client.call('capture_signals', {
      signals: [{ id: 's-2', type: 'visit', customer: { userId: 'u', extra: 1 }, at: '2026-01-01', properties: { deep: { er: 1 } } }],
    });
    expect(structured).toMatchObject({ accepted: 1 });
    if (name.endsWith('HTTP'))
      expect(http.agent.captured.at(-1)).toMatchObject({ customer: { extra: 1 }, properties: { deep: { er: 1 } } });
  });

  it('hands a malformed signal to the quarantine instead of refusing its neighbours', async () => {
    const { isError, structured } = await client.call('capture_signals', { signals: [{ nonsense: true }, { id: 's-3' }] });
    expect(isError).toBe(false);
    expect(structured).toMatchObject({ accepted: 2 }); // the fake agent accepts everything; what matters is that it was asked
  });

  it('withholds the value when the gate does, and says why', async () => {
    const { structured } = await client.call('lookup_value', { customerId: 'c-held' });
    expect(structured).toMatchObject({ outcome: 'fail', reasons: [{ policy: 'gdpr-objection', citation: 'GDPR art. 21(2)' }] });
    expect(structured).not.toHaveProperty('value');
  });

  it('walks a long list to its end by the cursor', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { structured } = await client.call('list_members', {
        axis: 'location',
        cohort: 'Berlin',
        ...(cursor === undefined ? {} : { cursor }),
      });
      // The output schema, which the client has checked, says so.
      const page = structured as { members: { customerId: string }[]; nextCursor: string | null };
      seen.push(...page.members.map(({ customerId }) => customerId));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(new Set(seen).size).toBe(120);
  });

  it('reports progress that only grows, and never its end', async () => {
    const ticks: number[] = [];
    await client.call('run_pipeline', { asOf: '2026-01-31' }, { onprogress: ({ progress }) => ticks.push(progress) });
    expect(ticks.length).toBeGreaterThan(0);
    expect(ticks).toEqual([...new Set(ticks)].sort((a, b) => a - b));
    expect(Math.max(...ticks)).toBeLessThan(1);
  });

  it.each(['run_pipeline', 'recalibrate', 'replay_run'])('stops %s when the call is cancelled', async (tool) => {
    const before = http.agent.cancelled.length;
    const cancel = new AbortController();
    // Its first progress says that the call is at work, however long it took to get there.
    const call = client.call(tool, tool === 'replay_run' ? { runId: endless.runId } : { asOf: endless.asOf }, {
      signal: cancel.signal,
      onprogress: () => cancel.abort(),
    });
    await expect(call).rejects.toMatchObject({ message: expect.any(String) });
    if (name.endsWith('HTTP')) await expect.poll(() => http.agent.cancelled.length).toBe(before + 1);
  });

  it.each([
    ['lookup_value', {}, 'ARGUMENT_INVALID', 'customerId'],
    ['lookup_value', { customerId: 'c-1', region: 'EU' }, 'ARGUMENT_INVALID', "unknown key 'region'"],
    ['lookup_value', { customerId: 'nobody' }, 'SCORE_NOT_FOUND', 'nobody'],
    ['run_pipeline', { asOf: '31.01.2026' }, 'ARGUMENT_INVALID', 'found "31.01.2026"'],
    ['list_members', { axis: 'location', cohort: 'x', limit: 1000 }, 'ARGUMENT_INVALID', 'limit'],
    ['get_run', { runId: 'run-9' }, 'RUN_NOT_FOUND', 'run-9'],
    ['get_proof', { index: 99 }, 'RECORD_NOT_FOUND', '99'],
    ['decide_review', { reviewId: 'rev-9', action: 'approve', by: 'ada', note: 'ok', checkedFacts: [] }, 'REVIEW_NOT_FOUND', 'rev-9'],
    ['decide_review', { reviewId: 'rev-9', action: 'recommend', by: 'ada', note: 'ok', checkedFacts: [] }, 'ARGUMENT_INVALID', 'verdict'],
  ])('answers a mistake in %s %j with %s', async (tool, args, code, found) => {
    const answer = await client.call(tool, args);
    expect(answer.isError).toBe(true);
    const report: unknown = JSON.parse(answer.text);
    expect(report).toMatchObject({ error: { code, message: expect.stringContaining(found), help: expect.any(String) } });
  });

  it('says where the faults of a pipeline are', async () => {
    const answer = await client.call('run_pipeline', { pipeline: 'bad.yaml', asOf: '2026-01-31' });
    expect(JSON.parse(answer.text)).toMatchObject({
      error: { code: 'PIPELINE_INVALID', diagnostics: [{ at: { file: 'bad.yaml', line: 3, column: 5 } }] },
    });
  });

  it.each(['/etc/passwd', '../secrets.yaml', 'pipelines/../../secrets.yaml', 'package.json'])(
    'runs no file from outside the operator directory: %s',
    async (pipeline) => {
      const answer = await client.call('run_pipeline', { pipeline, asOf: '2026-01-31' });
      expect(answer.isError).toBe(true);
      expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'PIPELINE_NOT_FOUND' } });
    },
  );

  it('keeps the text of a defect to itself', async () => {
    const answer = await client.call('run_pipeline', { pipeline: 'crash', asOf: '2026-01-31' });
    expect(answer.isError).toBe(true);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'INTERNAL' } });
    expect(answer.text).not.toContain('secret');
  });
});

describe('decide_review', () => {
  const terms = {
    reviewId: 'rev-0123456789abcdef',
    action: 'approve',
    by: 'grace',
    note: 'Birth dates were checked.',
    checkedFacts: ['ageBand'],
  };

  it('applies a decision only with the code of that decision, once', async () => {
    const own = await openFakeHttp();
    const way = clientWays.find((candidate) => candidate.name === 'current client, 2026-07-28, HTTP')!;
    const client = await way.connect(own.door.url);

    const first = await client.call('decide_review', terms);
    expect(first.structured).toMatchObject({ status: 'confirmation-required', review: { state: 'open', customers: 12 } });
    expect((await own.agent.gate.reviews('all'))[0]?.state).toBe('open');
    const { confirm } = first.structured as { confirm: string }; // checked by the output schema

    const changed = await client.call('decide_review', { ...terms, action: 'reject', confirm });
    expect(changed.text).toContain('another decision');
    const invented = await client.call('decide_review', { ...terms, confirm: 'AAAAAAAAAAAA' });
    expect(invented.isError).toBe(true);
    expect((await own.agent.gate.reviews('all'))[0]?.state).toBe('open');

    const second = await client.call('decide_review', { ...terms, confirm });
    expect(second.structured).toMatchObject({
      status: 'applied',
      review: { state: 'approved' },
      confirm: null,
    });
    const again = await client.call('decide_review', { ...terms, confirm });
    expect(again.isError).toBe(true);
    await client.close();
    await own.door.close();
  });

  it.each(clientWays)('asks the person where the client can: $name', async ({ connect }) => {
    const own = await openFakeHttp();
    const asked: string[] = [];
    const answers = [false, true];
    const client = await connect(own.door.url, (message) => {
      asked.push(message);
      return answers.shift() ?? false;
    });
    const declined = await client.call('decide_review', terms);
    expect(declined.structured).toMatchObject({ status: 'declined', review: { state: 'open' }, confirm: null });
    const applied = await client.call('decide_review', terms);
    expect(applied.structured).toMatchObject({ status: 'applied', review: { state: 'approved' } });
    expect(asked).toHaveLength(2);
    expect(asked[0]).toContain('grace is about to approve the use of 12 customer value(s)');
    await client.close();
    await own.door.close();
  });
});

describe('the list of tools', () => {
  let listed: readonly ListedTool[];
  beforeAll(async () => {
    const client = await clientWays.find((way) => way.name === 'maintenance client, HTTP')!.connect(http.door.url);
    listed = await client.listTools();
    await client.close();
  });

  it('has at most twelve tools with portable names', () => {
    expect(listed.length).toBeLessThanOrEqual(12);
    for (const { name } of listed) expect(name).toMatch(/^[a-z][a-z0-9_]{1,63}$/);
  });

  it('gives every tool a title, a description and all four hints', () => {
    for (const { name, title, description, annotations } of listed) {
      expect(title, name).toBeTruthy();
      expect(description?.length ?? 0, name).toBeGreaterThan(80);
      for (const hint of ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint']) {
        expect(annotations?.[hint], `${name}.${hint}`).toBeTypeOf('boolean');
      }
    }
  });

  it('describes every parameter, refuses others, and declares an object as output', () => {
    for (const { name, inputSchema, outputSchema } of listed) {
      expect(inputSchema, name).toMatchObject({ type: 'object', additionalProperties: false });
      for (const [parameter, schema] of Object.entries(inputSchema['properties'] ?? {})) {
        expect((schema as { description?: string }).description, `${name}.${parameter}`).toBeTruthy(); // a property of JSON Schema
      }
      expect(outputSchema, name).toMatchObject({ type: 'object' });
    }
  });

  it('uses only schema features that every client reads', () => {
    for (const { name, inputSchema, outputSchema } of listed) {
      for (const schema of [inputSchema, outputSchema]) {
        const text = JSON.stringify(schema);
        expect(text, name).not.toMatch(/"\$ref"|"\$defs"|"\$schema"|"propertyNames"|:\{\}(?!,"type":"object")/);
        expect(
          Object.keys(schema ?? {}).filter((key) => ['anyOf', 'oneOf', 'allOf'].includes(key)),
          name,
        ).toEqual([]);
      }
    }
  });

  it('costs a model little: about 4 characters per token, at most 5,000 tokens with all schemas', () => {
    expect(JSON.stringify(listed.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }))).length).toBeLessThan(
      12_000,
    );
    expect(JSON.stringify(listed).length).toBeLessThan(24_000);
  });
});
