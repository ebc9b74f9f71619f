/**
 * Files of the law: regimes and the vocabulary of facts, as YAML. A regime says what a law demands, where and when it holds, what it
 * leaves out, and which rules follow for the gate. Refuses a rule that could fail somebody on what counsel has not confirmed.
 */
import { z } from 'zod';

import { anchors } from '../core/policy/rule.ts';

const name = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'a kebab-case name was expected');
const isoDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'an ISO date such as 2026-01-31 was expected');
const line = z.string().trim().min(1).max(600);
const factName = z.string().regex(/^[a-z][A-Za-z0-9]*$/, 'a camelCase name was expected');
const scalar = z.union([z.string().min(1), z.int(), z.boolean()]);

const comparison = z
  .strictObject({ above: z.int(), atLeast: z.int(), below: z.int(), atMost: z.int() })
  .partial()
  .refine((limits) => Object.keys(limits).length > 0, 'one of above, atLeast, below, atMost was expected');

/** `{ residency: EU, profilingOptOut: true }`: all of them; `any:` a list, `not:` one, `all:` a list. A list of values means one of. */
export interface ConditionText {
  readonly [fact: string]: unknown;
}

export const conditionSchema: z.ZodType<ConditionText> = z.lazy(() =>
  z.record(
    z.string(),
    z.union([scalar, z.array(scalar).min(1), comparison, z.array(conditionSchema).min(1), z.lazy(() => conditionSchema)]),
  ),
);

const day = { effectiveFrom: isoDate.optional(), effectiveTo: isoDate.optional() };

const ruleSchema = z
  .strictObject({
    id: name,
    outcome: z.enum(['fail', 'counsel']),
    purposes: z
      .union([z.array(z.string().min(1)).min(1), z.enum(['all', 'marketing', 'significant'])])
      .describe('Purposes, or a group: all; marketing; significant (legal or similarly significant decisions).'),
    when: conditionSchema.optional().describe('Besides the scope of the regime. None: whenever the scope holds.'),
    citation: line.optional().describe("Where the regime's own citation is not exact enough."),
    remedy: line,
    verify: line.optional(),
    ...day,
  })
  .refine(({ outcome, verify }) => verify === undefined || outcome === 'counsel', {
    path: ['outcome'],
    message: 'a rule that counsel has yet to confirm must have the outcome counsel',
  });

const retentionSchema = z.strictObject({
  id: name,
  kind: z
    .enum(['floor', 'ceiling', 'policy', 'none'])
    .describe('Keep at least; keep at most; what the operator decides; no period at all.'),
  years: z.number().optional(),
  months: z.int().optional(),
  days: z.int().optional(),
  until: z.string().optional().describe('In place of a period: the event that ends it, such as `purpose-end`.'),
  from: name.describe('The event that starts the clock, such as `notice-of-action`; one of core/retention/record-classes.ts.'),
  records: z.array(name).min(1).describe('Classes of records that it is about, of core/retention/record-classes.ts; `all` for every one.'),
  when: conditionSchema.optional(),
  citation: line,
  note: line.optional(),
  verify: line.optional(),
  ...day,
});

const caseSchema = z.strictObject({
  name: line,
  kind: z.enum(['positive', 'negative', 'unknown', 'boundary']),
  purpose: z.string().min(1),
  sink: name.default('any-sink'),
  asOf: isoDate,
  facts: z.record(factName, z.union([scalar, z.null()])).default({}),
  expect: z.enum(['pass', 'fail', 'counsel', 'not-applicable', 'not-in-force']).describe('Of this regime, not of the whole decision.'),
  rules: z.array(name).optional().describe('Exactly these rules of the regime, in any order.'),
  unknown: z.array(factName).optional().describe('Exactly these unknown facts, in any order.'),
});

export const regimeSchema = z.strictObject({
  regime: name.describe('The file has the same name.'),
  version: z.int().min(1),
  anchor: z.enum([...anchors, 'records']).describe('One of the five; `records` for what only sets how long records are kept.'),
  title: line,
  citation: line,
  jurisdiction: z.string().min(1),
  ...day,
  status: z.enum(['in-force', 'phased', 'enjoined-in-part', 'enacted', 'policy', 'standard']),
  demand: line.describe('What it demands of an automated value or cohort, in one line.'),
  appliesTo: conditionSchema.optional().describe('Facts under which the regime is about a case at all; none: always.'),
  notAboutBecause: line.optional().describe('Said where `appliesTo` does not hold.'),
  excludes: z
    .array(z.strictObject({ when: conditionSchema, citation: line, because: line }))
    .default([])
    .describe('What the regime itself leaves out, each with the citation that does.'),
  optOut: z
    .strictObject({
      profiling: z.boolean(),
      scope: line,
      alsoOf: z.array(line).default([]),
      universalSignal: line.optional(),
    })
    .optional(),
  rights: z.array(line).default([]),
  deadlines: z
    .record(factName, z.union([z.int(), line]))
    .default({})
    .describe('Days unless the name says otherwise: respondDays, extensionDays, appealDays, cureDays, optOutBusinessDays …'),
  retention: z.array(retentionSchema).default([]),
  rules: z
    .array(ruleSchema)
    .default([])
    .describe('None where the regime asks nothing that a gate could decide; then `evidenceOnly` says why.'),
  evidenceOnly: line.optional(),
  oftenMisstated: line.optional().describe('What common summaries say wrong, and what is right.'),
  verify: z.array(line).default([]).describe('What counsel must confirm before anybody states it as fact.'),
  reviewed: z.strictObject({ by: line, on: isoDate }),
  cases: z.array(caseSchema).default([]),
});

export type RegimeFile = z.infer<typeof regimeSchema>;
export type RegimeRule = RegimeFile['rules'][number];
export type RegimeCase = RegimeFile['cases'][number];
export type RetentionRule = RegimeFile['retention'][number];

/** Who knows a fact: the graph per customer, the run, the use in the pipeline, the operator once, or the graph per cohort or model. */
const factOf = z.enum(['customer', 'run', 'use', 'operator']);

const factSchema = z
  .strictObject({
    type: z.enum(['text', 'integer', 'boolean']),
    of: factOf,
    says: line,
    values: z.array(z.string().min(1)).min(1).optional().describe('Of a text: the only values.'),
    default: scalar.optional().describe('Assumed where nothing is stated; only the reading that is stricter for the operator.'),
    opensOn: z.enum(['true', 'false']).optional().describe('Of a boolean, for counterfactuals: the value that lets more pass.'),
  })
  .refine(({ type, values }) => values === undefined || type === 'text', 'values are of texts');

export const factsSchema = z.strictObject({ facts: z.record(factName, factSchema) });
export type FactFile = z.infer<typeof factsSchema>;
export type FactDefinition = z.infer<typeof factSchema>;
