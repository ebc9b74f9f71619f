/** How ingest is doing: a line for each type, and the alerts with what to do. */
import type { HealthAlert, SignalHealth, TypeHealth } from '../../../../agents/customer-data-graph/interface.ts';
import { formatCount } from '../../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { exitCodes } from '../../exit-codes.ts';
import { formatTable, printable } from '../../format-table.ts';

/** `cohortium signals health` */
export async function showHealth(call: CommandCall, targets: readonly string[]): Promise<CommandAnswer> {
  if (targets.length > 0) throw new CohortiumError('ARGUMENT_INVALID', `health takes no '${targets[0]}'; it covers every type`);
  const hours = call.wholeNumber('hours', 24, 1, 168);
  const health = await call.withAgent('readonly', (agent) => agent.signalHealth(hours));
  const isCritical = health.alerts.some(({ severity }) => severity === 'critical');
  return { document: health, lines: healthLines(health, call), exitCode: isCritical ? exitCodes.negative : exitCodes.ok };
}

function healthLines({ at, hours, types, alerts }: SignalHealth, call: CommandCall): string[] {
  if (types.length === 0) return ['No signals have arrived yet.', '', `Next: ${call.hint('ingest orders.csv --map map.yaml')}`];
  return [
    `The ${hours} hours to ${at}:`,
    ...formatTable(
      [
        { head: 'type' },
        { head: 'new', align: 'right' },
        { head: 'repeats', align: 'right' },
        { head: 'refused', align: 'right' },
        { head: 'lag', align: 'right' },
        { head: 'newest', align: 'right' },
        { head: 'usual a day', align: 'right' },
      ],
      types.map(typeRow),
    ),
    '',
    ...(alerts.length === 0 ? [call.style.good('No alerts.')] : alerts.flatMap((alert) => alertLines(alert, call))),
  ];
}

function typeRow({ type, signals, repeats, refused, lagMedianSeconds, ageHours, volume }: TypeHealth): string[] {
  return [
    type || '(no type)',
    formatCount(signals),
    formatCount(repeats),
    formatCount(refused),
    lagMedianSeconds === null ? '' : `< ${duration(lagMedianSeconds)}`,
    ageHours === null ? '' : `${duration(ageHours * 3600)} ago`,
    volume.usual === null ? '' : formatCount(volume.usual),
  ];
}

/** Of an alert: what, about what, what was found, what to do. */
function alertLines({ rule, severity, about, found, help }: HealthAlert, call: CommandCall): string[] {
  const name = 'type' in about ? about.type || '(no type)' : about.source;
  const label = severity === 'critical' ? call.style.bad(severity) : call.style.warn(severity);
  return [`${label} ${rule} ${printable(name)}: ${printable(found)}`, `     ${call.style.dim('help:')} ${help}`];
}

/** The largest unit that says it in whole numbers. */
function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${formatCount(Math.round(seconds / 86_400))} d`;
}
