/** Writes parameters as another program reads them: the counterpart of {@link importParameters}. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import type { CovariateEffects } from '../covariates/index.ts';
import type { NamedParameters } from '../families.ts';
import type { ParameterSource } from './imported.ts';
import { btydOrder } from './read-r.ts';

export interface ParametersToExport {
  /** Id of a timing family, or `gamma-gamma`. */
  readonly family: string;
  readonly params: NamedParameters;
  /** Effects of covariates, as an imported model of CLVTools has them. */
  readonly covariates?: CovariateEffects | null;
}

/** Which families a program has, and what it calls them. */
const models: Readonly<Record<ParameterSource, Readonly<Record<string, string>>>> = {
  lifetimes: {
    'bg-nbd': 'BetaGeoFitter',
    'mbg-nbd': 'ModifiedBetaGeoFitter',
    'pareto-nbd': 'ParetoNBDFitter',
    'bg-bb': 'BetaGeoBetaBinomFitter',
    'gamma-gamma': 'GammaGammaFitter',
  },
  'pymc-marketing': {
    'bg-nbd': 'BG/NBD',
    'mbg-nbd': 'MBG/NBD',
    'pareto-nbd': 'Pareto/NBD',
    'bg-bb': 'BG/BB',
    'gamma-gamma': 'Gamma-Gamma',
  },
  clvtools: { 'bg-nbd': 'bgnbd', 'pareto-nbd': 'pnbd', 'gamma-gamma': 'gg' },
  btyd: { 'bg-nbd': 'bgnbd', 'pareto-nbd': 'pnbd', 'bg-bb': 'bgbb', 'gamma-gamma': 'spend' },
  btydplus: { nbd: 'nbd', 'mbg-nbd': 'mbgnbd', 'bg-cnbd': 'bgcnbd', 'mbg-cnbd': 'mbgcnbd' },
  stan: {},
};

/**
 * Plain JSON for the other program: named parameters under the key that its reader here expects. For BTYD and BTYDplus
 * `vector` has them in the package's order too.
 * @param model a fitted or an imported model
 * @throws {CohortiumError} ARGUMENT_INVALID when the program has no such model, or a parameter is at a limit (0) that it does
 *   not know
 */
export function exportParameters(target: ParameterSource, model: ParametersToExport): Readonly<Record<string, unknown>> {
  if (!Object.hasOwn(models, target)) {
    throw new CohortiumError('ARGUMENT_INVALID', `there is no writer for '${target}'; there are: ${Object.keys(models).join(', ')}`);
  }
  const { family } = model;
  const order = /cnbd-(\d+)$/.exec(family)?.[1];
  const name = models[target][family.replace(/-\d+$/, '')];
  if (target !== 'stan' && name === undefined) {
    throw new CohortiumError('ARGUMENT_INVALID', `${target} has no ${family}; it has: ${Object.keys(models[target]).join(', ')}`);
  }
  const atLimit = Object.entries(model.params).find(([, value]) => !(value > 0 && Number.isFinite(value)));
  if (atLimit) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `${atLimit[0]} is ${atLimit[1]}: the fit ran to a limit, which other programs cannot express; export the nested model that its boundary names`,
    );
  }
  const { covariates } = model;
  if (covariates && target !== 'clvtools') {
    throw new CohortiumError('ARGUMENT_INVALID', `${target} has no covariates in the sense of this model; only clvtools has them`);
  }
  const effects = Object.fromEntries([
    ...(covariates?.purchase ?? []).map(({ name: covariate, value }) => [`trans.${covariate}`, value] as const),
    ...(covariates?.dropout ?? []).map(({ name: covariate, value }) => [`life.${covariate}`, value] as const),
  ]);
  const { p, q, v } = model.params;
  const named: NamedParameters = {
    ...((order !== undefined || (target === 'btydplus' && family === 'mbg-nbd')) && { k: Number(order ?? 1) }),
    ...(target === 'btyd' && family === 'gamma-gamma' ? { p: p ?? 0, q: q ?? 0, gamma: v ?? 0 } : model.params),
  };
  switch (target) {
    case 'lifetimes':
      return { model: name, params_: named };
    case 'pymc-marketing':
      return {
        model: name,
        data_vars: Object.fromEntries(Object.entries(named).map(([key, value]) => [key, { dims: ['chain', 'draw'], data: [[value]] }])),
      };
    case 'clvtools':
      return { model: name, coef: { ...named, ...effects } };
    case 'btyd':
    case 'btydplus': {
      const vector = (order === undefined ? btydOrder(family) : ['k', ...btydOrder(family).slice(1)]).map((key) => named[key] ?? 0);
      return { model: name, params: named, vector };
    }
    default:
      return named;
  }
}
