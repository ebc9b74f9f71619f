/**
 * Compares the models with reference values that somebody else computed, in the shape of a JSON document: one vector per model,
 * parameters and inputs, with the outputs that are right. What this package cannot compute is listed, not passed over.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { modelEvaluator } from './vector-outputs.ts';

/** Distance that is allowed: relative, and absolute for a logarithm near zero. */
const tolerance = 1e-9;
/** Probabilities of many purchases are sums of terms that nearly cancel. */
const countTolerance = 1e-8;
/** Smaller than the smallest normal double, a value has no relative precision; its logarithm is compared instead. */
const smallest = 1e-300;

export interface ReferenceVector {
  readonly id: string;
  /** As the papers write it: `BG/NBD`. */
  readonly model: string;
  readonly params: Readonly<Record<string, number>>;
  readonly inputs: Readonly<Record<string, number>>;
  /** Right values by name of the quantity. */
  readonly outputs: Readonly<Record<string, number>>;
}

export interface QuantityCheck {
  readonly model: string;
  /** Such as `log_likelihood` or `dert`. */
  readonly quantity: string;
  readonly compared: number;
  /** Largest distance; Infinity where a value is no number or could not be computed. */
  readonly worst: number;
  /** Vector with the largest distance. */
  readonly worstId: string;
  readonly tolerance: number;
  readonly isWithin: boolean;
}

export interface VectorCheck {
  readonly compared: number;
  /** Nothing beyond its tolerance, and something compared. */
  readonly isWithin: boolean;
  readonly quantities: readonly QuantityCheck[];
  /** Outputs for which there is no function here, and those below 1e−300. */
  readonly notCompared: readonly { readonly model: string; readonly quantity: string; readonly count: number; readonly why: string }[];
}

/**
 * @param document parsed JSON: `{ "vectors": [{ "id", "model", "params", "inputs", "outputs" }] }`; other members are ignored
 * @throws {CohortiumError} CLV_FILE_INVALID when the document has another shape, naming the vector
 */
export function checkVectors(document: unknown): VectorCheck {
  const checks = new Map<string, QuantityCheck>();
  const left = new Map<string, { readonly model: string; readonly quantity: string; readonly count: number; readonly why: string }>();
  for (const vector of readVectors(document)) {
    const { id, model } = vector;
    const evaluate = modelEvaluator(vector);
    for (const [quantity, reference] of Object.entries(vector.outputs)) {
      const key = `${model}\n${quantity}`;
      const compute = evaluate?.(quantity);
      const isTiny = Math.abs(reference) < smallest && !quantity.startsWith('log_');
      if (!compute || isTiny) {
        const why = reasonToSkip(evaluate !== undefined, compute !== undefined);
        const before = left.get(`${key}\n${why}`)?.count ?? 0;
        left.set(`${key}\n${why}`, { model, quantity, count: before + 1, why });
        continue;
      }
      const off = distance(quantity, compute, reference);
      const limit = quantity.startsWith('pmf_') ? countTolerance : tolerance;
      const before = checks.get(key);
      const isWorse = !before || off > before.worst;
      checks.set(key, {
        model,
        quantity,
        compared: (before?.compared ?? 0) + 1,
        worst: isWorse ? off : before.worst,
        worstId: isWorse ? id : before.worstId,
        tolerance: limit,
        isWithin: (before?.isWithin ?? true) && off <= limit,
      });
    }
  }
  const quantities = [...checks.values()].sort((a, b) => order(a.model, b.model) || order(a.quantity, b.quantity));
  const compared = quantities.reduce((total, one) => total + one.compared, 0);
  return { compared, isWithin: compared > 0 && quantities.every(({ isWithin }) => isWithin), quantities, notCompared: [...left.values()] };
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function reasonToSkip(isModelKnown: boolean, isQuantityKnown: boolean): string {
  if (isQuantityKnown) return 'below 1e-300';
  return isModelKnown ? 'unknown quantity' : 'unknown model';
}

/** Relative to max(1, |reference|) for logarithms, relative to the reference otherwise. */
function distance(quantity: string, compute: () => number, reference: number): number {
  const scale = quantity.startsWith('log_') ? Math.max(1, Math.abs(reference)) : Math.abs(reference);
  try {
    const off = Math.abs(compute() - reference) / scale;
    return Number.isFinite(off) ? off : Number.POSITIVE_INFINITY;
  } catch (error) {
    // A refusal is a miss like any other; a defect is not.
    if (error instanceof CohortiumError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

function readVectors(document: unknown): ReferenceVector[] {
  if (!isObject(document) || !Array.isArray(document['vectors'])) {
    throw invalid(
      `there is no list 'vectors' in the document${isObject(document) ? `; it has ${Object.keys(document).slice(0, 8).join(', ') || 'nothing'}` : ''}`,
    );
  }
  const vectors: readonly unknown[] = document['vectors'];
  if (vectors.length === 0) throw invalid("the list 'vectors' is empty");
  return vectors.map((vector, at) => {
    const where = `vectors[${at}]`;
    if (!isObject(vector)) throw invalid(`${where} is no object`);
    const { id, model } = vector;
    if (typeof id !== 'string' || typeof model !== 'string') throw invalid(`${where} needs the texts 'id' and 'model'`);
    return {
      id,
      model,
      params: numbersOf(vector['params'], `${where} (${id}): params`),
      inputs: numbersOf(vector['inputs'], `${where} (${id}): inputs`),
      outputs: numbersOf(vector['outputs'], `${where} (${id}): outputs`),
    };
  });
}

function numbersOf(value: unknown, where: string): Readonly<Record<string, number>> {
  if (!isObject(value)) throw invalid(`${where} is no object of numbers`);
  return Object.fromEntries(
    Object.entries(value).map(([name, number]) => {
      if (typeof number !== 'number') throw invalid(`${where}.${name} is no number`);
      return [name, number];
    }),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(what: string): CohortiumError {
  return new CohortiumError(
    'CLV_FILE_INVALID',
    `these are no reference vectors: ${what}; expected { "vectors": [{ "id", "model", "params", "inputs", "outputs" }] }`,
  );
}
