/**
 * A decision as two persons signed it: registries/precedents/<review>.json, canonical JSON with the statement of who recommended and of
 * each who approved, every one signed with the key of that person. Checked whenever it is used; refuses one that is not as it was
 * signed, and one whose signers are one person.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { verdicts } from '../../../skills/gate/core/counsel/review.ts';
import { canonicalJson, CohortiumError, compareText, isCohortiumError, sha256 } from '../../../skills/sdk/index.ts';
import { isSameKey, isSignedWith } from '../../adapters/files/person-keys.ts';
import { writeNewFile } from '../../adapters/files/write-new-file.ts';
import type { OperatorPaths } from '../config.ts';
import { readPerson } from '../govern/models/people.ts';

type PrecedentPaths = Pick<OperatorPaths, 'registries' | 'state'>;

const isoDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

export const scopeSchema = z.discriminatedUnion('kind', [
  /** Every decision of this fact vector, purpose and sink. */
  z.strictObject({ kind: z.literal('class') }),
  /** Only decisions as of one day. */
  z.strictObject({ kind: z.literal('run'), asOf: isoDate }),
  /** Every case for the purpose and sink that no other rule sends to counsel. */
  z.strictObject({ kind: z.literal('waiver') }),
]);
export type Scope = z.infer<typeof scopeSchema>;

const said = {
  verdict: z.enum(verdicts),
  conditions: z.array(z.string()),
  rationale: z.string().min(1),
  checkedFacts: z.array(z.string()),
  by: z.string(),
  role: z.string(),
  /** ISO instant. */
  at: z.string(),
  /** Verifier key of the person as it was. */
  key: z.string(),
  /** Ed25519 over the canonical JSON of all the others, base64. */
  signature: z.string(),
};

export const recommendationSchema = z.strictObject({
  format: z.literal('cohortium/recommendation@1'),
  review: z.string(),
  case: z.strictObject({
    key: z.string(),
    purpose: z.string(),
    sink: z.string(),
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    rules: z.array(z.strictObject({ id: z.string(), version: z.string() })),
    unknownFacts: z.array(z.string()),
    policyDigest: z.string(),
  }),
  scope: scopeSchema,
  /** ISO date of the last day on which it holds. */
  expiresAt: isoDate,
  /** Persons who have to approve. */
  approvers: z.int().min(1),
  ...said,
});
export type Recommendation = z.infer<typeof recommendationSchema>;

export const approvalSchema = z.strictObject({
  format: z.literal('cohortium/approval@1'),
  /** SHA-256 of the canonical JSON of the signed recommendation. */
  recommendation: z.string(),
  ...said,
});
export type Approval = z.infer<typeof approvalSchema>;

const precedentSchema = z.strictObject({
  format: z.literal('cohortium/precedent@1'),
  recommendation: recommendationSchema,
  approvals: z.array(approvalSchema).min(1),
});
export type Precedent = z.infer<typeof precedentSchema>;

/** What a signature is over. */
export function signedBytes({
  signature: _signature,
  ...statement
}: {
  readonly by: string;
  readonly key: string;
  readonly signature?: string;
}): Uint8Array {
  return new TextEncoder().encode(canonicalJson(statement));
}

export function digestOfStatement(statement: Recommendation): string {
  return sha256(canonicalJson(statement));
}

/** Refused by one, or let through by as many as it takes; conditions of all add up. */
export function outcomeOf({ approvals }: Precedent): {
  readonly verdict: Precedent['approvals'][number]['verdict'];
  readonly conditions: readonly string[];
} {
  const given = approvals.map(({ verdict }) => verdict);
  const verdict = given.includes('reject') ? 'reject' : given.includes('condition') ? 'condition' : 'approve';
  return { verdict, conditions: [...new Set(approvals.flatMap(({ conditions }) => conditions))] };
}

/** Writes a decision under the name of its review. @throws {CohortiumError} PRECEDENT_DAMAGED where another one has that name */
export function writePrecedent(paths: PrecedentPaths, precedent: Precedent): void {
  const folder = folderOf(paths);
  mkdirSync(folder, { recursive: true });
  const text = textOf(precedent);
  const { review } = precedent.recommendation;
  const path = join(folder, `${review}.json`);
  if (!writeNewFile(path, text, 0o644) && readFileSync(path, 'utf8') !== text)
    throw damaged(review, 'is another decision than the one that was signed now');
}

