/** Cohorts: the definitions of the operator, their runs, and what they say. */
import type { CommandAnswer, CommandCall, CommandSpec } from '../../command-spec.ts';
import { actionOf } from '../../group-action.ts';
import { compare } from './compare.ts';
import { compute } from './compute.ts';
import { customer } from './customer.ts';
import { list } from './list.ts';
import { profile } from './profile.ts';
import { transitions } from './transitions.ts';
import { update } from './update.ts';

const actions = {
  list,
  compute,
  update,
  profile,
  compare,
  customer,
  transitions,
} satisfies Readonly<Record<string, (call: CommandCall, targets: readonly string[]) => Promise<CommandAnswer>>>;

/** What each does, for whoever gives none or mistypes one. */
const says: Readonly<Record<keyof typeof actions, string>> = {
  list: 'the definitions, their last run and what is overdue',
  compute: 'run all definitions in all windows, or a part',
  update: 'assign those with new signals by the models that are there',
  profile: 'the cohorts of one definition in words, figures and pictures',
  compare: 'how far two definitions, or two days of one, agree',
  customer: 'the cohorts of one customer',
  transitions: 'who went from which cohort to which',
};

export const cohorts: CommandSpec = {
  name: 'cohorts',
  actions: says,
  args: [
    ['<action>', Object.keys(says).join(', ')],
    [
      '[targets...]',
      'for profile a definition; for compare one or two: a definition, or definition@day; for customer a customer id; for transitions a definition or an axis',
    ],
  ],
  summary: 'list, compute, update, look at and compare cohort definitions',
  says: 'list has the definitions of registries/cohorts with their last run and what is overdue for review. compute runs all of them in all of their windows, or a part; a computation that was killed goes on from the windows that are finished. update fits nothing: it assigns the customers with new or late signals, at the edge of a window, joined or parted, by the models of the last computation, and publishes what changed for them. profile shows the cohorts of one in words and figures, and draws them. compare says how far two definitions, or one on two days, agree and who moved; with --labels how well cohorts match customers whose group is known. customer lists the cohorts of one customer as of any day and as known at any version, and says with --why how one of them came about. transitions counts who went from which cohort to which between two days.',
  options: [
    {
      flags: '--as-of <date>',
      says: 'compute, update: last day that counts, needed; profile: the run of that day (default: the newest); customer: the day to look at',
    },
    {
      flags: '--known-at <version>',
      says: 'customer, transitions: what was known by a version, a date, or a time such as 2026-01-31T12:00:00Z',
    },
    { flags: '--why <definition>', says: 'customer: explain the membership in this definition or axis, in sentences' },
    { flags: '--from <date>', says: 'transitions: the first day' },
    { flags: '--to <date>', says: 'transitions: the second day' },
    { flags: '--sankey', says: 'transitions --out: streams instead of tiles' },
    { flags: '--definition <ids>', says: 'compute, update: only these definitions, comma-separated' },
    {
      flags: '--window <windows>',
      says: 'compute, update: only these windows, comma-separated; all others: 24h, 7d, 28d, 90d, 365d or lifetime',
    },
    { flags: '--pipeline <file>', says: 'compute, update: pipeline with the cohort step (default: pipelines/cohorts.yaml)' },
    { flags: '--labels <file>', says: 'compare: CSV file with the known group of customers' },
    { flags: '--customer <column>', says: 'compare --labels: column of the customer (default: customerId)' },
    { flags: '--label <column>', says: 'compare --labels: column of the group (default: label)' },
    { flags: '--out <path>', says: 'profile: directory for the pictures; transitions: file for the picture (SVG)' },
  ],
  examples: [
    ['cohortium cohorts list', 'definitions, owners, last runs'],
    ['cohortium cohorts compute --as-of 2026-01-31', 'all definitions in all windows'],
    ['cohortium cohorts compute --definition personas --window 28d,90d --as-of 2026-01-31', 'a part of them'],
    ['cohortium cohorts update --as-of 2026-01-31', 'those with new signals, by the models that are there'],
    ['cohortium cohorts profile personas --window 90d --out pictures', 'one, in words and pictures'],
    ['cohortium cohorts compare personas shopping-levels --window 90d', 'two definitions'],
    ['cohortium cohorts compare personas@2025-12-31 personas@2026-01-31', 'two days of one, and who moved'],
    ['cohortium cohorts compare personas --labels known.csv', 'against known groups'],
    ['cohortium cohorts customer c-000042 --as-of 2026-01-31', 'the cohorts of a customer on a day'],
    ['cohortium cohorts customer c-000042 --why tenure', 'one of them in sentences'],
    ['cohortium cohorts transitions tenure --from 2025-12-31 --to 2026-01-31 --out tenure.svg', 'who moved, as a picture'],
  ],
  next: 'docs/how-to/define-a-cohort.md writes a definition of your own.',
  async action(call) {
    return actions[actionOf('cohorts', says, call.args[0])](call, call.list);
  },
};
