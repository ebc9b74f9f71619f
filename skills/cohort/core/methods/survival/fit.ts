/** Fit of survival cohorts: hazard bands by Cox's regression, or strata as given, and the curve of each. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { quantileSorted } from '../../../../sdk/numeric/index.ts';
import { bandOf, bandsOfShares, type ScoreBands } from '../bands/score-bands.ts';
import { profileCohorts } from '../quality/profile.ts';
import { scaleOf } from '../quality/standardise.ts';
import { type BaselineHazard, type CoxModel, fitCox } from './cox.ts';
import { curveOfCounts, dayOfShare, restrictedMean, type SurvivalCurve, survivalOn } from './kaplan-meier.ts';
import { logRankOf, logRankPairs } from './log-rank.ts';
import type { SurvivalCohort, SurvivalConfig, SurvivalModel } from './model.ts';
import { eventWithin } from './predict.ts';
import { checkSurvivalRows, strataOf, type SurvivalRows } from './rows.ts';
import { keptPositions } from './thin.ts';
import { countAtRanks, timelineOf } from './timeline.ts';

/** Below this, bands would be made of noise. */
const leastEvents = 10;

/** @throws {CohortiumError} NUMERIC_DOMAIN when rows or configuration are not usable, or bands are to be made of fewer than 10 events */
export function fitSurvival(config: SurvivalConfig, data: SurvivalRows): SurvivalModel {
  const rows = checkSurvivalRows(data);
  const { bands: count = 3, ties = 'efron', level = 0.95 } = config;
  const hasColumns = data.columns.length > 0;
  const by = config.cohorts ?? (hasColumns ? 'bands' : 'strata');
  const horizonDays = config.horizonDays ?? quantileSorted(data.stop.toSorted(), 0.5);
  if (!(Number.isInteger(count) && count >= 2 && count <= 20)) fail(`${count} bands; give a whole number from 2 to 20`);
  if (!(horizonDays > 0)) fail(`a horizon of ${horizonDays} days; give a number above 0`);
  if (!(level > 0 && level < 1)) fail(`level is ${level}; give a number between 0 and 1`);
  if (by === 'bands' && !hasColumns) fail('hazard bands need covariates; give columns, or take the strata as cohorts');
  let events = 0;
  for (let row = 0; row < rows; row++) events += data.event[row] ?? 0;
  if (by === 'bands' && events < leastEvents) {
    fail(
      `${events} of ${rows} rows had the event; hazard bands need at least ${leastEvents}: look at a longer period or take the strata as cohorts`,
    );
  }

  const cox = hasColumns && events > 0 ? fitCox({ ties, level }, data) : null;
  const cohorts = by === 'bands' && cox ? byBands(cox, data, horizonDays, count) : byStrata(data);
  const { label, names } = cohorts;
  const timeline = timelineOf(data);
  const counts = countAtRanks(timeline, data.event, names.length, label);
  const described = profileCohorts(data, label, names.length, hasColumns ? scaleOf(data.columns) : { mean: [], sd: [] });
  // Strata that are the cohorts themselves cannot be held apart as well.
  const compared: SurvivalRows =
    by === 'strata' ? { names: [], columns: [], stop: data.stop, event: data.event, ...(data.start && { start: data.start }) } : data;
  return {
    method: 'survival',
    features: data.names,
    rows,
    events,
    horizonDays,
    level,
    bands: cohorts.bands,
    strata: by === 'strata' ? names : [],
    cox: cox && { ...cox, baseline: cox.baseline.map(thinBaseline) },
    profile: names.map((name, own): SurvivalCohort => {
      const curve = curveOfCounts(timeline, counts, own, level);
      return {
        cohort: own,
        size: 0,
        share: 0,
        features: [],
        ...described[own],
        name,
        events: curve.events.reduce((total, died) => total + died, 0),
        curve: thinCurve(curve),
        atHorizon: survivalOn(curve, horizonDays),
        median: dayOfShare(curve),
        restrictedMean: restrictedMean(curve, horizonDays),
      };
    }),
    logRank: logRankOf(timeline, compared, label, names.length),
    pairs: logRankPairs(compared, label, names.length),
  };
}

interface Cohorts {
  readonly label: Int32Array;
  readonly names: readonly string[];
  readonly bands: ScoreBands | null;
}

function byBands(cox: CoxModel, data: SurvivalRows, horizonDays: number, count: number): Cohorts {
  const probability = eventWithin({ ...cox, baseline: cox.baseline.map(thinBaseline) }, data, horizonDays);
  const bands = bandsOfShares(probability, count);
  return { label: Int32Array.from(probability, (score) => bandOf(bands, score)), names: bands.names, bands };
}

/** Largest first; of two as large, that with the lesser name. */
function byStrata(data: SurvivalRows): Cohorts {
  const { strata, stratumOf } = strataOf(data);
  if (!stratumOf) return { label: new Int32Array(data.stop.length), names: ['all'], bands: null };
  const sizes = new Float64Array(strata.length);
  for (const own of stratumOf) sizes[own] = (sizes[own] ?? 0) + 1;
  const ranked = [...strata.keys()].sort((one, other) => (sizes[other] ?? 0) - (sizes[one] ?? 0) || one - other);
  const numberOf = new Int32Array(strata.length);
  for (const [number, own] of ranked.entries()) numberOf[own] = number;
  return { label: stratumOf.map((own) => numberOf[own] ?? 0), names: ranked.map((own) => strata[own] ?? ''), bands: null };
}

function thinBaseline({ day, hazard }: BaselineHazard): BaselineHazard {
  const kept = keptPositions(day.length);
  return { day: kept.map((at) => day[at] ?? 0), hazard: kept.map((at) => hazard[at] ?? 0) };
}

function thinCurve(curve: SurvivalCurve): SurvivalCurve {
  const kept = keptPositions(curve.day.length);
  const of = (values: readonly number[]): number[] => kept.map((at) => values[at] ?? 0);
  const { day, atRisk, events, survival, standardError, low, high } = curve;
  return {
    ...curve,
    day: of(day),
    atRisk: of(atRisk),
    events: of(events),
    survival: of(survival),
    standardError: of(standardError),
    low: of(low),
    high: of(high),
  };
}

function fail(message: string): never {
  throw new CohortiumError('NUMERIC_DOMAIN', message);
}
