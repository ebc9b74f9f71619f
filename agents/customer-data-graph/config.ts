/**
 * cohortium.yaml: what an operator decides once. Parsed, checked and explained here; refuses unknown keys, so that a typo is
 * an error and not a silent default.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { z } from 'zod';

import { cadenceRuleFault, cadences, defaultCadenceRule } from '../../skills/recalibrate/core/cadence/index.ts';
import { CohortiumError, readYaml } from '../../skills/sdk/index.ts';
import { gateConfigSchema } from './gate/gate-config.ts';
import { defaultAlertLimits } from './ingest/health-alerts.ts';
import { keysConfigSchema } from './keys/keys-config.ts';
import { actsConfigSchema } from './record/act-config.ts';
import { anchorsSchema } from './record/anchors/anchor-config.ts';
import { requestsConfigSchema } from './requests/requests-config.ts';
import { schedulesSchema } from './schedules/schedule-schema.ts';

const isoDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'an ISO date such as 2026-01-31 was expected');

const share = z.number().min(0).max(1);

export const configSchema = z.strictObject({
  cohortium: z.literal(1).describe('Version of this file format.'),
  merchant: z.string().min(1).describe('Name shown in reports.'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'an ISO 4217 code such as EUR was expected')
    .describe('The one currency of all amounts, ISO 4217.'),
  clock: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('system') }),
      z.strictObject({ kind: z.literal('simulated'), at: isoDate.describe('What the clock shows at start.') }),
    ])
    .default({ kind: 'system' })
    .describe('Where time comes from. Simulated data has a simulated clock.'),
  consent: z
    .strictObject({
      completeSince: isoDate.optional().describe('From this day on every opt-out is in the data, so silence means no opt-out.'),
    })
    .default({}),
  keys: keysConfigSchema,
  ledger: z
    .strictObject({
      reserveMb: z
        .number()
        .min(0)
        .max(10_000)
        .default(4)
        .describe('Room kept on the disk for the record, in MB; `cohortium override` gives it back when the disk is full. 0 keeps none.'),
      checkpoint: z
        .strictObject({
          mldsa44: z
            .boolean()
            .default(false)
            .describe('Signs checkpoints a second time with ML-DSA-44, which quantum computers are not known to forge. Needs Node 24.6.'),
        })
        .prefault({})
        .describe('How the state of the ledger is signed.'),
    })
    .prefault({})
    .describe('The record.'),
  acts: actsConfigSchema,
  anchors: anchorsSchema,
  alerts: z
    .strictObject({
      errorRate: share
        .default(defaultAlertLimits.errorRate)
        .describe('Refused of all arrivals, of a type or a source: from here on a warning.'),
      errorRateCritical: share.default(defaultAlertLimits.errorRateCritical).describe('The same, from here on critical.'),
      volumeShare: share
        .default(defaultAlertLimits.volumeShare)
        .describe('Volume of a day, of what is usual on that weekday, below which is a warning.'),
      aheadShare: share
        .default(defaultAlertLimits.aheadShare)
        .describe('Signals that claim to be later than their arrival, of all: from here on a warning.'),
      leastArrivals: z
        .int()
        .min(1)
        .default(defaultAlertLimits.leastArrivals)
        .describe('Fewer arrivals than this are no ground for an alert.'),
    })
    .prefault({})
    .describe('Limits of the alerts of ingest health; `cohortium signals health` shows them.'),
  schedules: schedulesSchema.default([]).describe('What the agent starts by itself, and when; `cohortium schedules list` shows it.'),
  cadence: z
    .strictObject({
      shortest: z.enum(cadences).default(defaultCadenceRule.shortest).describe('No cohort is recalibrated more often.'),
      longest: z.enum(cadences).default(defaultCadenceRule.longest).describe('Nor more seldom.'),
      start: z.enum(cadences).default(defaultCadenceRule.start).describe('Of a cohort that nothing is known of.'),
      shortenAbove: z
        .number()
        .default(defaultCadenceRule.shortenAbove)
        .describe('Relative error of a matured window above which it gets shorter.'),
      lengthenBelow: z.number().default(defaultCadenceRule.lengthenBelow).describe('Relative error below which a window is calm.'),
      patience: z.int().min(1).default(defaultCadenceRule.patience).describe('Calm windows in a row before it gets longer.'),
      leastCustomers: z.int().min(1).default(defaultCadenceRule.leastCustomers).describe('Windows with fewer customers change nothing.'),
      weighModels: z.boolean().default(true).describe('Recorded errors are what the weights of timing models are pulled to.'),
    })
    .prefault({})
    .superRefine((rule, context) => {
      const message = cadenceRuleFault(rule);
      if (message !== undefined) context.addIssue({ code: 'custom', message, input: rule });
    })
    .describe('How often cohorts are recalibrated, by what came of earlier predictions; `cohortium cadence list` shows it.'),
  champion: z
    .strictObject({
      historyMonths: z
        .int()
        .min(1)
        .max(120)
        .default(9)
        .describe('Months before a cut-off that a value model learns from. `cohortium tune windows` proposes others.'),
      predMonths: z.int().min(1).max(60).default(6).describe('Months after it whose net spend is predicted.'),
      origins: z
        .int()
        .min(1)
        .max(12)
        .default(3)
        .describe('Cut-offs that a model learns from, half a prediction time apart, at most; fewer where the log is too short.'),
      boosting: z
        .strictObject({
          rounds: z.int().min(1).max(10_000).default(150).describe('Trees.'),
          leaves: z.int().min(2).max(255).default(12).describe('Leaves of a tree at most.'),
          learningRate: z.number().gt(0).max(1).default(0.05).describe('Share of each step that is taken.'),
          minLeaf: z.int().min(1).default(20).describe('Customers in a leaf at least.'),
          l2: z.number().min(0).default(1).describe('Ridge on the values of leaves.'),
        })
        .prefault({})
        .describe('How the gradient-boosted trees are grown.'),
      monitoring: z
        .strictObject({
          rmse: z.number().gt(0).default(0.2).describe('Relative rise of RMSE over the baseline above which there is an alert.'),
          r2: z.number().gt(0).default(0.15).describe('Relative fall of R² under the baseline above which there is an alert.'),
          lagDays: z.int().min(0).max(366).default(0).describe('Days that late returns are waited for before a window is judged.'),
        })
        .prefault({})
        .describe('Limits of drift.'),
      scoring: z
        .strictObject({
          tiers: z
            .array(z.number().gt(0).lt(100))
            .min(1)
            .default([1, 5, 10, 20, 50])
            .refine((cuts) => cuts.every((cut, at) => at === 0 || cut > (cuts[at - 1] ?? 0)), 'cut points that ascend were expected')
            .describe('Value tiers, per cent of the customers: Top-1 %, Top-5 % ….'),
          clusters: z
            .union([z.int().min(1).max(50), z.strictObject({ from: z.int().min(2), to: z.int().max(50) })])
            .default({ from: 2, to: 8 })
            .describe('Behaviour clusters: a number, or a range that the best separated one is taken from.'),
          bump: z
            .enum(['schedule', 'house-ware'])
            .default('schedule')
            .describe('The cut-off after 12 weeks: the next first Monday, or 30 days on.'),
        })
        .prefault({})
        .describe('What `cohortium score-run` makes of predictions.'),
    })
    .prefault({})
    .describe('The value model that `cohortium train` fits and a person approves.'),
  gate: gateConfigSchema,
  requests: requestsConfigSchema,
  skills: z.array(z.string().min(1)).default([]).describe('Names of third-party skill packages installed in this directory.'),
});

export type OperatorConfig = z.infer<typeof configSchema>;

/** Files and folders of an operator directory. */
export interface OperatorPaths {
  readonly directory: string;
  readonly config: string;
  readonly pipelines: string;
  readonly policies: string;
  readonly registries: string;
  /** Everything that the agent itself writes. */
  readonly state: string;
}

