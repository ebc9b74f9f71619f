/**
 * Customers by the model of a run that is there already: the same cohorts, confidence, reasons and days that assigning everybody by it
 * would give them, because each is assigned by the own row alone. Fits nothing, draws nothing, and gives no cohort a new key.
 */
import { type ContentStore, isCohortiumError, type Ref, type Table } from '../../sdk/index.ts';
import { dayOfIsoDate } from '../../sdk/numeric/index.ts';
import { type CohortRun, cohortRunSchema } from '../definitions/cohort-run.ts';
import type { CohortDefinition } from '../definitions/definition.ts';
import { membersOf } from './compute-run.ts';
import { makeFrame, type WindowTables } from './frame.ts';
import { engineVersion, type FrozenState, frozenStateSchema } from './frozen-state.ts';
import { recipes } from './recipes/index.ts';
import { confidenceOf } from './run-method.ts';

/** A run with what assigning by it needs. */
export interface FrozenRun {
  readonly run: CohortRun;
  /** Null where the run was skipped: it put nobody into a cohort, and puts nobody into one now. */
  readonly parts: { readonly model: unknown; readonly state: FrozenState; readonly earlierModel: unknown } | null;
}

export interface FrozenRequest {
  readonly definition: CohortDefinition;
  readonly asOf: string;
  readonly frozen: FrozenRun;
  /** Of the customers to assign. */
  readonly tables: WindowTables;
  /** Last day with a signal in the window, by row of the customers. */
  readonly lastDays: Int32Array;
}

export interface AssignedRun {
  /** In the form of the run that was assigned by; counts are of the customers that were assigned now. */
  readonly run: Omit<CohortRun, 'model' | 'members' | 'frozen'>;
  readonly members: Table | null;
}

/** @returns why customers cannot be assigned by the run, in words, where they cannot */
export function readFrozenRun(
  content: ContentStore,
  ref: Ref,
  { method, version }: Pick<CohortDefinition, 'method' | 'version'>,
): FrozenRun | string {
  // Said before anything is read: a run of tens of thousands of communities is a large document.
  if (recipes[method].assign === null) return 'cohorts follow from links to others';
  const run = cohortRunSchema.parse(content.getJson(ref));
  if (run.definition.version !== version) return `version ${version} of the definition was never computed`;
  if (run.skipped !== null || run.model === null) return { run, parts: null };
  const state = run.frozen ? frozenStateSchema.safeParse(content.getJson(run.frozen)) : undefined;
  if (!state?.success || state.data.engine !== engineVersion) return 'the last run was made by another release';
  const { earlier } = state.data;
  return {
    run,
    parts: { model: content.getJson(run.model), state: state.data, earlierModel: earlier ? content.getJson(earlier.model) : undefined },
  };
}

/** @returns why not, in words, where the model cannot be used on what is there today */
export function assignRun({ definition, asOf, frozen: { run, parts }, tables, lastDays }: FrozenRequest): AssignedRun | string {
  const frame = makeFrame(tables, run.window, dayOfIsoDate(asOf) ?? 0, definition.population);
  const heading = { ...withoutRefs(run), asOf, picture: null };
  const nobody = (customers: number): AssignedRun => ({
    run: { ...heading, cohorts: sized(run, [], customers), population: { customers, inNone: customers } },
    members: null,
  });
  const { assign } = recipes[run.method];
  if (!parts || !assign || frame.rows.length === 0) return nobody(frame.rows.length);
  const { model, state, earlierModel } = parts;
  try {
    const placed = assign({
      frame,
      parameters: definition.parameters,
      features: definition.features,
      model,
      context: state.context,
      // On a later day whatever moves a customer is the customer's: the model was the same the day before.
      earlierModel: asOf === run.asOf ? earlierModel : undefined,
    });
    const { label } = placed.assignment;
    const customers = placed.frame.rows.length;
    if (customers === 0) return nobody(0);
    const cohorts = sized(run, label, customers);
    return {
      run: {
        ...heading,
        features: [...placed.features],
        cohorts,
        population: { customers, inNone: customers - cohorts.reduce((total, { size }) => total + size, 0) },
      },
      members: membersOf(
        { ...placed, confidence: confidenceOf(placed.assignment, state.maps) },
        run.window,
        lastDays,
        state.earlier && state.earlier.places,
      ),
    };
  } catch (error) {
    if (isCohortiumError(error) && error.code === 'NUMERIC_DOMAIN') return error.message;
    throw error;
  }
}

function withoutRefs({
  model: _model,
  members: _members,
  frozen: _frozen,
  ...run
}: CohortRun): Omit<CohortRun, 'model' | 'members' | 'frozen'> {
  return run;
}

/** The cohorts of a run with the customers that are in them now; what was said of everybody is not said of these. */
function sized({ cohorts }: CohortRun, label: ArrayLike<number>, customers: number): CohortRun['cohorts'] {
  const sizes = new Int32Array(cohorts.length);
  for (const own of Array.from(label)) if (own >= 0) sizes[own] = (sizes[own] ?? 0) + 1;
  return cohorts.map((cohort, at) => {
    const size = sizes[at] ?? 0;
    return { ...cohort, size, share: customers > 0 ? size / customers : 0, says: [], traits: [] };
  });
}
