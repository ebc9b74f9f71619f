/**
 * Reads parameters that another program fitted, gives them the names of this project, and checks that they mean the same
 * here. Refuses what has no counterpart, such as fits with covariates, rather than guess.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { log, sum } from '../../../../sdk/numeric/index.ts';
import type { CovariateEffects } from '../covariates/index.ts';
import { type NamedParameters, timingFamily } from '../families.ts';
import type { ParameterDraws } from '../intervals/draws.ts';
import { checkParameters, type ParametersToCheck } from './check-parameters.ts';
import { type Evidence, figuresOf, repeatsOf } from './evidence.ts';
import type { FoundParameters, ImportedParameters, ParameterSource } from './imported.ts';
import { readLifetimes, readPymcMarketing } from './read-python.ts';
import { readBtyd, readClvTools } from './read-r.ts';
import { readStan } from './read-stan.ts';

export interface ImportOptions {
  /**
   * Id of the family, `gamma-gamma`, or `bg-cnbd`/`mbg-cnbd` where the document has k. Needed where the names of the
   * parameters leave a choice: r, alpha, a, b may be BG/NBD or MBG/NBD.
   */
  readonly family?: string;
  /** Figures of the other program that the parameters must give; without any nothing is checked, and `checked` is empty. */
  readonly evidence?: Evidence;
  /** Names of the document for names of this project, such as { rate_shape: 'r' }. */
  readonly names?: Readonly<Record<string, string>>;
}

/**
 * Parameters of another program.
 * @param document text (JSON or CSV), parsed JSON, or an array of CSV texts with one chain each
 * @throws {CohortiumError} ARGUMENT_INVALID when the document is not of that program, a parameter is missing or not
 *   positive, the family is in doubt, or the evidence does not agree
 */
export function importParameters(source: ParameterSource, document: unknown, options: ImportOptions = {}): ImportedParameters {
  const found = read(source, document, options.family);
  const columns = canonical(found.columns, options.names ?? {});
  const family = familyOf(source, columns, options.family ?? found.family);
  const names = namesOf(family);
  const rows = names.map((name) => positive(name, columns.get(name), family, [...columns.keys()]));
  const count = rows[0]?.length ?? 0;
  if (rows.some((values) => values.length !== count)) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `the parameters ${names.join(', ')} have different numbers of draws: ${rows.map((values) => values.length).join(', ')}`,
    );
  }
  const params = Object.fromEntries(names.map((name, index) => [name, sum(rows[index] ?? []) / count]));
  const covariates = covariatesOf(source, family, columns, params);
  const draws = count > 1 ? drawsOf(names, rows, params, found.warnings) : null;
  const evidence = withClaim(found, options.evidence, { family, params });
  const checked = evidence
    ? checkParameters({ family, params, covariates }, evidence, {
        timeScale: found.timeScale,
        ...(draws && { draws: thinned(names, rows, count) }),
      })
    : [];
  return {
    kind: 'imported',
    source,
    family,
    params,
    covariates,
    draws,
    logLikelihood: found.logLikelihood ?? null,
    standardErrors: found.standardErrors ?? null,
    checked,
    warnings: found.warnings,
  };
}

function read(source: ParameterSource, document: unknown, family: string | undefined): FoundParameters {
  switch (source) {
    case 'lifetimes':
      return readLifetimes(document);
    case 'pymc-marketing':
      return readPymcMarketing(document);
    case 'clvtools':
      return readClvTools(document);
    case 'btyd':
    case 'btydplus':
      return readBtyd(document, family);
    case 'stan':
      return readStan(document);
    default:
      throw new CohortiumError(
        'ARGUMENT_INVALID',
        `there is no reader for '${String(source)}'; there are: lifetimes, pymc-marketing, clvtools, btyd, btydplus, stan`,
      );
  }
}

/** Names of this project, and a, b where only their mean and precision are there. */
function canonical(
  columns: ReadonlyMap<string, readonly number[]>,
  names: Readonly<Record<string, string>>,
): Map<string, readonly number[]> {
  const renamed = new Map([...columns].map(([name, values]) => [names[name] ?? name, values]));
  for (const [phi, kappa, first, second] of [
    ['phi_dropout', 'kappa_dropout', 'a', 'b'],
    ['phi_purchase', 'kappa_purchase', 'alpha', 'beta'],
  ] as const) {
    const [shares, sizes] = [renamed.get(phi), renamed.get(kappa)];
    if (!shares || !sizes) continue;
    // BG/BB calls the chance of leaving gamma, delta.
    const [one, other] = phi === 'phi_dropout' && renamed.has('phi_purchase') ? ['gamma', 'delta'] : [first, second];
    if (!renamed.has(one))
      renamed.set(
        one,
        shares.map((share, index) => share * (sizes[index] ?? Number.NaN)),
      );
    if (!renamed.has(other))
      renamed.set(
        other,
        shares.map((share, index) => (1 - share) * (sizes[index] ?? Number.NaN)),
      );
  }
  // BTYD and the paper of 2005 write gamma where later papers write v.
  const scale = renamed.get('gamma');
  if (renamed.has('p') && renamed.has('q') && scale && !renamed.has('v')) renamed.set('v', scale);
  return renamed;
}

