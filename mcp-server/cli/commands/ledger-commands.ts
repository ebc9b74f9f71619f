/** Proof: that the ledger is whole, and that a record is in it. */
import { chmodSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

import type { VerifyLevel, VerifyReport } from '../../../agents/customer-data-graph/interface.ts';
import { formatCount } from '../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall, CommandSpec } from '../command-spec.ts';
import { formatPairs } from '../format-table.ts';
import type { Style } from '../style.ts';
import { recordPlace } from './record-place.ts';

const levels = ['quick', 'full', 'deep'] as const satisfies readonly VerifyLevel[];

export const verify: CommandSpec = {
  name: 'verify',
  summary: 'check that the ledger is complete and unchanged; prove one record',
  says: 'Reads every record, its hash, the chain, the Merkle root and every signed checkpoint. Says which record is damaged, missing or rolled back, and exits with 1. With --record proves one record instead: prints it, or writes a .tlog-proof file that anyone can check offline.',
  options: [
    { flags: '--level <level>', says: 'quick: only what came after the newest anchor; full: everything (default); deep: bodies as well' },
    { flags: '--record <n>', says: 'prove this record instead: 12, or 12/37 for an item of a batch' },
    { flags: '--show <fields>', says: 'with --record and --out: fields of its body that the proof discloses, separated by commas' },
    { flags: '--out <file>', says: 'with --record: write the proof to a file' },
  ],
  examples: [
    ['cohortium verify', 'the whole ledger'],
    ['cohortium verify --record 12/37 --out record.tlog-proof', 'a proof to hand over'],
  ],
  next: 'docs/how-to/verify-the-ledger.md shows how somebody else checks a proof.',
  async action(call) {
    if (call.text('record') !== undefined) return proveRecord(call);
    const alone = (['show', 'out'] as const).find((name) => call.text(name) !== undefined);
    if (alone) throw new CohortiumError('ARGUMENT_INVALID', `--${alone} goes with --record, which says what is proven`);
    const level = levels.find((one) => one === (call.text('level') ?? 'full'));
    if (!level) throw new CohortiumError('ARGUMENT_INVALID', `--level is '${call.text('level')}'; levels are: ${levels.join(', ')}`);
    const report = await call.withAgent('readonly', (agent) => agent.verify(level));
    return { document: report, lines: verifyLines(report, level, call.style), exitCode: report.verified ? 0 : 1 };
  },
};

async function proveRecord(call: CommandCall): Promise<CommandAnswer> {
  const given = call.requiredText('record');
  const place = recordPlace(given);
  const show = (call.text('show') ?? '').split(',').filter((name) => name !== '');
  const out = call.text('out');
  if (show.length > 0 && out === undefined)
    throw new CohortiumError('ARGUMENT_INVALID', '--show discloses fields in a proof file; name it with --out');
  return call.withAgent('readonly', async (agent) => {
    if (out !== undefined) {
      const path = resolve(call.host.cwd, out);
      const text = await agent.ledger.proofFile(place, show);
      // What is shown is data of a person.
      writeFileSync(path, text, show.length > 0 ? { mode: 0o600 } : {});
      if (show.length > 0) chmodSync(path, 0o600); // also where the file was there
      return {
        document: { file: path, index: place.index, item: place.item, shown: show },
        lines: [`${path}: proof of record ${given}${show.length > 0 ? `, showing ${show.join(', ')}` : ''}`],
      };
    }
    const proof = await agent.proof(place.index, place.item);
    const lines = [
      JSON.stringify(proof.record, undefined, 2),
      ...(proof.item ? [JSON.stringify(proof.item.record, undefined, 2)] : []),
      '',
      ...formatPairs([
        ['leaf', proof.leafHash],
        ['root', proof.root],
        ['size', formatCount(proof.treeSize)],
        ...proof.inclusion.map((hash, at): [string, string] => [at === 0 ? 'path' : '', hash]),
      ]),
      '',
      proof.checkpoint.trimEnd(),
    ];
    return { document: proof, lines };
  });
}

function verifyLines(report: VerifyReport, level: VerifyLevel, style: Style): string[] {
  return [
    report.verified ? style.good('verified') : style.bad('NOT verified'),
    ...formatPairs([
      ['  level', level],
      ['  leaves', formatCount(report.size)],
      ['  checkpoints', formatCount(report.checkpoints)],
      ['  root', report.root],
    ]),
    ...report.faults.map(
      ({ code, message, index }) => `${index === null ? '' : `record ${index}: `}${style.bad(`error ${code}`)}: ${message}`,
    ),
    ...(report.verified ? [] : ['', 'Next: restore the newest backup; do not write to this ledger.']),
  ];
}
