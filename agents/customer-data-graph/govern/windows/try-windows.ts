/**
 * Tries pairs of history and prediction months on rolling origins. Pairs of one prediction length are judged at the same cut-offs, and
 * all pairs on the customers of one history, the longest that every prediction length can hold: to a model that learns from less, who
 * did not buy in it is expected to spend nothing. With a grain, the same is done again with the customers of each home place alone.
 */
import type { BoostingConfig } from '../../../../skills/cohort/core/boosting/index.ts';
import { CohortiumError, compareText, isCohortiumError, type Ref, type SealReport } from '../../../../skills/sdk/index.ts';
import { dayOfIsoDate, sum, sumOf } from '../../../../skills/sdk/numeric/index.ts';
import { predictValues } from '../models/artefact.ts';
import type { ModelWindows } from '../models/model-interface.ts';
import { earlierCutoffs, type Origin, originsUpTo, readTables } from '../training/evaluate.ts';
import { fitArtefact } from '../training/fit-artefact.ts';
import { labelledReader, rememberAnswers } from '../training/model-rows.ts';
import { latestCutoff } from '../training/month-windows.ts';
import type { FitRows } from '../training/training-interface.ts';
import type { RowsPlace } from '../training/training-rows.ts';
import { measureValues } from '../training/value-metrics.ts';
import type { GridCell, GridMeasure } from './choose-windows.ts';
import type { HeldPairs } from './held-pairs.ts';
import { type GrainAxis, pickRows, rowsByHome } from './home-rows.ts';

export interface GridPlan {
  readonly snapshot: Ref;
  readonly log: Pick<SealReport, 'firstDate' | 'lastDate'>;
  readonly held: HeldPairs['held'];
  readonly boosting: BoostingConfig;
  readonly currency: string;
  readonly seed: string;
  /** Cut-offs that a model learns from, at most. */
  readonly learntOrigins: number;
  /** Origins per prediction length, at most. */
  readonly origins: number;
  /** Null for the whole only. */
  readonly grain: GrainAxis | null;
}

/** One fit of the grid; all are kept, because choosing among many is a comparison of many. */
export interface Trial extends Origin {
  /** Home place of all its customers; null for the whole. */
  readonly home: { readonly axis: GrainAxis; readonly value: string } | null;
  readonly historyMonths: number;
  readonly predMonths: number;
  readonly boosting: BoostingConfig;
  readonly seed: string;
  /** Customers judged, and of them those with a history of these months. */
  readonly customers: number;
  readonly known: number;
  readonly measures: Readonly<Record<GridMeasure, number>>;
  /** Processor time of fit and prediction. */
  readonly cpuSeconds: number;
}

/** A home place without a grid of its own. */
export interface LeftToWhole {
  readonly value: string;
  /** The fewest that a pair would have learnt from or been judged on. */
  readonly customers: number;
  /** Why its models could not be fitted; null where it is too small to try. */
  readonly reason: string | null;
}

export interface GridTrials {
  /** The whole first, then by home value. */
  readonly trials: readonly Trial[];
  /** Home places where every pair was tried, ascending. */
  readonly values: readonly string[];
  readonly leftToWhole: readonly LeftToWhole[];
}

/** A home place with fewer, in any table, says little of its own: its windows would be chosen by chance. */
export const leastHomeCustomers = 200;

/** @throws {CohortiumError} CLV_TOO_FEW_CUSTOMERS, MODEL_OUTCOME_EMPTY for the whole, naming the cut-off */
export async function tryWindows(
  place: RowsPlace,
  plan: GridPlan,
  signal: AbortSignal | undefined,
  onTrial: (done: number, all: number) => void,
): Promise<GridTrials> {
  const { snapshot, log, held, grain } = plan;
  const first = dayOfIsoDate(log.firstDate) ?? 0;
  const remembering = rememberAnswers(place);
  const readerOf = (historyMonths: number, predMonths: number) =>
    labelledReader(remembering, { snapshot, historyMonths, predMonths }, log, signal);
  const judgedMonths = Math.min(...[...held.values()].map((history) => history.at(-1) ?? 0));
  const work = [...held].map(([predMonths, history]) => {
    const settings = { ...plan, historyMonths: history.at(-1) ?? 0, predMonths };
    return { predMonths, history, origins: originsUpTo(latestCutoff(log.lastDate, predMonths), settings, first, plan.origins) };
  });
  const all = sumOf(work.length, (at) => (work[at]?.history.length ?? 0) * (work[at]?.origins.length ?? 0));
  const trials: Trial[] = [];
  const homes = new HomeTrials();
  for (const { predMonths, history, origins } of work) {
    const readers = history.map((historyMonths) => ({ historyMonths, read: readerOf(historyMonths, predMonths) }));
    const readJudged = readers.find(({ historyMonths }) => historyMonths === judgedMonths)?.read ?? readerOf(judgedMonths, predMonths);
    for (const origin of origins) {
      const judged = await readJudged(origin.predictedAt);
      for (const { historyMonths, read } of readers) {
        const earlier = earlierCutoffs(origin.trainedAt, { ...plan, historyMonths, predMonths }, first);
        const tables: TrialTables = {
          learnt: await read(origin.trainedAt),
          earlier: await readTables(read, earlier),
          known: await read(origin.predictedAt),
          judged,
        };
        const head = { ...origin, earlier, historyMonths, predMonths };
        trials.push({ ...head, home: null, ...tryOnce(plan, tables) });
        if (grain) homes.tryAll(plan, grain, head, tables);
        onTrial(trials.length, all);
      }
    }
  }
  return { trials: [...trials, ...homes.trials()], ...homes.verdict(trials.length) };
}

