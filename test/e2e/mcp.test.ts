/** The twelve tools with the real agent behind them, through both doors that a model uses, on a small quickstart merchant. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { verifyInclusion } from '../../agents/adapters/sqlite/ledger/ledger.ts';
import type {
  CaptureReport,
  Explanation,
  GateAnswer,
  MembersAnswer,
  ProofAnswer,
  ReplayReport,
  ReviewSummary,
  RunReport,
  ValueAnswer,
} from '../../agents/customer-data-graph/interface.ts';
import type { QuickstartReport } from '../../agents/customer-data-graph/quickstart/report-type.ts';
import { cohortium, cohortiumJson, repositoryRoot, temporaryFolder } from './command-line.ts';

const commandLine = ['--conditions=cohortium-source', join(repositoryRoot, 'mcp-server', 'cli', 'main.ts')];
const made = join(temporaryFolder(), 'made');
let quickstart: QuickstartReport;

beforeAll(async () => {
  quickstart = await cohortiumJson<QuickstartReport>(['quickstart', '--customers', '300', '--out', made]);
  for (const id of ['ada', 'grace']) await cohortium(['people', 'add', id, '--role', 'counsel', '--dir', made]);
});

interface OpenDoor {
  readonly client: Client;
  readonly close: () => Promise<void>;
}

interface Door {
  readonly name: string;
  readonly open: (directory: string) => Promise<OpenDoor>;
}

const newClient = (): Client => new Client({ name: 'e2e', version: '1.0.0' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });

const doors: readonly Door[] = [
  {
    name: 'cohortium mcp (stdio)',
    open: async (directory) => {
      const client = newClient();
      const args = [...commandLine, 'mcp', '--dir', directory];
      await client.connect(new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' }));
      return { client, close: () => client.close() };
    },
  },
  {
    name: 'cohortium serve (HTTP)',
    open: async (directory) => {
      const server = await startServer(directory);
      const client = newClient();
      const requestInit = { headers: { authorization: `Bearer ${server.token}` } };
      await client.connect(new StreamableHTTPClientTransport(new URL(server.url), { requestInit }));
      return { client, close: async () => void (await client.close(), await server.stop()) };
    },
  },
];

interface Served {
  readonly url: string;
  readonly token: string;
  readonly stop: () => Promise<number | null>;
}

/** `cohortium serve` on any free port, once it has said which. */
async function startServer(directory: string): Promise<Served> {
  const child = spawn(process.execPath, [...commandLine, 'serve', '--port', '0', '--json', '--dir', directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await firstLine(child);
  const { url, tokenFile } = JSON.parse(line) as { readonly url: string; readonly tokenFile: string }; // documented in serve --help
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    url,
    token: readFileSync(tokenFile, 'utf8').trim(),
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
    });
    child.once('close', (status) => reject(new Error(`the server ended with ${status} before it said where it is`)));
  });
}

