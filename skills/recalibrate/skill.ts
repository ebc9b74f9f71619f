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
  facts: ({ reliability }: RecalibrateOutput): readonly Fact[] => [
    { id: 'calibration.n', label: 'customers in the holdout', value: reliability.n },
    { id: 'calibration.eceBefore', label: 'calibration error before', value: reliability.eceBefore },
    { id: 'calibration.eceAfter', label: 'calibration error after', value: reliability.eceAfter },
    { id: 'calibration.moneyScale', label: 'actual over predicted spend', value: reliability.moneyScale },
    { id: 'calibration.eceDebiased', label: 'calibration error, debiased', value: reliability.eceDebiased },
    { id: 'calibration.brier', label: 'Brier score', value: reliability.brier },
    ...factOf('calibration.brierSkill', 'Brier skill', reliability.bss),
    ...factOf('calibration.oOverE', 'buyers over expected buyers', reliability.oOverE),
    ...factOf('calibration.picp90', 'spend inside 90 % intervals', reliability.picp['0.9']),
    ...factOf('calibration.decileLift', 'spend of the top tenth over the mean', reliability.decileLift),
    { id: 'calibration.method', label: 'maps that were applied', value: reliability.method },
  ],
  migrations: {},
});

/** A number that could not be measured is no fact. */
function factOf(id: string, label: string, value: number | null | undefined): readonly Fact[] {
  return typeof value === 'number' ? [{ id, label, value }] : [];
}

export default skill;
