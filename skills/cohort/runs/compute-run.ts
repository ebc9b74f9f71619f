/**
 * One definition in one window: from the tables of the window features to a cohort run with its model and members. Depends on nothing
 * but its request, so the same request gives the same bytes wherever it is computed.
 */
import { column, isCohortiumError, makeTable, type Ref, type Table } from '../../sdk/index.ts';
import { dayOfIsoDate } from '../../sdk/numeric/index.ts';
import { reasonsKept } from '../core/runs/top-reasons.ts';
import { type CohortRun, noEnd } from '../definitions/cohort-run.ts';
import { type CohortDefinition, type WindowId, windowDays } from '../definitions/definition.ts';
import { type Frame, makeFrame, type WindowTables } from './frame.ts';
import { engineVersion, type FrozenState } from './frozen-state.ts';
import { type EarlierCohorts, keysByName, keysByOverlap } from './keys.ts';
import type { Described, Outcome, Skipped } from './recipe.ts';
import { recipes } from './recipes/index.ts';
import { sayCount } from './words.ts';

/** The run before of the same definition and window. */
export interface EarlierRun extends EarlierCohorts {
  readonly version: number;
  /** Plain JSON; null when that run was skipped. */
  readonly model: unknown;
  /** Where the model is kept. */
  readonly modelRef?: Ref | null;
}

export interface RunRequest {
  readonly definition: CohortDefinition;
  readonly window: WindowId;
  readonly asOf: string;
  readonly seed: string;
  readonly tables: WindowTables;
  /** Last day with a signal in the window, by row of the customers; see `lastDays`. */
  readonly lastDays: Int32Array;
  readonly earlier: EarlierRun | null;
}

/** A run before its model and members are stored. */
export interface ComputedRun {
  readonly run: Omit<CohortRun, 'model' | 'members' | 'frozen'>;
  readonly model: unknown;
  readonly members: Table | null;
  /** Null where the run was skipped, or the method assigns nobody by the own row alone. */
  readonly frozen: FrozenState | null;
}

/** Never throws for data: a window that gives nothing to work on is a run that was skipped, and says why. */
export function computeRun(request: RunRequest): ComputedRun {
  const { definition, window, asOf, seed, earlier, tables } = request;
  const recipe = recipes[definition.method];
  const frame = makeFrame(tables, window, dayOfIsoDate(asOf) ?? 0, definition.population);
  const found = attempt(
    frame,
    () => whyNobody(definition, tables, window, asOf),
    () =>
      recipe.compute({
        frame,
        parameters: definition.parameters,
        features: definition.features,
        seed: `${seed}/${definition.id}/${window}`,
        earlierModel: earlier && earlier.version === definition.version && earlier.model !== null ? earlier.model : undefined,
      }),
  );
  const heading = {
    format: 'cohortium/cohort-run@1',
    definition: { id: definition.id, version: definition.version },
    title: definition.title,
    method: definition.method,
    window,
    asOf,
    resolution: { precedence: definition.precedence, family: definition.family ?? null, hysteresis: definition.hysteresis },
    seed,
  } as const;
  if ('skipped' in found) return { run: { ...heading, ...nothing(found, earlier) }, model: null, members: null, frozen: null };
  const { described, assignment, frame: present } = found;
  const cohorts = described.cohorts.length;
  const { keys, keysUsed } =
    recipe.identity === 'name'
      ? keysByName(
          described.cohorts.map(({ name }) => name),
          earlier,
        )
      : keysByOverlap(present.ids, assignment.label, cohorts, earlier);
  const sizes = new Int32Array(cohorts);
  for (const own of assignment.label) if (own >= 0) sizes[own] = (sizes[own] ?? 0) + 1;
  const customers = present.rows.length;
  const placed = sizes.reduce((total, size) => total + size, 0);
  return {
    run: {
      ...heading,
      skipped: null,
      features: [...described.features],
      confidenceKind: assignment.kind,
      cohorts: described.cohorts.map(({ name, says, traits }, cohort) => ({
        key: keys[cohort] ?? '',
        name,
        size: sizes[cohort] ?? 0,
        share: customers > 0 ? (sizes[cohort] ?? 0) / customers : 0,
        says: [...says],
        traits: [...traits],
        stability: found.stability[cohort] ?? null,
      })),
      keysUsed,
      population: { customers, inNone: customers - placed },
      quality: { ...found.quality, own: { ...described.own } },
      picture: described.picture,
    },
    model: found.model,
    members: membersOf(
      { ...found, reasons: described.reasons },
      window,
      request.lastDays,
      earlier ? earlierPlaces(earlier.keys, keys) : null,
    ),
    frozen: recipe.assign && frozenState(found, earlier, keys),
  };
}

