/** Proof: that the ledger is whole, that a record is in it, that a run can be computed again. */
import type { ReplayReport, VerifyReport } from '../../../agents/customer-data-graph/interface.ts';
import { formatCount } from '../../../agents/customer-data-graph/report/format-number.ts';
import type { CommandSpec } from '../command-spec.ts';
import { formatPairs } from '../format-table.ts';
import type { Style } from '../style.ts';

export const verify: CommandSpec = {
  name: 'verify',
  summary: 'check that the ledger is complete and unchanged; prove one record',
  says: 'Reads every record, its hash, the chain, the Merkle root and every signed checkpoint. Says which record is damaged, missing or rolled back, and exits with 1. With --record prints the record and its proof, which anyone can check offline.',
  options: [{ flags: '--record <n>', says: 'prove this record instead' }],
  examples: [
    ['cohortium verify', 'the whole ledger'],
    ['cohortium verify --record 12 --json > proof.json', 'a proof to hand over'],
  ],
  next: 'docs/how-to/verify-the-ledger.md shows how somebody else checks a proof.',
  async action(call) {
    if (call.text('record') !== undefined) {
      const index = call.wholeNumber('record', 0, 0, Number.MAX_SAFE_INTEGER);
      const proof = await call.withAgent('readonly', (agent) => agent.proof(index));
      return {
        document: proof,
        lines: [
          JSON.stringify(proof.record, undefined, 2),
          '',
          ...formatPairs([
            ['leaf', proof.leafHash],
            ['root', proof.root],
            ['size', formatCount(proof.treeSize)],
            ...proof.inclusion.map((hash, at): [string, string] => [at === 0 ? 'path' : '', hash]),
          ]),
          '',
          proof.checkpoint.trimEnd(),
        ],
      };
    }
    const report = await call.withAgent('readonly', (agent) => agent.verify());
    return { document: report, lines: verifyLines(report, call.style), exitCode: report.verified ? 0 : 1 };
  },
};

export const replay: CommandSpec = {
  name: 'replay',
  args: [['<run>', 'run id']],
  summary: 'compute a run again and compare every result bit for bit',
  says: 'Takes the recorded inputs, computes every step again with this machine and this version, and names the first difference: step, chunk, record, field, both values. Changes nothing. Exits with 1 when anything differs.',
  examples: [['cohortium replay <id>', 'ids are listed by cohortium runs']],
  next: 'cohortium verify, for what was written about the run.',
  async action(call) {
    const report = await call.withAgent('readonly', (agent) =>
      agent.replay(call.args[0] ?? '', { signal: call.signal, onProgress: call.onProgress }),
    );
    return { document: report, lines: replayLines(report, call.style), exitCode: report.identical ? 0 : 1 };
  },
};

function verifyLines(report: VerifyReport, style: Style): string[] {
  return [
    report.verified ? style.good('verified') : style.bad('NOT verified'),
    ...formatPairs([
      ['  records', formatCount(report.size)],
      ['  checkpoints', formatCount(report.checkpoints)],
      ['  root', report.root],
    ]),
    ...report.faults.map(
      ({ code, message, index }) => `${index === null ? '' : `record ${index}: `}${style.bad(`error ${code}`)}: ${message}`,
    ),
    ...(report.verified ? [] : ['', 'Next: restore the newest backup; do not write to this ledger.']),
  ];
}

function replayLines(report: ReplayReport, style: Style): string[] {
  const head = report.identical ? style.good('identical') : style.bad('DIFFERENT');
  return [
    `${head}: ${formatCount(report.recomputed)} results computed again and compared; ${formatCount(report.effects - report.recomputed)} that came from outside taken from the record`,
    ...(report.firstDifference === null ? [] : [`first difference: ${report.firstDifference}`]),
  ];
}
