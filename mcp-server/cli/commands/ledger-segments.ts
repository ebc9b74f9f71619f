/** `cohortium ledger segments`: copies of the record at other places, listed or fetched and checked. */
import type { ExportedSegment } from '../../../agents/customer-data-graph/interface.ts';
import { formatCount } from '../../../agents/customer-data-graph/report/format-number.ts';
import type { CommandAnswer, CommandCall } from '../command-spec.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable } from '../format-table.ts';

export async function ledgerSegments(call: CommandCall): Promise<CommandAnswer> {
  const out = call.text('out');
  if (!call.flag('check') && out === undefined) {
    const segments = await call.withAgent('readonly', (agent) => agent.anchors.segments());
    return { document: segments, lines: segments.length === 0 ? ['No segment has left this machine yet.'] : table(segments) };
  }
  const check = await call.withAgent('readonly', (agent) => agent.anchors.checkSegments(out));
  if (check.segments.length === 0 && check.faults.length === 0)
    return { document: check, lines: ['No segment has left this machine yet.'] };
  return {
    document: check,
    lines: [
      ...table(check.segments),
      ...check.faults.map(({ code, message }) => `${call.style.bad(`error ${code}`)}: ${message}`),
      check.faults.length === 0
        ? call.style.good(`${formatCount(check.segments.length)} segment(s) as they were written${out === undefined ? '' : `, in ${out}`}`)
        : call.style.bad(`${formatCount(check.faults.length)} segment(s) are not as they were written`),
    ],
    exitCode: check.faults.length === 0 ? exitCodes.ok : exitCodes.negative,
  };
}

function table(segments: readonly ExportedSegment[]): string[] {
  if (segments.length === 0) return [];
  return formatTable(
    [
      { head: 'from', align: 'right' },
      { head: 'to', align: 'right' },
      { head: 'class' },
      { head: 'content' },
      { head: 'bytes', align: 'right' },
      { head: 'place' },
      { head: 'locked until' },
    ],
    segments.map(({ from, to, class: recordClass, content, bytes, place, lock }) => [
      formatCount(from),
      formatCount(to),
      recordClass,
      content,
      formatCount(bytes),
      place,
      lock ? `${lock.until} (${lock.mode})` : 'not locked',
    ]),
  );
}
