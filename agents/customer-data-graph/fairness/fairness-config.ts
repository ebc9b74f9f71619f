/** `gate: fairness:` of cohortium.yaml: which uses are audited, for which attributes, how often, and from where on a person looks at it. */
import { z } from 'zod';

import { roleForm } from '../../../registries/people/person.ts';
import { defaultLimits } from '../../../skills/gate/core/fairness/index.ts';
import { purposes } from '../../../skills/gate/schemas.ts';

const name = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'a kebab-case name was expected');
const share = z.number().min(0).max(1);

const selectSchema = z
  .union([
    z.strictObject({ topPercent: z.number().gt(0).max(100).describe('The best so many per cent by value, of those who passed.') }),
    z.strictObject({ valueAtLeastMinor: z.number().describe('A value of at least so much, in minor units.') }),
    z.strictObject({ passed: z.literal(true).describe('Everybody who passed the gate.') }),
  ])
  .describe('Who is selected, among those whom the gate let pass. The cut is named here, before anybody looks.');

const amongSchema = z
  .enum(['decided', 'passed'])
  .default('decided')
  .describe('Whom rates are of: everybody decided about, or only who passed the gate, so that refusals of their own do not count.');

export const fairnessConfigSchema = z
  .strictObject({
    uses: z
      .array(
        z.strictObject({ purpose: z.enum(purposes), sink: name, select: selectSchema.default({ topPercent: 20 }), among: amongSchema }),
      )
      .default([])
      .refine((uses) => new Set(uses.map(({ purpose, sink }) => `${purpose} ${sink}`)).size === uses.length, 'a use stands here twice')
      .describe('Uses that are audited; each is one of the gate step of a pipeline.'),
    attributes: z
      .array(
        z.strictObject({
          name: z.string().min(1),
          reference: z
            .string()
            .min(1)
            .default('highest-rate')
            .describe('A group, or `highest-rate`: the one with the highest selection rate.'),
        }),
      )
      .default([])
      .describe('Attributes that count, and whom their groups are compared with; all that were imported when empty.'),
    preRegistered: z
      .array(z.strictObject({ purpose: z.enum(purposes), sink: name, attribute: z.string().min(1), group: z.string().min(1) }))
      .default([])
      .describe('Comparisons that were decided on before: these are adjusted by Bonferroni among themselves, all others by their family.'),
    everyDays: z.int().min(1).max(1096).default(92).describe('An audit that is older is no current one.'),
    signers: z
      .array(z.string().regex(roleForm, 'a role such as counsel was expected'))
      .min(1)
      .default(['counsel', 'privacy-officer'])
      .describe('Roles that may sign an audit off.'),
    limits: z
      .strictObject({
        fourFifths: share.default(defaultLimits.fourFifths).describe('A ratio below this is a disparity that matters.'),
        alert: share.default(defaultLimits.alert).describe('A significant ratio below this goes to a person.'),
        alpha: z.number().gt(0).lt(0.5).default(defaultLimits.alpha).describe('Level of significance, after adjustment.'),
        leastCustomers: z.int().min(1).default(defaultLimits.leastCustomers).describe('Smaller groups never pass.'),
        proxyAuc: z.number().min(0.5).max(1).default(0.7).describe('A feature that tells a group this well is a proxy.'),
        proxyV: share.default(0.3).describe("Cramér's V from which on a feature is a proxy."),
        performanceLoss: share.default(0.05).describe('What an alternative may lose of the performance and still be named.'),
      })
      .prefault({})
      .describe('Policy, not law: four fifths is a rule of thumb of 29 CFR 1607.4(D), the others are the operator’s.'),
  })
  .prefault({})
  .describe('Audits for disparate impact; `cohortium gate fairness audit` makes one.');

export type FairnessConfig = z.infer<typeof fairnessConfigSchema>;
export type FairnessUse = FairnessConfig['uses'][number];
export type FairnessSelect = z.infer<typeof selectSchema>;
