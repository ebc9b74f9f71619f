/** Drafts of notices: adverse action with principal reasons, the logic of a value, and what goes with a text by a language model. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { z } from 'zod';

import type { AdverseActionNotice, NoticeText } from '../../../../agents/customer-data-graph/interface.ts';
import { CohortiumError, formatDiagnostic, readYaml } from '../../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { printable } from '../../format-table.ts';
import type { GateAction } from './gate-action.ts';
import { wrapped } from './gate-lines.ts';

const kinds = ['adverse-action', 'logic', 'ai-disclosure'] as const;

export const notice: GateAction = {
  says: 'drafts a notice from the disclosure register: adverse-action with at most four principal reasons and its last day, logic in plain words, ai-disclosure for texts that a language model wrote. Sends nothing; exits with 1 while a place is left open.',
  target: `${kinds.join(', ')}; for adverse-action with a customer id`,
  options: [
    { flags: '--jurisdiction <code>', says: 'whose text, such as US or EU (default: where the customer lives; EU)' },
    { flags: '--as-of <date>', says: 'day whose texts count (default: today)' },
    { flags: '--purpose <purpose>', says: 'logic: what the value is used for (default: analytics)' },
    { flags: '--definition <id>', says: 'adverse-action: take the reasons from the explanation of this cohort definition' },
    { flags: '--window <window>', says: 'adverse-action: and this window' },
    { flags: '--consumer-report', says: 'adverse-action: a consumer report went into the decision' },
    { flags: '--received <date>', says: 'adverse-action: when the complete application came in; counts the last day' },
    { flags: '--with <file>', says: 'YAML file with what fills the places of the text, by name' },
  ],
  examples: [
    ['cohortium gate notice adverse-action c-000042 --jurisdiction US --received 2026-01-31 --with creditor.yaml', 'a draft, and by when'],
    ['cohortium gate notice logic --purpose offer-eligibility --with operator.yaml', 'GDPR arts 13 to 15'],
    ['cohortium gate notice ai-disclosure', 'AI Act art. 50'],
  ],
  async perform(call, [kind, customerId]) {
    const common = { ...given(call, 'jurisdiction'), ...given(call, 'asOf'), values: await valuesOf(call) };
    if (kind === 'logic' || kind === 'ai-disclosure') {
      const request = { ...common, ...given(call, 'purpose') };
      const text = await call.withAgent('readonly', (agent) =>
        kind === 'logic' ? agent.gate.logicNotice(request) : agent.gate.aiDisclosure(request),
      );
      return answer(text, textLines(text, call), text.missing);
    }
    if (kind !== 'adverse-action') {
      throw new CohortiumError(
        'ARGUMENT_INVALID',
        `${kind === undefined ? 'gate notice needs to know which' : `there is no notice '${kind}'`}; there are: ${kinds.join(', ')}`,
      );
    }
    if (customerId === undefined) throw new CohortiumError('ARGUMENT_INVALID', 'a customer id is needed; see --help for an example');
    const request = {
      ...common,
      customerId,
      ...given(call, 'definition'),
      ...given(call, 'window'),
      ...given(call, 'received'),
      isConsumerReport: call.flag('consumerReport'),
    };
    const drafted = await call.withAgent('readonly', (agent) => agent.gate.adverseActionNotice(request));
    return answer(
      drafted,
      adverseLines(drafted, call),
      drafted.notices.flatMap(({ missing }) => missing),
      drafted.reasons.length === 0,
    );
  },
};

function answer(document: unknown, lines: readonly string[], missing: readonly string[], isShort = false): CommandAnswer {
  const open = [...new Set(missing)];
  return {
    document,
    lines: [...lines, ...(open.length > 0 ? ['', `Left open: ${open.join(', ')}; --with gives a file that fills them.`] : [])],
    exitCode: open.length > 0 || isShort ? 1 : 0,
  };
}

function adverseLines({ notices, reasons, method, due }: AdverseActionNotice, call: CommandCall): string[] {
  return [
    ...notices.flatMap((one, at) => [...(at > 0 ? [''] : []), ...textLines(one, call)]),
    '',
    ...(reasons.length === 0
      ? [
          'No principal reason was found: nothing that the register has words for speaks against the customer. A person has to give the reasons.',
        ]
      : wrapped(`Reasons by ${method}: ${reasons.map(({ factor, against }) => `${factor} ${against.toFixed(3)}`).join(', ')}`, call, 0)),
    ...(due === null ? [] : [`Last day: ${due.on}, ${due.days} days from ${due.from}${due.isOver ? ', which is over' : ''}.`]),
  ];
}

function textLines({ disclosure, text }: NoticeText, call: CommandCall): string[] {
  const { id, version, jurisdiction, citation, wording, place, verify } = disclosure;
  return [
    ...text.split('\n').map(printable),
    '',
    ...wrapped(`${id} version ${version}, ${jurisdiction}, ${citation}; wording: ${wording}. ${place}`, call, 0).map((line) =>
      call.style.dim(line),
    ),
    ...(verify === null ? [] : wrapped(`Verify: ${verify}`, call, 0)),
    'A draft, not legal advice.',
  ];
}

function given<Name extends string>(call: CommandCall, name: Name): Partial<Record<Name, string>> {
  const value = call.text(name);
  return value === undefined ? {} : ({ [name]: value } as Partial<Record<Name, string>>); // one key, of that name
}

const valuesSchema = z.record(z.string(), z.union([z.string(), z.number()]).transform(String));

async function valuesOf(call: CommandCall): Promise<Readonly<Record<string, string>>> {
  const file = call.text('with');
  if (file === undefined) return {};
  let text: string;
  try {
    text = readFileSync(resolve(call.host.cwd, file), 'utf8');
  } catch (cause) {
    throw new CohortiumError('FILE_UNREADABLE', `${file} cannot be read; a YAML file was expected, such as 'creditor: Example Bank'`, {
      cause,
    });
  }
  const { value, diagnostics } = readYaml(text, file, valuesSchema, 'ARGUMENT_INVALID');
  const [first] = diagnostics;
  if (!value) throw new CohortiumError('ARGUMENT_INVALID', first ? formatDiagnostic(first) : `${file} is empty`, { diagnostics });
  return value;
}