function frozenState({ maps, described, earlier: labels }: Outcome, earlier: EarlierRun | null, keys: readonly string[]): FrozenState {
  return {
    engine: engineVersion,
    maps: maps && [...maps],
    context: described.context ?? {},
    earlier: labels && earlier?.modelRef ? { model: earlier.modelRef, places: Array.from(earlierPlaces(earlier.keys, keys)) } : null,
  };
}

/** Last day on which each customer did something in the window; −1 for nothing. */
export function lastDays(account: Int32Array, day: Int32Array, customers: number, firstDay: number, asOfDay: number): Int32Array {
  const last = new Int32Array(customers).fill(-1);
  for (let at = 0; at < account.length; at++) {
    const own = day[at] ?? 0;
    const row = account[at] ?? 0;
    if (own < firstDay || own > asOfDay) continue;
    if (own > (last[row] ?? -1)) last[row] = own;
  }
  return last;
}

function attempt(frame: Frame, whyNobodyIs: () => string, compute: () => Outcome | Skipped): Outcome | Skipped {
  if (frame.rows.length === 0) return { skipped: whyNobodyIs(), customers: 0 };
  try {
    return compute();
  } catch (error) {
    // The kernels refuse data that they cannot work on with this code; anything else is a defect.
    if (isCohortiumError(error) && error.code === 'NUMERIC_DOMAIN') return { skipped: error.message, customers: frame.rows.length };
    throw error;
  }
}

/** Nobody at all, or nobody whom the population takes. */
function whyNobody({ population }: CohortDefinition, tables: WindowTables, window: WindowId, asOf: string): string {
  const active = population.length === 0 ? 0 : makeFrame(tables, window, dayOfIsoDate(asOf) ?? 0, []).rows.length;
  return active === 0
    ? 'nobody did anything in the window'
    : `none of the ${sayCount(active, 'customer')} who did anything in the window fulfils the population`;
}

function nothing({ skipped, customers }: Skipped, earlier: EarlierRun | null) {
  return {
    skipped,
    features: [],
    confidenceKind: 'rule' as const,
    cohorts: [],
    keysUsed: earlier?.keysUsed ?? 0,
    population: { customers, inNone: customers },
    quality: { silhouette: null, adjustedRandIndex: null, own: {}, calibrationError: null },
    picture: null,
  };
}

/** Position of the cohorts of before among those of now, by key; −1 for those that ended. */
function earlierPlaces(before: readonly string[], now: readonly string[]): Int32Array {
  const placeOf = new Map(now.map((key, cohort) => [key, cohort]));
  return Int32Array.from(before, (key) => placeOf.get(key) ?? -1);
}

/**
 * The members table of a run.
 * @param lastDays by row of the customers' table
 * @param places position of the cohorts of the run before; null where none was before
 */
export function membersOf(
  {
    frame,
    assignment,
    confidence,
    reasons,
    earlier,
  }: Pick<Outcome, 'frame' | 'assignment' | 'confidence' | 'earlier'> & Pick<Described, 'reasons'>,
  window: WindowId,
  lastDays: Int32Array,
  places: ArrayLike<number> | null,
): Table {
  const { label } = assignment;
  const length = windowDays[window];
  const members = Uint32Array.from(label.keys()).filter((row) => (label[row] ?? -1) >= 0);
  // Tables are in the order of the accounts, frames in that of the ids; by contract these are one.
  members.sort((a, b) => (frame.rows[a] ?? 0) - (frame.rows[b] ?? 0));
  const integers = (of: (row: number) => number) => {
    const values = new Int32Array(members.length);
    for (let at = 0; at < values.length; at++) values[at] = of(members[at] ?? 0);
    return column.int32(values);
  };
  const doubles = (of: (row: number) => number) => {
    const values = new Float64Array(members.length);
    for (let at = 0; at < values.length; at++) values[at] = of(members[at] ?? 0);
    return column.float64(values);
  };
  const { feature, contribution } = reasons;
  const reason = (place: number) => integers((row) => feature[row * reasonsKept + place] ?? -1);
  const strength = (place: number) => doubles((row) => contribution[row * reasonsKept + place] ?? 0);
  const until = (row: number): number => {
    const last = lastDays[frame.rows[row] ?? 0] ?? -1;
    return Number.isFinite(length) && last >= 0 ? last + length : noEnd;
  };
  return makeTable({
    account: integers((row) => frame.rows[row] ?? 0),
    cohort: integers((row) => label[row] ?? -1),
    confidence: doubles((row) => confidence[row] ?? 0),
    raw: doubles((row) => assignment.confidence[row] ?? 0),
    until: integers(until),
    reason1: reason(0),
    reason2: reason(1),
    reason3: reason(2),
    contribution1: strength(0),
    contribution2: strength(1),
    contribution3: strength(2),
    ...(earlier && places && { earlier: integers((row) => places[earlier[row] ?? -1] ?? -1) }),
  });
}
