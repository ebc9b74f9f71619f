/** The gate: one command whose actions each say their own words; adding one is one line here. */
import type { CommandSpec, OptionSpec } from '../../command-spec.ts';
import { actionOf } from '../../group-action.ts';
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
import { reviews } from './reviews.ts';
import { worksheet } from './worksheet.ts';

const actions = {
  evaluate,
  explain,
  regimes,
  notice,
  approve,
  overlays,
  reviews,
  precedents,
  worksheet,
  fairness,
  export: exportAction,
} satisfies Readonly<Record<string, GateAction>>;

/** What each does, for whoever gives none or mistypes one. */
const says: Readonly<Record<keyof typeof actions, string>> = {
  evaluate: 'ask about one customer, purpose and sink',
  explain: 'what every regime says of it, and by which facts',
  regimes: 'the law that the gate decides by',
  notice: 'draft a notice to a customer',
  approve: 'sign an overlay or a disclosure file as counsel',
  overlays: 'rules of verticals: listed, shown, adopted',
  reviews: 'cases that wait for people, and decisions on them',
  precedents: 'signed decisions, and whether they hold',
  worksheet: 'what an accountant needs before a value goes to investors',
  fairness: 'audit uses for disparate impact',
  export: 'the rules in the language of another policy engine',
};

const named: readonly (readonly [name: string, action: GateAction])[] = Object.entries(actions);

export const gate: CommandSpec = {
  name: 'gate',
  actions: says,
  args: [
    ['<action>', Object.keys(actions).join(', ')],
    ['[targets...]', named.flatMap(([name, { target }]) => (target === undefined ? [] : [`for ${name} ${target}`])).join('; ')],
  ],
  summary: 'ask whether a value may be used, by which law, and what it would take',
  says: [
    'Everything about the law is an engineering inventory, not legal advice.',
    ...named.map(([name, action]) => `${name}: ${action.says}`),
  ].join('\n\n'),
  options: mergedOptions(),
  examples: named.flatMap(([, { examples }]) => examples),
  next: 'docs/how-to/ask-the-gate.md goes through it.',
  async action(call) {
    const chosen: GateAction = actions[actionOf('gate', says, call.args[0])];
    return chosen.perform(call, call.list);
  },
};

/** An option that several actions have stands once, with what it takes and means for each. */
function mergedOptions(): readonly OptionSpec[] {
  const merged = new Map<string, { readonly takes: Set<string>; readonly says: Map<string, string[]> }>();
  for (const [name, { options }] of named) {
    for (const { flags, says: meaning } of options) {
      const [, long = flags, placeholder] = /^(--[a-z-]+)(?: <(.+)>)?$/.exec(flags) ?? [];
      const option = merged.get(long) ?? { takes: new Set(), says: new Map<string, string[]>() };
      if (placeholder !== undefined) option.takes.add(placeholder);
      option.says.set(meaning, [...(option.says.get(meaning) ?? []), name]);
      merged.set(long, option);
    }
  }
  return [...merged].map(([long, { takes, says: meanings }]) => ({
    flags: takes.size === 0 ? long : `${long} <${[...takes].join('|')}>`,
    says: [...meanings].map(([text, names]) => `${names.join(', ')}: ${text}`).join('; '),
  }));
}
