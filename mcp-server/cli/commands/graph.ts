/** Who is whom: likely pairs, links, decisions about them, and any customer as of any time. */
import type { CommandAnswer, CommandCall, CommandSpec } from '../command-spec.ts';
import { actionOf } from '../group-action.ts';
import { customer } from './graph/customer.ts';
import { confirm, reject } from './graph/decide.ts';
import { links } from './graph/links.ts';
import { match } from './graph/match.ts';
import { link, unlink } from './graph/state.ts';

const actions = {
  match,
  links,
  confirm,
  reject,
  link,
  unlink,
  customer,
} satisfies Readonly<Record<string, (call: CommandCall, names: readonly string[]) => Promise<CommandAnswer>>>;

/** What each does, for whoever gives none or mistypes one. */
const says: Readonly<Record<keyof typeof actions, string>> = {
  match: 'compare profiles and propose links',
  links: 'what waits for a person, or the links of a customer',
  confirm: 'join a proposed pair',
  reject: 'keep a proposed pair apart for good',
  link: 'join any two identities',
  unlink: 'part them, with both histories restored',
  customer: 'who somebody is, since when, and why',
};

export const graph: CommandSpec = {
  name: 'graph',
  actions: says,
  args: [
    ['<action>', Object.keys(says).join(', ')],
    [
      '[names...]',
      'for confirm and reject a proposed link; for link and unlink two identities; for customer and links a customer id or an identity. Identities are written kind:value (user, loyalty, email, phone, anonymous), a user id also alone',
    ],
  ],
  summary: 'who is whom: match profiles, decide about links, look at a customer as of any time',
  says: 'match compares profiles by names, addresses and hashes and proposes links; links lists what waits for a person, or the links of one customer; confirm joins a proposed pair, reject keeps it apart for good; link and unlink say it of any two identities; customer tells who somebody is, since when, why, and what was declared by whom. Every decision is a signal in the event log, and unlink restores both histories. registries/identity.yaml has the rules.',
  options: [
    { flags: '--by <name>', says: 'who decides; needed with confirm, reject, link and unlink' },
    { flags: '--note <text>', says: 'why; needed with them' },
    { flags: '--as-of <time>', says: 'customer: a date, whose whole day counts, or an instant (default: everything known)' },
    { flags: '--all', says: 'links: decided ones too' },
    { flags: '--limit <n>', says: 'links: at most so many (default: 20)' },
  ],
  examples: [
    ['cohortium graph match', 'who is likely one person'],
    ['cohortium graph links', 'what waits for a decision'],
    ['cohortium graph confirm <link> --by "Ada Lovelace" --note "Same mobile, she called."', 'join a pair'],
    ['cohortium graph unlink u-1 loyalty:4711 --by "Ada Lovelace" --note "It is her sister\'s card."', 'take two apart'],
    ['cohortium graph customer u-1 --as-of 2026-01-31', 'who this was then'],
  ],
  next: 'run the pipeline again, so that features, cohorts and values follow.',
  async action(call) {
    return actions[actionOf('graph', says, call.args[0])](call, call.list);
  },
};
