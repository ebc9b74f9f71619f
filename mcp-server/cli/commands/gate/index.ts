/** The gate: one command whose actions each say their own words; adding one is one line here. */
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { CommandSpec, OptionSpec } from '../../command-spec.ts';
import { approve } from './approve.ts';
import { evaluate } from './evaluate.ts';
import { explain } from './explain.ts';
import { exportAction } from './export.ts';
import { fairness } from './fairness.ts';
import type { GateAction } from './gate-action.ts';
import { notice } from './notice.ts';
import { overlays } from './overlays.ts';
import { precedents } from './precedents.ts';
import { regimes } from './regimes.ts';
import { retention } from './retention.ts';
import { reviews } from './reviews.ts';
import { worksheet } from './worksheet.ts';

const actions: Readonly<Record<string, GateAction>> = {
  evaluate,
  explain,
  regimes,
  retention,
  notice,
  approve,
  overlays,
  reviews,
  precedents,
  worksheet,
  fairness,
  export: exportAction,
};

const named = Object.entries(actions);

export const gate: CommandSpec = {
  name: 'gate',
  args: [
    ['<action>', Object.keys(actions).join(', ')],
    ['[targets...]', named.flatMap(([name, { target }]) => (target === undefined ? [] : [`for ${name} ${target}`])).join('; ')],
  ],
  summary: 'ask whether a value may be used, by which law, and what it would take',
  says: [
    'Everything about the law is an engineering inventory, not legal advice.',
    ...named.map(([name, { says }]) => `${name}: ${says}`),
  ].join('\n\n'),
  options: mergedOptions(),
  examples: named.flatMap(([, { examples }]) => examples),
  next: 'docs/how-to/ask-the-gate.md goes through it.',
  async action(call) {
    const action = call.args[0] ?? '';
    const chosen = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (chosen) return chosen.perform(call, call.list);
    throw new CohortiumError('ARGUMENT_INVALID', `'${action}' is no action of gate; they are: ${Object.keys(actions).join(', ')}`);
  },
};

/** An option that several actions have stands once, with what it takes and means for each. */
function mergedOptions(): readonly OptionSpec[] {
  const merged = new Map<string, { readonly takes: Set<string>; readonly says: Map<string, string[]> }>();
  for (const [name, { options }] of named) {
    for (const { flags, says } of options) {
      const [, long = flags, placeholder] = /^(--[a-z-]+)(?: <(.+)>)?$/.exec(flags) ?? [];
      const option = merged.get(long) ?? { takes: new Set(), says: new Map<string, string[]>() };
      if (placeholder !== undefined) option.takes.add(placeholder);
      option.says.set(says, [...(option.says.get(says) ?? []), name]);
      merged.set(long, option);
    }
  }
  return [...merged].map(([long, { takes, says }]) => ({
    flags: takes.size === 0 ? long : `${long} <${[...takes].join('|')}>`,
    says: [...says].map(([text, names]) => `${names.join(', ')}: ${text}`).join('; '),
  }));
}