interface TrialTables {
  /** Of the cut-off of the model, and of earlier ones. */
  readonly learnt: FitRows;
  readonly earlier: readonly FitRows[];
  /** Of the cut-off of the predictions: with the history of the model, and with that of all who are judged. */
  readonly known: FitRows;
  readonly judged: FitRows;
}

type TrialHead = Origin & ModelWindows;

/** The trials of home places, and which of them could not be tried. */
class HomeTrials {
  readonly #trials = new Map<string, Trial[]>();
  readonly #fewest = new Map<string, number>();
  readonly #reasons = new Map<string, string>();

  tryAll(plan: GridPlan, axis: GrainAxis, head: TrialHead, { learnt, earlier, known, judged }: TrialTables): void {
    const [learntRows, judgedRows] = [rowsByHome(learnt, axis), rowsByHome(judged, axis)];
    const earlierRows = earlier.map((table) => rowsByHome(table, axis));
    const knownRow = new Map(known.customerId.map((id, row) => [id, row]));
    for (const value of new Set([...learntRows.keys(), ...judgedRows.keys()])) {
      const [own, asked] = [learntRows.get(value) ?? [], judgedRows.get(value) ?? []];
      const fewest = Math.min(own.length, asked.length, this.#fewest.get(value) ?? Number.POSITIVE_INFINITY);
      this.#fewest.set(value, fewest);
      if (fewest < leastHomeCustomers || this.#reasons.has(value)) continue;
      const tables: TrialTables = {
        learnt: pickRows(learnt, own),
        earlier: earlier
          .map((table, at) => pickRows(table, earlierRows[at]?.get(value) ?? []))
          .filter(({ customerId }) => customerId.length > 0),
        // By id: who is at home here by the judged history may have been elsewhere by a shorter one.
        known: pickRows(
          known,
          asked.flatMap((row) => knownRow.get(judged.customerId[row] ?? '') ?? []),
        ),
        judged: pickRows(judged, asked),
      };
      try {
        const trials = this.#trials.get(value) ?? [];
        trials.push({ ...head, home: { axis, value }, ...tryOnce(plan, tables) });
        this.#trials.set(value, trials);
      } catch (error) {
        if (!isCohortiumError(error)) throw error;
        this.#reasons.set(value, error.message);
      }
    }
  }

  trials(): readonly Trial[] {
    return this.#values().flatMap((value) => this.#trials.get(value) ?? []);
  }

  /** @param expected trials of the whole */
  verdict(expected: number): Pick<GridTrials, 'values' | 'leftToWhole'> {
    const isWhole = (value: string): boolean => this.#trials.get(value)?.length === expected;
    const leftToWhole = this.#values()
      .filter((value) => !isWhole(value))
      .map((value) => ({ value, customers: this.#fewest.get(value) ?? 0, reason: this.#reasons.get(value) ?? null }));
    return { values: this.#values().filter(isWhole), leftToWhole };
  }

  #values(): readonly string[] {
    return [...this.#fewest.keys()].sort(compareText);
  }
}

function tryOnce(
  { boosting, seed, currency }: GridPlan,
  { learnt, earlier, known, judged }: TrialTables,
): Omit<Trial, keyof TrialHead | 'home'> {
  const before = process.cpuUsage();
  const model = fitArtefact(learnt, earlier, { ...boosting, seed }, currency);
  const values = predictValues(model, known);
  const { user, system } = process.cpuUsage(before);
  const valueOf = new Map(known.customerId.map((id, row) => [id, values[row] ?? 0]));
  const predicted = Float64Array.from(judged.customerId, (id) => valueOf.get(id) ?? 0);
  const actual = judged.outcomeMinor ?? new Float64Array(predicted.length);
  const mean = sum(actual) / actual.length;
  const { rmse, mae, r2, gini, bias } = measureValues({ predicted, actual });
  if (r2 === null || gini === null || bias === null) {
    throw new CohortiumError(
      'MODEL_OUTCOME_EMPTY',
      `after ${judged.request.cutoff} all customers spent the same in ${judged.request.predMonths} months, so that windows cannot be told apart`,
    );
  }
  return {
    boosting,
    seed,
    customers: predicted.length,
    known: sumOf(judged.customerId.length, (row) => (valueOf.has(judged.customerId[row] ?? '') ? 1 : 0)),
    measures: { nrmse: rmse / mean, nmae: mae / mean, r2, gini, bias },
    cpuSeconds: (user + system) / 1e6,
  };
}

/** Means of the trials over origins, one per pair of windows that was tried, by history and then by prediction. */
export function cellsOf(trials: readonly Trial[]): readonly GridCell[] {
  const byPair = new Map<string, Trial[]>();
  for (const trial of trials) {
    const pair = `${trial.historyMonths} ${trial.predMonths}`;
    const known = byPair.get(pair);
    if (known) known.push(trial);
    else byPair.set(pair, [trial]);
  }
  return [...byPair.values()]
    .flatMap((own): readonly GridCell[] => {
      const [first] = own;
      if (!first) return [];
      const { historyMonths, predMonths } = first;
      const mean = (measure: GridMeasure): number => sumOf(own.length, (at) => own[at]?.measures[measure] ?? 0) / own.length;
      return [
        {
          historyMonths,
          predMonths,
          measures: { nrmse: mean('nrmse'), nmae: mean('nmae'), r2: mean('r2'), gini: mean('gini'), bias: mean('bias') },
        },
      ];
    })
    .sort((a, b) => a.historyMonths - b.historyMonths || a.predMonths - b.predMonths);
}
