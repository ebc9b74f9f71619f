/** The name of a content-addressed object: rows travel by reference, never inside events. */
import { z } from 'zod';

export const refSchema = z.strictObject({
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  media: z.string().min(1),
  rows: z.int().min(0),
});
export type Ref = z.infer<typeof refSchema>;
