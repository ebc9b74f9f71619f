/**
 * Experiments of an operator directory: registered before the first assignment, assigned by a hash, analysed as registered. Refuses
 * what is not what was registered, unless it is asked for as exploratory, which is written down with it.
 */
import type { CustomersRegistration, ModelsRegistration } from '../../../registries/experiments/registration.ts';
import { analyseArms, assignArm, compareModels, type ModelsRows } from '../../../skills/recalibrate/core/experiments/index.ts';
import { canonicalJson, CohortiumError, compareText, digestOf, isCohortiumError } from '../../../skills/sdk/index.ts';
import type { Journal } from '../../adapters/sqlite/journal.ts';
import type { Workspace } from '../workspace.ts';
import { predictAblation } from './ablation.ts';
import type { ExperimentDoor, ExperimentOutcome, ExperimentSummary } from './experiment-interface.ts';
import {
  earlierLooks,
  type ExperimentState,
  experimentStates,
  nothing,
  whyExploratory,
  writeAssignment,
  writeOutcome,
  writeRegistration,
} from './experiment-log.ts';
import { readArmsRows, readCustomers, readModelsRows } from './read-rows.ts';
import { readRegistration, type ReadRegistration, registrationNames } from './registrations.ts';
import { sayArms, sayModels } from './say-outcome.ts';

type ExperimentPlace = Pick<Workspace, 'paths' | 'config' | 'clock' | 'content' | 'eventLog' | 'warehouse' | 'records' | 'experimentLog'>;

type Analysed = Pick<ExperimentOutcome, 'analysis' | 'sentence'>;

/** Kind of the records that the ledger keeps of registrations. */
const recordKind = 'experiment';

export function experimentDoor(place: ExperimentPlace): ExperimentDoor {
  const { paths, clock } = place;
  const journal = (): Journal => place.experimentLog();
  const stateOf = (experiment: string): ExperimentState => experimentStates(journal()).get(experiment) ?? nothing;

  const conclude = (read: ReadRegistration, rows: string, isExploratory: boolean, analyse: () => Analysed): ExperimentOutcome => {
    const { experiment, kind } = read.registration;
    const state = stateOf(experiment);
    const why = whyExploratory(state, read, rows);
    if (!isExploratory) refuseUnregistered(experiment, why);
    const reasons = isExploratory && why.length === 0 ? ['it was asked for as exploratory'] : why;
    const now = clock.now();
    const outcome: ExperimentOutcome = {
      experiment,
      kind,
      standing: isExploratory ? 'exploratory' : 'registered',
      reasons,
      registration: read.digest,
      rows,
      look: earlierLooks(state, read.digest, rows) + 1,
      at: new Date(now).toISOString(),
      ...analyse(),
    };
    writeOutcome(journal(), outcome, now);
    return outcome;
  };

  const concludeModels = (read: ReadRegistration, registration: ModelsRegistration, rows: ModelsRows, isExploratory: boolean) =>
    conclude(read, digestOfRows(rows), isExploratory, () => {
      const { loss, alpha, overlap, draws } = registration.analysis;
      const seed = `${registration.experiment} ${read.digest}`;
      const analysis = compareModels(rows, { loss, alpha, overlap, draws, seed, minimalEffect: registration.minimalEffect });
      return { analysis, sentence: sayModels(registration, analysis) };
    });

  return {
    list: async () => {
      const states = experimentStates(journal());
      const names = new Set([...registrationNames(paths.registries), ...states.keys()]);
      return [...names].sort(compareText).map((name) => summaryOf(paths.registries, name, states.get(name) ?? nothing));
    },
    register: async (experiment) => {
      const read = readRegistration(paths.registries, experiment);
      const state = stateOf(experiment);
      const { registered, assigned, outcomes } = state;
      const report = (isNew: boolean, at: string) => ({ experiment, digest: read.digest, at, isNew });
      if (registered?.digest === read.digest) {
        await recordRegistration(place, read);
        return report(false, registered.at);
      }
      if (assigned !== null || outcomes.length > 0) {
        const what = assigned === null ? 'outcomes were looked at' : 'customers were assigned';
        throw notAsRegistered(
          experiment,
          `cannot be registered ${registered ? 'anew ' : ''}after ${what}; give it another name and other data`,
        );
      }
      const now = clock.now();
      writeRegistration(journal(), read, state, now);
      await recordRegistration(place, read);
      return report(true, new Date(now).toISOString());
    },
    assign: async (experiment, file) => {
      const read = readRegistration(paths.registries, experiment);
      const registration = customersOnly(read);
      const { registered } = stateOf(experiment);
      if (registered?.digest !== read.digest) {
        const why = registered ? 'was changed after it was registered' : 'is not registered';
        throw notAsRegistered(experiment, `${why}; 'cohortium experiments register ${experiment}' comes before the first assignment`);
      }
      const customers = readCustomers(file);
      const rows = customers.map((customer) => ({ customer, arm: armOf(registration, customer) }));
      const counts = Object.fromEntries(registration.arms.map(({ id }) => [id, rows.filter(({ arm }) => arm === id).length]));
      writeAssignment(journal(), read, digestOf([...customers].sort(compareText)), counts, clock.now());
      return { experiment, counts, rows };
    },
    analyse: async (experiment, file, isExploratory) => {
      const read = readRegistration(paths.registries, experiment);
      const { registration } = read;
      if (registration.kind === 'models') return concludeModels(read, registration, readModelsRows(file, registration), isExploratory);
      const { arm: said, ...columns } = readArmsRows(file, registration);
      const arm = columns.customer.map((customer) => armOf(registration, customer));
      const other = said?.findIndex((own, row) => own !== arm[row]) ?? -1;
      if (other >= 0) {
        throw new CohortiumError(
          'EXPERIMENT_ROWS_INVALID',
          `${file}: customer '${columns.customer[other]}' is in '${said?.[other]}', and was assigned to '${arm[other]}'; analyse customers in the arm they were assigned to`,
        );
      }
      const rows = { ...columns, arm };
      return conclude(read, digestOfRows(rows), isExploratory, () => {
        const { arms, minimalEffect, analysis: planned } = registration;
        const test =
          planned.test === 'fixed' ? { kind: 'fixed' as const, customersPerArm: planned.customersPerArm } : { kind: 'sequential' as const };
        const analysis = analyseArms(rows, { arms, minimalEffect, alpha: planned.alpha, test });
        return { analysis, sentence: sayArms(registration, analysis) };
      });
    },
    ablate: async (experiment, origins, isExploratory) => {
      const read = readRegistration(paths.registries, experiment);
      const { registration } = read;
      if (registration.kind !== 'models')
        throw new CohortiumError('ARGUMENT_INVALID', `'${experiment}' is about customers; an ablation is an experiment of kind models`);
      // What is refused whatever the rows are is refused before the work.
      if (!isExploratory) refuseUnregistered(experiment, whyExploratory({ ...stateOf(experiment), outcomes: [] }, read, ''));
      return concludeModels(read, registration, await predictAblation(place, registration, origins), isExploratory);
    },
  };
}

