/** What others need to check the ledger without asking anybody: tiles, proofs that it only grew, and the verifier. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { formatCount } from '../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall } from '../command-spec.ts';

export async function publishLedger(call: CommandCall): Promise<CommandAnswer> {
  const folder = pathOf(call, 'the folder to publish to');
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new CohortiumError('ARGUMENT_INVALID', `${folder} is a file; give a folder, which is made where it is absent`);
  const done = await call.withAgent('readonly', (agent) => agent.ledger.publish(folder));
  const added = formatCount(done.size - done.sizeBefore);
  return { document: done, lines: [`${folder}: ${formatCount(done.size)} leaves, ${added} new, ${formatCount(done.files)} files written`] };
}

export async function proveGrowth(call: CommandCall): Promise<CommandAnswer> {
  const older = readGiven(pathOf(call, 'the file with the older checkpoint'));
  const text = await call.withAgent('readonly', (agent) => agent.ledger.growthFile(older));
  const out = call.text('out');
  if (out === undefined) return { document: { proof: text }, lines: [text.trimEnd()] };
  const path = resolve(call.host.cwd, out);
  writeFileSync(path, text);
  return { document: { file: path }, lines: [`${path}: proof that the ledger only grew`] };
}

export async function copyVerifier(call: CommandCall): Promise<CommandAnswer> {
  const path = pathOf(call, 'the file to write');
  const source = fileURLToPath(import.meta.resolve('cohortium/verify'));
  const text = readFileSync(source, 'utf8');
  writeFileSync(path, source.endsWith('.ts') ? stripTypeScriptTypes(text) : text);
  return { document: { file: path }, lines: [`${path}: run it with node, a proof and ledger.vkey`] };
}

function readGiven(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CohortiumError('ARGUMENT_INVALID', `${path} cannot be read; expected a file with a signed checkpoint`, { cause });
  }
}

function pathOf(call: CommandCall, what: string): string {
  const given = call.args[1];
  if (given === undefined) throw new CohortiumError('ARGUMENT_INVALID', `${what} is needed: cohortium ledger ${call.args[0]} <path>`);
  return resolve(call.host.cwd, given);
}
