/**
 * The customer-data-graph agent: one operator directory, opened. All doors (CLI, MCP, HTTP) go through what this returns, so
 * they give the same answers.
 */
import { join } from 'node:path';

import { adoptSegments } from '../adapters/sqlite/adopt-segments.ts';
import type { CallContext } from './interface.ts';
import { simulateMerchant, writeMerchantCsv, writeMerchantLog, writeProtectedSample } from './simulate/index.ts';
import { openWorkspace } from './workspace.ts';

export { openAgent } from './agent.ts';
export type * from './interface.ts';
export { initOperatorDirectory } from './operator-directory.ts';
export { runQuickstart } from './quickstart/run-quickstart.ts';
export type { QuickstartReport } from './quickstart/report-type.ts';

export interface SimulateOptions {
  readonly seed: string;
  readonly customers: number;
  readonly months: number;
  /** Also writes made-up protected attributes into protected/, to try a fairness audit on. */
  readonly withProtected?: boolean;
}

/** Writes a simulated merchant's files into a folder: transactions.csv, map.yaml, events.jsonl; and protected/ where that is asked for. */
export async function simulateInto(
  directory: string,
  { seed, customers, months, withProtected = false }: SimulateOptions,
): Promise<{
  readonly files: readonly string[];
  readonly protectedFiles: readonly string[];
  readonly events: number;
  readonly customers: number;
}> {
  const merchant = simulateMerchant({ seed, customers, months });
  const files = writeMerchantCsv(merchant, directory);
  const protectedFiles = withProtected ? Object.values(writeProtectedSample(merchant, seed, join(directory, 'protected'))) : [];
  return { files: Object.values(files), protectedFiles, events: merchant.signals.length, customers };
}

/**
 * Writes a simulated merchant straight into the empty log of an operator directory: millions of customers in minutes, without the
 * duplicates and faults of an export. The ids of these signals are not remembered; see writeMerchantLog.
 * @throws {CohortiumError} ARGUMENT_INVALID when the log has signals already; STORE_BUSY when another process writes to it
 */
export async function simulateIntoLog(
  directory: string,
  { seed, customers, months }: SimulateOptions,
  { signal, onProgress }: CallContext = {},
): Promise<{ readonly segments: number; readonly events: number; readonly customers: number; readonly asOf: string }> {
  const workspace = openWorkspace(directory);
  try {
    const { state } = workspace.paths;
    const { currency } = workspace.config;
    const log = await adoptSegments({ directory: state, currency }, () =>
      writeMerchantLog({ seed, customers, months, currency }, join(state, 'segments'), {
        ...(signal ? { signal } : {}),
        onSegment: (done, signals) =>
          onProgress?.({ fraction: 0.99 * (done / customers), message: `${done} customers, ${signals} signals` }),
      }),
    );
    return { segments: log.segments.length, events: log.signals, customers, asOf: log.asOf };
  } finally {
    await workspace.close();
  }
}