function summaryOf(registries: string, experiment: string, state: ExperimentState): ExperimentSummary {
  const { registered, assigned, outcomes } = state;
  const found = attempt(registries, experiment);
  const last = outcomes.at(-1) ?? null;
  const looks = new Set(outcomes.flatMap(({ standing, rows }) => (standing === 'registered' ? [rows] : []))).size;
  const common = { experiment, registeredAt: registered?.at ?? null, looks, last };
  if (typeof found === 'string') return { ...common, kind: last?.kind ?? null, state: found };
  const { registration, digest } = found;
  const { kind } = registration;
  if (!registered) return { ...common, kind, state: 'draft' };
  if (registered.digest !== digest) return { ...common, kind, state: 'changed' };
  return { ...common, kind, state: looks > 0 ? 'analysed' : assigned === null ? 'registered' : 'assigned' };
}

/** A file with a fault must not keep the others from being listed. */
function attempt(registries: string, experiment: string): ReadRegistration | 'invalid' | 'gone' {
  try {
    return readRegistration(registries, experiment);
  } catch (error) {
    if (isCohortiumError(error) && error.code === 'EXPERIMENT_NOT_FOUND') return 'gone';
    if (isCohortiumError(error) && error.code === 'CONFIG_INVALID') return 'invalid';
    throw error;
  }
}

function customersOnly({ registration }: ReadRegistration): CustomersRegistration {
  if (registration.kind === 'customers') return registration;
  throw new CohortiumError('ARGUMENT_INVALID', `'${registration.experiment}' is about models; there are no customers to assign`);
}

function armOf({ experiment, salt, arms }: CustomersRegistration, customer: string): string {
  return assignArm(salt ?? experiment, customer, arms);
}

/** Of rows in the order of customers, so that the same rows are one look however they are sorted. */
function digestOfRows(rows: { readonly customer: readonly string[] }): string {
  const columns = Object.entries<readonly string[] | Float64Array | null>(
    rows as unknown as Record<string, readonly string[] | Float64Array | null>,
  );
  const lines = rows.customer.map((_, row) => canonicalJson(columns.map(([name, values]) => [name, values?.[row] ?? null])));
  return digestOf(lines.sort(compareText));
}

function refuseUnregistered(experiment: string, why: readonly string[]): void {
  if (why.length === 0) return;
  throw notAsRegistered(
    experiment,
    `cannot be analysed as registered: ${why.join('; ')}. With --exploratory it is analysed, and marked so`,
  );
}

function notAsRegistered(experiment: string, why: string): CohortiumError {
  return new CohortiumError('EXPERIMENT_NOT_AS_REGISTERED', `'${experiment}' ${why}`);
}

/** The ledger's checkpoints tell when a registration was there; it is recorded once. */
async function recordRegistration(
  { records }: ExperimentPlace,
  { registration: { experiment, kind }, digest }: ReadRegistration,
): Promise<void> {
  await records().write(
    [{ kind: recordKind, stream: `${experiment} ${digest}`, subject: null, body: { registration: digest, experiment, kind } }],
    `${recordKind} ${experiment} ${digest}`,
  );
}
