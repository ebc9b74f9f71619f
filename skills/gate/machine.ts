/** Facts, vectors, verdicts, decisions, reviews: one effect after the other. Retries are the pipeline's. */
import { assign } from 'xstate';
import { z } from 'zod';

import { type EffectFailure, type SkillStart, skillSetup } from '../sdk/index.ts';
import {
  decidedUses,
  type decisionsJoinOutput,
  type factsAssembleOutput,
  type GateOutput,
  type policyDecideOutput,
  type reviewsOpenOutput,
  type Use,
  useSchema,
  type vectorsBuildOutput,
} from './schemas.ts';

type Replies = {
  readonly 'facts.assemble': z.infer<typeof factsAssembleOutput>;
  readonly 'vectors.build': z.infer<typeof vectorsBuildOutput>;
  readonly 'policy.decide': z.infer<typeof policyDecideOutput>;
  readonly 'decisions.join': z.infer<typeof decisionsJoinOutput>;
  readonly 'reviews.open': z.infer<typeof reviewsOpenOutput>;
};

export interface Context {
  readonly start: SkillStart;
  readonly facts: Replies['facts.assemble'] | null;
  readonly built: Replies['vectors.build'] | null;
  readonly decided: Replies['policy.decide'] | null;
  readonly joined: Replies['decisions.join'] | null;
  readonly reviews: Replies['reviews.open'] | null;
  readonly error: Pick<EffectFailure, 'code' | 'message'> | null;
  readonly [key: string]: unknown;
}

type Output = GateOutput | { readonly error: Context['error'] };

const gate = skillSetup<Context, Replies, Output>();

const fail = gate.assign({
  error: ({ event }) => ('error' in event ? { code: event.error.code, message: event.error.message } : null),
});

export const machine = gate.createMachine({
  id: 'gate',
  context: ({ input }) => ({ start: input, facts: null, built: null, decided: null, joined: null, reviews: null, error: null }),
  initial: 'assembling',
  states: {
    assembling: {
      entry: {
        type: 'requestEffect',
        params: ({ context: { start } }) => ({
          kind: 'facts.assemble',
          input: {
            snapshot: start.input['snapshot'],
            accounts: start.input['accounts'],
            asOf: start.asOf,
            uses: decidedUses(usesOf(start)).map(({ purpose, sink, facts }) => ({ purpose, sink, ...(facts && { facts }) })),
          },
        }),
      },
      on: {
        'facts.assemble.ok': { target: 'building', actions: assign({ facts: ({ event }) => event.output }) },
        'facts.assemble.failed': { target: 'failed', actions: fail },
        cancel: 'cancelled',
      },
    },
    building: {
      entry: {
        type: 'requestEffect',
        params: ({ context: { start, facts } }) => ({
          kind: 'vectors.build',
          input: {
            facts: facts?.facts,
            ofUses: facts?.ofUses,
            calibrated: start.input['calibrated'],
            reliability: start.input['reliability'],
            uses: usesOf(start),
            asOf: start.asOf,
          },
        }),
      },
      on: {
        'vectors.build.ok': { target: 'deciding', actions: assign({ built: ({ event }) => event.output }) },
        'vectors.build.failed': { target: 'failed', actions: fail },
        cancel: 'cancelled',
      },
    },
    deciding: {
      entry: {
        type: 'requestEffect',
        params: ({ context: { start, built } }) => ({ kind: 'policy.decide', input: { vectors: built?.vectors, asOf: start.asOf } }),
      },
      on: {
        'policy.decide.ok': { target: 'joining', actions: assign({ decided: ({ event }) => event.output }) },
        'policy.decide.failed': { target: 'failed', actions: fail },
        cancel: 'cancelled',
      },
    },
    joining: {
      entry: {
        type: 'requestEffect',
        params: ({ context: { built, decided } }) => ({
          kind: 'decisions.join',
          input: { verdicts: decided?.decisions, vectors: built?.vectors, classes: built?.classes, uses: built?.uses },
        }),
      },
      on: {
        'decisions.join.ok': { target: 'asking', actions: assign({ joined: ({ event }) => event.output }) },
        'decisions.join.failed': { target: 'failed', actions: fail },
        cancel: 'cancelled',
      },
    },
    asking: {
      entry: {
        type: 'requestEffect',
        params: ({ context: { start, joined } }) => ({ kind: 'reviews.open', input: { decisions: joined?.cases, asOf: start.asOf } }),
      },
      on: {
        'reviews.open.ok': { target: 'done', actions: assign({ reviews: ({ event }) => event.output }) },
        'reviews.open.failed': { target: 'failed', actions: fail },
        cancel: 'cancelled',
      },
    },
    done: { type: 'final' },
    failed: { type: 'final' },
    cancelled: { type: 'final' },
  },
  output: ({ context: { built, decided, joined, reviews, error } }) =>
    built && decided && joined && reviews
      ? {
          decisions: joined.decisions,
          uses: built.uses,
          verdicts: decided.decisions,
          counts: joined.counts,
          topReasons: joined.topReasons,
          policyDigest: decided.policyDigest,
          reviews,
        }
      : { error },
});

/** The configuration was checked when the run was planned. */
function usesOf({ config }: SkillStart): readonly Use[] {
  return z.array(useSchema).parse(config['uses'] ?? []);
}
