/**
 * Who may send requests of persons by a protocol: one YAML file per partner. The public key of an agent, or the variable with the token
 * of a controller; and how far the operator trusts what the partner says of a person's identity.
 */
import { z } from 'zod';

import { CohortiumError, formatDiagnostic } from '../../skills/sdk/index.ts';
import { readDeclarations, yamlFilesIn } from '../yaml-folder.ts';

const common = {
  id: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'a kebab-case name was expected')
    .describe('Name of the partner; the file has the same name.'),
  name: z.string().min(1).max(200).describe('As people read it.'),
  trust: z
    .enum(['unverified', 'reasonable', 'reasonably-high'])
    .default('unverified')
    .describe('How sure it makes of a person that this partner says to have verified them.'),
};

export const requesterSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('drp-agent').describe('An authorised agent of the Data Rights Protocol.'),
    agentId: z
      .string()
      .regex(/^[A-Z_]+$/, 'capital letters and underscores were expected')
      .describe('Its id in the service directory.'),
    verifyKey: z
      .string()
      .regex(/^[A-Za-z0-9+/]{43}=$/, 'an Ed25519 public key was expected: base64 of 32 bytes')
      .describe('`verify_key` of the service directory.'),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('open-dsr-controller').describe('A controller that sends requests by OpenDSR; it has verified the person itself.'),
    controllerId: z.string().min(1).max(200).describe('What the answers call it.'),
    tokenEnv: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]*$/, 'the name of an environment variable was expected')
      .describe('Variable with the bearer token that it sends, 24 characters or more.'),
  }),
]);

export type Requester = z.infer<typeof requesterSchema>;
export type DrpAgent = Extract<Requester, { readonly kind: 'drp-agent' }>;
export type OpenDsrController = Extract<Requester, { readonly kind: 'open-dsr-controller' }>;

/**
 * Every partner of a folder, in the order of their ids.
 * @throws {CohortiumError} REQUESTER_INVALID with every fault of every file, and for two agents of one id
 */
export function readRequesters(folder: string): readonly Requester[] {
  const read = readDeclarations(folder, yamlFilesIn(folder), 'registries/requesters', requesterSchema, 'REQUESTER_INVALID');
  const diagnostics = read.flatMap((declaration) => declaration.diagnostics);
  const [first] = diagnostics;
  if (first) throw new CohortiumError('REQUESTER_INVALID', formatDiagnostic(first), { diagnostics });
  const partners = read.flatMap(({ value }) => (value ? [value] : []));
  const ids = partners.map((one) => (one.kind === 'drp-agent' ? one.agentId : one.id));
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined)
    throw new CohortiumError('REQUESTER_INVALID', `registries/requesters: two partners are '${twice}'; each has an id of its own`);
  return partners;
}
