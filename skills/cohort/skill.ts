/**
 * Cohort: what every customer is worth in the horizon, at the account and at every cell of location × channel × brand, and
 * which cohorts a customer is in: on eleven axes, and by the operator's definitions in six windows. Fits value twice, today and one horizon ago, so that the next step can check it against what
 * came true. Refuses to value a graph without purchases or with a history shorter than the holdout.
 */
import { defineSkill, type Fact } from '../sdk/index.ts';
import { pure } from './effects/index.ts';
import { machine } from './machine.ts';
import {
  assignInputSchema,
  assignOutputSchema,
  axesInputSchema,
  axesOutputSchema,
  type CohortConfig,
  type CohortOutput,
  collectInputSchema,
  collectOutputSchema,
  configSchema,
  featureInputSchema,
  featureOutputSchema,
  fitInputSchema,
  fitOutputSchema,
  inputSchema,
  latestInputSchema,
  latestOutputSchema,
  methodsInputSchema,
  methodsOutputSchema,
  outputSchema,
  publishInputSchema,
  publishOutputSchema,
  touchedInputSchema,
  touchedOutputSchema,
  valueInputSchema,
  valueOutputSchema,
  windowsInputSchema,
  windowsOutputSchema,
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
  description:
    'Values every account and cell with intervals, assigns accounts to cohorts on eleven axes, and computes the cohort definitions of the operator in their windows.',
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
    'features.windows': {
      via: 'warehouse',
      method: 'buildWindows',
      input: windowsInputSchema,
      output: windowsOutputSchema,
      idempotent: true,
      timeoutMs: 3_600_000,
      replay: 'recompute',
    },
    'features.touched': {
      via: 'warehouse',
      method: 'touchedSince',
      input: touchedInputSchema,
      output: touchedOutputSchema,
      idempotent: true,
      timeoutMs: 600_000,
      replay: 'recompute',
    },
    'memberships.latest': {
      via: 'memberships',
      method: 'latest',
      input: latestInputSchema,
      output: latestOutputSchema,
      idempotent: true,
      timeoutMs: 60_000,
      replay: 'recorded',
    },
    'methods.compute': {
      via: 'cohortMethods',
      method: 'compute',
      input: methodsInputSchema,
      output: methodsOutputSchema,
      idempotent: true,
      timeoutMs: 6 * 3_600_000,
      replay: 'recompute',
    },
    'methods.assign': {
      via: 'cohortMethods',
      method: 'assign',
      input: assignInputSchema,
      output: assignOutputSchema,
      idempotent: true,
      timeoutMs: 3_600_000,
      replay: 'recompute',
    },
    'cohorts.collect': {
      via: 'pure',
      input: collectInputSchema,
      output: collectOutputSchema,
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
  puts: ({ value, cohorts, refit }: CohortConfig): readonly string[] =>
    Object.keys(outputSchema.shape).filter((name) => {
      if (!name.startsWith('cohort')) return value;
      return cohorts && refit === (name !== 'cohortUpdate');
    }),
  facts: ({ summary, cohortSummary, cohortUpdate }: CohortOutput): readonly Fact[] => [
    ...(cohortUpdate === null
      ? []
      : [
          { id: 'cohort.touched', label: 'customers assigned again', value: cohortUpdate.customers },
          { id: 'cohort.moved', label: 'memberships that moved', value: cohortUpdate.moved },
        ]),
    ...(summary === null ? [] : valueFacts(summary)),
    ...(cohortSummary === null
      ? []
      : [
          { id: 'cohort.definitions', label: 'cohort definitions computed', value: cohortSummary.definitions },
          { id: 'cohort.windows', label: 'definitions times windows', value: cohortSummary.windows },
          { id: 'cohort.members', label: 'memberships', value: cohortSummary.members },
        ]),
  ],
  migrations: {},
});

function valueFacts(summary: NonNullable<CohortOutput['summary']>): readonly Fact[] {
  return [
    { id: 'cohort.customers', label: 'customers valued', value: summary.customers },
    { id: 'cohort.cells', label: 'visited cells', value: summary.cells },
    { id: 'cohort.clvTotal', label: 'value of all customers', value: summary.clvTotalMinor, unit: 'minor units' },
    { id: 'cohort.concentration', label: 'purchase days that the base shares weigh', value: summary.concentration },
    ...summary.timing.map(({ family, boundary }) => ({
      id: `cohort.boundary.${family}`,
      label: `limit of the ${family} model`,
      value: boundary,
    })),
  ];
}

export default skill;
