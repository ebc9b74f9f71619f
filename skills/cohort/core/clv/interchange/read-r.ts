/** Fits of the R packages CLVTools, BTYD and BTYDplus: named coefficients, or numbers in the order of the package. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { exp } from '../../../../sdk/numeric/index.ts';
import type { FoundParameters } from './imported.ts';
import { columnsOfJson, isObject, numbersIn, parsedDocument } from './read-columns.ts';

/**
 * A fit of CLVTools: `as.list(coef(fit))` as JSON, or an object with that as `coef`, and optionally `logLik` and `se`
 * (`sqrt(diag(vcov(fit)))`). Names as the optimiser has them (`log.r`) are taken from the log scale.
 */
export function readClvTools(document: unknown): FoundParameters {
  const parsed = parsedDocument(document);
  if (!isObject(parsed)) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      'CLVTools coefficients are a JSON object, such as toJSON(as.list(coef(fit)), digits = NA) writes',
    );
  }
  const given = isObject(parsed['coef']) ? parsed['coef'] : parsed;
  const columns = new Map<string, readonly number[]>();
  for (const [name, values] of columnsOfJson(given)) {
    if (name === 'logLik') continue;
    if (name.startsWith('log.')) columns.set(name.slice(4), values.map(exp));
    else columns.set(name, values);
  }
  const errors = isObject(parsed['se']) ? columnsOfJson(parsed['se']) : undefined;
  return {
    columns,
    family: columns.has('a') ? 'bg-nbd' : undefined,
    logLikelihood: numbersIn(parsed['logLik'])[0],
    standardErrors: errors && Object.fromEntries([...errors].map(([name, [value = Number.NaN]]) => [name, value])),
    warnings: [],
  };
}

/** Orders of the vectors that the packages estimate and take. */
const orders: Readonly<Record<string, readonly string[]>> = {
  nbd: ['r', 'alpha'],
  'pareto-nbd': ['r', 'alpha', 's', 'beta'],
  'bg-nbd': ['r', 'alpha', 'a', 'b'],
  'mbg-nbd': ['r', 'alpha', 'a', 'b'],
  'bg-cnbd': ['k', 'r', 'alpha', 'a', 'b'],
  'mbg-cnbd': ['k', 'r', 'alpha', 'a', 'b'],
  'bg-bb': ['alpha', 'beta', 'gamma', 'delta'],
  'gamma-gamma': ['p', 'q', 'gamma'],
};

/** The vector of a family in the order of BTYD and BTYDplus. */
export function btydOrder(family: string): readonly string[] {
  const order = orders[family.replace(/cnbd-\d+$/, 'cnbd')];
  if (order) return order;
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    `BTYD and BTYDplus have no order for '${family}'; there are: ${Object.keys(orders).join(', ')}`,
  );
}

/**
 * A fit of BTYD or BTYDplus: the vector of EstimateParameters, as a JSON array (in the order of the package) or object. An
 * array of four belongs to the family named, or to BG/NBD where BTYD's is none.
 * @param family id, or `bg-cnbd`, `mbg-cnbd` with k in the vector
 */
export function readBtyd(document: unknown, family: string | undefined): FoundParameters {
  const parsed = parsedDocument(document);
  if (isObject(parsed)) {
    const given = isObject(parsed['params']) ? parsed['params'] : parsed;
    return { columns: columnsOfJson(given), logLikelihood: numbersIn(parsed['logLik'])[0], warnings: [] };
  }
  const values = numbersIn(parsed);
  if (family === undefined) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `a vector without names needs a family, one of ${Object.keys(orders).join(', ')}; pass { family }`,
    );
  }
  const order = btydOrder(family);
  const names = values.length === order.length - 1 && order[0] === 'k' ? order.slice(1) : order;
  if (values.length !== names.length) {
    throw new CohortiumError('ARGUMENT_INVALID', `${family} has ${order.length} parameters (${order.join(', ')}); found ${values.length}`);
  }
  return { columns: new Map(names.map((name, index) => [name, [values[index] ?? Number.NaN]])), warnings: [] };
}