describe.each(doors)('$name', ({ open }) => {
  const directory = join(temporaryFolder(), 'merchant');
  let door: OpenDoor;

  beforeAll(async () => {
    cpSync(made, directory, { recursive: true });
    chmodSync(join(directory, '.cohortium', 'keys'), 0o700); // copying a folder gives it the usual mode
    door = await open(directory);
  });
  afterAll(() => door.close());

  /** The structured answer of a tool, which the client has checked against the tool's output schema. */
  async function call<Answer>(
    name: string,
    args: Record<string, unknown>,
    options: Parameters<Client['callTool']>[1] = {},
  ): Promise<Answer> {
    const { isError, structuredContent, content } = await door.client.callTool({ name, arguments: args }, { timeout: 280_000, ...options });
    if (isError === true) throw new Error(`${name}: ${JSON.stringify(content)}`);
    return structuredContent as Answer; // checked by the client
  }
  const value = (grain: Record<string, unknown>): Promise<ValueAnswer> => call<ValueAnswer>('lookup_value', grain);

  /** Members of a whole location, page by page. */
  async function membersOf(location: string): Promise<readonly string[]> {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: MembersAnswer = await call('list_members', {
        axis: 'location',
        cohort: location,
        limit: 7,
        ...(cursor ? { cursor } : {}),
      });
      seen.push(...page.members.map(({ customerId }) => customerId));
      expect(page.size).toBeGreaterThanOrEqual(seen.length);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return seen;
  }

  /** The first customer of Berlin whose value may be shown. */
  async function shownCustomer(): Promise<ValueAnswer> {
    for (const customerId of await membersOf('Berlin')) {
      const answer = await value({ customerId });
      if (answer.value && answer.value.clvMinor > 0) return answer;
    }
    throw new Error('no customer of Berlin has a value that may be shown');
  }

  it('lists twelve tools', async () => {
    expect((await door.client.listTools()).tools).toHaveLength(12);
  });

  it('list_members: pages that are disjoint and sum to the size', async () => {
    const members = await membersOf('Berlin');
    expect(members.length).toBeGreaterThan(7);
    expect(new Set(members).size).toBe(members.length);
    expect(await call<MembersAnswer>('list_members', { axis: 'location', cohort: 'Berlin' })).toMatchObject({ size: members.length });
  });

  it('lookup_value: cells add up to the marginals, and marginals to the account', async () => {
    const account = await shownCustomer();
    const { customerId } = account;
    const { locations, channels, brands } = axesOf(directory);
    let overLocations = 0;
    for (const location of locations) overLocations += (await value({ customerId, location })).value?.clvMinor ?? Number.NaN;
    expect(relativeError(overLocations, account.value?.clvMinor)).toBeLessThanOrEqual(1e-9);

    const marginal = await value({ customerId, location: 'Berlin' });
    let overCells = 0;
    for (const channel of channels) {
      for (const brand of brands) {
        const cell = await value({ customerId, location: 'Berlin', channel, brand });
        expect(cell.value?.clvMinor).toBeGreaterThan(0);
        overCells += cell.value?.clvMinor ?? Number.NaN;
      }
    }
    expect(relativeError(overCells, marginal.value?.clvMinor)).toBeLessThanOrEqual(1e-9);
    expect(account.value?.lowMinor).toBeLessThanOrEqual(account.value?.clvMinor ?? 0);
    expect(account.value?.highMinor).toBeGreaterThanOrEqual(account.value?.clvMinor ?? 0);
  });

  it('lookup_value: says the same as the command line', async () => {
    const account = await shownCustomer();
    expect(await cohortiumJson<ValueAnswer>(['score', account.customerId, '--dir', directory])).toEqual(account);
  });

  it('explain_value: names the value and uses only its own facts', async () => {
    const { customerId, value: shown } = await shownCustomer();
    const { facts, sentences, outcome } = await call<Explanation>('explain_value', { customerId });
    expect(outcome).toBe('pass');
    expect(sentences.length).toBeGreaterThan(2);
    const numbers = facts.flatMap(({ value: fact }) => (typeof fact === 'number' ? [fact] : []));
    expect(numbers.some((fact) => relativeError(fact, shown?.clvMinor) < 1e-9 || relativeError(fact * 100, shown?.clvMinor) < 1e-2)).toBe(
      true,
    );
  });

  it('get_proof: the record of a value is in the ledger under its signed root', async () => {
    const { record } = await shownCustomer();
    const proof = await call<ProofAnswer>('get_proof', { index: record?.index ?? -1 });
    expect(verifyInclusion(proof.leafHash, proof.index, proof.treeSize, proof.inclusion, proof.root)).toBe(true);
    const other = (proof.index + 1) % proof.treeSize;
    expect(verifyInclusion(proof.leafHash, other, proof.treeSize, proof.inclusion, proof.root)).toBe(false);
    expect(proof.checkpoint).toContain(Buffer.from(proof.root, 'hex').toString('base64'));
    // As a whole word: an id is short enough to stand in a digest.
    expect(JSON.stringify(proof.record)).not.toMatch(new RegExp(`\\b${(await shownCustomer()).customerId}\\b`));
  });

  it('evaluate_gate: an objection refuses, an unknown fact that matters asks a person', async () => {
    const { customerId } = await shownCustomer();
    const ask = (facts: Record<string, unknown>): Promise<GateAnswer> =>
      call('evaluate_gate', { customerId, purpose: 'offer-eligibility', sink: 'offers', facts });
    const refused = await ask({ residency: 'EU', profilingOptOut: true });
    expect(refused.outcome).toBe('fail');
    expect(refused.policies.some(({ effect, citation }) => effect === 'fail' && citation.includes('2016/679'))).toBe(true);
    const unknown = await ask({ residency: 'EU', profilingOptOut: null });
    expect(unknown.outcome).toBe('counsel');
    expect(unknown.unknownFacts).toContain('profilingOptOut');
    expect(unknown.policyDigest).toBe(refused.policyDigest);
  });

  it('list_reviews and decide_review: a decision takes two calls and stands', async () => {
    const listWaiting = (): Promise<{
      readonly reviews: readonly Pick<ReviewSummary, 'id' | 'state' | 'customers'>[];
      readonly omitted: number;
    }> => call('list_reviews', {});
    const before = await listWaiting();
    const [review] = before.reviews;
    expect(review).toMatchObject({ state: 'open', said: [] });
    expect(review?.customers).toBeGreaterThan(0);
    const { sheet } = await call<{ readonly sheet: { readonly facts: readonly { readonly name: string }[] } }>('list_reviews', {
      reviewId: review?.id,
    });
    const said = { reviewId: review?.id, note: 'Not for these customers.', checkedFacts: sheet.facts.slice(0, 1).map(({ name }) => name) };
    for (const [terms, state] of [
      [{ ...said, action: 'recommend', verdict: 'reject', by: 'ada' }, 'recommended'],
      [{ ...said, action: 'reject', by: 'grace' }, 'rejected'],
    ] as const) {
      const asked = await call<{ readonly status: string; readonly confirm: string }>('decide_review', terms);
      expect(asked.status).toBe('confirmation-required');
      expect(await call('decide_review', { ...terms, confirm: asked.confirm })).toMatchObject({ status: 'applied', review: { state } });
    }
    const after = await listWaiting();
    expect(after.reviews.map(({ id }) => id)).not.toContain(review?.id);
    expect(after.reviews.length + after.omitted).toBe(before.reviews.length + before.omitted - 1);
  });

  it('capture_signals: takes what is right, drops repeats, quarantines the rest, and sums to all', async () => {
    const purchase = (id: string, amountMinor: unknown): Record<string, unknown> => ({
      id,
      type: 'purchase',
      customer: { userId: 'e2e-1' },
      at: '2025-12-30T10:00:00Z',
      location: 'Berlin',
      channel: 'web',
      brand: 'Halden',
      properties: { amountMinor, currency: 'EUR' },
    });
    const signals = [purchase('e2e-a', 4990), purchase('e2e-a', 4990), purchase('e2e-b', -1), { nonsense: true }];
    const report = await call<CaptureReport>('capture_signals', { signals });
    expect(report).toMatchObject({ accepted: 1, duplicates: 1, quarantined: 2 });
    expect(report.entries.map(({ code }) => code)).toContain('SIGNAL_AMOUNT_NEGATIVE');
  });

  it('run_pipeline: reports growing progress and counts what was captured', async () => {
    const ticks: number[] = [];
    const run = await call<RunReport>('run_pipeline', { asOf: quickstart.asOf }, { onprogress: ({ progress }) => ticks.push(progress) });
    expect(run.status).toBe('completed');
    expect(run.steps.find(({ id }) => id === 'signals')?.output).toMatchObject({ events: quickstart.events + 1 });
    expect(ticks.length).toBeGreaterThan(1);
    expect(ticks).toEqual(ticks.toSorted((a, b) => a - b));
    expect(await value({ customerId: 'e2e-1' })).toMatchObject({ asOf: quickstart.asOf });
  });

  it('run_pipeline: a call that is cancelled ends its run, and the next one completes', async () => {
    const before = await call<{ readonly runs: readonly RunReport[] }>('get_run', { limit: 20 });
    const cancel = new AbortController();
    const cancelled = call<RunReport>('run_pipeline', { asOf: '2025-11-30' }, { signal: cancel.signal, onprogress: () => cancel.abort() });
    await expect(cancelled).rejects.toMatchObject({ message: expect.stringMatching(/abort/i) });
    const newest = async (): Promise<RunReport | undefined> =>
      (await call<{ readonly runs: readonly RunReport[] }>('get_run', { limit: 20 })).runs[0];
    await expect.poll(async () => (await newest())?.status).toBe('cancelled');
    expect((await newest())?.runId).not.toBe(before.runs[0]?.runId);
    expect(await call('run_pipeline', { asOf: '2025-11-30' })).toMatchObject({ status: 'completed' });
  });

  it('get_run and replay_run: a run is shown, and recomputes bit for bit', async () => {
    const { runs } = await call<{ readonly runs: readonly RunReport[] }>('get_run', { runId: quickstart.runId });
    expect(runs).toMatchObject([{ runId: quickstart.runId, status: 'completed', digest: quickstart.runDigest }]);
    const replayed = await call<ReplayReport>('replay_run', { runId: quickstart.runId });
    expect(replayed).toMatchObject({ identical: true, firstDifference: null });
    expect(replayed.recomputed).toBeGreaterThan(5);
  });

  it('recalibrate: gives the error before and after, and delivers nothing', async () => {
    const run = await call<RunReport>('recalibrate', { asOf: quickstart.asOf });
    expect(run.status).toBe('completed');
    expect(run.steps.map(({ id }) => id)).not.toContain('emit');
    expect(run.steps.find(({ id }) => id === 'recalibrate')?.output).toMatchObject({
      reliability: { eceBefore: expect.any(Number), eceAfter: expect.any(Number) },
    });
  });
});

