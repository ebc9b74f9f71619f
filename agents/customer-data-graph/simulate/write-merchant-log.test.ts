/** A merchant written straight into a log says the same, signal by signal, as one that came through the inbox. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { validateSignal } from '../../../skills/signal-capture/validate-signal.ts';
import { callOptions, openGraph, type SealedGraph } from '../../../test/fixtures/sealed-graph.ts';
import { segmentRowOf } from '../../adapters/sqlite/event-log-schema.ts';
import { initOperatorDirectory, openAgent, simulateIntoLog } from '../index.ts';
import { openWorkspace } from '../workspace.ts';
import { simulateMerchant } from './simulate-merchant.ts';
import { segmentRowOfRaw } from './write-merchant-log.ts';

const options = { seed: 'log', customers: 300, months: 12 };

describe('a merchant written into a log', () => {
  let directory: string;
  let graph: SealedGraph;

  beforeEach(async () => {
    graph = openGraph();
    directory = mkdtempSync(join(tmpdir(), 'merchant-log-'));
    await initOperatorDirectory(directory);
  });
  afterEach(async () => {
    await graph.close();
    rmSync(directory, { recursive: true });
  });

  it('has the rows that capture makes of the same signals, all of which it accepts', () => {
    const { signals, futureSignals, truth } = simulateMerchant({ ...options, customers: 2000, months: 24 });
    const verdicts = [...signals, ...futureSignals].map((raw) => ({ raw, verdict: validateSignal(raw) }));
    const accepted = verdicts.flatMap(({ raw, verdict }) => (verdict.ok ? [{ raw, signal: verdict.signal }] : []));
    expect(verdicts.length - accepted.length).toBe(truth.invalid);
    for (const { raw, signal } of accepted) expect(segmentRowOfRaw(raw)).toEqual(segmentRowOf(signal));
  });

  it('is the log that the inbox would have sealed', async () => {
    const { signals } = simulateMerchant(options);
    const { snapshot } = await graph.with(signals.filter((signal) => validateSignal(signal).ok));
    const sealed = graph.content.getJson(snapshot) as { readonly segments: readonly { readonly digest: string }[] };
    const log = await simulateIntoLog(directory, options);
    expect(log.segments).toBe(1);
    expect(existsSync(join(directory, '.cohortium', 'segments', `${sealed.segments[0]?.digest}.parquet`))).toBe(true);
    const workspace = openWorkspace(directory);
    const report = await workspace.eventLog().seal({}, callOptions);
    expect(report).toMatchObject({ events: log.events, segments: 1, lastDate: log.asOf, snapshot });
    await workspace.close();
  });

  it('is refused by a log that has signals, and takes no lock that another process has', async () => {
    await simulateIntoLog(directory, options);
    await expect(simulateIntoLog(directory, options)).rejects.toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
    const agent = await openAgent(directory);
    await expect(simulateIntoLog(directory, options)).rejects.toThrow(expect.objectContaining({ code: 'STORE_BUSY' }));
    await agent.close();
  });

  it('leaves an empty log when it is cancelled', async () => {
    await expect(simulateIntoLog(directory, options, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
    expect((await simulateIntoLog(directory, options)).segments).toBe(1);
  });
});
