/**
 * How requests are answered, beside the regimes: identity levels, how often, and the closed list of denial reasons with what each
 * rests on. Data, under the manifest of the law; refuses a file with an unknown word.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { CohortiumError, formatDiagnostic, readYaml } from '../../../skills/sdk/index.ts';
import { regimesFolder } from '../law/read-law.ts';
import { identityLevels, requestKinds } from './request-kinds.ts';

export const denialReasons = [
  'identity-not-verified',
  'agent-not-authorised',
  'household-not-verified',
  'suspected-fraud',
  'no-match',
  'no-automated-decision',
  'no-significant-effect',
  'right-not-given',
  'exempt-data',
  'legal-hold',
  'rights-of-others',
  'correction-contested',
  'outside-jurisdiction',
  'too-many-requests',
  'manifestly-unfounded',
  'impossible-or-disproportionate',
  'appeal-unfounded',
] as const;
export type DenialReason = (typeof denialReasons)[number];

/** @see Data Rights Protocol, section 3.02 */
export const drpReasons = [
  'suspected_fraud',
  'insuf_verification',
  'no_match',
  'claim_not_covered',
  'outside_jurisdiction',
  'too_many_requests',
  'other',
] as const;

const line = z.string().min(1);
const kind = z.enum(requestKinds);
/** A regime, or the beginning of several, such as `eu-gdpr`. */
const regime = z.string().regex(/^[a-z]{2}-[a-z0-9-]+$/);

const answersSchema = z.strictObject({
  reviewed: z.strictObject({ by: line, on: line }),
  identity: z.array(z.strictObject({ kind, level: z.enum(identityLevels), citation: line, verify: line.optional() })),
  neverDisclosed: z.strictObject({ citation: line, what: z.array(line).min(1) }),
  frequency: z.array(
    z.strictObject({
      regime,
      requests: z.int().min(1),
      months: z.int().min(1),
      beyond: z.enum(['refuse', 'fee']),
      kinds: z.array(kind),
      citation: line,
      verify: line.optional(),
    }),
  ),
  denials: z.array(
    z.strictObject({
      reason: z.enum(denialReasons),
      says: line,
      drp: z.enum(drpReasons),
      kinds: z.union([z.literal('all'), z.array(kind)]),
      basis: z.array(z.strictObject({ regime, citation: line })),
      verify: line.optional(),
    }),
  ),
});

export type RequestAnswers = z.infer<typeof answersSchema>;
export type Denial = RequestAnswers['denials'][number];

/** Read once: the file comes with the package, under the manifest that every reading of the law checks. */
let shipped: RequestAnswers | undefined;

/** @throws {CohortiumError} POLICY_INVALID with the place of the first fault */
export function readAnswers(folder: string = regimesFolder): RequestAnswers {
  if (folder === regimesFolder) return (shipped ??= readAnswersOf(folder));
  return readAnswersOf(folder);
}

function readAnswersOf(folder: string): RequestAnswers {
  const file = 'regimes/requests/answers.yaml';
  const text = readFileSync(join(folder, 'requests', 'answers.yaml'), 'utf8');
  const { value, diagnostics } = readYaml(text, file, answersSchema, 'POLICY_INVALID');
  const [first] = diagnostics;
  if (!value) throw new CohortiumError('POLICY_INVALID', first ? formatDiagnostic(first) : `${file} is empty`, { diagnostics });
  const missing = denialReasons.filter((reason) => value.denials.every((one) => one.reason !== reason));
  if (missing.length > 0) throw new CohortiumError('POLICY_INVALID', `${file} says nothing of ${missing.join(', ')}`);
  return value;
}
