/** Retention: what is kept, how long and why, as one plan over records and files; its execution; and the purge of files alone. */
import type { RetentionExecution } from '../../../agents/customer-data-graph/erasure/erasure-interface.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall, CommandSpec } from '../command-spec.ts';
import { executedLines, fileLines, planLines, recordLines } from './retention-lines.ts';

export const retention: CommandSpec = {
  name: 'retention',
  summary: 'plan what is kept and what goes, say why, and execute it',
  says: 'Two clocks decide about records: the longest minimum and the shortest maximum of the law. Predictions are kept a year and until they are judged, alerts a year, cards seven years, artefacts nine months, grids until superseded; longer where the champion, an approval, a reproduction or a hold in registries/holds needs them. Without --execute and --purge nothing is removed. --execute does what the plan says: customers whose maximum has ended are erased, bodies of the ledger whose time is over are emptied or lose their key, and files are purged; leaves of the ledger stay. --purge removes files alone, and notes the digest of each. The log and the content store are never touched. A schedule executes with `command: retention`. An engineering inventory of the law, not legal advice.',
  options: [
    { flags: '--why <id>', says: 'why a customer, or one record such as ledger:4, is kept: every rule, its clock and the day it ends' },
    { flags: '--as-of <date>', says: 'plan, --why: the day that counts as today (default: today)' },
    { flags: '--execute', says: 'remove everything that the plan lets or makes go; --by' },
    { flags: '--by <person>', says: 'execute: who orders it; recorded' },
    { flags: '--purge', says: 'remove the files that nothing keeps, and nothing else' },
  ],
  examples: [
    ['cohortium retention', 'the plan, with the rules that decide, and what would go'],
    ['cohortium retention --why c-000042', 'why is this customer kept?'],
    ['cohortium retention --as-of 2028-03-01', 'the plan as of another day'],
    ['cohortium retention --execute --by ada', 'execute it'],
    ['cohortium retention --purge', 'only files of models and predictions'],
  ],
  next: 'cohortium holds set keeps what has to stay; docs/how-to/keep-and-erase.md goes through it.',
  async action(call) {
    const why = call.text('why');
    refuseMixed(call);
    if (call.flag('execute')) return execute(call);
    if (call.flag('purge')) return purge(call);
    return why === undefined ? plan(call) : explain(call, why);
  },
};

/** What removes goes by the day of the clock and the whole plan; an option that it would pass over is refused. */
function refuseMixed(call: CommandCall): void {
  const [removing, ...more] = (['execute', 'purge'] as const).filter((name) => call.flag(name)).map((name) => `--${name}`);
  if (removing === undefined) return;
  const asking = [...(call.text('why') === undefined ? [] : ['--why']), ...(call.text('asOf') === undefined ? [] : ['--as-of'])];
  const [other] = [...asking, ...more];
  if (other === undefined) return;
  const because =
    other === '--purge' ? '--execute purges files too' : `${removing} removes what is due today, and ${other} only asks; give one of them`;
  throw new CohortiumError('ARGUMENT_INVALID', `${removing} does not go with ${other}: ${because}; nothing was removed`);
}

async function plan(call: CommandCall): Promise<CommandAnswer> {
  const today = call.text('asOf');
  const { records, files } = await call.withAgent('readonly', async (agent) => ({
    records: await agent.gate.planRetention(today),
    files: await agent.scoring.retention(false),
  }));
  return { document: { ...records, files: files.items }, lines: [...planLines(records, call), '', ...fileLines(files, call)] };
}

async function explain(call: CommandCall, id: string): Promise<CommandAnswer> {
  const answer = await call.withAgent('readonly', (agent) => agent.gate.whyKept(id, call.text('asOf')));
  return {
    document: answer,
    lines: [...answer.records.flatMap((record) => recordLines(record, answer.today, call)), 'Not legal advice.'],
  };
}

async function execute(call: CommandCall): Promise<CommandAnswer> {
  const by = call.requiredText('by');
  const done: RetentionExecution = await call.withAgent('write', (agent) => agent.executeRetention(by));
  return { document: done, lines: executedLines(done) };
}

async function purge(call: CommandCall): Promise<CommandAnswer> {
  const report = await call.withAgent('write', (agent) => agent.scoring.retention(true));
  return { document: report, lines: fileLines(report, call) };
}
