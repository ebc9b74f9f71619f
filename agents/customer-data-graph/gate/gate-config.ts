/** `gate:` of cohortium.yaml: what the operator states once, and how the gate is run. */
import { z } from 'zod';

import { counselConfigSchema } from '../counsel/counsel-config.ts';
import { fairnessConfigSchema } from '../fairness/fairness-config.ts';
import { engineSchema, secondOpinionSchema } from './engines/engine-config.ts';

export const gateConfigSchema = z
  .strictObject({
    facts: z
      .record(z.string(), z.union([z.string().min(1), z.boolean(), z.int()]))
      .default({})
      .describe('Facts that hold for every use, such as `impactAssessment: true`; `cohortium gate regimes` names those that matter.'),
    counsel: counselConfigSchema,
    fairness: fairnessConfigSchema,
    engine: engineSchema,
    secondOpinion: secondOpinionSchema,
  })
  .prefault({})
  .describe('The gate: facts about the operator, and who decides what it leaves to people.');

export type GateConfig = z.infer<typeof gateConfigSchema>;
