/**
 * `anchors:` of cohortium.yaml: places outside of this machine, for how long objects are locked there, and what of bodies leaves at all.
 * Refuses a lock that is longer than the guard, and words that are no class of records.
 */
import { z } from 'zod';

import { isRecordClass } from '../../../../skills/gate/core/retention/record-classes.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import { witnessKey } from '../../../adapters/witness/cosignature.ts';

const className = z
  .string()
  .refine((text): boolean => isRecordClass(text), 'a class of records was expected; docs/how-to/keep-and-erase.md lists them');
const environmentName = z.string().regex(/^[A-Z_][A-Z0-9_]*$/, 'the name of an environment variable was expected');
const prefix = z
  .string()
  .regex(/^([A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*)?$/, 'a path such as shop/record was expected')
  .default('')
  .describe('Before the names of all objects.');

/** A password has no business in an address, and the way there is read by others unless it is this machine. */
const url = z.string().refine((text) => {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  const isHere = parsed !== undefined && ['127.0.0.1', 'localhost', '[::1]'].includes(parsed.hostname);
  return parsed !== undefined && parsed.username === '' && (parsed.protocol === 'https:' || (parsed.protocol === 'http:' && isHere));
}, 'an https address was expected, or http on this machine, without a user name');
/** Tokens and cosignatures are signed, and name nobody: authorities are often reached by plain http. */
const openUrl = z
  .string()
  .refine((text) => /^https?:\/\/[^@\s]+$/.test(text) && URL.canParse(text), 'an http or https address was expected');

const lockSchema = {
  days: z.int().min(1).default(30).describe('How long an object is locked. A lock can be made longer, never shorter.'),
  daysOf: z.record(className, z.int().min(1)).default({}).describe('The same for segments of single classes of records.'),
  maxDays: z.int().min(1).default(400).describe('Guard: a lock that is longer is refused.'),
  compliance: z
    .array(className)
    .default([])
    .describe('Classes of records whose objects nobody can unlock until the day, you neither. All others are locked in governance mode.'),
};

const storeSchemas = [
  z.strictObject({
    kind: z.literal('s3'),
    bucket: z.string().min(1).describe('Made with object lock.'),
    prefix,
    region: z.string().min(1).default('us-east-1'),
    endpoint: url.optional().describe('Of a service other than AWS.'),
    pathStyle: z.boolean().default(false).describe('Bucket in the path, as Ceph has it.'),
    keyIdEnv: environmentName.optional().describe("Environment variable with the access key; the AWS SDK's own chain when absent."),
    secretEnv: environmentName.optional().describe('Environment variable with the secret key.'),
    ...lockSchema,
  }),
  z.strictObject({
    kind: z.literal('azure'),
    container: z.string().min(1).describe('Made with version-level immutability.'),
    prefix,
    connectionEnv: environmentName.default('AZURE_STORAGE_CONNECTION_STRING').describe('Environment variable with the connection string.'),
    ...lockSchema,
  }),
  z.strictObject({
    kind: z.literal('gcs'),
    bucket: z.string().min(1).describe('Made with object retention and versioning.'),
    prefix,
    keyFile: z.string().min(1).optional().describe("Of a service account; Google's own chain when absent."),
    endpoint: url.optional().describe('Of a server other than Google, without credentials.'),
    ...lockSchema,
  }),
] as const;

export const anchorsSchema = z
  .strictObject({
    folder: z.string().min(1).optional().describe('A folder on another disk or machine that gets copies. Nothing is locked there.'),
    objectLock: z
      .discriminatedUnion('kind', storeSchemas)
      .superRefine((store, context) => {
        const refuse = (path: (string | number)[], days: number): void => {
          if (days <= store.maxDays) return;
          const message = `${days} days are more than maxDays (${store.maxDays}); a lock cannot be taken back, so raise the guard on purpose`;
          context.addIssue({ code: 'custom', path, message, input: store });
        };
        refuse(['days'], store.days);
        for (const [name, days] of Object.entries(store.daysOf)) refuse(['daysOf', name], days);
      })
      .optional()
      .describe('A bucket whose objects cannot be changed until a day.'),
    timestamp: z
      .strictObject({
        url: openUrl.describe('Of an authority that speaks RFC 3161.'),
        trusted: z.string().min(1).describe('PEM file of certificates that may vouch for it, relative to this directory.'),
        timeoutMs: z.int().min(100).max(300_000).default(30_000),
      })
      .optional()
      .describe('Has every anchored checkpoint stamped with the time.'),
    witnesses: z
      .array(
        z.strictObject({
          url: openUrl.describe('Submission prefix of a witness that speaks c2sp.org/tlog-witness.'),
          key: z
            .string()
            .superRefine((text, context) => {
              try {
                witnessKey(text);
              } catch (error) {
                context.addIssue({ code: 'custom', message: error instanceof CohortiumError ? error.message : 'no key', input: text });
              }
            })
            .describe('Its key, as it prints it.'),
          timeoutMs: z.int().min(100).max(300_000).default(30_000),
        }),
      )
      .default([])
      .describe('Others who cosign checkpoints, and only ever those of one history.'),
    segments: z
      .strictObject({
        everyRecords: z.int().min(1).default(10_000).describe('Leaves after which a segment is written.'),
        everyMinutes: z.int().min(1).default(1440).describe('Or minutes after the first leaf that is in none.'),
        content: z
          .record(className, z.enum(['bodies', 'skeleton']))
          .default({})
          .describe('By class: with the sealed bodies, or without. Classes about persons go without unless this says otherwise.'),
      })
      .prefault({})
      .describe('Copies of the records themselves, to `objectLock` and `folder`.'),
    alarmAfterHours: z.number().gt(0).default(48).describe('A record that waits longer for an anchor outside is an alarm.'),
  })
  .prefault({})
  .describe('Anchors of the record outside of this machine; docs/how-to/anchor-the-record.md.');

export type AnchorsConfig = z.infer<typeof anchorsSchema>;
export type LockConfig = NonNullable<AnchorsConfig['objectLock']>;
