/**
 * The quickstart: a simulated merchant from transactions to delivered value in a directory of its own, with the truth beside
 * the estimate. Uses the public parts that an operator uses; only the merchant, its clock and its keys are simulated.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import { agentOver } from '../agent.ts';
import type { Progress } from '../interface.ts';
import { initOperatorDirectory } from '../operator-directory.ts';
import { simulateMerchant, writeMerchantCsv } from '../simulate/index.ts';
import { openWorkspace } from '../workspace.ts';
import { drawPictures } from './pictures.ts';
import { startReceiver } from './receiver.ts';
import type { QuickstartReport } from './report-type.ts';
import { writeReport } from './write-report.ts';

export interface QuickstartOptions {
  readonly directory?: string;
  readonly seed: string;
  readonly customers: number;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

const merchantName = 'Nordlicht Outfitters (simulated)';
const currency = 'EUR';
/** Days ahead that value is counted for: a year, so that every season counts once. */
const horizonDays = 365;
/** Marks a directory that the quickstart made and may make again. */
const marker = '.quickstart';

/**
 * @throws {CohortiumError} ARGUMENT_INVALID when the directory exists and is not of a quickstart; RUN_FAILED when the run
 *   does not complete
 */
export async function runQuickstart(options: QuickstartOptions): Promise<QuickstartReport> {
  const started = performance.now();
  const named = options.directory ?? 'quickstart';
  const directory = resolve(named);
  const progress = (fraction: number, message: string): void => options.onProgress?.({ fraction, message });
  makeDirectory(directory);

  progress(0.02, `simulating ${options.customers} customers`);
  const merchant = simulateMerchant({ seed: options.seed, customers: options.customers, months: 24, horizonDays, currency });
  const { truth } = merchant;
  await initOperatorDirectory(directory, { merchant: merchantName, currency, demonstration: true, today: truth.asOf });
  const files = writeMerchantCsv(merchant, join(directory, 'data'), currency);

  const signing = { secret: '' };
  const receiver = await startReceiver(() => signing.secret);
  configure(directory, options.seed, truth.asOf, receiver.url);
  const workspace = openWorkspace(directory);
  try {
    signing.secret = workspace.keys().webhookSecret('offers');
    const agent = agentOver(workspace);
    const context = options.signal ? { signal: options.signal } : {};
    progress(0.1, 'ingesting');
    const purchases = await agent.ingest({ file: files.transactions, map: files.map }, context);
    const others = await agent.ingest({ file: files.events }, context);
    const run = await agent.run(
      { pipeline: 'pipelines/clv.yaml', asOf: truth.asOf },
      { ...context, onProgress: ({ fraction, message }) => progress(0.2 + 0.7 * fraction, message) },
    );
    if (run.status !== 'completed') {
      throw new CohortiumError('RUN_FAILED', `the pipeline ended as ${run.status}: ${run.error?.code ?? ''} ${run.error?.message ?? ''}`);
    }
    progress(0.92, 'verifying the ledger');
    const ledger = await agent.verify();
    progress(0.95, 'drawing pictures');
    const pictures = drawPictures(run, { directory, content: workspace.content, currency, horizonDays });
    return writeReport({
      seed: options.seed,
      directory,
      named,
      merchant: merchantName,
      currency,
      horizonDays,
      run,
      truth,
      ingested: [purchases, others],
      ledger,
      pictures,
      content: workspace.content,
      seconds: () => (performance.now() - started) / 1000,
    });
  } finally {
    await workspace.close();
    await receiver.close();
  }
}

function makeDirectory(directory: string): void {
  if (existsSync(directory) && readdirSync(directory).length > 0) {
    if (!existsSync(join(directory, marker))) {
      throw new CohortiumError('ARGUMENT_INVALID', `${directory} exists and was not made by the quickstart; choose another with --out`);
    }
    rmSync(directory, { recursive: true });
  }
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, marker), 'Made by `cohortium quickstart`, which may make it again.\n');
}

/** What differs from a fresh operator directory: simulated clock, demonstration keys, one more use, a webhook subscriber. */
function configure(directory: string, seed: string, asOf: string, url: string): void {
  const edit = (file: string, change: (text: string) => string): void => {
    const path = join(directory, file);
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  };
  edit('cohortium.yaml', (text) =>
    text
      .replace(/^clock: .*$/m, `clock: { kind: simulated, at: ${asOf} }`)
      .replace(/^keys: .*$/m, `keys: { kind: demonstration, seed: ${JSON.stringify(seed)} }`),
  );
  edit('pipelines/clv.yaml', (text) =>
    text
      .replace('horizonDays: 90', `horizonDays: ${horizonDays}`)
      .replace(
        /^( *)(- \{ subscriber: offers, .*)$/m,
        '$1$2\n$1- { subscriber: ad-partner, purpose: ad-audience, sink: ad-partner }\n$1- { subscriber: pricing, purpose: price-personalization, sink: pricing }',
      ),
  );
  const subscriber = (id: string, purpose: string): string => `id: ${id}\nsink: ${id}\npurposes: [${purpose}]\nkind: in-process\n`;
  const folder = join(directory, 'registries', 'subscribers');
  writeFileSync(
    join(folder, 'offers.yaml'),
    `# Receives signed webhooks; the quickstart runs the receiver on this machine while it delivers.\nid: offers\nsink: offers\npurposes: [offer-eligibility]\nkind: webhook\nurl: ${url}\nallowPrivate: true\n`,
  );
  writeFileSync(join(folder, 'ad-partner.yaml'), subscriber('ad-partner', 'ad-audience'));
  writeFileSync(join(folder, 'pricing.yaml'), subscriber('pricing', 'price-personalization'));
}
