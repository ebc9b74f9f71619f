/**
 * Small secrets as age files: to recipients or under a passphrase, in armor, so that `age` on any machine opens them. Refuses a file
 * that is not for the identity given.
 * @see https://age-encryption.org/v1
 */
import { armor, Decrypter, Encrypter, identityToRecipient } from 'age-encryption';

import { CohortiumError } from '../../../skills/sdk/index.ts';

export interface AgeKeys {
  readonly passphrase?: string;
  /** `AGE-SECRET-KEY-1…`. */
  readonly identity?: string;
}

/** @returns armored text. @throws {CohortiumError} ARGUMENT_INVALID for a recipient that is none */
export async function sealAge(bytes: Uint8Array, to: AgeKeys & { readonly recipients: readonly string[] }): Promise<Buffer> {
  const encrypter = new Encrypter();
  if (to.passphrase !== undefined) encrypter.setPassphrase(to.passphrase);
  const own = to.identity === undefined ? [] : [await identityToRecipient(to.identity)];
  for (const recipient of [...own, ...to.recipients]) {
    try {
      encrypter.addRecipient(recipient);
    } catch (cause) {
      throw new CohortiumError('ARGUMENT_INVALID', `'${recipient}' is not an age recipient; one begins with age1`, { cause });
    }
  }
  return Buffer.from(armor.encode(await encrypter.encrypt(bytes)));
}

/** @throws {CohortiumError} KEY_UNAVAILABLE when it is no age file, was changed, or is for others */
export async function openAge(file: Uint8Array, { passphrase, identity }: AgeKeys): Promise<Buffer> {
  const decrypter = new Decrypter();
  try {
    if (passphrase !== undefined) decrypter.addPassphrase(passphrase);
    if (identity !== undefined) decrypter.addIdentity(identity);
    return Buffer.from(await decrypter.decrypt(armor.decode(Buffer.from(file).toString('utf8'))));
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new CohortiumError('KEY_UNAVAILABLE', `the age file does not open with what was given: ${said}`, { cause });
  }
}

/** The secret key line of an identity file, as age-keygen writes it. @throws {CohortiumError} KEY_UNAVAILABLE without one */
export function identityIn(text: string, path: string): string {
  const line = text.split(/\r?\n/).find((candidate) => /^AGE-SECRET-KEY-(?:1|PQ-1)/.test(candidate.trim()));
  if (line === undefined) throw new CohortiumError('KEY_UNAVAILABLE', `${path} has no line AGE-SECRET-KEY-1…; age-keygen makes one`);
  return line.trim();
}
