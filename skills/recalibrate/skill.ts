/**
 * Recalibrate: turns raw scores into values that were right in the last holdout period, with an interval and a tier that
 * says how far to trust them. Refuses to invent evidence: with few outcomes nothing is changed and every tier is none.
 */
import { defineSkill, type Fact } from '../sdk/index.ts';
import { pure } from './effects.ts';
import { machine } from './machine.ts';
import {
  applyInputSchema,
  applyOutputSchema,
  configSchema,
  fitInputSchema,
  fitOutputSchema,
  inputSchema,
  outputSchema,
  type RecalibrateOutput,
} from './schemas.ts';

export const skill = defineSkill({
  id: 'recalibrate',
  version: '0.1.0',
  contract: 1,
  title: 'Recalibrate',
  description:
    'Calibrates purchase probabilities and the money scale on a holdout, per cohort with shrinkage; intervals and confidence tiers.',
  input: inputSchema,
  output: outputSchema,
  config: configSchema,
  consumes: ['scores.computed@1'],
  emits: ['scores.calibrated@1'],
  effects: {
    'calibration.fit': {
      via: 'pure',
      input: fitInputSchema,
      output: fitOutputSchema,
      idempotent: true,
      timeoutMs: 300_000,
      replay: 'recompute',
    },
    'calibration.apply': {
      via: 'pure',
      input: applyInputSchema,
      output: applyOutputSchema,
      idempotent: true,
      timeoutMs: 300_000,
      replay: 'recompute',
    },
  },
  pure,
  machine,
  determinism: { level: 'bit-exact' },
  tools: [],
  facts: (output: RecalibrateOutput): readonly Fact[] => [
    { id: 'calibration.n', label: 'customers in the holdout', value: output.reliability.n },
    { id: 'calibration.eceBefore', label: 'calibration error before', value: output.reliability.eceBefore },
    { id: 'calibration.eceAfter', label: 'calibration error after', value: output.reliability.eceAfter },
    { id: 'calibration.moneyScale', label: 'actual over predicted spend', value: output.reliability.moneyScale },
  ],
  migrations: {},
});

export default skill;
