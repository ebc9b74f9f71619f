/**
 * Figures of a worksheet from the run of its day: what was scored, what the gate held out, and what the log says was sold. Computes no
 * score and no number of accounting; adds up what is there.
 */
import { CohortiumError, float64Column, int32Column, type Ref, refSchema, type Table, textColumn } from '../../../../skills/sdk/index.ts';
import { sum } from '../../../../skills/sdk/numeric/index.ts';
import { formatCount, formatFixed, formatPercent } from '../../report/format-number.ts';
import type { Workspace } from '../../workspace.ts';
import { revenueMonths } from './revenue-months.ts';
import type { RevenueMonth, WorksheetFigures } from './worksheet-interface.ts';

type Output = Readonly<Record<string, unknown>>;

interface Use {
  readonly subscriber: string;
  readonly purpose: string;
  readonly sink: string;
}

interface HeldReliability {
  readonly method: string;
  readonly n: number;
  readonly spendOOverE: number | null;
  readonly spendOOverECI95: readonly [number, number] | null;
  readonly picp: Readonly<Record<string, number>>;
  readonly picpCI95: Readonly<Record<string, readonly [number, number]>>;
}

export interface Gathered {
  readonly figures: WorksheetFigures;
  readonly months: readonly RevenueMonth[];
  /** All uses of the run. */
  readonly uses: readonly Use[];
  /** Index of the ledger's record of the run. */
  readonly runRecord: number;
  readonly isServed: boolean;
  /** How the predictions of one period before held, in sentences; empty where that was not measured. */
  readonly held: readonly string[];
}

const dataOf = ['accounts', 'calibrated', 'calibratedGrain', 'decisions', 'uses', 'ledgerFirst'] as const;

/** @throws {CohortiumError} SCORE_NOT_FOUND when no finished run of that day has values, decisions and records */
export async function gatherFigures(workspace: Workspace, asOf: string): Promise<Gathered> {
  const { content } = workspace;
  const { id, output } = await outputsOf(workspace, asOf);
  const table = (name: string): Table => content.getTable(refOf(output, name));
  const scores = table('calibrated');
  const clvMinor = float64Column(scores, 'clvMinor');
  const grain = content.getJson(refOf(output, 'calibratedGrain')) as {
    readonly horizonDays: number;
    readonly level: number;
    readonly total: { readonly lowMinor: number; readonly highMinor: number };
  }; // made by the recalibrate step
  const model = content.getJson(refOf(output, 'model')) as { readonly discountRateAnnual: number }; // made by the cohort step
  const uses = content.getJson(refOf(output, 'uses')) as readonly Use[]; // made by the gate step
  const heldBy = uses.find(({ purpose }) => purpose === 'investor-reporting') ?? uses[0];
  if (!heldBy) throw new CohortiumError('SCORE_NOT_FOUND', `the run of ${asOf} decided no use; a worksheet needs one`);
  const outcomes = outcomesOf(table('decisions'), heldBy, scores.rows);
  const partOf = (outcome: string) => {
    const values = Array.from(clvMinor.keys()).flatMap((row) => (outcomes[row] === outcome ? [clvMinor[row] ?? 0] : []));
    return { accounts: values.length, valueMinor: Math.round(sum(values)) };
  };
  const { reliability } = output as { readonly reliability: HeldReliability }; // made by the recalibrate step
  const days = await workspace.warehouse().revenueByDay(refOf(output, 'snapshot'), asOf, { signal: new AbortController().signal });
  const months = revenueMonths(days);
  const totalOf = (pick: (month: RevenueMonth) => number): number => months.reduce((total, month) => total + pick(month), 0);
  return {
    months,
    uses,
    runRecord: Number(output['ledgerFirst']),
    held: heldSentences(reliability),
    isServed: workspace.scores().current()?.asOf === asOf,
    figures: {
      format: 'cohortium/worksheet@1',
      asOf,
      run: id,
      currency: workspace.config.currency,
      horizonDays: grain.horizonDays,
      discountRateAnnual: model.discountRateAnnual,
      level: grain.level,
      scored: {
        accounts: scores.rows,
        valueMinor: Math.round(sum(clvMinor)),
        lowMinor: Math.round(grain.total.lowMinor),
        highMinor: Math.round(grain.total.highMinor),
      },
      held: { fail: partOf('fail'), counsel: partOf('counsel') },
      reported: partOf('pass'),
      heldBy: { subscriber: heldBy.subscriber, purpose: heldBy.purpose, sink: heldBy.sink },
      log: {
        months: months.length,
        grossMinor: totalOf(({ grossMinor }) => grossMinor),
        returnedMinor: totalOf(({ returnedMinor }) => returnedMinor),
        netMinor: totalOf(({ netMinor }) => netMinor),
      },
      featuresMinor: Math.round(sum(float64Column(table('accounts'), 'totalSpendMinor'))),
      method: reliability.method,
      digests: {
        snapshot: refOf(output, 'snapshot').digest,
        model: refOf(output, 'model').digest,
        calibration: refOf(output, 'calibration').digest,
        calibrated: refOf(output, 'calibrated').digest,
        decisions: refOf(output, 'decisions').digest,
        policies: String(output['policyDigest']),
      },
    },
  };
}

