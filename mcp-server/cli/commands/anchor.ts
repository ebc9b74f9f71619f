/** Anchors of the record outside of this machine: made, listed, and asked. */
import type { AnchorCheck, AnchorReceipt, AnchorRun, AnchorStatus } from '../../../agents/customer-data-graph/interface.ts';
import { formatCount, shortDigest } from '../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall, CommandSpec } from '../command-spec.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable } from '../format-table.ts';

const actions: Readonly<Record<string, (call: CommandCall) => Promise<CommandAnswer>>> = {
  now: async (call) => {
    const run = await call.withAgent('write', (agent) => agent.anchors.now(call.flag('segments')));
    return { document: run, lines: runLines(run, call), exitCode: run.failures.length === 0 ? exitCodes.ok : exitCodes.negative };
  },
  list: async (call) => {
    const [status, receipts] = await call.withAgent(
      'readonly',
      async ({ anchors }) => [await anchors.status(), await anchors.list()] as const,
    );
    return { document: { status, receipts }, lines: [...statusLines(status, call), ...receiptLines(receipts)] };
  },
  check: async (call) => {
    const check = await call.withAgent('readonly', (agent) => agent.anchors.check());
    return { document: check, lines: checkLines(check, call), exitCode: check.ok ? exitCodes.ok : exitCodes.negative };
  },
};

export const anchor: CommandSpec = {
  name: 'anchor',
  args: [['[action]', `${Object.keys(actions).join(', ')}; list when absent`]],
  summary: 'put checkpoints of the record where nobody here can change them, and hold the record against them',
  says: 'now: stamps the newest checkpoint with the time, has witnesses cosign it, locks it in an object store and copies it to a folder, as `anchors` in cohortium.yaml says, and writes the segments that are due. A place that fails keeps none of the others. A ledger that a place remembers otherwise is refused, and put nowhere. list: what stands outside, and what waits. check: asks every place what it remembers; a history that was rewritten or put back here differs from it, and what is gone there is named. now and check exit with 1 when a place failed or differs.',
  options: [{ flags: '--segments', says: 'with now: write the segments that are not due yet as well' }],
  examples: [
    ['cohortium anchor now', 'after a run, or from a schedule'],
    ['cohortium anchor list', 'what stands outside, and since when something waits'],
    ['cohortium anchor check', 'hold the record against every place'],
  ],
  next: 'docs/how-to/anchor-the-record.md sets a bucket up.',
  async action(call) {
    const name = call.args[0] ?? 'list';
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action) return action(call);
    throw new CohortiumError('ARGUMENT_INVALID', `'${name}' is no action of anchor; they are: ${Object.keys(actions).join(', ')}`);
  },
};

function runLines({ size, root, receipts, segments, failures, isUpToDate }: AnchorRun, call: CommandCall): string[] {
  const head =
    size === 0
      ? 'Nothing was recorded yet.'
      : isUpToDate
        ? `Up to date: nothing but custody was recorded since the last anchor of ${formatCount(size)} records.`
        : `${formatCount(size)} records, root ${shortDigest(root)}`;
  return [
    head,
    ...receiptLines(receipts),
    ...segments.map(
      ({ key, place, content, bytes, lock }) =>
        `segment ${key} (${content}, ${formatCount(bytes)} bytes) at ${place}${lock ? `, locked in ${lock.mode} mode until ${lock.until}` : ''}`,
    ),
    ...failures.map(({ place, code, message }) => `${call.style.bad(`error ${code}`)} at ${place}: ${message}`),
    ...(receipts.length === 0 && failures.length === 0 && !isUpToDate
      ? ['No place is configured: add `anchors` to cohortium.yaml (docs/how-to/anchor-the-record.md).']
      : []),
  ];
}

function statusLines({ places, binds, size, anchored, waitingSince, isStale }: AnchorStatus, call: CommandCall): string[] {
  if (places.length === 0) return ['No place outside of this machine is configured (docs/how-to/anchor-the-record.md).'];
  const rest =
    waitingSince !== null
      ? `; records since ${waitingSince} wait`
      : anchored < size
        ? `; the rest (${formatCount(size - anchored)}) is custody, such as of anchors themselves, and goes along with the next records`
        : '';
  const line = `${formatCount(anchored)} of ${formatCount(size)} records stand outside${rest}`;
  return [
    isStale ? `${call.style.bad('stale')}: ${line}` : line,
    ...places.map((place) => `${place.name}: ${placeWords(place)}`),
    ...(binds === null ? [] : [`locks bind ${binds}`]),
    ...(waitingSince === null ? [] : [`Next: ${call.hint('anchor now')}`]),
  ];
}

function placeWords({ anchored, waitingSince }: AnchorStatus['places'][number]): string {
  const has = anchored === 0 ? 'nothing was put there yet' : `${formatCount(anchored)} records`;
  return waitingSince === null ? has : `${has}, records since ${waitingSince} wait`;
}

function receiptLines(receipts: readonly AnchorReceipt[]): string[] {
  if (receipts.length === 0) return [];
  return formatTable(
    [{ head: 'records', align: 'right' }, { head: 'kind' }, { head: 'place' }, { head: 'time' }],
    receipts.map(({ size, kind, place, time }) => [formatCount(size), kind, place, time ?? '']),
  );
}

function checkLines({ ok, places, faults }: AnchorCheck, call: CommandCall): string[] {
  return [
    ...places.map(({ place, found }) => `${place}: ${found}`),
    ...faults.map(({ code, message }) => `${call.style.bad(`error ${code}`)}: ${message}`),
    ok
      ? places.length === 0
        ? 'No place was asked: none that remembers is configured (docs/how-to/anchor-the-record.md).'
        : places.every(({ isEmpty }) => isEmpty)
          ? `No place remembers anything yet. Next: ${call.hint('anchor now')}`
          : call.style.good('as every place remembers it')
      : call.style.bad('NOT as the anchors say'),
  ];
}
