/**
 * Keys on a PKCS#11 token: Ed25519 pairs that sign checkpoints, and an AES-256 key that encrypts the key of the vault. Private halves
 * are made there, marked sensitive and not extractable, and never leave. Loads the client and the library at the first use.
 * @see https://docs.oasis-open.org/pkcs11/pkcs11-spec/v3.1/pkcs11-spec-v3.1.html
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

import type * as pkcs11js from 'pkcs11js';
import type { AesGCM, Mechanism, PKCS11 } from 'pkcs11js';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { Pkcs11Setting } from '../../customer-data-graph/keys/keys-config.ts';

type Client = typeof pkcs11js;

/** Of version 3 of the standard; the client does not name them. */
const keyTypeEdwards = 0x40;
const makeEdwardsPair = 0x1055;
const signEdDsa = 0x1057;
/** `edwards25519` as a DER PrintableString. */
const ed25519Parameters = Buffer.from('130c656477617264733235353139', 'hex');

export interface TokenPair {
  /** CKA_ID, hex. */
  readonly id: string;
  /** 32 bytes. */
  readonly publicKey: Buffer;
  /** Ed25519 signature, 64 bytes. */
  readonly sign: (message: Uint8Array) => Buffer;
}

export interface Token {
  /** @throws {CohortiumError} KEY_UNAVAILABLE when no pair has this label and id */
  readonly pair: (id: string) => TokenPair;
  readonly makePair: () => TokenPair;
  /** AES-256-GCM by the key of this label, which is made when absent. @returns iv, ciphertext, tag */
  readonly encrypt: (bytes: Uint8Array) => Buffer;
  /** @throws {CohortiumError} KEY_UNAVAILABLE when it was encrypted by another key */
  readonly decrypt: (bytes: Uint8Array) => Buffer;
}

const loaded = new Map<string, PKCS11>();

/** @throws {CohortiumError} KEY_UNAVAILABLE without client, library, token or PIN */
export function openToken(setting: Pkcs11Setting, env: Readonly<Record<string, string | undefined>>): Token {
  const client = loadClient();
  const pin = env[setting.pinEnv];
  if (pin === undefined || pin === '')
    throw unavailable(`the environment variable ${setting.pinEnv} is not set; it holds the PIN of the token`);
  if (!existsSync(setting.library)) throw unavailable(`${setting.library} does not exist; keys.*.library names the PKCS#11 library`);
  return explained(setting, () => {
    const library = loaded.get(setting.library) ?? load(client, setting.library);
    const slot = library.C_GetSlotList(true).find((each) => library.C_GetTokenInfo(each).label.trim() === setting.token);
    if (!slot) throw unavailable(`${setting.library} has no token '${setting.token}'`);
    const session = library.C_OpenSession(slot, client.CKF_SERIAL_SESSION | client.CKF_RW_SESSION);
    try {
      library.C_Login(session, client.CKU_USER, pin);
    } catch (error) {
      if (codeOf(error) !== client.CKR_USER_ALREADY_LOGGED_IN) throw error; // by another session of this process
    }
    return tokenOver(client, library, session, setting);
  });
}

