/**
 * Who receives values: one YAML file per subscriber. Refuses an address that would send values in the clear, unless the
 * operator says that the receiver is local.
 */
import { z } from 'zod';

import { CohortiumError, formatDiagnostic } from '../../skills/sdk/index.ts';
import { readDeclarations, yamlFilesIn } from '../yaml-folder.ts';

const name = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'a kebab-case name was expected');

const common = {
  id: name.describe('Name of the subscriber; the file has the same name.'),
  version: z.int().min(1).optional().describe('Goes up with every change of what a run has used.'),
  sink: name.describe('Where the values go, as policies call it.'),
  purposes: z.array(z.string().min(1)).min(1).describe('What the values are used for.'),
};

export const subscriberSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      ...common,
      kind: z.literal('in-process').describe('Received by this process; appended to .cohortium/received/<id>.jsonl.'),
    }),
    z.strictObject({
      ...common,
      kind: z.literal('webhook'),
      url: z.url({ protocol: /^https?$/, error: 'an http or https address was expected' }).describe('Where messages are posted.'),
      secretEnv: z
        .string()
        .regex(/^[A-Z][A-Z0-9_]*$/)
        .optional()
        .describe('Environment variable with the `whsec_…` secret; otherwise one is made and kept with the keys.'),
      allowPrivate: z.boolean().default(false).describe('Allows http and addresses of this machine or a private network.'),
      timeoutSeconds: z.number().min(0.1).max(60).default(15).describe('How long one attempt may take.'),
    }),
  ])
  .refine((subscriber) => subscriber.kind !== 'webhook' || subscriber.allowPrivate || subscriber.url.startsWith('https:'), {
    path: ['url'],
    message: 'an https address was expected, or allowPrivate: true for a receiver on a private network',
  })
  .refine((subscriber) => subscriber.kind !== 'webhook' || !/^https?:\/\/[^/]*@/.test(subscriber.url), {
    path: ['url'],
    message: 'an address without user name and password was expected; messages are signed instead',
  });

export type Subscriber = z.infer<typeof subscriberSchema>;
export type WebhookSubscriber = Extract<Subscriber, { readonly kind: 'webhook' }>;

/**
 * Reads every subscriber of a folder, in the order of their ids.
 * @throws {CohortiumError} SUBSCRIBER_INVALID with every fault of every file
 */
export function readSubscribers(folder: string): readonly Subscriber[] {
  const read = readDeclarations(folder, yamlFilesIn(folder), 'registries/subscribers', subscriberSchema, 'SUBSCRIBER_INVALID');
  const diagnostics = read.flatMap((declaration) => declaration.diagnostics);
  const subscribers = read.flatMap(({ value }) => (value ? [value] : []));
  const [first] = diagnostics;
  if (first) throw new CohortiumError('SUBSCRIBER_INVALID', formatDiagnostic(first), { diagnostics });
  return subscribers;
}
