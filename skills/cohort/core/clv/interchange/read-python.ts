/** Fits of lifetimes and of PyMC-Marketing, as their objects write themselves to JSON or CSV. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import type { FoundParameters } from './imported.ts';
import { columnsOfCsv, columnsOfJson, isObject, type JsonObject, numbersIn, parsedDocument } from './read-columns.ts';

const familyOfFitter: Readonly<Record<string, string>> = {
  BetaGeoFitter: 'bg-nbd',
  ModifiedBetaGeoFitter: 'mbg-nbd',
  ParetoNBDFitter: 'pareto-nbd',
  BetaGeoBetaBinomFitter: 'bg-bb',
  GammaGammaFitter: 'gamma-gamma',
};

const familyOfModel: Readonly<Record<string, string>> = {
  'BG/NBD': 'bg-nbd',
  'MBG/NBD': 'mbg-nbd',
  'Pareto/NBD': 'pareto-nbd',
  'BG/BB': 'bg-bb',
  'Gamma-Gamma': 'gamma-gamma',
};

/**
 * A fitter of lifetimes: `params_` alone, or an object with `params_` and, of the fitter's attributes, `_scale`,
 * `_negative_log_likelihood_` and `penalizer_coef`, and its class as `model`. `params_` is on the time of the data already;
 * the likelihood is not.
 */
export function readLifetimes(document: unknown): FoundParameters {
  const parsed = parsedDocument(document);
  if (!isObject(parsed)) {
    throw new CohortiumError('ARGUMENT_INVALID', 'lifetimes parameters are a JSON object such as fitter.params_.to_json() writes');
  }
  const given = isObject(parsed['params_']) ? parsed['params_'] : parsed;
  const columns = new Map([...columnsOfJson(given)].filter(([name]) => !name.startsWith('_') && name !== 'penalizer_coef'));
  const scale = numberOf(parsed, '_scale');
  const mean = numberOf(parsed, '_negative_log_likelihood_');
  const penalty = (numberOf(parsed, 'penalizer_coef') ?? 0) * penalised(columns, scale ?? 1);
  return {
    columns,
    family: familyOfFitter[String(parsed['model'])],
    timeScale: scale === undefined ? undefined : 1 / scale,
    meanNegativeLogLikelihood: mean === undefined ? undefined : mean - penalty,
    warnings: [],
  };
}

/** Sum of squares of the parameters on the time that lifetimes fits on. */
function penalised(columns: ReadonlyMap<string, readonly number[]>, scale: number): number {
  let total = 0;
  for (const [name, [value = 0]] of columns) {
    const fitted = name === 'alpha' || name === 'beta' ? value * scale : value;
    total += fitted * fitted;
  }
  return total;
}

function numberOf(document: JsonObject, key: string): number | undefined {
  return numbersIn(document[key])[0];
}

/**
 * A fit of PyMC-Marketing: `fit_result.to_dataframe().to_csv()`, `fit_result.to_dict()`, `fit_summary().to_json()`, or an
 * object of parameters with one number or an array of draws each.
 */
export function readPymcMarketing(document: unknown): FoundParameters {
  const parsed = parsedDocument(document);
  if (typeof parsed === 'string') return { columns: withoutPrior(columnsOfCsv(parsed).columns), warnings: [] };
  if (!isObject(parsed)) throw new CohortiumError('ARGUMENT_INVALID', 'PyMC-Marketing draws are CSV text or a JSON object');
  const family = familyOfModel[String(parsed['model'])];
  const variables = [parsed['data_vars'], parsed['posterior'], parsed['mean'], parsed['value']].find(isObject) ?? parsed;
  const inner = isObject(variables['data_vars']) ? variables['data_vars'] : variables;
  const warnings =
    variables === parsed['mean']
      ? ['a summary has means only: ask for the draws (fit_result.to_dataframe().to_csv()) to keep uncertainty']
      : [];
  return { columns: withoutPrior(columnsOfJson(inner)), family, warnings };
}

/** Versions before 0.10 name their variables after the priors: `alpha_prior`. */
function withoutPrior(columns: ReadonlyMap<string, number[]>): Map<string, number[]> {
  return new Map([...columns].map(([name, values]) => [name.replace(/_prior$/, ''), values]));
}
