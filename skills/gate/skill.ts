/**
 * Gate: decides for every customer, purpose and sink whether a value may be used. Pass, fail, or counsel when a fact is
 * missing that could matter. Refuses to let a case through because something is not known.
 */
import { defineSkill, type Fact } from '../sdk/index.ts';
import { buildVectors, joinDecisions } from './effects.ts';
import { machine } from './machine.ts';
import {
  configSchema,
  decisionsJoinInput,
  decisionsJoinOutput,
  factsAssembleInput,
  factsAssembleOutput,
  type GateOutput,
  inputSchema,
  outputSchema,
  policyDecideInput,
  policyDecideOutput,
  reviewsOpenInput,
  reviewsOpenOutput,
  vectorsBuildInput,
  vectorsBuildOutput,
} from './schemas.ts';

export const skill = defineSkill({
  id: 'gate',
  version: '0.1.0',
  contract: 1,
  title: 'Gate',
  description: 'Decides per customer, purpose and sink: pass, fail, or counsel when an unknown fact could matter.',
  input: inputSchema,
  output: outputSchema,
  config: configSchema,
  consumes: ['score.calibrated@1'],
  emits: ['score.decided@1'],
  effects: {
    'facts.assemble': {
      via: 'graph',
      method: 'assembleFacts',
      input: factsAssembleInput,
      output: factsAssembleOutput,
      idempotent: true,
      timeoutMs: 600_000,
      replay: 'recompute',
    },
    'vectors.build': {
      via: 'pure',
      input: vectorsBuildInput,
      output: vectorsBuildOutput,
      idempotent: true,
      timeoutMs: 600_000,
      replay: 'recompute',
    },
    'policy.decide': {
      via: 'policyEngine',
      method: 'decide',
      input: policyDecideInput,
      output: policyDecideOutput,
      idempotent: true,
      timeoutMs: 600_000,
      replay: 'recompute',
    },
    'decisions.join': {
      via: 'pure',
      input: decisionsJoinInput,
      output: decisionsJoinOutput,
      idempotent: true,
      timeoutMs: 600_000,
      replay: 'recompute',
    },
    'reviews.open': {
      via: 'reviews',
      method: 'open',
      input: reviewsOpenInput,
      output: reviewsOpenOutput,
      idempotent: true,
      timeoutMs: 60_000,
      replay: 'recorded',
    },
  },
  pure: { 'vectors.build': buildVectors, 'decisions.join': joinDecisions },
  machine,
  determinism: { level: 'bit-exact' },
  tools: [],
  facts: ({ counts, topReasons, reviews }: GateOutput): readonly Fact[] => [
    { id: 'gate.pass', label: 'decisions that passed', value: counts.pass },
    { id: 'gate.fail', label: 'decisions that failed', value: counts.fail },
    { id: 'gate.counsel', label: 'decisions that wait for counsel', value: counts.counsel },
    { id: 'gate.reviews', label: 'cases opened for review', value: reviews.opened },
    ...topReasons.map(({ policy, outcome, count }) => ({
      id: `gate.reason.${policy}.${outcome}`,
      label: `decisions with outcome ${outcome} because of ${policy}`,
      value: count,
    })),
  ],
  migrations: {},
});

export default skill;
