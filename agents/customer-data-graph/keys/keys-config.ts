/** `keys:` of cohortium.yaml: where keys come from, what protects their files at rest, and what stands in a KMS or on a token. */
import { z } from 'zod';

const variable = z.string().regex(/^[A-Z_][A-Z0-9_]*$/, 'the name of an environment variable such as COHORTIUM_PASSPHRASE was expected');

const pkcs11Schema = {
  by: z.literal('pkcs11'),
  library: z.string().min(1).describe('Path of the PKCS#11 library, such as /usr/lib/softhsm/libsofthsm2.so.'),
  token: z.string().min(1).describe('Label of the token.'),
  pinEnv: variable.describe('Environment variable that holds the PIN.'),
  label: z.string().min(1).describe('Label of the key on the token; made there when absent.'),
};

const protectSchema = z
  .discriminatedUnion('by', [
    z.strictObject({
      by: z.literal('passphrase').describe('Argon2id; needs Node 24.7 or later.'),
      env: variable.describe('Environment variable that holds the passphrase.'),
    }),
    z.strictObject({
      by: z.literal('age').describe('An age file, which `age` on the command line opens too.'),
      identityFile: z.string().min(1).describe('File with the line AGE-SECRET-KEY-1…, from here or absolute.').optional(),
      passphraseEnv: variable.describe('Environment variable that holds a passphrase, instead of an identity.').optional(),
      recipients: z.array(z.string().startsWith('age1')).default([]).describe('Who else can open the key files.'),
    }),
  ])
  .superRefine((value, context) => {
    if (value.by !== 'age') return;
    if ((value.identityFile === undefined) === (value.passphraseEnv === undefined)) {
      context.addIssue({ code: 'custom', message: 'either identityFile or passphraseEnv was expected', input: value });
    } else if (value.passphraseEnv !== undefined && value.recipients.length > 0) {
      context.addIssue({ code: 'custom', message: 'an age file has a passphrase or recipients, never both', input: value });
    }
  });

const vaultKeySchema = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('file') }),
  z.strictObject({
    by: z.literal('aws-kms'),
    keyId: z.string().min(1).describe('Id, ARN or alias of a symmetric KMS key.'),
    region: z.string().min(1).describe('That of the environment when absent.').optional(),
    endpoint: z.url().describe('For a service that is compatible.').optional(),
  }),
  z.strictObject(pkcs11Schema),
]);

const checkpointKeySchema = z.discriminatedUnion('by', [z.strictObject({ by: z.literal('file') }), z.strictObject(pkcs11Schema)]);

export const keysConfigSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('random'),
      protect: protectSchema.describe('What the key files are sealed with at rest; nothing but their mode when absent.').optional(),
      vault: vaultKeySchema.default({ by: 'file' }).describe('What wraps the key of the vault.'),
      checkpoint: checkpointKeySchema.default({ by: 'file' }).describe('Where the key is that signs checkpoints of the ledger.'),
    }),
    z.strictObject({ kind: z.literal('demonstration'), seed: z.string().min(1) }),
  ])
  .default({ kind: 'random', vault: { by: 'file' }, checkpoint: { by: 'file' } })
  .describe('Keys: made at random, or from a seed for demonstrations only.');

export type KeysConfig = z.infer<typeof keysConfigSchema>;
export type KeyProtection = z.infer<typeof protectSchema>;
export type VaultKeySetting = z.infer<typeof vaultKeySchema>;
export type CheckpointKeySetting = z.infer<typeof checkpointKeySchema>;
export type Pkcs11Setting = Extract<CheckpointKeySetting, { readonly by: 'pkcs11' }>;
export type KmsSetting = Extract<VaultKeySetting, { readonly by: 'aws-kms' }>;

/** What opens the keyring that is configured. */
export function keyringOptions(config: KeysConfig): {
  readonly demonstrationSeed?: string;
  readonly protect?: KeyProtection;
  readonly vault?: VaultKeySetting;
  readonly checkpoint?: CheckpointKeySetting;
} {
  if (config.kind === 'demonstration') return { demonstrationSeed: config.seed };
  const { protect, vault, checkpoint } = config;
  return { vault, checkpoint, ...(protect ? { protect } : {}) };
}
