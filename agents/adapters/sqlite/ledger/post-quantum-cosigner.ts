/**
 * A second signature on checkpoints by ML-DSA-44 (FIPS 204), in the form of a C2SP cosignature over the whole tree. Its time is zero:
 * the ledger says nothing about time here, a time stamp or a witness does. Needs Node 24.6 or newer.
 * @see https://c2sp.org/tlog-cosignature, ML-DSA-44 (type 0x06)
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { join } from 'node:path';

import { CohortiumError } from '../../../../skills/sdk/index.ts';
import { writeNewFile } from '../../files/write-new-file.ts';
import type { Keyring } from '../../keys/keyring.ts';
import type { Cosigner } from './note.ts';

const keyType = 6;
const publicKeyBytes = 1312;
/** DER before the 32 bytes of the seed. @see RFC 9881 section 6, the seed form */
const privateKeyPrefix = Buffer.from('3034020100300b060960864801650304031104228020', 'hex');

/**
 * The key is made at the first use, and its public half is put beside the others as `ledger-mldsa44.vkey`.
 * @throws {CohortiumError} CONFIG_INVALID where this Node has no ML-DSA; LEDGER_KEY_UNSAFE when others can read the key
 */
export function postQuantumCosigner({ origin, folder }: Pick<Keyring, 'origin' | 'folder'>): Cosigner {
  const cosigner = cosignerOf(origin, folder.secret('ledger-signing-mldsa44').key);
  writeNewFile(join(folder.directory, 'ledger-mldsa44.vkey'), `${cosigner.verifierKey}\n`, 0o644);
  return cosigner;
}

/** @param seed 32 bytes */
function cosignerOf(name: string, seed: Buffer): Cosigner {
  const privateKey = privateKeyOf(seed);
  const raw = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-publicKeyBytes);
  const typed = Buffer.concat([Buffer.of(keyType), raw]);
  const id = createHash('sha256').update(`${name}\n`).update(typed).digest().subarray(0, 4);
  return {
    name,
    verifierKey: `${name}+${id.toString('hex')}+${typed.toString('base64')}`,
    sign: ({ origin, size, root }) => {
      const message = Buffer.concat([
        Buffer.from('subtree/v1\n\0'),
        withLength(name),
        noTime,
        withLength(origin),
        uint64(0),
        uint64(size),
        Buffer.from(root, 'hex'),
      ]);
      return Buffer.concat([id, noTime, sign(null, message, privateKey)]);
    },
  };
}

const noTime = Buffer.alloc(8);

function privateKeyOf(seed: Buffer): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.concat([privateKeyPrefix, seed]), format: 'der', type: 'pkcs8' });
  } catch (cause) {
    throw new CohortiumError(
      'CONFIG_INVALID',
      `ledger.checkpoint.mldsa44 needs Node 24.6 or newer; this is ${process.version}. Leave it out, or run a newer Node`,
      { cause },
    );
  }
}

function withLength(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
