/** Emission: publishes values for lookups and delivers them to subscribers. Refuses what has no decision and no record. */
import { defineSkill, type Fact } from '../sdk/index.ts';
import { composeEmissions } from './effects.ts';
import { machine } from './machine.ts';
import {
  composeInput,
  composeOutput,
  configSchema,
  deliverOutput,
  type EmissionOutput,
  emissionsInput,
  enqueueOutput,
  inputSchema,
  outputSchema,
  publishInput,
  publishOutput,
} from './schemas.ts';

export const skill = defineSkill({
  id: 'emission',
  version: '0.1.0',
  contract: 1,
  title: 'Emission',
  description: 'Publishes gated and recorded values to the score store and delivers them to subscribers with acknowledgment.',
  input: inputSchema,
  output: outputSchema,
  config: configSchema,
  consumes: ['ledger.appended@1'],
  emits: ['value.emitted@1'],
  effects: {
    'emissions.compose': {
      via: 'pure',
      input: composeInput,
      output: composeOutput,
      idempotent: true,
      timeoutMs: 120_000,
      replay: 'recompute',
    },
    'scores.publish': {
      via: 'scoreStore',
      method: 'publish',
      input: publishInput,
      output: publishOutput,
      idempotent: true,
      timeoutMs: 300_000,
      replay: 'recorded',
    },
    'outbox.enqueue': {
      via: 'transport',
      method: 'enqueue',
      input: emissionsInput,
      output: enqueueOutput,
      idempotent: true,
      timeoutMs: 60_000,
      replay: 'recorded',
    },
    'outbox.deliver': {
      via: 'transport',
      method: 'deliver',
      input: emissionsInput,
      output: deliverOutput,
      idempotent: true,
      timeoutMs: 600_000,
      replay: 'recorded',
    },
  },
  pure: { 'emissions.compose': composeEmissions },
  machine,
  determinism: { level: 'bit-exact' },
  tools: [],
  facts: (output: EmissionOutput): readonly Fact[] => [
    { id: 'emission.sent', label: 'messages sent', value: output.sent },
    { id: 'emission.acknowledged', label: 'messages acknowledged', value: output.acknowledged },
    { id: 'emission.items', label: 'values in them', value: output.items },
  ],
  migrations: {},
});

export default skill;
