/** Requests of persons about their data: received, verified, extended, denied, carried out, exported, logged, counted. */
import { resolve } from 'node:path';

import type {
  ActingAgent,
  DenialReason,
  IdentityEvidence,
  Manner,
  ReceiveRequest,
  RefusablePurpose,
  RequestKind,
} from '../../../../agents/customer-data-graph/interface.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall, CommandSpec } from '../../command-spec.ts';
import { exitCodes } from '../../exit-codes.ts';
import { actionOf } from '../../group-action.ts';
import { detailLines, listLines, logLines, metricLines, previewLines } from './request-lines.ts';

/** What each does, for whoever gives none or mistypes one. */
const says = {
  receive: 'take a request down, and say by when it is answered',
  list: 'what is open, the oldest first',
  show: 'one request: clock, steps, letter, what comes next',
  confirm: 'its receipt was confirmed to the person',
  ask: 'the person was asked for more, to be sure who it is',
  verify: 'say how it is known who asks',
  extend: 'take more time, with the reason',
  deny: 'say no, for a reason that fits',
  withdraw: 'the person took it back',
  duplicate: 'the same was asked for before',
  refer: 'lay a contested decision before counsel',
  preview: 'what fulfil would do; does nothing',
  fulfil: 'carry it out',
  follow: 'ask again how recipients stand',
  export: 'write the answer as a ZIP file',
  log: 'every request, as the log is kept',
  metrics: 'the figures of a year',
  purge: 'remove what need not be kept any more',
  deadlines: 'every clock of every right at a place',
} as const;
type Action = keyof typeof says;

