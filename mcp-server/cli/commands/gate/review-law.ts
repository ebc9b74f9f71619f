/**
 * The law of one case: each regime once, its rules under it. Many rules that hang on facts nobody has stated are a table, a line for
 * each regime, because then it is the facts that matter and not the rules; whoever wants every rule in full asks for it.
 */
import type { ReviewRule, ReviewSheet } from '../../../../agents/customer-data-graph/interface.ts';
import type { CommandCall } from '../../command-spec.ts';
import { formatTable, printable } from '../../format-table.ts';
import { wrapped } from './gate-lines.ts';

/** More rules than fit a screen with their texts. */
const mostInFull = 6;

export function lawLines({ id, rules }: ReviewSheet, isInFull: boolean, call: CommandCall): readonly string[] {
  if (isInFull || rules.length <= mostInFull) return byRegime(rules).flatMap((own) => regimeLines(own, call));
  const applying = rules.filter(({ hangsOn }) => hangsOn.length === 0);
  const open = byRegime(rules.filter(({ hangsOn }) => hangsOn.length > 0));
  return [
    ...byRegime(applying).flatMap((own) => regimeLines(own, call)),
    ...formatTable(
      [{ head: '  open' }, { head: 'regime' }, { head: '' }, { head: 'rules' }, { head: 'citation' }],
      open.map((own) => {
        const [{ id: first, regime, citation }] = own;
        const verify = own.some((rule) => rule.verify.length > 0) ? 'verify' : '';
        const rule = own.length > 1 ? `${printable(first)} and ${own.length - 1} more` : printable(first);
        return [`  ${worst(own)}`, regime ?? 'your own', verify, rule, printable(citation)];
      }),
    ),
    ...wrapped(
      `Open: whether they apply hangs on the unknown facts below. Each in full: ${call.hint(`gate reviews show ${id} --all`)}`,
      call,
    ),
  ];
}

type OwnRules = readonly [ReviewRule, ...ReviewRule[]];

function byRegime(rules: readonly ReviewRule[]): readonly OwnRules[] {
  const found = new Map<string, [ReviewRule, ...ReviewRule[]]>();
  for (const rule of rules) {
    const key = rule.regime ?? `own ${rule.id}`;
    const known = found.get(key);
    if (known) known.push(rule);
    else found.set(key, [rule]);
  }
  return [...found.values()];
}

function worst(rules: OwnRules): string {
  return rules.some(({ outcome }) => outcome === 'fail') ? 'fail' : 'counsel';
}

/** What counsel has yet to confirm, and what is often misstated, is said of the regime: once, under its rules. */
function regimeLines(rules: OwnRules, call: CommandCall): readonly string[] {
  const [{ title, regime, demand, oftenMisstated }] = rules;
  const verify = [...new Set(rules.flatMap((rule) => rule.verify))];
  return [
    `  ${call.style.bold(printable(title))}${regime === null ? '' : `  (${regime})`}`,
    ...(demand === null ? [] : wrapped(`Demands: ${demand}`, call, 4)),
    ...rules.flatMap((rule) => [
      `    ${printable(rule.id)}  ${effectOf(rule)}`,
      ...wrapped(`${rule.citation} (${rule.file}:${rule.line})`, call, 6),
      ...wrapped(`Settled by: ${rule.remedy}`, call, 6),
      ...(rule.hasChanged ? ['      Reads otherwise now than when this case was opened.'] : []),
    ]),
    ...verify.flatMap((text) => wrapped(`Verify: ${text}`, call, 4)),
    ...(oftenMisstated === null ? [] : wrapped(`Often misstated: ${oftenMisstated}`, call, 4)),
  ];
}

function effectOf({ outcome, hangsOn }: ReviewRule): string {
  if (outcome === 'unknown') return 'is no rule any more';
  const hangs = hangsOn.length > 0 ? `, which hangs on ${hangsOn.join(', ')}` : '';
  if (outcome === 'fail') return `would forbid it, if it applies${hangs}`;
  return hangs === '' ? 'wants counsel' : `would want counsel, if it applies${hangs}`;
}
