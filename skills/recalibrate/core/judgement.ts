/**
 * What calibrated values are worth, each predicted by maps that never saw the customer: the numbers of a reliability statement, for
 * everybody and for each cohort. A number that the rows cannot give is null, never a guess.
 */
import { type BinnedDiagram, binnedDiagram, type CorpDiagram, corpDiagram } from './diagrams/index.ts';
import { brierScore, type DebiasedError, measureProbabilities, type ProbabilityReport } from './measures/index.ts';
import { rowsByCohort } from './rows-by-cohort.ts';

/** Of P(purchase). */
export interface Statement {
  readonly n: number;
  /** Customers who bought. */
  readonly nEvents: number;
  readonly eceDebiased: number;
  readonly eceCI95: readonly [low: number, high: number];
  readonly brier: number;
  /** Brier skill over foretelling the share of all; null where all or none bought. */
  readonly bss: number | null;
  /** Two-sided. */
  readonly spiegelhalterP: number | null;
  /** Buyers over the sum of the probabilities. */
  readonly oOverE: number | null;
}

export interface Bins {
  /** Over bins of equal mass. */
  readonly ece: number;
  readonly brier: number;
  readonly bins: BinnedDiagram['bins'];
}

export interface Judgement extends Bins {
  readonly measures: ProbabilityReport;
}

/** Resamples behind intervals and bars. */
const draws = 200;

export function binsOf(predicted: Float64Array, outcome: Float64Array): Bins {
  const { ece, bins } = binnedDiagram({ predicted, outcome }, { draws });
  return { ece, brier: brierScore({ predicted, outcome }), bins };
}

export function judge(predicted: Float64Array, outcome: Float64Array): Judgement {
  return { ...binsOf(predicted, outcome), measures: measureProbabilities({ predicted, outcome }, { draws }) };
}

/** Without bins, with the band in which the curve lies if the probabilities are right. */
export function corpOf(predicted: Float64Array, outcome: Float64Array): CorpDiagram {
  return corpDiagram({ predicted, outcome }, { draws: draws / 2 });
}

export function statementOf({ n, events, meanPredicted, brier, eceDebiased, spiegelhalter }: ProbabilityReport): Statement {
  return {
    n,
    nEvents: events,
    eceDebiased: eceDebiased.value,
    eceCI95: ciOf(eceDebiased),
    brier: brier.brier,
    bss: brier.skill,
    spiegelhalterP: spiegelhalter?.p ?? null,
    oOverE: meanPredicted > 0 ? events / (n * meanPredicted) : null,
  };
}

export function statementsByCohort(
  predicted: Float64Array,
  outcome: Float64Array,
  cohort: readonly string[],
): Readonly<Record<string, Statement>> {
  return Object.fromEntries(
    rowsByCohort(cohort).map(([name, rows]) => {
      const pick = (column: Float64Array): Float64Array => Float64Array.from(rows, (row) => column[row] ?? 0);
      return [name, statementOf(measureProbabilities({ predicted: pick(predicted), outcome: pick(outcome) }, { draws }))];
    }),
  );
}

function ciOf({ low, high }: DebiasedError): Statement['eceCI95'] {
  return [low, high];
}