function familyOf(source: ParameterSource, columns: ReadonlyMap<string, readonly number[]>, named: string | undefined): string {
  const has = (...names: readonly string[]): boolean => names.every((name) => columns.has(name));
  const orders = columns.get('k');
  if (named !== undefined) {
    const base = named.replace('cnbd', 'nbd');
    if (!named.endsWith('cnbd')) return named;
    const order = orders?.[0];
    if (order === undefined)
      throw new CohortiumError('ARGUMENT_INVALID', `${named} needs k, the order of its timing; the document has none`);
    return order === 1 ? base : `${named}-${order}`;
  }
  if (has('p', 'q', 'v')) return 'gamma-gamma';
  if (has('r', 'alpha', 's', 'beta') && !has('b')) return 'pareto-nbd';
  if (has('alpha', 'beta', 'gamma', 'delta')) return 'bg-bb';
  if (has('r', 'alpha', 'a', 'b')) {
    if (source === 'btyd') return 'bg-nbd';
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `r, alpha, a, b may be BG/NBD or MBG/NBD${orders ? ', of order k' : ''}; pass { family: '${orders ? 'bg-cnbd' : 'bg-nbd'}' } or { family: '${orders ? 'mbg-cnbd' : 'mbg-nbd'}' }`,
    );
  }
  if (has('r', 'alpha') && columns.size === 2) return 'nbd';
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    `no model has the parameters ${[...columns.keys()].join(', ')}; pass { family } or { names }`,
  );
}

function namesOf(family: string): readonly string[] {
  return family === 'gamma-gamma' ? ['p', 'q', 'v'] : timingFamily(family).parameters.map(({ name }) => name);
}

/**
 * Effects of the covariates of a fit of CLVTools, which for Pareto/NBD mean the same here.
 * @throws {CohortiumError} ARGUMENT_INVALID when the fit has covariates that have no counterpart, or a correlation
 */
function covariatesOf(
  source: ParameterSource,
  family: string,
  columns: ReadonlyMap<string, readonly number[]>,
  params: NamedParameters,
): CovariateEffects | null {
  const found = [...columns.keys()].filter((name) => /^(?:life|trans|constr|cor)\.|^Cor\(|_coefficient|_scale$/.test(name));
  if (found.length === 0) return null;
  if (source === 'clvtools' && family === 'pareto-nbd' && found.every((name) => /^(?:life|trans|constr)\./.test(name))) {
    const of = (...prefixes: readonly string[]): { name: string; value: number }[] =>
      found
        .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)))
        .map((name) => ({ name: name.slice(name.indexOf('.') + 1), value: columns.get(name)?.[0] ?? Number.NaN }));
    return { family, params, purchase: of('trans.', 'constr.'), dropout: of('life.', 'constr.') };
  }
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    `the fit of ${family} has covariates or a correlation (${found.join(', ')}) that mean something else here, so its parameters do not describe it; fit it here with fitWithCovariates`,
  );
}

function positive(name: string, values: readonly number[] | undefined, family: string, found: readonly string[]): readonly number[] {
  if (!values) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `${family} needs the parameter '${name}'; found ${found.join(', ')}. Pass { names } if it is called otherwise`,
    );
  }
  const wrong = values.find((value) => !(value > 0 && Number.isFinite(value)));
  if (wrong === undefined) return values;
  const hint = wrong < 0 ? '; a negative one may be a logarithm: give natural values' : '';
  throw new CohortiumError('ARGUMENT_INVALID', `the parameter '${name}' is ${wrong}, and must be positive${hint}`);
}

function drawsOf(
  names: readonly string[],
  rows: readonly (readonly number[])[],
  params: NamedParameters,
  warnings: readonly string[],
): ParameterDraws {
  const count = rows[0]?.length ?? 0;
  return {
    names,
    point: names.map((name) => params[name] ?? 0),
    draws: Float64Array.from(
      { length: count * names.length },
      (_, index) => rows[index % names.length]?.[Math.floor(index / names.length)] ?? 0,
    ),
    method: 'posterior',
    covers: 'parameters',
    diagnostics: { warnings },
  };
}

/** As many draws as a mean needs, evenly spaced. */
function thinned(names: readonly string[], rows: readonly (readonly number[])[], count: number): NamedParameters[] {
  const kept = Math.min(count, 500);
  return Array.from({ length: kept }, (_, index) => {
    const draw = Math.floor((index * count) / kept);
    return Object.fromEntries(names.map((name, row) => [name, rows[row]?.[draw] ?? 0]));
  });
}

/** The evidence with the document's own log-likelihood, on the time of the data. */
function withClaim(found: FoundParameters, evidence: Evidence | undefined, model: ParametersToCheck): Evidence | undefined {
  if (!evidence?.data || evidence.logLikelihood !== undefined) return evidence;
  if (found.logLikelihood !== undefined) return { ...evidence, logLikelihood: found.logLikelihood };
  const { meanNegativeLogLikelihood: mean, timeScale = 1 } = found;
  if (mean === undefined) return evidence;
  const { data } = evidence;
  const customers = data.weight ? sum(data.weight) : data.x.length;
  // A mean, but for Pareto/NBD the sum in some versions: whichever is closer to the truth is meant.
  const claims = [mean * customers, mean].map((total) => -total - repeatsOf(data) * log(timeScale));
  const distance = (logLikelihood: number): number => {
    const [figure] = figuresOf({ data, logLikelihood }, 1);
    return figure ? Math.abs(figure.compute(model.family, model.params) - logLikelihood) : 0;
  };
  const [asMean = 0, asSum = 0] = claims;
  return { ...evidence, logLikelihood: distance(asMean) <= distance(asSum) ? asMean : asSum };
}
