/** The page of the signals, from the shipped registry: what each type says and has, and what becomes it on the wire. */
import { openSignalRegistry } from '../../agents/customer-data-graph/signal-registry.ts';
import { compareText } from '../../skills/sdk/index.ts';
import type { CompiledSignalRegistry, CompiledType } from '../../skills/signal-capture/plan/compiled-registry.ts';
import type { WireRule } from '../../skills/signal-capture/plan/registry-plan.ts';
import type { PlannedProperty } from '../../skills/signal-capture/signals/property-kinds.ts';

/** Lines of signals.md. */
export function signalLines(): string[] {
  const registry = openSignalRegistry('');
  const types = [...registry.types.values()];
  return [
    'From [signal-types.yaml](../../registries/signals/signal-types.yaml), which [an operator narrows and extends](../../registries/signals/README.md). A signal as it arrives: [JSON Schema](signal.schema.json).',
    '',
    '| Type | Meaning | Kept (days) | Stale after (hours) |',
    '|---|---|---|---|',
    ...types.map(({ id, plan }) => `| [\`${id}\`](#${id}) | ${plan.says} | ${plan.retentionDays} | ${plan.freshnessHours} |`),
    '',
    ...types.flatMap(typeLines),
    '## Events without a signal',
    '',
    'Taken and counted, not stored. Event names are compared without case, and `_` and `-` count as blanks.',
    '',
    '| Event | Why |',
    '|---|---|',
    ...Object.entries(registry.plan.passes).map(([name, why]) => `| ${name} | ${why} |`),
    '',
    ...consentLines(registry),
  ];
}

function typeLines({ id, plan }: CompiledType): string[] {
  return [
    `## ${id}`,
    '',
    `${plan.title}, version ${plan.version}. ${plan.purpose}`,
    '',
    '| Property | Kind | |',
    '|---|---|---|',
    ...Object.entries(plan.properties).map(
      ([name, property]) => `| \`${name}\` | ${kindText(property)} | ${property.required ? 'required' : ''} |`,
    ),
    '',
    '| On the wire | Google Analytics 4 | Gives |',
    '|---|---|---|',
    ...plan.names.map((rule) => `| ${wireNames(rule)} | ${names(rule.ga4)} | ${gives(rule)} |`),
    '',
  ];
}

function kindText({ kind, values, min, max }: PlannedProperty): string {
  if (values) return values.map((value) => `\`${value}\``).join(' ');
  return [kind, ...(min === undefined ? [] : [`from ${min}`]), ...(max === undefined ? [] : [`to ${max}`])].join(' ');
}

function wireNames({ call, events, own, when }: WireRule): string {
  if (call === 'track') return [names(events), own.length > 0 ? `*${own.join('*, *')}*` : ''].filter((text) => text !== '').join(', ');
  return `\`${call}\`${when.length > 0 ? ` with ${when.map((path) => `\`${path}\``).join(' or ')}` : ''}`;
}

function names(list: readonly string[]): string {
  return list.join(', ');
}

function gives({ set, take, amount, links, consents, each }: WireRule): string {
  const fixed = Object.entries(set).map(([name, value]) => `\`${name}: ${value}\``);
  const taken = Object.entries(take).map(([name, { from }]) => `\`${name}\` ← ${from.map((path) => `\`${path}\``).join(', ')}`);
  const money = amount ? [`\`amountMinor\` ← ${[...amount.total, ...amount.price].map((path) => `\`${path}\``).join(', ')}`] : [];
  const special = [
    ...(links === 'together' ? ['a link of the owner with each further identity'] : []),
    ...(links === 'previous' ? ['a link of `userId` with `previousId`'] : []),
    ...(consents.length > 0 ? ['a signal per purpose'] : []),
    ...(each.length > 0 ? [`one per item of ${each.map((path) => `\`${path}\``).join(' or ')}`] : []),
  ];
  return [...special, ...fixed, ...money, ...taken].join('; ');
}

function consentLines({ plan }: CompiledSignalRegistry): string[] {
  const rows = Object.entries(plan.consent.categories).sort(([a], [b]) => compareText(a, b));
  return [
    '## Consent categories',
    '',
    '`context.consent.categoryPreferences` of any message; a category that is not here is left out and counted.',
    '',
    '| Category | Purposes |',
    '|---|---|',
    ...rows.map(([category, purposes]) => `| ${category} | ${purposes.map((purpose) => `\`${purpose}\``).join(', ') || 'none'} |`),
  ];
}
