/** Fit of personas: several starts tried on few rows, the best of them run on the sample, and one pass over all rows for profiles. */
import { makeRng } from '../../../../sdk/numeric/index.ts';
import { canonicalOrder, evenSample } from '../quality/canonical-order.ts';
import { scaleOf, standardise } from '../quality/standardise.ts';
import { assignRows } from './assign.ts';
import { checkPersonaColumns, dictionariesOf, type PersonaColumns, recode } from './columns.ts';
import { checkConfig, type PersonaConfig } from './config.ts';
import { chooseGamma } from './gamma.ts';
import { partition, type Partition } from './k-prototypes.ts';
import { mixRows, type Prototypes } from './mixed-rows.ts';
import type { PersonaModel } from './model.ts';
import { profilePersonas } from './profile.ts';
import { drawPrototypes } from './prototype-start.ts';

/** Rows on which starts are compared. */
const trialRows = 20_000;

/**
 * @throws {CohortiumError} NUMERIC_DOMAIN for no rows, no columns, unusable values, or a configuration out of its limits
 */
export function fitPersonas(config: PersonaConfig, data: PersonaColumns, seed: string): PersonaModel {
  const checked = checkConfig(config);
  const rows = checkPersonaColumns(data);
  const rng = makeRng(`persona/${seed}`);
  const { scale, columns } = standardise(data.columns, scaleOf(data.columns));
  const dictionaries = dictionariesOf(data.categories);
  const codes = recode(dictionaries, data.categories);
  const kinds = dictionaries.map(({ values }) => values.length);
  const gamma = checked.gamma ?? chooseGamma(scale.sd.filter((sd) => sd > 0).length, columns.length, codes, kinds);

  const order = canonicalOrder([...data.columns, ...codes.map((column) => Float64Array.from(column))]);
  const chosen = evenSample(order, checked.maxRows, rng.split('sample').uniform());
  const sample = mixRows(columns, codes, chosen);
  const trial = mixRows(columns, codes, evenSample(chosen, trialRows, rng.split('trial').uniform()));
  let best: Partition | undefined;
  for (let restart = 0; restart < (checked.cohorts === 1 ? 1 : checked.restarts); restart++) {
    const start = drawPrototypes(trial, checked.cohorts, gamma, rng.split(`start ${restart}`));
    const tried = partition(trial, kinds, start, gamma, checked.maxIterations);
    if (!best || tried.cost < best.cost) best = tried;
  }
  const start = best?.prototypes ?? drawPrototypes(trial, checked.cohorts, gamma, rng);
  const fitted = partition(sample, kinds, start, gamma, checked.maxIterations);

  const { size } = fitted.prototypes;
  const assigned = assignRows(columns, codes, fitted.prototypes, gamma);
  const { prototypes, numberOf } = numberPrototypes(fitted.prototypes, assigned.label);
  const label = assigned.label.map((prototype) => numberOf[prototype] ?? 0);
  return {
    method: 'persona',
    features: [...data.names],
    scale,
    categories: dictionaries,
    gamma,
    prototypes: Array.from({ length: size }, (_, persona) => ({
      means: Array.from(prototypes.means.subarray(persona * columns.length, (persona + 1) * columns.length)),
      modes: dictionaries.map(({ values }, at) => values[prototypes.modes[persona * codes.length + at] ?? -1] ?? null),
    })),
    cost: fitted.cost / sample.count,
    iterations: fitted.iterations,
    converged: fitted.converged,
    rows,
    fittedRows: sample.count,
    profile: profilePersonas(data, dictionaries, codes, scale, { label, confidence: assigned.confidence, size }),
  };
}

/** The largest comes first; of equals the one with the smaller means, then with the earlier values. */
function numberPrototypes(
  { size, means, modes }: Prototypes,
  label: Int32Array,
): { readonly prototypes: Prototypes; readonly numberOf: Int32Array } {
  const width = means.length / size;
  const depth = modes.length / size;
  const sizes = new Int32Array(size);
  for (const prototype of label) sizes[prototype] = (sizes[prototype] ?? 0) + 1;
  const ranking = Array.from(sizes.keys()).toSorted((one, other) => {
    const difference = (sizes[other] ?? 0) - (sizes[one] ?? 0);
    return difference || firstGap(means, width, one, other) || firstGap(modes, depth, one, other) || one - other;
  });
  const numberOf = new Int32Array(size);
  const ranked = { size, means: new Float64Array(means.length), modes: new Int32Array(modes.length) };
  for (const [number, prototype] of ranking.entries()) {
    numberOf[prototype] = number;
    ranked.means.set(means.subarray(prototype * width, (prototype + 1) * width), number * width);
    ranked.modes.set(modes.subarray(prototype * depth, (prototype + 1) * depth), number * depth);
  }
  return { prototypes: ranked, numberOf };
}

function firstGap(values: ArrayLike<number>, width: number, one: number, other: number): number {
  for (let at = 0; at < width; at++) {
    const gap = (values[one * width + at] ?? 0) - (values[other * width + at] ?? 0);
    if (gap !== 0) return gap;
  }
  return 0;
}
