/** A made-up purchase log whose models are known, for people without data and for examples that run as printed. */
import { timingFamily } from '../../../skills/cohort/core/clv/index.ts';
import { drawAmounts } from '../../../skills/cohort/core/clv/spend/index.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import { dayOfIsoDate, isoDate, makeRng } from '../../../skills/sdk/numeric/index.ts';

/** Per week. The first four are about those of the CDNOW sample. */
const sampleParameters: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  nbd: { r: 0.385, alpha: 12.07 },
  'bg-nbd': { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 },
  'mbg-nbd': { r: 0.525, alpha: 6.183, a: 0.891, b: 1.614 },
  'pareto-nbd': { r: 0.553, alpha: 10.58, s: 0.606, beta: 11.67 },
};

/** Money of a purchase: Gamma-Gamma, again about CDNOW. */
const sampleSpend = { family: 'gamma-gamma', params: { p: 6.25, q: 3.74, v: 15.44 } } as const;

const start = '2024-01-01';
const weeks = 78;
/** Customers begin within the first twelve weeks. */
const cohortDays = 84;

const sampleModels: readonly string[] = Object.keys(sampleParameters);

export interface SampleLog {
  readonly csv: string;
  readonly purchases: number;
  /** Last day that the log covers, and half-way to it. */
  readonly end: string;
  readonly calibrationEnd: string;
}

/** @throws {CohortiumError} ARGUMENT_INVALID for a model without sample parameters */
export function sampleLog({
  model,
  customers,
  seed,
}: {
  readonly model: string;
  readonly customers: number;
  readonly seed: string;
}): SampleLog {
  const params = sampleParameters[model];
  if (!params) throw new CohortiumError('ARGUMENT_INVALID', `there is no sample of '${model}'; there are: ${sampleModels.join(', ')}`);
  const family = timingFamily(model);
  const rng = makeRng(seed);
  const first = dayOfIsoDate(start) ?? 0;
  const lines: (readonly [day: number, line: string])[] = [];
  for (let at = 1; at <= customers; at++) {
    const own = rng.split(String(at));
    const birth = own.uniform() * cohortDays;
    const amount = drawAmounts(sampleSpend, 0, 0, own);
    const customer = `c${String(at).padStart(String(customers).length, '0')}`;
    for (const age of [0, ...family.simulate(params, weeks - birth / 7, own)]) {
      const day = first + Math.floor(birth + age * 7);
      lines.push([day, `${customer},${isoDate(day)},${Math.max(0.01, amount()).toFixed(2)}`]);
    }
  }
  lines.sort(([one], [other]) => one - other);
  return {
    csv: `${['customer,date,amount', ...lines.map(([, line]) => line)].join('\n')}\n`,
    purchases: lines.length,
    end: isoDate(first + weeks * 7 - 1),
    calibrationEnd: isoDate(first + (weeks / 2) * 7 - 1),
  };
}
