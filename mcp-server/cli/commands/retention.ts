/** What of models and predictions is kept and why, and the purge of the rest. */
import type { CommandSpec } from '../command-spec.ts';
import { formatTable } from '../format-table.ts';

export const retention: CommandSpec = {
  name: 'retention',
  summary: 'say why models and predictions are kept, and purge the rest',
  says: 'Predictions are kept a year and until they are judged, alerts a year, cards seven years, artefacts nine months, grids until superseded; longer where the champion, an approval, a reproduction or a hold in registries/holds needs them. Without --purge nothing is removed. A purge notes the digest of everything that it removes. The log and the content store are never touched.',
  options: [{ flags: '--purge', says: 'remove what nothing keeps' }],
  examples: [
    ['cohortium retention', 'why everything is kept, and what would go'],
    ['cohortium retention --purge', 'remove it'],
  ],
  next: 'put a hold into registries/holds for what has to stay; cohortium gate retention says what the law asks of records.',
  async action(call) {
    const isPurge = call.flag('purge');
    const report = await call.withAgent(isPurge ? 'write' : 'readonly', (agent) => agent.scoring.retention(isPurge));
    const { items, purged, today } = report;
    const goes = items.filter(({ decision }) => decision === 'purge');
    return {
      document: report,
      lines: [
        ...(items.length === 0
          ? ['There are no models or predictions yet.']
          : formatTable(
              [{ head: 'class' }, { head: 'path' }, { head: '' }, { head: 'why' }],
              items.map(({ class: kind, path, decision, reasons }) => [kind, path, decision, reasons.join('; ') || 'nothing keeps it']),
            )),
        '',
        isPurge
          ? `${purged.length} file(s) purged on ${today}.`
          : `${goes.length} of ${items.length} could be purged on ${today}.${goes.length > 0 ? ` Next: ${call.hint('retention --purge')}` : ''}`,
      ],
    };
  },
};
