/** `gate: engine` and `gate: secondOpinion` of cohortium.yaml: which other policy engines are asked, and where they are. */
import { z } from 'zod';

import { engineUrlFault } from '../../../adapters/policy-engine/json-client.ts';

const remote = {
  url: z.string().min(1).describe('Where it is, such as `http://127.0.0.1:8181`. https, or this machine.'),
  tokenEnv: z
    .string()
    .regex(/^[A-Z_][A-Z0-9_]*$/, 'the name of an environment variable was expected')
    .optional()
    .describe('Environment variable that holds the bearer token.'),
  timeoutMs: z.int().min(100).max(300_000).default(30_000).describe('For one exchange; what takes longer has not answered.'),
  allowPrivate: z.boolean().default(false).describe('An address inside your own network is meant.'),
};

const otherKinds = [
  z.strictObject({ kind: z.literal('authzen'), ...remote }),
  z.strictObject({
    kind: z.literal('opa'),
    ...remote,
    path: z
      .string()
      .regex(/^[A-Za-z0-9_]+(\/[A-Za-z0-9_]+)*$/, 'a path such as cohortium/gate/decisions was expected')
      .optional()
      .describe('Of the document, below /v1/data (default: cohortium/gate/decisions).'),
  }),
  z.strictObject({
    kind: z.literal('opa-wasm'),
    file: z.string().min(1).describe('policy.wasm that you built from the exported Rego; relative to this directory.'),
  }),
  z.strictObject({ kind: z.literal('casbin') }),
  z.strictObject({ kind: z.literal('cerbos'), ...remote }),
] as const;

const checkAddress = (
  engine: z.infer<z.ZodDiscriminatedUnion<typeof otherKinds>> | { readonly kind: 'cedar' },
  context: z.RefinementCtx,
) => {
  const fault = 'url' in engine ? engineUrlFault(engine.url, engine.allowPrivate) : undefined;
  if (fault !== undefined) context.addIssue({ code: 'custom', path: ['url'], message: fault, input: engine });
};

export const engineSchema = z
  .discriminatedUnion('kind', [z.strictObject({ kind: z.literal('cedar') }), ...otherKinds])
  .superRefine(checkAddress)
  .default({ kind: 'cedar' })
  .describe('What decides. Cedar is embedded and always asked; with another one the stricter of both answers counts.');

export const secondOpinionSchema = z
  .discriminatedUnion('kind', otherKinds)
  .superRefine(checkAddress)
  .optional()
  .describe('Asked besides; where it disagrees, a person decides.');

export type EngineConfig = z.infer<typeof engineSchema>;