/** Outputs of all steps of the newest finished run of a day, by name; the first step that has a name gives it. */
async function outputsOf(workspace: Workspace, asOf: string): Promise<{ readonly id: string; readonly output: Output }> {
  const finished = (await workspace.orchestrator()).list().filter(({ run }) => run.state === 'completed');
  for (const { run, steps } of finished.filter((one) => one.run.asOf === asOf).toReversed()) {
    const all = Object.values(steps).map(({ output }) => (output ?? {}) as Output); // outputs are objects
    const output = Object.assign({}, ...all.toReversed()) as Output; // a record of records
    if (dataOf.every((name) => name in output)) return { id: run.id, output };
  }
  const days = [...new Set(finished.map(({ run }) => run.asOf))].sort();
  const known = days.length > 0 ? `finished runs are of ${days.slice(-5).join(', ')}` : 'no run has finished yet';
  throw new CohortiumError('SCORE_NOT_FOUND', `no finished run of ${asOf} has values, decisions and records; ${known}`);
}

/** Outcome of the use for each account. */
function outcomesOf(decisions: Table, use: Use, accounts: number): readonly string[] {
  const [account, outcome] = [int32Column(decisions, 'account'), textColumn(decisions, 'outcome')];
  const columns = (['subscriber', 'purpose', 'sink'] as const).map((name) => [textColumn(decisions, name), use[name]] as const);
  // An account without a decision is nobody's to report.
  const found = Array.from({ length: accounts }, () => 'counsel');
  account.forEach((index, row) => {
    if (columns.every(([values, value]) => values[row] === value)) found[index] = outcome[row] ?? 'counsel';
  });
  return found;
}

function refOf(output: Output, name: string): Ref {
  const parsed = refSchema.safeParse(output[name]);
  if (!parsed.success) throw new CohortiumError('SCORE_NOT_FOUND', `the run has no '${name}', which a worksheet needs`);
  return parsed.data;
}

function heldSentences({ n, spendOOverE, spendOOverECI95, picp, picpCI95 }: HeldReliability): readonly string[] {
  const [share, bounds] = [picp['0.9'], picpCI95['0.9']];
  return [
    ...(spendOOverE !== null && spendOOverECI95
      ? [
          `On ${formatCount(n)} held-out customers, spend came to ${formatFixed(spendOOverE, 2)} of what was expected (95 % interval ${formatFixed(spendOOverECI95[0], 2)} to ${formatFixed(spendOOverECI95[1], 2)}).`,
        ]
      : []),
    ...(share !== undefined && bounds
      ? [`Their 90 % intervals held for ${formatPercent(share)} of them (${formatPercent(bounds[0])} to ${formatPercent(bounds[1])}).`]
      : []),
  ];
}
