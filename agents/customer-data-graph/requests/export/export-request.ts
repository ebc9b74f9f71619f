/**
 * The answer to a request as one archive: a page for the person, data for programs, proofs, and a signed manifest. What was opened for
 * it and that it was handed out stand in the ledger before the file does. The same request answered again, after whatever came since,
 * gives the same bytes as long as the stores that it is read from say the same.
 */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';

import { CohortiumError, sha256 } from '../../../../skills/sdk/index.ts';
import type { CallContext } from '../../call-context.ts';
import { writeProofFile } from '../../record/proof-file.ts';
import type { OpenRecord } from '../../record/record-interface.ts';
import { formatMoney } from '../../report/format-number.ts';
import type { Workspace } from '../../workspace.ts';
import { readAnswers } from '../answers-file.ts';
import type { ExportReceipt, FetchedAnswer, RequestDetail } from '../request-interface.ts';
import { answerKindOf } from '../request.ts';
import { csvFiles } from './csv-files.ts';
import { type SubjectExport, subjectExportSchema } from './export-schema.ts';
import { type AnswerDoors, type AnswerMoment, gatherAnswer, proofName } from './gather-answer.ts';
import { htmlPage } from './html-page.ts';
import { manifestOf, signedManifest } from './sign-manifest.ts';
import { type ArchivedFile, zipFiles } from './zip-files.ts';

export interface ExportDone {
  readonly sha256: string;
  readonly bytes: number;
  readonly ledgerSize: number;
  readonly at: string;
}

interface MadeAnswer {
  readonly archive: readonly ArchivedFile[];
  readonly bytes: Uint8Array;
  readonly done: ExportDone;
  readonly opened: readonly OpenRecord[];
}

