/**
 * The key of the vault, encrypted and decrypted by AWS KMS or what speaks its protocol. The KMS key never leaves the service, and the
 * service never sees a data key. Credentials come from the environment, as the AWS SDK finds them.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
 */
import { CohortiumError } from '../../../skills/sdk/index.ts';

export interface KmsQuestion {
  readonly keyId: string;
  readonly region?: string;
  readonly endpoint?: string;
  readonly bytes: Uint8Array;
}

/** Binds what is encrypted to its use: KMS decrypts it for no other, and CloudTrail shows it. */
const context = { purpose: 'cohortium vault key' };

/** @throws {CohortiumError} KEY_UNAVAILABLE without the client, or when the service refuses */
export async function askKms(ask: 'kms-encrypt' | 'kms-decrypt', { keyId, region, endpoint, bytes }: KmsQuestion): Promise<Buffer> {
  const { DecryptCommand, EncryptCommand, KMSClient } = await import('@aws-sdk/client-kms').catch((cause: unknown) => {
    throw new CohortiumError('KEY_UNAVAILABLE', `@aws-sdk/client-kms is not installed; 'npm install @aws-sdk/client-kms' adds it`, {
      cause,
    });
  });
  const client = new KMSClient({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 3,
  });
  try {
    const answer =
      ask === 'kms-encrypt'
        ? (await client.send(new EncryptCommand({ KeyId: keyId, Plaintext: bytes, EncryptionContext: context }))).CiphertextBlob
        : (await client.send(new DecryptCommand({ KeyId: keyId, CiphertextBlob: bytes, EncryptionContext: context }))).Plaintext;
    if (!answer) throw new CohortiumError('KEY_UNAVAILABLE', 'KMS answered without a key');
    return Buffer.from(answer);
  } finally {
    client.destroy();
  }
}