export const requests: CommandSpec = {
  name: 'requests',
  actions: says,
  args: [
    ['<action>', Object.keys(says).join(', ')],
    [
      '[subject]',
      'receive: know, access, correct, erase, port, opt-out, opt-in, human-review or appeal; metrics: a year; deadlines: a place; else the id of a request',
    ],
  ],
  summary: 'answer requests of persons about their data, by the law and in time',
  says: 'A request is received with who it claims to be about, and due by the shortest clock of every law that gives the right; clocks run from receipt. Nobody is told anything about anybody before it is verified who asks: show prints the letter, which is the same for everybody until then. A denial has to fit one of the reasons that the law knows, and names its citation. erase and correct are carried out by fulfil, by a person of the registry; preview says before what would be done. human-review lays a recorded decision before counsel once it is known who asks; what two persons sign there ends it, and takes effect. export writes the answer as a ZIP file: index.html for the person, data.json and CSV files for programs, proofs and a signed manifest; the same request gives the same bytes. Every step is a record of the ledger.',
  options: [
    {
      flags: '--claim <identity>',
      says: 'receive: who it is about: a user id, kind:value, an e-mail address or a telephone number; several separated by commas',
    },
    { flags: '--by <manner>', says: 'receive: web-form, e-mail, mail, phone or in-person (default: web-form)' },
    { flags: '--residence <code>', says: 'receive: where the person lives, such as US-CA or DE' },
    {
      flags: '--received <date>',
      says: 'receive: when it arrived, if that was before now; deadlines: from when to count (default: today)',
    },
    { flags: '--purpose <purposes>', says: 'receive opt-out, opt-in: such as sale,sharing' },
    { flags: '--set <attribute=value>', says: 'receive correct: what is right, such as city=Lyon' },
    {
      flags: '--decision <place>',
      says: 'receive human-review, refer: the recorded decision, such as 12/3 (default: the gravest of the person)',
    },
    { flags: '--view <text>', says: 'receive human-review: what the person says against it' },
    { flags: '--of <id>', says: 'receive appeal, duplicate: the other request' },
    { flags: '--household <n>', says: 'receive: members of the household that it is about; verify: how many of them are verified' },
    { flags: '--agent <name>', says: 'receive, verify: who asks for the person' },
    { flags: '--proof <proof>', says: 'receive, verify: what the agent has shown: none, signed-permission or power-of-attorney' },
    { flags: '--confirmed', says: 'receive, verify: the person has confirmed the agent to you' },
    { flags: '--contact <text>', says: 'receive: where to write to' },
    { flags: '--method <method>', says: 'verify: account, data-points, document, agent, protocol or other (with --points: data-points)' },
    { flags: '--points <n>', says: 'verify: points of data that agreed with what is held (default: 0)' },
    { flags: '--declared', says: 'verify: a declaration under penalty of perjury was signed' },
    { flags: '--customer <id>', says: 'verify: the customer that the evidence is of (default: found from the claims)' },
    { flags: '--reason <reason>', says: 'deny: one of those that show lists; extend: why, in words' },
    { flags: '--until <date>', says: 'extend: last day (default: the last that the law allows)' },
    { flags: '--note <text>', says: 'ask, verify, deny, withdraw: in words' },
    { flags: '--as <person>', says: 'who takes the step: a person of registries/people in a role that may' },
    { flags: '--out <file>', says: 'export: the ZIP file; it must not be there yet' },
    { flags: '--all', says: 'list: answered ones too' },
    { flags: '--dry-run', says: 'purge: only say which' },
  ],
  examples: [
    ['cohortium requests receive access --claim ann@example.org --residence US-CA', 'says by when it is confirmed and answered'],
    ['cohortium requests verify <id> --method account --as ada', 'signed in to their account again'],
    ['cohortium requests verify <id> --method document --as ada', 'showed a document'],
    ['cohortium requests verify <id> --points 2 --as ada', 'two points of data agree: --method data-points'],
    ['cohortium requests verify <id> --points 3 --declared --as ada', 'three agree, and a declaration was signed'],
    [
      'cohortium requests verify <id> --method agent --agent Slip --proof signed-permission --as ada',
      'an agent showed that it may; by itself that makes nobody known',
    ],
    ['cohortium requests verify <id> --method protocol --points 3 --as ada', 'a partner vouches for them'],
    ['cohortium requests verify <id> --method other --points 2 --note "called back" --as ada', 'some other way; say which'],
    ['cohortium requests export <id> --out answer.zip --as ada', 'then hand it over, and fulfil'],
    ['cohortium requests deny <id> --reason identity-not-verified --as ada', 'with its citation; show prints the letter'],
    ['cohortium requests extend <id> --reason "data of two systems" --as ada', 'once, by as much as the law allows'],
    ['cohortium requests metrics 2026', 'what a business with many customers has to publish'],
    ['cohortium requests deadlines US-IA', 'every clock of every right there'],
  ],
  next: 'cohortium requests show <id>: its clock, its letter, and what comes next.',
  async action(call) {
    const [action, subject] = call.args;
    return run[actionOf('requests', says, action)](call, subject);
  },
};

