/** Personas: groups by numbers and names at once, called by what sets them apart. */
import { compareText } from '../../../sdk/index.ts';
import { persona, type PersonaColumns, type PersonaModel } from '../../core/methods/index.ts';
import { type Reasons, keepReasons } from '../../core/runs/top-reasons.ts';
import { parameterSchemas } from '../../definitions/parameters.ts';
import type { CohortPicture } from '../../definitions/pictures.ts';
import type { Frame } from '../frame.ts';
import type { CohortRecipe, CohortWords } from '../recipe.ts';
import { placeCustomers, runMethod } from '../run-method.ts';
import { type MoneyUnit, nameByTraits, sayTraits, strongestTraits, type Trait } from '../words.ts';
import { isSkipped, type Numbers, type NumbersContext, readNumbers, saySizes, scaleNumbers, takeColumns, traitsOf } from './numbers.ts';
import { percent } from './tokens.ts';

export const personaRecipe: CohortRecipe = {
  method: 'persona',
  identity: 'overlap',
  compute({ frame, parameters, features, ...run }) {
    const { cohorts, categories, restarts, logarithms } = parameterSchemas.persona.parse(parameters);
    const numbers = readNumbers(frame, features, logarithms);
    if (isSkipped(numbers)) return numbers;
    const data = readPersonas(frame, numbers, categories);
    return runMethod(
      {
        data,
        customers: frame.rows.length,
        take: takePersonas,
        fit: (columns, seed) => persona.fit({ cohorts, restarts }, columns, seed),
        assign: persona.assign,
        cohortsOf: (model) => model.profile.length,
        fitRows: Number.POSITIVE_INFINITY,
        resampling: { refits: 9, rows: 10_000 },
        silhouette: numbers.standard,
        describe: (model, { label }) => {
          const traits = mixedTraits(model, numbers, label);
          return {
            cohorts: wordsOf(traits, label, frame.money),
            features: featuresOf(data),
            reasons: mixedReasons(model, numbers, data, label),
            context: { scale: numbers.scale },
            own: { cost: model.cost, gamma: model.gamma, iterations: model.iterations },
            picture: profilesPicture(traits),
          };
        },
      },
      run,
      frame,
    );
  },
  assign({ frame, parameters, features, context, ...models }) {
    const { categories, logarithms } = parameterSchemas.persona.parse(parameters);
    const numbers = scaleNumbers(frame, features, logarithms, (context as NumbersContext).scale); // put there by compute
    const data = readPersonas(frame, numbers, categories);
    return placeCustomers(
      frame,
      {
        data,
        assign: persona.assign,
        features: featuresOf(data),
        reasons: (model: PersonaModel, { label }) => mixedReasons(model, numbers, data, label),
      },
      models,
    );
  },
};

function readPersonas(frame: Frame, { data }: Numbers, categories: readonly string[]): PersonaColumns {
  return { ...data, categories: categories.map((name) => readCategory(frame, name)) };
}

function featuresOf({ names, categories }: PersonaColumns): string[] {
  return [...names, ...categories.map(({ name }) => name)];
}

function readCategory(frame: Frame, name: string): PersonaColumns['categories'][number] {
  const texts = frame.texts(name);
  const values = [...new Set(texts)].filter((text) => text !== '').sort(compareText);
  const codeOf = new Map(values.map((value, code) => [value, code]));
  return { name, codes: Int32Array.from(texts, (text) => codeOf.get(text) ?? -1), values };
}

function takePersonas({ categories, ...numbers }: PersonaColumns, rows: Uint32Array): PersonaColumns {
  return {
    ...takeColumns(numbers, rows),
    categories: categories.map(({ name, codes, values }) => ({ name, values, codes: Int32Array.from(rows, (row) => codes[row] ?? -1) })),
  };
}

/** Numbers by their means; of each category the value that stands out most, as `channel: web`. */
function mixedTraits(model: PersonaModel, numbers: Numbers, label: Int32Array): Trait[][] {
  const means = traitsOf(numbers, label, model.profile.length);
  return model.profile.map(({ categories }, cohort) =>
    strongestTraits([
      ...(means[cohort] ?? []),
      ...categories.flatMap(({ category, values }): Trait[] =>
        values.slice(0, 1).map(({ value, share, lift }) => {
          const all = lift > 0 ? share / lift : 0;
          return { feature: `${category}: ${value}`, here: share, all, difference: share - all };
        }),
      ),
    ]),
  );
}

function wordsOf(traits: readonly (readonly Trait[])[], label: Int32Array, money: MoneyUnit): CohortWords[] {
  const isCategory = ({ feature }: Trait): boolean => feature.includes(': ');
  const names = nameByTraits(traits);
  const sizes = saySizes(label, traits.length);
  return traits.map((own, cohort) => {
    const shares = own
      .filter((trait) => isCategory(trait) && trait.difference > 0)
      .slice(0, 2)
      .map(({ feature, here, all }) => `${feature} for ${percent(here)}, of all ${percent(all)}.`);
    const numbers = sayTraits(
      own.filter((trait) => !isCategory(trait)),
      money,
    );
    return {
      name: names[cohort] ?? '',
      says: [sizes[cohort] ?? '', ...numbers.slice(0, 1), ...shares, ...numbers.slice(1)],
      traits: own,
    };
  });
}

/** How much nearer each number, and each name that fits or does not, brings a customer to the own persona than to the next. */
function mixedReasons(model: PersonaModel, { standard }: Numbers, data: PersonaColumns, label: Int32Array): Reasons {
  const { second } = persona.assign(model, data);
  const reasons = keepReasons(label.length);
  const names = data.categories.map(
    ({ codes, values }) =>
      (row: number) =>
        values[codes[row] ?? -1],
  );
  for (const [row, own] of label.entries()) {
    const here = model.prototypes[own];
    const there = model.prototypes[second[row] ?? -1];
    if (!here || !there) continue;
    for (const [at, column] of standard.entries()) {
      const near = (column[row] ?? 0) - (here.means[at] ?? 0);
      const far = (column[row] ?? 0) - (there.means[at] ?? 0);
      reasons.offer(row, at, far * far - near * near);
    }
    for (const [at, nameOf] of names.entries()) {
      const value = nameOf(row);
      if (value === undefined) continue;
      const near = value === here.modes[at] ? 0 : model.gamma;
      const far = value === there.modes[at] ? 0 : model.gamma;
      reasons.offer(row, standard.length + at, far - near);
    }
  }
  return reasons;
}

function profilesPicture(traits: readonly (readonly Trait[])[]): CohortPicture {
  return {
    kind: 'profiles',
    data: {
      cohorts: traits.map((own, cohort) => ({ cohort, traits: own.map(({ feature, difference }) => ({ name: feature, difference })) })),
    },
  };
}