export function operatorPaths(directory: string): OperatorPaths {
  const absolute = resolve(directory);
  return {
    directory: absolute,
    config: join(absolute, 'cohortium.yaml'),
    pipelines: join(absolute, 'pipelines'),
    policies: join(absolute, 'policies'),
    registries: join(absolute, 'registries'),
    state: join(absolute, '.cohortium'),
  };
}

/**
 * The nearest operator directory at or above a place.
 * @throws {CohortiumError} CONFIG_NOT_FOUND
 */
export function findOperatorDirectory(from: string): string {
  for (let directory = resolve(from); ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'cohortium.yaml'))) return directory;
    if (directory === dirname(directory)) {
      throw new CohortiumError('CONFIG_NOT_FOUND', `no cohortium.yaml in ${resolve(from)} or above it; run 'cohortium init' first`);
    }
  }
}

/**
 * @throws {CohortiumError} CONFIG_NOT_FOUND, or CONFIG_INVALID with every fault at once
 */
export function readConfig(paths: OperatorPaths): OperatorConfig {
  if (!existsSync(paths.config)) {
    throw new CohortiumError('CONFIG_NOT_FOUND', `${paths.config} does not exist; run 'cohortium init' in ${paths.directory}`);
  }
  const { value, diagnostics } = readYaml(readFileSync(paths.config, 'utf8'), 'cohortium.yaml', configSchema, 'CONFIG_INVALID');
  if (value === undefined) {
    throw new CohortiumError('CONFIG_INVALID', `cohortium.yaml has ${diagnostics.length} fault(s)`, { diagnostics });
  }
  return value;
}
