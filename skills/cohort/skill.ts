/**
 * Cohort: what every customer is worth in the horizon, at the account and at every cell of location × channel × brand, and
 * which cohorts a customer is in. Fits twice, today and one horizon ago, so that the next step can check it against what
 * came true. Refuses to value a graph without purchases or with a history shorter than the holdout.
 */
import { defineSkill, type Fact } from '../sdk/index.ts';
import { pure } from './effects/index.ts';
import { machine } from './machine.ts';
import {
  axesInputSchema,
  axesOutputSchema,
  type CohortOutput,
  configSchema,
  featureInputSchema,
  featureOutputSchema,
  fitInputSchema,
  fitOutputSchema,
  inputSchema,
  outputSchema,
  publishInputSchema,
  publishOutputSchema,
  valueInputSchema,
  valueOutputSchema,
} from './schemas.ts';

const features = {
  via: 'warehouse',
  method: 'buildFeatures',
  input: featureInputSchema,
  output: featureOutputSchema,
  idempotent: true,
  timeoutMs: 600_000,
  replay: 'recompute',
} as const;

export const skill = defineSkill({
  id: 'cohort',
  version: '0.1.0',
  contract: 1,
  title: 'Cohort',
  description: 'Values every account and cell with intervals, and assigns accounts to cohorts on eleven axes.',
  input: inputSchema,
  output: outputSchema,
  config: configSchema,
  consumes: ['snapshot.sealed@1'],
  emits: ['scores.computed@1', 'memberships.published@1'],
  effects: {
    'features.build': features,
    'features.holdout': features,
    'clv.fit': {
      via: 'pure',
      input: fitInputSchema,
      output: fitOutputSchema,
      idempotent: true,
      timeoutMs: 600_000,
      replay: 'recompute',
    },
    'clv.value': {
      via: 'pure',
      input: valueInputSchema,
      output: valueOutputSchema,
      idempotent: true,
      timeoutMs: 600_000,
      replay: 'recompute',
    },
    'axes.assign': {
      via: 'pure',
      input: axesInputSchema,
      output: axesOutputSchema,
      idempotent: true,
      timeoutMs: 300_000,
      replay: 'recompute',
    },
    'memberships.publish': {
      via: 'memberships',
      method: 'publish',
      input: publishInputSchema,
      output: publishOutputSchema,
      idempotent: true,
      timeoutMs: 300_000,
      replay: 'recorded',
    },
  },
  pure,
  machine,
  determinism: { level: 'bit-exact' },
  tools: [],
  facts: ({ summary }: CohortOutput): readonly Fact[] => [
    { id: 'cohort.customers', label: 'customers valued', value: summary.customers },
    { id: 'cohort.cells', label: 'visited cells', value: summary.cells },
    { id: 'cohort.clvTotal', label: 'value of all customers', value: summary.clvTotalMinor, unit: 'minor units' },
    { id: 'cohort.concentration', label: 'purchase days that the base shares weigh', value: summary.concentration },
    ...summary.timing.map(({ family, boundary }) => ({
      id: `cohort.boundary.${family}`,
      label: `limit of the ${family} model`,
      value: boundary,
    })),
  ],
  migrations: {},
});

export default skill;