const run: Readonly<Record<Action, (call: CommandCall, subject: string | undefined) => Promise<CommandAnswer>>> = {
  async receive(call, subject) {
    const agent = agentOf(call);
    const asked: ReceiveRequest = {
      // The door says which kinds, manners and purposes there are.
      kind: needed(subject, 'a kind of request') as RequestKind,
      manner: (call.text('by') ?? 'web-form') as Manner,
      claims: listOf(call.text('claim')),
      purposes: listOf(call.text('purpose')) as readonly RefusablePurpose[],
      corrections: correctionsOf(call.text('set')),
      ...optional('residence', call.text('residence')),
      ...optional('receivedAt', call.text('received')),
      ...placeOf(call.text('decision')),
      ...optional('view', call.text('view')),
      ...optional('appealOf', call.text('of')),
      ...optional('contact', call.text('contact')),
      ...(agent ? { agent } : {}),
      ...(call.text('household') === undefined ? {} : { householdMembers: call.wholeNumber('household', 2, 2, 50) }),
    };
    const receipt = await call.withAgent('write', (one) => one.requests.receive(asked, call.text('as')));
    return {
      document: receipt,
      lines: [
        receipt.id,
        ...(receipt.confirmBy === null ? [] : [`confirm its receipt by ${receipt.confirmBy}`]),
        `answer it by ${receipt.respondBy}`,
        '',
        `Next: ${call.hint(`requests show ${receipt.id}`)}`,
      ],
    };
  },
  async list(call) {
    const found = await call.withAgent('write', (agent) => agent.requests.list(call.flag('all') ? 'all' : 'open'));
    const isLate = found.some(({ isOverdue }) => isOverdue);
    return { document: { requests: found }, lines: listLines(found), exitCode: isLate ? exitCodes.negative : exitCodes.ok };
  },
  show: (call, id) => answered(call, (agent) => agent.requests.show(idOf(id))),
  confirm: (call, id) => answered(call, (agent) => agent.requests.confirm(idOf(id), personOf(call))),
  ask: (call, id) => answered(call, (agent) => agent.requests.ask(idOf(id), call.requiredText('note'), personOf(call))),
  async verify(call, subject) {
    // First of all, for whoever left it out would be asked for everything else before.
    const id = idOf(subject);
    const agent = agentOf(call);
    const evidence: IdentityEvidence = {
      method: methodOf(call),
      points: call.wholeNumber('points', 0, 0, 50),
      isDeclared: call.flag('declared'),
      note: call.text('note') ?? '',
    };
    const verification = {
      evidence,
      ...optional('customer', call.text('customer')),
      ...(agent ? { agent } : {}),
      ...(call.text('household') === undefined ? {} : { householdVerified: call.wholeNumber('household', 0, 0, 50) }),
    };
    return answered(call, (one) => one.requests.verify(id, verification, personOf(call), { signal: call.signal }));
  },
  extend: (call, id) =>
    answered(call, (agent) => agent.requests.extend(idOf(id), call.requiredText('reason'), personOf(call), call.text('until'))),
  // The door says which reasons there are.
  deny: (call, id) =>
    answered(call, (agent) =>
      agent.requests.deny(idOf(id), call.requiredText('reason') as DenialReason, call.text('note') ?? '', personOf(call)),
    ),
  withdraw: (call, id) => answered(call, (agent) => agent.requests.withdraw(idOf(id), call.text('note') ?? '', personOf(call))),
  duplicate: (call, id) => answered(call, (agent) => agent.requests.closeAsDuplicate(idOf(id), call.requiredText('of'), personOf(call))),
  refer: (call, id) => answered(call, (agent) => agent.requests.refer(idOf(id), personOf(call), placeOf(call.text('decision')).decision)),
  async preview(call, id) {
    const found = await call.withAgent('write', (agent) => agent.requests.preview(idOf(id), { signal: call.signal }));
    return { document: found, lines: previewLines(found), exitCode: found.refusal === null ? exitCodes.ok : exitCodes.negative };
  },
  fulfil: (call, id) => answered(call, (agent) => agent.requests.fulfil(idOf(id), personOf(call), { signal: call.signal })),
  follow: (call, id) => answered(call, (agent) => agent.requests.follow(idOf(id), { signal: call.signal })),
  async export(call, id) {
    const file = resolve(call.host.cwd, call.requiredText('out'));
    const { receipt, isOpen } = await call.withAgent('write', async (agent) => {
      const exported = await agent.requests.export(idOf(id), file, personOf(call), { signal: call.signal });
      return { receipt: exported, isOpen: (await agent.requests.show(exported.request)).daysLeft !== null };
    });
    return {
      document: receipt,
      lines: [
        `${receipt.file}: ${receipt.files.length} files, ${receipt.bytes} bytes`,
        `sha256 ${receipt.sha256}, under the ledger of ${receipt.ledgerSize} records`,
        '',
        isOpen ? `Next: hand it over, then ${call.hint(`requests fulfil ${receipt.request} --as <person>`)}` : 'Next: hand it over.',
      ],
    };
  },
  async log(call) {
    const rows = await call.withAgent('write', (agent) => agent.requests.log());
    return { document: { requests: rows }, lines: logLines(rows) };
  },
  async metrics(call, year) {
    const found = await call.withAgent('write', (agent) => agent.requests.metrics(Number(needed(year, 'a year, such as 2026'))));
    return { document: found, lines: metricLines(found) };
  },
  async purge(call) {
    const {
      before,
      requests: over,
      rule,
    } = await call.withAgent('write', (agent) => agent.requests.purge({ isDryRun: call.flag('dryRun') }));
    return {
      document: { before, requests: over, rule, isDryRun: call.flag('dryRun') },
      lines: [
        `${over.length} requests that were answered before ${before} ${call.flag('dryRun') ? 'could be' : 'were'} removed (${rule}).`,
        ...over,
      ],
    };
  },
  async deadlines(call, place) {
    const from = call.text('received') ?? new Date().toISOString().slice(0, 10);
    const rows = await call.withAgent('write', (agent) => agent.requests.deadlines(from, place));
    return {
      document: { received: from, deadlines: rows },
      lines: rows.map(
        ({ regime, kind, confirm, respond, extended }) =>
          `${kind.padEnd(12)} ${regime.padEnd(16)} ${confirm ? `confirm by ${confirm.due}, ` : ''}answer by ${respond.due}${extended ? `, extended by ${extended.due}` : ', no extension'}`,
      ),
    };
  },
};

