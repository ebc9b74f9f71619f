/**
 * Proposals: what somebody wants to be approved, as a file that is signed by who proposes it and never changed. The same proposal of
 * the same person is one file. Refuses a proposal that is not as it was signed.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { canonicalJson, CohortiumError, compareText, type Digest, digestOf } from '../../../../skills/sdk/index.ts';
import { isSignedWith } from '../../../adapters/files/person-keys.ts';
import { writeNewFile } from '../../../adapters/files/write-new-file.ts';
import type { OperatorPaths } from '../../config.ts';
import { readManifest } from './manifest.ts';
import { modelFiles } from './model-files.ts';
import type { ApprovedEntry, Proposal, ProposedChange } from './model-interface.ts';
import { readPerson, signerOf } from './people.ts';
import { changeSchema } from './proposed-change.ts';

type ProposalPaths = Pick<OperatorPaths, 'directory' | 'registries' | 'state'>;

const proposalSchema = z.strictObject({
  format: z.literal('cohortium/proposal@1'),
  id: z.string(),
  change: changeSchema,
  replaces: z.string().nullable(),
  proposedBy: z.string(),
  proposedAt: z.string(),
  signature: z.string(),
});

/**
 * Writes a proposal, or finds the same one of that person.
 * @throws {CohortiumError} PERSON_NOT_FOUND, LEDGER_KEY_UNSAFE, MANIFEST_DAMAGED
 */
export function propose(paths: ProposalPaths, change: ProposedChange, by: string, nowMs: number): Proposal {
  const { sign } = signerOf(paths, by);
  const replaces = lastOfKind(readManifest(paths.directory), change.kind);
  const id = proposalId({ change, replaces, proposedBy: by });
  const statement: Omit<Proposal, 'signature'> = {
    format: 'cohortium/proposal@1',
    id,
    change,
    replaces,
    proposedBy: by,
    proposedAt: new Date(nowMs).toISOString(),
  };
  const { proposals } = modelFiles(paths.directory);
  mkdirSync(proposals, { recursive: true });
  writeNewFile(join(proposals, `${id}.json`), canonicalJson({ ...statement, signature: sign(signedBytes(statement)) }), 0o644);
  return readProposal(paths, id);
}

/**
 * Reads a proposal and checks that it is as it was signed.
 * @throws {CohortiumError} PROPOSAL_NOT_FOUND, MODEL_FILE_CHANGED, PERSON_NOT_FOUND
 */
export function readProposal(paths: ProposalPaths, id: string): Proposal {
  const path = join(modelFiles(paths.directory).proposals, `${id}.json`);
  if (!/^(?:champion|windows|tuning)-[0-9a-f]{32}$/.test(id) || !existsSync(path)) {
    throw new CohortiumError(
      'PROPOSAL_NOT_FOUND',
      `there is no proposal '${id.slice(0, 80)}' in models/proposals; 'cohortium champions' lists the open ones`,
    );
  }
  const text = readFileSync(path, 'utf8');
  const parsed = proposalSchema.safeParse(parseJson(text));
  const proposal = parsed.success ? (parsed.data as Proposal) : undefined; // digests are strings to the schema
  if (!proposal || proposal.id !== id || proposalId(proposal) !== id || canonicalJson(proposal) !== text) {
    throw changed(id, 'it is not what was proposed under this id');
  }
  const { signature, ...statement } = proposal;
  const { key } = readPerson(paths, proposal.proposedBy);
  if (!isSignedWith(key, signedBytes(statement), signature)) throw changed(id, `it is not signed by ${proposal.proposedBy}`);
  return proposal;
}

/** Proposals that nobody has approved, by id; damaged ones are refused. */
export function openProposals(paths: ProposalPaths, entries: readonly ApprovedEntry[]): readonly Proposal[] {
  const { proposals } = modelFiles(paths.directory);
  if (!existsSync(proposals)) return [];
  const decided = new Set(entries.map(({ entry }) => entry.proposal));
  return readdirSync(proposals)
    .flatMap((name) => /^([a-z]+-[0-9a-f]{32})\.json$/.exec(name)?.[1] ?? [])
    .filter((id) => !decided.has(id))
    .sort(compareText)
    .map((id) => readProposal(paths, id))
    .filter(({ replaces, change }) => replaces === lastOfKind(entries, change.kind));
}

/** Digest of the last line of a kind; null before the first. */
export function lastOfKind(entries: readonly ApprovedEntry[], kind: ProposedChange['kind']): Digest | null {
  return entries.findLast(({ entry }) => entry.change.kind === kind)?.digest ?? null;
}

/** Long enough that nobody finds two changes of one id, and has the one read and the other approved. */
function proposalId({ change, replaces, proposedBy }: Pick<Proposal, 'change' | 'replaces' | 'proposedBy'>): string {
  return `${change.kind}-${digestOf({ change, replaces, proposedBy }).slice(0, 32)}`;
}

function signedBytes(statement: Omit<Proposal, 'signature'>): Uint8Array {
  return new TextEncoder().encode(canonicalJson(statement));
}

function changed(id: string, what: string): CohortiumError {
  return new CohortiumError('MODEL_FILE_CHANGED', `models/proposals/${id}.json was edited or damaged: ${what}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says what is wrong
  }
}