function tokenOver(client: Client, library: PKCS11, session: Buffer, setting: Pkcs11Setting): Token {
  const label = setting.label;
  const find = (template: Parameters<PKCS11['C_FindObjectsInit']>[1]): Buffer | undefined => {
    library.C_FindObjectsInit(session, template);
    try {
      return library.C_FindObjects(session, 1)[0];
    } finally {
      library.C_FindObjectsFinal(session);
    }
  };
  const half = (kind: number, id: string): Buffer => {
    const found = find([
      { type: client.CKA_CLASS, value: kind },
      { type: client.CKA_LABEL, value: label },
      { type: client.CKA_ID, value: Buffer.from(id, 'hex') },
    ]);
    if (!found) throw unavailable(`the token '${setting.token}' has no Ed25519 key '${label}' with the id ${id}`);
    return found;
  };
  const pair = (id: string): TokenPair => {
    const [attribute] = library.C_GetAttributeValue(session, half(client.CKO_PUBLIC_KEY, id), [{ type: client.CKA_EC_POINT }]);
    const privateHalf = half(client.CKO_PRIVATE_KEY, id);
    const point = Buffer.from(attribute?.value as Buffer); // a byte array by the standard
    return {
      id,
      publicKey: point.subarray(-32), // after the DER head of an OCTET STRING
      sign: (message) =>
        explained(setting, () => {
          library.C_SignInit(session, { mechanism: signEdDsa }, privateHalf);
          return Buffer.from(library.C_Sign(session, Buffer.from(message), Buffer.alloc(64)));
        }),
    };
  };
  const wrapping = (): Buffer =>
    find([
      { type: client.CKA_CLASS, value: client.CKO_SECRET_KEY },
      { type: client.CKA_LABEL, value: label },
    ]) ??
    library.C_GenerateKey(session, { mechanism: client.CKM_AES_KEY_GEN }, [
      { type: client.CKA_CLASS, value: client.CKO_SECRET_KEY },
      { type: client.CKA_LABEL, value: label },
      { type: client.CKA_VALUE_LEN, value: 32 },
      { type: client.CKA_TOKEN, value: true },
      { type: client.CKA_PRIVATE, value: true },
      { type: client.CKA_SENSITIVE, value: true },
      { type: client.CKA_EXTRACTABLE, value: false },
      { type: client.CKA_ENCRYPT, value: true },
      { type: client.CKA_DECRYPT, value: true },
    ]);
  const gcm = (iv: Buffer): Mechanism => {
    const parameter: AesGCM = { type: client.CK_PARAMS_AES_GCM, iv, ivBits: 96, tagBits: 128 };
    return { mechanism: client.CKM_AES_GCM, parameter };
  };
  return {
    pair: (id) => explained(setting, () => pair(id)),
    makePair: () =>
      explained(setting, () => {
        const id = randomBytes(8);
        const common = [
          { type: client.CKA_LABEL, value: label },
          { type: client.CKA_ID, value: id },
          { type: client.CKA_TOKEN, value: true },
          { type: client.CKA_KEY_TYPE, value: keyTypeEdwards },
        ];
        library.C_GenerateKeyPair(
          session,
          { mechanism: makeEdwardsPair },
          [...common, { type: client.CKA_EC_PARAMS, value: ed25519Parameters }, { type: client.CKA_VERIFY, value: true }],
          [
            ...common,
            { type: client.CKA_PRIVATE, value: true },
            { type: client.CKA_SENSITIVE, value: true },
            { type: client.CKA_EXTRACTABLE, value: false },
            { type: client.CKA_SIGN, value: true },
          ],
        );
        return pair(id.toString('hex'));
      }),
    encrypt: (bytes) =>
      explained(setting, () => {
        const iv = randomBytes(12);
        library.C_EncryptInit(session, gcm(iv), wrapping());
        return Buffer.concat([iv, library.C_Encrypt(session, Buffer.from(bytes), Buffer.alloc(bytes.length + 16))]);
      }),
    decrypt: (bytes) =>
      explained(setting, () => {
        const sealed = Buffer.from(bytes);
        library.C_DecryptInit(session, gcm(sealed.subarray(0, 12)), wrapping());
        return Buffer.from(library.C_Decrypt(session, sealed.subarray(12), Buffer.alloc(sealed.length)));
      }),
  };
}

function loadClient(): Client {
  try {
    return createRequire(import.meta.url)('pkcs11js') as Client; // its own types
  } catch (cause) {
    throw new CohortiumError('KEY_UNAVAILABLE', `pkcs11js is not installed or was not built; 'npm install pkcs11js' adds it`, { cause });
  }
}

function load(client: Client, path: string): PKCS11 {
  const library = new client.PKCS11();
  library.load(path);
  library.C_Initialize();
  loaded.set(path, library);
  return library;
}

function explained<Result>({ token, library }: Pkcs11Setting, work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof CohortiumError) throw cause;
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new CohortiumError('KEY_UNAVAILABLE', `the token '${token}' of ${library} answers ${said}`, { cause });
  }
}

function unavailable(message: string): CohortiumError {
  return new CohortiumError('KEY_UNAVAILABLE', message);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
