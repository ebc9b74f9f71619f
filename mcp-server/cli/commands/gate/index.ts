/** The gate: one command whose actions each say their own words; adding one is one line here. */
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { CommandSpec, OptionSpec } from '../../command-spec.ts';
import { approve } from './approve.ts';
import { evaluate } from './evaluate.ts';
import { exportAction } from './export.ts';
import { fairness } from './fairness.ts';
import type { GateAction } from './gate-action.ts';
import { notice } from './notice.ts';
import { precedents } from './precedents.ts';
import { regimes } from './regimes.ts';
import { retention } from './retention.ts';
import { reviews } from './reviews.ts';
import { worksheet } from './worksheet.ts';

const actions: Readonly<Record<string, GateAction>> = {
  evaluate,
  regimes,
  retention,
  notice,
  approve,
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
  says: `${named.map(([name, { says }]) => `${name} ${says}`).join(' ')} Everything about the law is an engineering inventory, not legal advice.`,
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

/** An option that several actions have stands once, with what it means for each. */
function mergedOptions(): readonly OptionSpec[] {
  const says = new Map<string, Map<string, string[]>>();
  for (const [name, { options }] of named) {
    for (const option of options) {
      const meanings = says.get(option.flags) ?? new Map<string, string[]>();
      meanings.set(option.says, [...(meanings.get(option.says) ?? []), name]);
      says.set(option.flags, meanings);
    }
  }
  return [...says].map(([flags, meanings]) => ({
    flags,
    says: [...meanings].map(([text, names]) => `${names.join(', ')}: ${text}`).join('; '),
  }));
}