describe('what the doors leave behind', () => {
  it('is a directory that the command line finds in order', async () => {
    const directory = join(temporaryFolder(), 'left');
    cpSync(made, directory, { recursive: true });
    chmodSync(join(directory, '.cohortium', 'keys'), 0o700); // copying a folder gives it the usual mode
    const server = await startServer(directory);
    const unnamed = await fetch(server.url, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
    expect(unnamed.status).toBe(401);
    expect(await unnamed.json()).toMatchObject({ error: { code: 'HTTP_UNAUTHORIZED' } });
    expect(await server.stop()).toBe(0);
    expect(await cohortiumJson(['verify', '--dir', directory])).toMatchObject({ verified: true });
    expect((await cohortium(['doctor', '--dir', directory])).status).toBe(0);
  });
});

/** Names on the three axes, from the simulated merchant's own file. */
function axesOf(directory: string): Readonly<Record<'locations' | 'channels' | 'brands', readonly string[]>> {
  const [header = '', ...rows] = readFileSync(join(directory, 'data', 'transactions.csv'), 'utf8')
    .trimEnd()
    .split('\n');
  const column = (name: string): readonly string[] => {
    const at = header.split(',').indexOf(name);
    // No field of this file holds a comma, so cutting at commas is enough.
    return [...new Set(rows.map((row) => row.split(',')[at] ?? ''))].filter((text) => text !== '');
  };
  return { locations: column('location'), channels: column('channel'), brands: column('brand') };
}

function relativeError(found: number, expected: number | undefined): number {
  return Math.abs(found / (expected ?? Number.NaN) - 1);
}