async function answered(
  call: CommandCall,
  act: (
    agent: Parameters<Parameters<CommandCall['withAgent']>[1]>[0],
  ) => ReturnType<Parameters<Parameters<CommandCall['withAgent']>[1]>[0]['requests']['show']>,
): Promise<CommandAnswer> {
  const detail = await call.withAgent('write', act);
  return { document: detail, lines: detailLines(detail), exitCode: detail.isOverdue ? exitCodes.negative : exitCodes.ok };
}

function needed(text: string | undefined, what: string): string {
  if (text === undefined) throw new CohortiumError('ARGUMENT_INVALID', `${what} was expected; see --help for an example`);
  return text;
}

function idOf(id: string | undefined): string {
  return needed(id, 'the id of a request');
}

function personOf(call: CommandCall): string {
  return call.requiredText('as');
}

function listOf(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

function correctionsOf(text: string | undefined): ReceiveRequest['corrections'] & readonly object[] {
  return listOf(text).map((one) => {
    const at = one.indexOf('=');
    if (at < 1) throw new CohortiumError('ARGUMENT_INVALID', `--set: attribute=value was expected; found '${one}'`);
    return { attribute: one.slice(0, at).trim(), value: one.slice(at + 1).trim() };
  });
}

/** `12` is the record, `12/3` the item of a batch. */
function placeOf(text: string | undefined): Pick<ReceiveRequest, 'decision'> {
  if (text === undefined) return {};
  const [, index, item] = /^(\d{1,15})(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  if (index === undefined)
    throw new CohortiumError('ARGUMENT_INVALID', `--decision is '${text}'; expected the place of a record such as 12/3`);
  return { decision: { index: Number(index), item: item === undefined ? null : Number(item) } };
}

const methods = ['account', 'data-points', 'document', 'agent', 'protocol', 'other'] as const;

/** Points of data that agreed are the method by themselves, as the guide prints it. */
function methodOf(call: CommandCall): IdentityEvidence['method'] {
  const method = call.text('method') ?? (call.text('points') === undefined ? undefined : 'data-points');
  if (method === undefined)
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `--method (${methods.join(', ')}) or --points is needed; see --help for an example of each`,
    );
  return oneOf(method, methods, 'method');
}

function agentOf(call: CommandCall): ActingAgent | undefined {
  const name = call.text('agent');
  if (name === undefined) return undefined;
  const proof = oneOf(call.text('proof') ?? 'none', ['none', 'signed-permission', 'power-of-attorney'], 'proof');
  return { name, proof, isConfirmed: call.flag('confirmed') };
}

function oneOf<const Value extends string>(text: string, values: readonly Value[], flag: string): Value {
  const known = values.find((value) => value === text);
  if (known === undefined) throw new CohortiumError('ARGUMENT_INVALID', `--${flag} is '${text}'; expected one of ${values.join(', ')}`);
  return known;
}

function optional<const Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, string>); // one name, one value
}
