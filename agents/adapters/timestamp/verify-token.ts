/**
 * Whether a time stamp token says what is asked of it: granted, over these bytes, for this nonce, signed by a certificate that may only
 * stamp time, which the trusted ones vouched for at that time. Asks nobody and takes nothing on trust that came with the token.
 * @see RFC 3161 section 2.4.2, RFC 5652 section 5, RFC 5816
 */
import { createHash, type KeyObject, verify, X509Certificate } from 'node:crypto';

import { type ASN1Obj, RFC3161Timestamp, X509Certificate as ParsedCertificate } from '@sigstore/core';

import { CohortiumError } from '../../../skills/sdk/index.ts';

export interface StampedTime {
  /** ISO 8601, as the authority says. */
  readonly time: string;
  /** Subject of the certificate that signed. */
  readonly authority: string;
  /** Hex; with it the authority finds the stamp again. */
  readonly serial: string;
}

export interface TokenQuestion {
  readonly data: Uint8Array;
  /** Of the request; absent where an old token is looked at again. */
  readonly nonce?: Uint8Array;
  /** Certificates that may vouch for the signer, or the signer's own; PEM, any number. */
  readonly trusted: string;
}

const oid = {
  extendedKeyUsage: '2.5.29.37',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
};

/**
 * @param response a TimeStampResp, DER
 * @throws {CohortiumError} TIMESTAMP_INVALID
 */
