/**
 * The customer-data-graph agent: one operator directory, opened. All doors (CLI, MCP, HTTP) go through what this returns, so
 * they give the same answers.
 */
import { simulateMerchant, writeMerchantCsv } from './simulate/index.ts';

export { openAgent } from './agent.ts';
export type * from './interface.ts';
export { initOperatorDirectory } from './operator-directory.ts';
export { runQuickstart } from './quickstart/run-quickstart.ts';
export type { QuickstartReport } from './quickstart/report-type.ts';

export interface SimulateOptions {
  readonly seed: string;
  readonly customers: number;
  readonly months: number;
}

/** Writes a simulated merchant's files into a folder: transactions.csv, map.yaml, events.jsonl. */
export async function simulateInto(
  directory: string,
  { seed, customers, months }: SimulateOptions,
): Promise<{ readonly files: readonly string[]; readonly events: number; readonly customers: number }> {
  const merchant = simulateMerchant({ seed, customers, months });
  const files = writeMerchantCsv(merchant, directory);
  return { files: Object.values(files), events: merchant.signals.length, customers };
}
