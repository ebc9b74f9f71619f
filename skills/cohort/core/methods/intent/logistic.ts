/** Logistic regression with an intercept and a ridge, by Newton's method; features are standardised before. */
import { factorCholesky, log1p, solveCholesky } from '../../../../sdk/numeric/index.ts';
import { fastExp, fastLog1p } from '../../../../sdk/numeric/kernels/index.ts';

export interface LogisticFit {
  /** The intercept first, then one per column. */
  readonly beta: Float64Array;
  /** Factor of the information with the ridge, as Cholesky's. */
  readonly factor: Float64Array;
  readonly iterations: number;
  /** Whether the likelihood has no maximum: the last step still led as far as the one before. */
  readonly isEndless: boolean;
}

/** Promise of height, as a part of the height, from which one more step is the last. */
const nearSummit = 1e-11;
const mostIterations = 50;
/** Standard deviations of a step that is not towards a maximum any more. */
const endlessStep = 0.02;

/**
 * Maximum of the likelihood less ridge / 2 · the squared effects, with the intercept free.
 * @param points row-major, standardised
 * @param outcome 0 or 1
 * @see McCullagh & Nelder (1989), "Generalized Linear Models", 4.4
 */
export function fitLogistic(points: Float64Array, width: number, outcome: Uint8Array, ridge: number): LogisticFit {
  const size = width + 1;
  const rows = outcome.length;
  let beta = new Float64Array(size);
  let events = 0;
  for (const own of outcome) events += own;
  // The share of events is the maximum of the intercept alone.
  beta[0] = 2 * artanh((2 * events) / rows - 1);
  let now = derivatives(points, width, outcome, beta, ridge);
  for (let iterations = 1; ; iterations++) {
    const factor = factorOf(now.information, size);
    const step = solveCholesky(factor, now.gradient);
    let promised = 0;
    for (let at = 0; at < size; at++) promised += (step[at] ?? 0) * (now.gradient[at] ?? 0);
    const isLast = !(promised > nearSummit * (1 + Math.abs(now.height))) || iterations === mostIterations;
    let next = beta;
    let then = now;
    for (let part = 1; part > 1e-6; part /= 2) {
      next = beta.map((value, at) => value + part * (step[at] ?? 0));
      then = derivatives(points, width, outcome, next, ridge);
      // Near the summit heights differ by their rounding only.
      if (then.height >= now.height || isLast) break;
    }
    const isBetter = then.height >= now.height || isLast;
    if (isBetter) {
      beta = next;
      now = then;
    }
    if (isLast || !isBetter) {
      const isEndless = step.some((move, at) => at > 0 && Math.abs(move) > endlessStep);
      return { beta, factor: factorOf(now.information, size), iterations, isEndless };
    }
  }
}

interface Derivatives {
  readonly height: number;
  readonly gradient: Float64Array;
  readonly information: Float64Array;
}

function derivatives(points: Float64Array, width: number, outcome: Uint8Array, beta: Float64Array, ridge: number): Derivatives {
  const size = width + 1;
  const gradient = new Float64Array(size);
  const information = new Float64Array(size * size);
  const line = new Float64Array(size);
  line[0] = 1;
  let height = 0;
  for (let row = 0, base = 0; row < outcome.length; row++, base += width) {
    let eta = beta[0] ?? 0;
    for (let j = 0; j < width; j++) {
      const value = points[base + j] ?? 0;
      line[j + 1] = value;
      eta += value * (beta[j + 1] ?? 0);
    }
    const small = fastExp(eta > 0 ? -eta : eta);
    const happened = outcome[row] ?? 0;
    const probability = eta > 0 ? 1 / (1 + small) : small / (1 + small);
    height += (happened === 1 ? Math.min(eta, 0) : -Math.max(eta, 0)) - fastLog1p(small);
    const residual = happened - probability;
    const weight = small / ((1 + small) * (1 + small));
    for (let j = 0; j < size; j++) {
      const value = line[j] ?? 0;
      gradient[j] = (gradient[j] ?? 0) + residual * value;
      const weighted = weight * value;
      for (let k = 0, at = j * size; k <= j; k++, at++) information[at] = (information[at] ?? 0) + weighted * (line[k] ?? 0);
    }
  }
  for (let j = 0; j < size; j++) for (let k = 0; k < j; k++) information[k * size + j] = information[j * size + k] ?? 0;
  for (let j = 1; j < size; j++) {
    const value = beta[j] ?? 0;
    height -= (ridge * value * value) / 2;
    gradient[j] = (gradient[j] ?? 0) - ridge * value;
    information[j * size + j] = (information[j * size + j] ?? 0) + ridge;
  }
  return { height, gradient, information };
}

/** With a little more on the diagonal where columns repeat each other and no ridge holds them. */
function factorOf(information: Float64Array, size: number): Float64Array {
  const found = factorCholesky(information, size);
  if (found) return found;
  const raised = information.map((value, at) => (at % (size + 1) === 0 ? value * (1 + 1e-9) + 1e-6 : value));
  return factorCholesky(raised, size) ?? Float64Array.from(raised, (_, at) => (at % (size + 1) === 0 ? 1 : 0));
}

function artanh(x: number): number {
  return (log1p(x) - log1p(-x)) / 2;
}
