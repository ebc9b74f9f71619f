/**
 * What all methods share once their data are there: fit on a sample where there are many customers, assign everybody, refit on
 * resamples to learn how often customers stay, measure, describe.
 */
import { isCohortiumError } from '../../sdk/index.ts';
import { makeRng, type Rng } from '../../sdk/numeric/index.ts';
import { type Assignment, silhouette } from '../core/methods/index.ts';
import type { StepMap } from '../core/runs/isotonic.ts';
import { learnStaying, readStaying, type Staying } from '../core/runs/staying.ts';
import { keepReasons, type Reasons } from '../core/runs/top-reasons.ts';
import type { Frame } from './frame.ts';
import type { AssignRequest, Outcome, Placed, RecipeRequest, Subject } from './recipe.ts';

/** Customers on whom refits are compared. */
const comparedRows = 5000;
const silhouetteRows = 2000;
/** With fewer customers a resample says more of chance than of cohorts. */
const leastToResample = 20;

export function runMethod<Data, Model>(
  subject: Subject<Data, Model>,
  { seed, earlierModel }: Pick<RecipeRequest, 'seed' | 'earlierModel'>,
  frame: Frame,
): Outcome {
  const { data, customers, fit, assign, fitRows, resampling } = subject;
  const rng = makeRng(seed).split('cohort run');
  const learning = learningOf(subject);
  const model = fit(learning.take(learning.rows > fitRows ? drawDistinct(learning.rows, fitRows, rng.split('fitted')) : null), seed);
  const assignment = assign(model, data);
  const cohorts = subject.cohortsOf(model);
  const staying =
    resampling && customers >= leastToResample && cohorts > 0 ? measureStaying(subject, model, assignment, cohorts, seed, rng) : null;
  const described = subject.describe(model, assignment);
  return {
    frame,
    model,
    assignment,
    confidence: confidenceOf(assignment, staying && staying.maps),
    maps: staying && staying.maps,
    earlier: earlierModel === undefined ? null : labelsByEarlier(assign, earlierModel as Model, data),
    described,
    quality: {
      silhouette: silhouetteOf(subject.silhouette, assignment.label),
      adjustedRandIndex: staying && staying.adjustedRandIndex,
      calibrationError: staying && staying.calibrationError,
    },
    stability: Array.from({ length: cohorts }, (_, cohort) => {
      const jaccard = staying?.jaccard[cohort] ?? Number.NaN;
      return Number.isNaN(jaccard) ? null : jaccard;
    }),
  };
}

/**
 * Customers by a model that is there already, nothing fitted and nothing drawn.
 * @param placing the data of the frame, and reasons in the order of `features`
 */
export function placeCustomers<Data, Model>(
  frame: Frame,
  {
    data,
    assign,
    features,
    reasons,
  }: Pick<Subject<Data, Model>, 'assign'> & {
    readonly data: Data;
    readonly features: readonly string[];
    readonly reasons: (model: Model, assignment: Assignment) => Reasons;
  },
  { model: given, earlierModel }: Pick<AssignRequest, 'model' | 'earlierModel'>,
): Placed {
  if (frame.rows.length === 0) return nobodyIn(frame);
  const model = given as Model; // stored by the run of this definition and version
  const assignment = assign(model, data);
  return {
    frame,
    assignment,
    features,
    reasons: reasons(model, assignment),
    earlier: earlierModel === undefined ? null : labelsByEarlier(assign, earlierModel as Model, data),
  };
}

/** Kernels refuse tables without rows. */
function nobodyIn(frame: Frame): Placed {
  const assignment = { label: new Int32Array(), confidence: new Float64Array(), kind: 'rule' as const };
  return { frame, assignment, features: [], reasons: keepReasons(0), earlier: null };
}

function measureStaying<Data, Model>(
  subject: Subject<Data, Model>,
  model: Model,
  assignment: Assignment,
  cohorts: number,
  seed: string,
  rng: Rng,
): Staying | null {
  const { data, customers, take, fit, assign, fitRows, resampling } = subject;
  const compared = drawDistinct(customers, comparedRows, rng.split('compared'));
  const comparedData = subject.assignSome ? undefined : take(data, compared);
  const labelsBy = (refit: Model): Int32Array =>
    (comparedData === undefined ? subject.assignSome?.(refit, compared) : assign(refit, comparedData))?.label ?? new Int32Array();
  const learning = learningOf(subject);
  const rows = Math.min(learning.rows, fitRows, resampling?.rows ?? 0);
  const again: Int32Array[] = [];
  for (let refit = 0; refit < (resampling?.refits ?? 0); refit++) {
    const draws = rng.split(`resample ${refit}`);
    const drawn = Uint32Array.from({ length: rows }, () => draws.integer(learning.rows)).sort();
    try {
      again.push(labelsBy(fit(learning.take(drawn), `${seed}/resample ${refit}`)));
    } catch (error) {
      // A resample may lack what the method needs, such as a word that occurs often enough; then it says nothing.
      if (!isCohortiumError(error) || error.code !== 'NUMERIC_DOMAIN') throw error;
    }
  }
  if (again.length < 2) return null;
  return learnStaying({
    label: Int32Array.from(compared, (row) => assignment.label[row] ?? -1),
    raw: Float64Array.from(compared, (row) => assignment.confidence[row] ?? 0),
    cohorts,
    again,
  });
}

function learningOf<Data, Model>({ learning, data, customers, take }: Subject<Data, Model>): NonNullable<Subject<Data, Model>['learning']> {
  return learning ?? { rows: customers, take: (rows) => (rows === null ? data : take(data, rows)) };
}

/** A rule is sure. Without refits, and without a rule, nothing is known: the method's own confidence stands. */
export function confidenceOf({ label, confidence, kind }: Assignment, maps: readonly StepMap[] | null): Float64Array {
  return label.length === 0
    ? new Float64Array()
    : Float64Array.from(label, (cohort, row) => {
        if (cohort < 0) return 0;
        if (kind === 'rule') return 1;
        const raw = confidence[row] ?? 0;
        return maps ? readStaying({ maps }, cohort, raw) : Math.min(1, Math.max(0, raw));
      });
}

/** A model of an earlier definition, method or version may not fit the data of today; then nothing is said. */
function labelsByEarlier<Data, Model>(assign: Subject<Data, Model>['assign'], earlier: Model, data: Data): Int32Array | null {
  try {
    return assign(earlier, data).label;
  } catch (error) {
    if (isCohortiumError(error) && error.code === 'NUMERIC_DOMAIN') return null;
    throw error;
  }
}

function silhouetteOf(columns: readonly Float64Array[] | undefined, label: Int32Array): Outcome['quality']['silhouette'] {
  if (!columns || columns.length === 0 || label.length < 3) return null;
  const { mean, standardError, rows } = silhouette(columns, label, { sampleRows: silhouetteRows });
  return Number.isFinite(mean) && Number.isFinite(standardError) ? { mean, standardError, rows } : null;
}

/** So many different positions of 0 … customers − 1, ascending; all of them where there are no more. */
export function drawDistinct(customers: number, count: number, rng: Rng): Uint32Array {
  const all = Uint32Array.from({ length: customers }, (_, row) => row);
  if (count >= customers) return all;
  for (let place = 0; place < count; place++) {
    const other = place + rng.integer(customers - place);
    [all[place], all[other]] = [all[other] ?? 0, all[place] ?? 0];
  }
  return all.slice(0, count).sort();
}