export function verifyToken(response: Uint8Array, question: TokenQuestion): StampedTime {
  try {
    return checked(Buffer.from(response), question);
  } catch (cause) {
    if (cause instanceof CohortiumError) throw cause;
    throw refused(`it cannot be read or verified: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

function checked(response: Buffer<ArrayBuffer>, { data, nonce, trusted }: TokenQuestion): StampedTime {
  const token = RFC3161Timestamp.parse(response);
  if (token.status > 1n) throw refused(`the authority did not grant it: status ${token.status}`);
  const info = token.tstInfo;
  if (nonce && !nonceOf(info.root)?.equals(nonce)) throw refused('it answers another request: the nonce differs');
  if (info.messageImprintHashAlgorithm !== 'sha256') throw refused('its imprint is not a SHA-256');
  if (!createHash('sha256').update(data).digest().equals(info.messageImprintHashedMessage)) throw refused('it stamps other bytes');
  const { signedData, signerInfo } = partsOf(token.root);
  const given = certificatesIn(signedData);
  const roots = certificatesOf(trusted);
  const signer = [...given, ...roots].find((certificate) => {
    const parsed = ParsedCertificate.parse(Buffer.from(certificate.raw));
    return parsed.issuer.equals(token.signerIssuer) && parsed.serialNumber.equals(token.signerSerialNumber);
  });
  if (!signer) throw refused('the certificate of its signer is not in it');
  checkPurpose(signer);
  if (!namesCertificate(signerInfo, signer)) throw refused('its signature is for another certificate');
  checkSignature(token, data, signer.publicKey, signerInfo);
  const time = token.signingTime;
  checkChain(signer, given, roots, time);
  return { time: time.toISOString(), authority: signer.subject.replaceAll('\n', ', '), serial: child(info.root, 3).value.toString('hex') };
}

function partsOf(root: ASN1Obj): { readonly signedData: ASN1Obj; readonly signerInfo: ASN1Obj } {
  const content = child(root, 1).subs.find(({ tag }) => tag.isContextSpecific(0));
  const signedData = content && child(content, 0);
  const signers = signedData?.subs.at(-1);
  if (!signedData || signers?.subs.length !== 1) throw refused('it holds no signature, or several');
  return { signedData, signerInfo: child(signers, 0) };
}

function child(parent: ASN1Obj, at: number): ASN1Obj {
  const found = parent.subs[at];
  if (found) return found;
  throw refused('it is cut, or no time stamp');
}

/** The INTEGER after the time; accuracy and ordering may stand between. */
function nonceOf(info: ASN1Obj): Buffer | undefined {
  return info.subs.slice(5).find(({ tag }) => tag.toDER() === 0x02)?.value;
}

function certificatesIn(signedData: ASN1Obj): X509Certificate[] {
  const set = signedData.subs.slice(3).find(({ tag }) => tag.isContextSpecific(0));
  return (set?.subs ?? []).map((one) => new X509Certificate(one.toDER()));
}

function certificatesOf(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** Time stamping, critical, and nothing else. @see RFC 3161 section 2.3 */
function checkPurpose(signer: X509Certificate): void {
  const usage = ParsedCertificate.parse(Buffer.from(signer.raw)).extension(oid.extendedKeyUsage);
  const isOnlyTime = signer.keyUsage?.length === 1 && signer.keyUsage[0] === oid.timeStamping;
  if (!usage?.critical || !isOnlyTime) throw refused(`the certificate ${signer.subject} is not for time stamps alone`);
}

/** The signer says which certificate it means, so that none can be put in its place. @see RFC 5816 */
function namesCertificate(signerInfo: ASN1Obj, signer: X509Certificate): boolean {
  const attributes = signerInfo.subs.find(({ tag }) => tag.isContextSpecific(0))?.subs ?? [];
  for (const attribute of attributes) {
    const name = child(attribute, 0).toOID();
    if (name !== oid.signingCertificate && name !== oid.signingCertificateV2) continue;
    // SigningCertificate: SEQUENCE OF ESSCertID; the first is that of the signer. Its hash is the first OCTET STRING.
    const first = child(child(child(child(attribute, 1), 0), 0), 0);
    const hash = first.subs.find(({ tag }) => tag.toDER() === 0x04)?.value;
    const algorithm = name === oid.signingCertificate ? 'sha1' : hashNamed(first.subs[0]);
    return hash !== undefined && createHash(algorithm).update(signer.raw).digest().equals(hash);
  }
  return false;
}

const hashes: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

function hashNamed(algorithm: ASN1Obj | undefined): string {
  const named = algorithm?.tag.toDER() === 0x30 ? child(algorithm, 0).toOID() : '';
  return hashes[named] ?? 'sha256';
}

/** The library picks the digest of a signature for elliptic curves alone; for RSA it is that of the signer info. */
function checkSignature(token: RFC3161Timestamp, data: Uint8Array, key: KeyObject, signerInfo: ASN1Obj): void {
  if (key.asymmetricKeyType !== 'rsa' || token.signerDigestAlgorithm === 'sha256') {
    token.verify(Buffer.from(data), key);
    return;
  }
  const attributes = signerInfo.subs.find(({ tag }) => tag.isContextSpecific(0));
  const digest = attributes?.subs.find((one) => child(one, 0).toOID() === '1.2.840.113549.1.9.4');
  const expected = createHash(token.signerDigestAlgorithm).update(token.tstInfo.raw).digest();
  if (!attributes || !digest || !child(child(digest, 1), 0).value.equals(expected)) throw refused('its content was changed');
  const signed = attributes.toDER();
  signed[0] = 0x31; // as a SET, which is what is signed
  if (!verify(token.signerDigestAlgorithm, signed, key, token.signatureValue)) throw refused('its signature does not verify');
}

/** From the signer up to a trusted certificate, each valid at the time of the stamp. */
function checkChain(signer: X509Certificate, given: readonly X509Certificate[], roots: readonly X509Certificate[], time: Date): void {
  let current = signer;
  for (let steps = 0; steps < 8; steps++) {
    if (time < current.validFromDate || time > current.validToDate) {
      throw refused(
        `the certificate ${current.subject} was not valid at ${time.toISOString()}: ${current.validFrom} to ${current.validTo}`,
      );
    }
    if (roots.some(({ raw }) => raw.equals(current.raw))) return;
    const below = current;
    const issuer = [...roots, ...given].find(
      (one) => one.ca && !one.raw.equals(below.raw) && below.checkIssued(one) && below.verify(one.publicKey),
    );
    if (!issuer) throw refused(`nobody trusted vouches for ${current.subject}`);
    current = issuer;
  }
  throw refused('its chain of certificates is too long');
}

function refused(why: string, cause?: unknown): CohortiumError {
  return new CohortiumError('TIMESTAMP_INVALID', `the time stamp is refused: ${why}`, { cause });
}