/** @param note takes the step on the request; called once the archive is made and before it is written */
export async function exportRequest(
  workspace: Workspace,
  doors: AnswerDoors,
  request: RequestDetail,
  { file, by }: { readonly file: string; readonly by: string },
  note: (done: ExportDone) => Promise<unknown>,
  { signal = new AbortController().signal }: CallContext = {},
): Promise<ExportReceipt> {
  const { state } = request;
  // What has come in and is not sealed yet belongs to the answer as well.
  await workspace.eventLog().seal({}, { signal, idempotencyKey: `export ${state.id} ${state.steps.length}` });
  const { archive, bytes, done, opened } = await makeAnswer(workspace, doors, request, signal);
  if (state.exported?.sha256 !== done.sha256) await record(workspace, request, by, done, opened);
  if (state.exported?.sha256 !== done.sha256) await note(done);
  try {
    writeFileSync(file, bytes, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    throw new CohortiumError('FILE_UNREADABLE', `${file} cannot be written, or is there already; give another name`, { cause });
  }
  const { sha256: digest, ledgerSize } = done;
  return { request: state.id, file, bytes: bytes.length, sha256: digest, files: manifestOf(archive), ledgerSize };
}

/**
 * The answer as it was exported, to be fetched; each time is on record before a byte leaves.
 * @throws {CohortiumError} REQUEST_REFUSED where it was not exported, or would be another one now
 */
export async function fetchAnswer(
  workspace: Workspace,
  doors: AnswerDoors,
  request: RequestDetail,
  by: string,
  { signal = new AbortController().signal }: CallContext = {},
): Promise<FetchedAnswer> {
  const { state } = request;
  const { bytes, done, opened } = await makeAnswer(workspace, doors, request, signal);
  if (state.exported?.sha256 !== done.sha256)
    throw new CohortiumError('REQUEST_REFUSED', `the stores have changed since request ${state.id} was exported; export it again`);
  const stream = `fetched ${state.id} ${randomUUID()}`;
  const why = `the answer to a request of kind ${state.kind} was fetched`;
  const body = { request: state.id, by, why, places: opened.map(({ index, item }) => [index, item]), sha256: done.sha256 };
  await workspace.records().write([{ kind: 'custody.accessed', stream, subject: null, body }], stream);
  return { name: `${state.id}.zip`, bytes, sha256: done.sha256 };
}

async function makeAnswer(workspace: Workspace, doors: AnswerDoors, request: RequestDetail, signal: AbortSignal): Promise<MadeAnswer> {
  const { state } = request;
  const kind = answerKindOf(state);
  if (kind === null) throw new CohortiumError('REQUEST_REFUSED', `request ${state.id} of kind ${state.kind} is not answered by an export`);
  const moment = momentOf(workspace, request);
  const { answer, opened } = await gatherAnswer(workspace, doors, request, readAnswers(), kind, moment, signal);
  const proofs = opened.map(({ index, item }): ArchivedFile => ({
    path: `proofs/${proofName(index, item)}`,
    bytes: Buffer.from(proofText(workspace, index, item, moment)),
  }));
  const archive = await archiveOf(answer, proofs, workspace);
  const bytes = zipFiles(archive);
  return { archive, bytes, done: { sha256: sha256(bytes), bytes: bytes.length, ledgerSize: moment.ledgerSize, at: moment.at }, opened };
}

/** As it was answered first, so that it can be answered again. */
function momentOf(workspace: Workspace, { state }: RequestDetail): AnswerMoment {
  const { exported } = state;
  // The request's own receipt is in the ledger, so there is a record to prove.
  const { treeSize, root } = workspace.ledger().proof(0, null, exported?.ledgerSize);
  return { ledgerSize: treeSize, ledgerRoot: root, at: exported?.at ?? new Date(workspace.clock.now()).toISOString() };
}

function proofText(workspace: Workspace, index: number, item: number | null, { ledgerSize }: AnswerMoment): string {
  return writeProofFile(workspace.ledger().proof(index, item, ledgerSize));
}

async function archiveOf(
  answer: SubjectExport,
  proofs: readonly ArchivedFile[],
  workspace: Pick<Workspace, 'config' | 'keys'>,
): Promise<readonly ArchivedFile[]> {
  const money = (minor: number): string => formatMoney(Math.round(minor), workspace.config.currency);
  const checked = subjectExportSchema.parse(answer);
  const data: ArchivedFile = { path: 'data.json', bytes: Buffer.from(`${JSON.stringify(checked, null, 2)}\n`) };
  const tables = csvFiles(answer);
  const page = htmlPage({ answer, files: ['data.json', ...tables.map(({ path }) => path), 'manifest.json'], money });
  const files = [{ path: 'index.html', bytes: Buffer.from(page) }, data, ...tables, ...proofs];
  const about = { request: answer.request.id, kind: answer.kind, madeAsOf: answer.madeAsOf, ledger: answer.ledger };
  return [...files, await signedManifest(manifestOf(files), about, workspace.keys().attestor())];
}

/** Chain of custody: which bodies were opened, and that an answer left. Names nobody. */
async function record(
  workspace: Workspace,
  { state }: RequestDetail,
  by: string,
  { sha256: digest, bytes, ledgerSize }: ExportDone,
  opened: readonly { readonly index: number; readonly item: number | null }[],
): Promise<void> {
  const about = { request: state.id, by };
  await workspace.records().write(
    [
      {
        kind: 'custody.accessed',
        stream: `export ${state.id} ${digest}`,
        subject: null,
        body: { ...about, why: `answer to a request of kind ${state.kind}`, places: opened.map(({ index, item }) => [index, item]) },
      },
      {
        kind: 'custody.exported',
        stream: `export ${state.id} ${digest}`,
        subject: null,
        body: {
          ...about,
          sha256: digest,
          bytes,
          ledgerSize,
          recipient: state.agent ? 'an authorised agent' : 'the person',
          channel: state.manner,
        },
      },
    ],
    `export ${state.id} ${digest}`,
  );
}
