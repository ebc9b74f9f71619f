/** The form of what is proposed: as proposals and the manifest hold it. Refuses unknown keys. */
import { z } from 'zod';

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 of 64 hex digits was expected');
const isoDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'an ISO date was expected');
const windows = z.strictObject({ historyMonths: z.int().min(1), predMonths: z.int().min(1) });
const namedFile = z.strictObject({ name: z.string().regex(/^\w[\w.]*$/, 'a file name was expected'), sha256: digest });

export const changeSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('champion'),
    champion: z.strictObject({
      modelId: z.string().regex(/^clv_model_\w+$/),
      artefact: digest,
      card: digest,
      timestamp: z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/, 'an ISO instant was expected'),
      codeCommit: z
        .string()
        .regex(/^[0-9a-f]{40,64}$/, 'a commit was expected')
        .nullable(),
      trainingCutoff: isoDate,
      historyMonths: z.int().min(1),
      predMonths: z.int().min(1),
      hyperparameters: z.looseObject({ loss: z.unknown() }),
      baselineRmse: z.number(),
      baselineR2: z.number(),
    }),
  }),
  z.strictObject({
    kind: z.literal('windows'),
    windows: z.strictObject({ before: windows, after: windows, results: namedFile, trials: namedFile }),
  }),
  z.strictObject({
    kind: z.literal('tuning'),
    tuning: z.strictObject({
      modelId: z.string().regex(/^clv_model_\w+$/),
      cutoffs: z.tuple([isoDate, isoDate]),
      firstAlert: z.strictObject({ name: z.string().regex(/^\w[\w.-]*$/, 'a file name was expected'), sha256: digest }),
    }),
  }),
]);