/** Reviews with a precedent, by id. */
export function precedentNames(paths: PrecedentPaths): readonly string[] {
  const folder = folderOf(paths);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -'.json'.length)] : []))
    .sort(compareText);
}

const checked = new Map<string, string>();

/**
 * A decision, checked.
 * @throws {CohortiumError} PRECEDENT_NOT_FOUND; PRECEDENT_DAMAGED where the file is not what was signed by persons of the registry
 */
export function readPrecedent(paths: PrecedentPaths, review: string): Precedent {
  const path = join(folderOf(paths), `${review}.json`);
  if (!/^rev-[0-9a-f]{16}$/.test(review) || !existsSync(path)) {
    throw new CohortiumError(
      'PRECEDENT_NOT_FOUND',
      `there is no decision registries/precedents/${review}.json; 'cohortium gate precedents' lists them`,
    );
  }
  const text = readFileSync(path, 'utf8');
  const parsed = precedentSchema.safeParse(parseJson(text));
  if (!parsed.success) throw damaged(review, 'is no precedent');
  const precedent = parsed.data;
  if (textOf(precedent) !== text) throw damaged(review, 'is not written as it was');
  if (precedent.recommendation.review !== review) throw damaged(review, `is the decision on ${precedent.recommendation.review}`);
  const { recommendation, approvals } = precedent;
  const signers = [recommendation, ...approvals];
  const keys = signers.map(({ by }) => registeredKey(paths, review, by));
  // Checking signatures takes longer than reading the file, and a gate asks for the same decision for many vectors.
  const stamp = sha256(`${text}\n${keys.join('\n')}`);
  if (checked.get(path) === stamp) return precedent;
  signers.forEach((statement, at) => {
    if (!isSameKey(keys[at] ?? '', statement.key))
      throw damaged(review, `has a key of ${statement.by} that registries/people/${statement.by}.json does not have`);
    if (!isSignedWith(statement.key, signedBytes(statement), statement.signature))
      throw damaged(review, `is not signed by ${statement.by} as it stands`);
  });
  for (const [at, one] of signers.entries()) {
    const twin = signers.slice(at + 1).find((other) => other.by === one.by || isSameKey(other.key, one.key));
    if (twin) throw damaged(review, `is signed twice by one person, as ${one.by} and as ${twin.by}`);
  }
  const digest = digestOfStatement(recommendation);
  if (approvals.some((approval) => approval.recommendation !== digest)) throw damaged(review, 'has an approval of another recommendation');
  const isRefused = approvals.some(({ verdict }) => verdict === 'reject');
  if (!isRefused && approvals.length < recommendation.approvers)
    throw damaged(review, `needs ${recommendation.approvers} approvals, found ${approvals.length}`);
  const strictest = verdicts.indexOf(recommendation.verdict);
  if (!isRefused && approvals.some(({ verdict }) => verdicts.indexOf(verdict) < strictest))
    throw damaged(review, 'lets through what was not recommended');
  checked.set(path, stamp);
  return precedent;
}

/** The same, with what is wrong as a value. */
export function tryPrecedent(paths: PrecedentPaths, review: string): { readonly precedent: Precedent } | { readonly fault: string } {
  try {
    return { precedent: readPrecedent(paths, review) };
  } catch (error) {
    if (isCohortiumError(error)) return { fault: error.message };
    throw error;
  }
}

function registeredKey(paths: PrecedentPaths, review: string, by: string): string {
  try {
    return readPerson(paths, by).key;
  } catch (error) {
    if (isCohortiumError(error)) throw damaged(review, `is signed by ${by}, of whom registries/people knows nothing: ${error.message}`);
    throw error;
  }
}

function textOf(precedent: Precedent): string {
  return `${canonicalJson(precedent)}\n`;
}

function folderOf({ registries }: PrecedentPaths): string {
  return join(registries, 'precedents');
}

function damaged(review: string, what: string): CohortiumError {
  return new CohortiumError(
    'PRECEDENT_DAMAGED',
    `registries/precedents/${review}.json ${what}; restore it from a copy, or reopen the review`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says what is wrong
  }
}
