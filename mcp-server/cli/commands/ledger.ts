/** The ledger as something that is handed on: actions on it beside `verify`; adding one is one line here. */
import type { CommandAnswer, CommandCall, CommandSpec } from '../command-spec.ts';
import { actionOf } from '../group-action.ts';
import { copyVerifier, proveGrowth, publishLedger } from './ledger-publish.ts';
import { ledgerSegments } from './ledger-segments.ts';

const actions = {
  publish: publishLedger,
  growth: proveGrowth,
  verifier: copyVerifier,
  segments: ledgerSegments,
} satisfies Readonly<Record<string, (call: CommandCall) => Promise<CommandAnswer>>>;

/** What each does, for whoever gives none or mistypes one. */
const says: Readonly<Record<keyof typeof actions, string>> = {
  publish: 'write the ledger to a folder for any web server',
  growth: 'prove that nothing was rewritten since a checkpoint',
  verifier: 'copy the program that checks proofs',
  segments: 'list, fetch and check the copies at other places',
};

export const ledger: CommandSpec = {
  name: 'ledger',
  actions: says,
  args: [
    ['<action>', Object.keys(says).join(', ')],
    ['[path]', 'publish: the folder; growth: a file with an older checkpoint; verifier: where to write it'],
  ],
  summary: 'publish the ledger, prove that it only grew, hand out the verifier, list segments',
  says: 'publish: writes the ledger to a folder as C2SP tiles for any web server, what grew since the last time, and the checkpoint last; leaves hold no personal data, and bodies are never published. growth: proves that nothing was rewritten since a checkpoint that was kept elsewhere; refuses when the ledger is shorter or another one. verifier: copies the program that checks proofs, one file that needs nothing but Node. segments: lists the copies of the record at other places, by range and retention class. With --check fetches each by its version and checks it alone: hashes, signed checkpoint, items and bodies. With --out also writes them to a folder. Exits with 1 when one is damaged or gone.',
  options: [
    { flags: '--check', says: 'fetch every segment and check it' },
    { flags: '--out <path>', says: 'segments: folder for what was fetched and found good; growth: file for the proof' },
  ],
  examples: [
    ['cohortium ledger publish public', 'serve it with any web server'],
    ['cohortium ledger growth /mnt/elsewhere/checkpoint --out growth', 'a proof since that checkpoint'],
    ['cohortium ledger verifier verify.mjs', 'then: node verify.mjs record.tlog-proof ledger.vkey'],
    ['cohortium ledger segments', 'what left, where it is, until when it is locked'],
    ['cohortium ledger segments --check --out restored', 'bring all of it back'],
  ],
  next: 'cohortium anchor check, for the checkpoints at the same places.',
  async action(call) {
    return actions[actionOf('ledger', says, call.args[0])](call);
  },
};
