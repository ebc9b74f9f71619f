/**
 * Counsel's approval of an overlay or a disclosure file: `<file>.approval.json`, an Ed25519 signature of a person with the role counsel
 * over the canonical content, so that comments and layout may change and words may not. Refuses to sign what cannot be read.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import type { Person } from '../../../../registries/people/person.ts';
import { canonicalJson, CohortiumError, type Digest, digestOf } from '../../../../skills/sdk/index.ts';
import { isSameKey, isSignedWith } from '../../../adapters/files/person-keys.ts';
import type { OperatorPaths } from '../../config.ts';
import { readPerson, signerOf } from '../../govern/models/people.ts';

/** Whoever may approve what the gate decides by. */
export const approverRole = 'counsel';

const approvalSchema = z.strictObject({
  format: z.literal('cohortium/policy-approval@1'),
  /** Relative to the operator directory, with forward slashes. */
  file: z.string(),
  /** Of the canonical JSON of the parsed content. */
  digest: z.string(),
  approvedBy: z.string(),
  /** ISO instant. */
  at: z.string(),
  /** Verifier key of the person as it was. */
  key: z.string(),
  /** Ed25519 over the canonical JSON of all the others, base64. */
  signature: z.string(),
});
export type PolicyApproval = z.infer<typeof approvalSchema>;

type PeoplePaths = Pick<OperatorPaths, 'directory' | 'registries' | 'state'>;

export const approvalEnding = '.approval.json';

/**
 * Signs a file as it is.
 * @param file relative to the operator directory
 * @param content as parsed
 * @param by person id
 * @throws {CohortiumError} APPROVAL_REFUSED for a person without the role; PERSON_NOT_FOUND, LEDGER_KEY_UNSAFE
 */
export function approvePolicy(paths: PeoplePaths, file: string, content: unknown, by: string, nowMs: number): PolicyApproval {
  const { person, sign } = signerOf(paths, by);
  if (!hasRole(person)) throw new CohortiumError('APPROVAL_REFUSED', withoutRole(by));
  const unsigned = {
    format: 'cohortium/policy-approval@1' as const,
    file,
    digest: digestOf(content),
    approvedBy: by,
    at: new Date(nowMs).toISOString(),
    key: person.key,
  };
  const approval = { ...unsigned, signature: sign(Buffer.from(canonicalJson(unsigned))) };
  writeFileSync(join(paths.directory, file + approvalEnding), `${JSON.stringify(approval, undefined, 2)}\n`, { mode: 0o644 });
  return approval;
}

/**
 * Who approved a file as it is.
 * @throws {CohortiumError} POLICY_UNAPPROVED, saying what is wrong with the approval
 */
export function checkApproval(paths: PeoplePaths, file: string, content: unknown): PolicyApproval {
  const path = join(paths.directory, file + approvalEnding);
  const refuse = (what: string): never => {
    throw new CohortiumError('POLICY_UNAPPROVED', `${file} ${what}; 'cohortium gate approve ${file} --as <person>' signs it as it is now`);
  };
  if (!existsSync(path)) return refuse('has not been approved by counsel');
  const parsed = approvalSchema.safeParse(parseJson(readFileSync(path, 'utf8')));
  if (!parsed.success) return refuse(`has an approval that cannot be read, ${file}${approvalEnding}`);
  const { signature, ...unsigned } = parsed.data;
  const { approvedBy, key } = unsigned;
  if (unsigned.file !== file) return refuse(`has the approval of ${unsigned.file}`);
  if (unsigned.digest !== (digestOf(content) satisfies Digest)) return refuse(`was changed after ${approvedBy} approved it`);
  if (!isSignedWith(key, Buffer.from(canonicalJson(unsigned)), signature)) return refuse(`has an approval that ${approvedBy} did not sign`);
  const person = readPerson(paths, approvedBy);
  if (!isSameKey(person.key, key)) return refuse(`was approved with another key than registries/people/${approvedBy}.json has`);
  if (!hasRole(person)) return refuse(`was approved by somebody who may not: ${withoutRole(approvedBy)}`);
  return parsed.data;
}

function hasRole({ roles }: Pick<Person, 'roles'>): boolean {
  return roles.includes(approverRole);
}

function withoutRole(id: string): string {
  return `'${id}' does not have the role ${approverRole} in registries/people/${id}.json`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says what is wrong
  }
}
