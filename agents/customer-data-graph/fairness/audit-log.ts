/**
 * What was written down of fairness audits: their summaries, and who signed them off. Only added to. Stands in the folder of the protected
 * attributes, because it names groups; holds nothing about one customer, so that the gate may read it without the store.
 */
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';

import { canonicalJson, type Json } from '../../../skills/sdk/index.ts';
import { isSignedWith } from '../../adapters/files/person-keys.ts';
import { createJournal, type Journal } from '../../adapters/sqlite/journal.ts';
import type { OperatorPaths } from '../config.ts';
import { readPerson } from '../govern/models/people.ts';
import type { FairnessAuditSummary } from './fairness-interface.ts';

type LogPaths = Pick<OperatorPaths, 'state' | 'registries'>;

export type WrittenAudit = Omit<FairnessAuditSummary, 'signedBy' | 'isNew'>;

export interface LoggedAudit extends WrittenAudit {
  /** Persons whose signatures hold by the keys in registries/people. */
  readonly signedBy: readonly string[];
}

const folderOf = ({ state }: LogPaths): string => join(state, 'fairness');

/** Oldest first; none where there never was an audit. */
export function loggedAudits(paths: LogPaths): readonly LoggedAudit[] {
  if (!existsSync(join(folderOf(paths), 'audits.db'))) return [];
  return withLog(paths, (log) => {
    const audits = new Map<string, { readonly audit: WrittenAudit; readonly signatures: SignedBody[] }>();
    for (const { subject, kind, body } of log.entries()) {
      if (kind === 'audited') audits.set(subject, { audit: body as unknown as WrittenAudit, signatures: [] }); // as written below
      if (kind === 'signed') audits.get(subject)?.signatures.push(body as unknown as SignedBody); // as written below
    }
    return [...audits.values()].map(({ audit, signatures }) => ({
      ...audit,
      // Looked at only where it is asked: there are years of audits, and a decision goes by one.
      get signedBy() {
        const held = signatures.filter((one) => one.report === audit.report && holds(paths, audit, one)).map(({ by }) => by);
        return held.filter((by, at) => held.lastIndexOf(by) === at);
      },
    }));
  });
}

interface SignedBody {
  readonly by: string;
  readonly report: string;
  readonly signature: string;
}

/** @returns false where it was written before */
export function writeAudit(paths: LogPaths, audit: WrittenAudit, nowMs: number): boolean {
  return withLog(paths, (log) => {
    const body = audit as unknown as Json; // strings, numbers, booleans and null
    return log.append([{ key: `audited ${audit.audit}`, subject: audit.audit, kind: 'audited', body }], nowMs).length > 0;
  });
}

export function writeSignature(paths: LogPaths, audit: string, body: SignedBody, nowMs: number): void {
  withLog(paths, (log) => log.append([{ key: `signed ${audit} ${body.by}`, subject: audit, kind: 'signed', body: { ...body } }], nowMs));
}

/** What a signature is of: all that the gate goes by, so that it is none of another outcome or day. */
export function signedMessage({ audit, asOf, report, uses }: Pick<WrittenAudit, 'audit' | 'asOf' | 'report' | 'uses'>): Uint8Array {
  const summary = uses as unknown as Json; // strings, numbers, booleans and null
  return Buffer.from(canonicalJson({ statement: 'cohortium/fairness-sign-off@1', audit, asOf, report, uses: summary }));
}

/** By the key that the registry has now: who is taken out of it has signed nothing. */
function holds(paths: LogPaths, audit: WrittenAudit, { by, signature }: Pick<SignedBody, 'by' | 'signature'>): boolean {
  if (!existsSync(join(paths.registries, 'people', `${by}.json`))) return false;
  return isSignedWith(readPerson(paths, by).key, signedMessage(audit), signature);
}

function withLog<Result>(paths: LogPaths, use: (log: Journal) => Result): Result {
  mkdirSync(folderOf(paths), { recursive: true, mode: 0o700 });
  // Made with the mode that all files of the folder have.
  closeSync(openSync(join(folderOf(paths), 'audits.db'), 'a', 0o600));
  const log = createJournal({ directory: folderOf(paths), name: 'audits' });
  try {
    return use(log);
  } finally {
    log.close();
  }
}
