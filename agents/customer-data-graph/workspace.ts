/**
 * Everything of one operator directory, wired: stores, ports, skills, orchestrator. Each part is opened when it is first
 * needed, so that a lookup opens one file. A writing workspace holds the directory's lock until it is closed.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  type ConfigDefaults,
  createOrchestrator,
  jsonLogger,
  loadSkills,
  type Orchestrator,
  type RunStore,
  type SkillSet,
} from '../../orchestrator/index.ts';
import { type CohortAxesConfig, defaultCohortAxes, readCohortAxes } from '../../registries/cohorts/cohort-axes.ts';
import type { DefinitionReading } from '../../registries/cohorts/cohort-definitions.ts';
import { defaultIdentityRules, type IdentityRules } from '../../registries/identity/identity-rules.ts';
import { readSubscribers, type Subscriber } from '../../registries/subscribers/subscriber.ts';
import type { CohortDefinition } from '../../skills/cohort/definitions/definition.ts';
import { valueConfigSchema } from '../../skills/cohort/schemas.ts';
import { skill as cohort } from '../../skills/cohort/skill.ts';
import {
  type Clock,
  CohortiumError,
  type ContentStore,
  canonicalJson,
  formatDiagnostic,
  type Logger,
  type Ref,
} from '../../skills/sdk/index.ts';
import { minorDigits } from '../../skills/signal-capture/core/money.ts';
import type { CompiledSignalRegistry } from '../../skills/signal-capture/plan/compiled-registry.ts';
import { type CedarEngine, type CedarEngineOptions, createCedarEngine } from '../adapters/cedar/cedar-engine.ts';
import type { BundleSources } from '../adapters/cedar/policy-files.ts';
import { createConsentSignals } from '../adapters/duckdb/consent-signals.ts';
import { createGraphReader, type GraphReader } from '../adapters/duckdb/graph-reader.ts';
import { customersIn } from '../adapters/duckdb/membership-customers.ts';
import { createWarehouse, type DuckdbWarehouse } from '../adapters/duckdb/warehouse.ts';
import { createContentStore, type FileContentStore } from '../adapters/files/content-store.ts';
import { type Keyring, openKeyring } from '../adapters/keys/keyring.ts';
import { createConsentStore } from '../adapters/sqlite/consent-store.ts';
import { createCounselStore } from '../adapters/sqlite/counsel-store.ts';
import { createEventLog, type SqliteEventLog } from '../adapters/sqlite/event-log.ts';
import { createGraphReviews, type SqliteGraphReviews } from '../adapters/sqlite/graph-reviews.ts';
import { createJournal, type Journal } from '../adapters/sqlite/journal.ts';
import { erasuresOnRecord } from '../adapters/sqlite/ledger/erasures-on-record.ts';
import { createLedger, type SqliteLedger } from '../adapters/sqlite/ledger/ledger.ts';
import { createMemberships, type SqliteMemberships } from '../adapters/sqlite/memberships.ts';
import { lockDirectory } from '../adapters/sqlite/open-database.ts';
import { createOutbox, type SqliteOutbox } from '../adapters/sqlite/outbox.ts';
import { createRequestStore, type SqliteRequestStore } from '../adapters/sqlite/request-store.ts';
import { openRunStore } from '../adapters/sqlite/run-store.ts';
import { createScheduleStore } from '../adapters/sqlite/schedule-store.ts';
import { createScoreStore, type SqliteScoreStore } from '../adapters/sqlite/score-store.ts';
import { openKeptVault } from '../adapters/vault/kept-vault.ts';
import { createCohortMethods, type ThreadedCohortMethods } from '../cohort-methods/cohort-methods.ts';
import { builtinSkills } from './builtin-skills.ts';
import { cadenceEntries, timingPriors } from './cadence/feedback-log.ts';
import { openClock } from './clocks.ts';
import { readDefinitions } from './cohort-definitions.ts';
import { type OperatorConfig, operatorPaths, type OperatorPaths, readConfig } from './config.ts';
import { type ConsentParts, createConsentParts } from './consents/consent-parts.ts';
import { createReviewQueue, type ReviewQueue } from './counsel/review-queue.ts';
import { shredAgain } from './erasure/shred-again.ts';
import { type SuppressionList, suppressionList } from './erasure/suppression.ts';
import { createGraph } from './facts/assemble-facts.ts';
import { factsOfUse } from './facts/facts-of-use.ts';
import { openEngines } from './gate/engines/open-engine.ts';
import { readOverlays } from './gate/overlays/read-overlays.ts';
import { readIdentityRulesFile } from './identity-rules-file.ts';
import { keyringOptions } from './keys/keys-config.ts';
import { receivedFile } from './received-file.ts';
import { attestRecords } from './record/attest-records.ts';
import { keepReserve } from './record/ledger-reserve.ts';
import { createRecordBook } from './record/record-book.ts';
import { recordHandover } from './record/record-handover.ts';
import type { RecordBook } from './record/record-interface.ts';
import type { Vault } from './record/vault-interface.ts';
import { codeIdentity } from './replay/code-identity.ts';
import type { OccurrenceStore } from './schedules/occurrence-store.ts';
import { openSignalRegistry } from './signal-registry.ts';

export { builtinSkills } from './builtin-skills.ts';

export interface Workspace {
  readonly paths: OperatorPaths;
  readonly config: OperatorConfig;
  readonly clock: Clock;
  /** For what an operator has to see: warnings and errors. */
  readonly logger: Logger;
  readonly content: ContentStore;
  /** What was taken out of an object of the content store since it was written: who replays asks first. */
  readonly erasedBy: FileContentStore['erasedBy'];
  /** The 25 types and their names on the wire, as shipped and as the operator narrows them. */
  readonly signalRegistry: () => CompiledSignalRegistry;
  readonly eventLog: () => SqliteEventLog;
  /** The shipped ones where the operator has declared none. */
  readonly identityRules: () => IdentityRules;
  readonly graphReader: () => GraphReader;
  readonly graphReviews: () => SqliteGraphReviews;
  /** False for who only looks. */
  readonly isWritable: boolean;
  readonly warehouse: () => DuckdbWarehouse;
  readonly memberships: () => SqliteMemberships;
  /** Cases that wait for people, and what was decided about them. */
  readonly reviews: () => ReviewQueue;
  readonly policies: () => CedarEngine;
  /** What decisions are made of: the law, and what the operator adds. */
  readonly policySources: () => BundleSources;
  readonly keys: () => Keyring;
  /** Whom not to take in again. */
  readonly suppressed: () => SuppressionList;
  /** Data keys of bodies. */
  readonly vault: () => Vault;
  readonly ledger: () => SqliteLedger;
  /** Records written by hand, and read back and opened. */
  readonly records: () => RecordBook;
  /** Requests of persons, as the steps that were taken on them. */
  readonly requests: () => SqliteRequestStore;
  readonly scores: () => SqliteScoreStore;
  readonly subscribers: () => readonly Subscriber[];
  readonly outbox: () => SqliteOutbox;
  /** Consents and opt-outs, and what holds values back that a customer refused meanwhile. */
  readonly consents: () => ConsentParts;
  readonly runStore: () => RunStore;
  readonly occurrences: () => OccurrenceStore;
  /** Registrations, assignments and outcomes of experiments. */
  readonly experimentLog: () => Journal;
  /** Errors of matured predictions by cohort, and what they changed. */
  readonly feedback: () => Journal;
  readonly skills: () => Promise<SkillSet>;
  /** Configuration that registries declare for skills; a pipeline's `with:` goes before it. */
  readonly skillDefaults: () => ConfigDefaults;
  /** For a check that goes on where the axes cannot be read. */
  readonly skillDefaultsWithoutAxes: ConfigDefaults;
  /** Of registries/cohorts, with everything that is wrong with them. */
  readonly cohortDefinitions: () => DefinitionReading<CohortDefinition>;
  readonly cohortMethods: () => ThreadedCohortMethods;
  readonly orchestrator: () => Promise<Orchestrator>;
  /** Closes every part and forgets what it remembered; the next use opens it anew. For who has changed the files underneath. */
  readonly refresh: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface WorkspaceOptions {
  /** Opens without the lock, for commands that only look. */
  readonly readonly?: boolean;
  readonly logger?: Logger;
}

/** @throws {CohortiumError} CONFIG_NOT_FOUND, CONFIG_INVALID; STORE_BUSY naming the process that holds the directory */
export function openWorkspace(directory: string, options: WorkspaceOptions = {}): Workspace {
  const paths = operatorPaths(directory);
  const config = readConfig(paths);
  // Personal data: nobody else on this machine may look inside, whatever the modes of the files in it.
  mkdirSync(paths.state, { recursive: true, mode: 0o700 });
  const lock = options.readonly ? undefined : lockDirectory(paths.state);
  if (!options.readonly) keepReserve(paths.state, config.ledger.reserveMb * 1_000_000);
  const clock = openClock(config.clock);
  const logTo = (lowest: 'warn' | 'error'): Logger => options.logger ?? jsonLogger((line) => process.stderr.write(`${line}\n`), lowest);
  const logger = logTo('error');
  const content = createContentStore(join(paths.state, 'content'));
  let open: (() => unknown)[] = [];
  /** Opens a part once, and remembers how to close it. */
  const once = <Part>(make: () => Part, close?: (part: Part) => unknown): (() => Part) => {
    let part: { readonly value: Part } | undefined;
    return () => {
      if (!part) {
        const value = make();
        part = { value };
        open.push(() => {
          part = undefined;
          return close?.(value);
        });
      }
      return part.value;
    };
  };
  const closeParts = async (): Promise<unknown[]> => {
    const failures: unknown[] = [];
    const parts = open.reverse();
    open = [];
    for (const closePart of parts) {
      // One part that cannot be closed keeps neither the others nor the directory.
      await Promise.resolve()
        .then(closePart)
        .catch((error: unknown) => failures.push(error));
    }
    return failures;
  };
  const state = paths.state;
  const signalRegistry = once(() => openSignalRegistry(join(paths.registries, 'signals')));
  const declaredRules = once(() => readIdentityRulesFile(paths));
  const identityRules = (): IdentityRules => declaredRules() ?? defaultIdentityRules;
  const pinnedRules = (): Ref | undefined => {
    const rules = declaredRules();
    return rules && canonicalJson(rules) !== canonicalJson(defaultIdentityRules) ? content.putJson(rules) : undefined;
  };
  const suppressed: () => SuppressionList = once(() => suppressionList(paths.registries, (...texts) => keys().commit(...texts)));
  const eventLog = once(
    () =>
      createEventLog({
        directory: state,
        currency: config.currency,
        content,
        clock,
        identityRules: pinnedRules,
        erasureOf: (owner) => suppressed().erasureOf(owner),
      }),
    (log) => log.close(),
  );
  const warehouse = once(() => createWarehouse({ segments: join(state, 'segments'), content }));
  const memberships = once(
    () => {
      const store = createMemberships({ directory: state, content, clock, customersOf: customersIn(join(state, 'segments'), content) });
      if (!options.readonly) store.removeUnfinished();
      return store;
    },
    (store) => store.close(),
  );
  const graphReader = once(() => createGraphReader({ segments: join(state, 'segments'), content }));
  const graphReviews = once(
    () => createGraphReviews({ directory: state }),
    (store) => store.close(),
  );
  const reviews: () => ReviewQueue = once(
    () =>
      createReviewQueue({
        store: createCounselStore({ directory: state }),
        content,
        paths,
        clock,
        config: config.gate.counsel,
        bundle: async () => (await policies().session()).bundle,
        logger: logTo('warn'),
      }),
    ({ store }) => store.close(),
  );
  const policySources = (): BundleSources => ({
    directory: paths.policies,
    watched: [join(paths.registries, 'people')],
    overlays: (facts) => ({ ...readOverlays(paths, facts), facts: {} }),
    stated: config.gate.facts,
  });
  const otherEngines = once(
    () => openEngines(config.gate, { directory: paths.directory, env: process.env }),
    (engines) => engines.close(),
  );
  const consulting = (): Pick<CedarEngineOptions, 'consult'> => {
    const { consult } = otherEngines();
    return consult ? { consult } : {};
  };
  const policies: () => CedarEngine = once(() =>
    createCedarEngine({ ...policySources(), content, rulingOf: (key, asOf) => reviews().rulingOf(key, asOf), ...consulting() }),
  );
  const keys = once(() =>
    openKeyring(join(state, 'keys'), {
      ...keyringOptions(config.keys),
      env: process.env,
      operatorDirectory: paths.directory,
      attestations: join(paths.registries, 'attestations'),
    }),
  );
  const vault = once(
    () => {
      const opened = openKeptVault({
        directory: state,
        keys: keys().vaultKeys,
        clock,
        readonly: options.readonly === true,
        ...(config.keys.kind === 'demonstration' ? { demonstrationSeed: config.keys.seed } : {}),
      });
      if (options.readonly !== true) shredAgain(opened, erasuresOnRecord(state).kids, clock.now());
      return opened;
    },
    (store) => store.close(),
  );
  const ledger = once(
    // Anchors lie outside the state folder, so that an older copy of the whole folder put back is noticed too.
    () =>
      createLedger({
        directory: state,
        anchors: join(paths.registries, 'attestations'),
        content,
        keyring: keys(),
        clock,
        vault,
        isPostQuantum: config.ledger.checkpoint.mldsa44,
        attest: (records) => attestRecords(keys().attestor(), keys().origin, records),
      }),
    (store) => store.close(),
  );
  const records = once(() => createRecordBook({ ledger, vault }));
  const requests = once(
    () => createRequestStore({ directory: state }),
    (store) => store.close(),
  );
  const scores = once(
    () => createScoreStore({ directory: state, content }),
    (store) => store.close(),
  );
  const subscribers = once(() => readSubscribers(join(paths.registries, 'subscribers')));
  const consents: () => ConsentParts = once(
    () =>
      createConsentParts({
        store: createConsentStore({ directory: state }),
        signals: createConsentSignals({ segments: join(state, 'segments'), content }),
        content,
        clock,
        eventLog,
        policies,
        ledger,
        scores,
        runStore: () => runStore(),
        isWritable: options.readonly !== true,
      }),
    ({ store }) => store.close(),
  );
  const outbox = once(
    () =>
      createOutbox({
        directory: state,
        content,
        clock,
        subscribers: subscribers(),
        secretOf: (id) => keys().webhookSecret(id),
        handlers: Object.fromEntries(subscribers().map(({ id }) => [id, receivedFile(join(state, 'received'), id)])),
        screen: (message, signal) => consents().guard.screen(message, signal),
        record: (message, signal) => recordHandover(ledger(), message, signal),
        propagate: async ({ optOuts }, signal) => void (await consents().propagate(optOuts, signal)),
      }),
    (store) => store.close(),
  );
  const runStore = once(
    () => openRunStore(join(state, 'runs.db')),
    (store) => store.close(),
  );
  const occurrences = once(
    () => createScheduleStore({ directory: state }),
    (store) => store.close(),
  );
  const journal = (name: string): (() => Journal) =>
    once(
      () => createJournal({ directory: state, name }),
      (store) => store.close(),
    );
  const experimentLog = journal('experiments');
  const feedback = journal('feedback');
  const skills = once(() => loadSkills({ builtins: builtinSkills, directory: paths.directory, packages: config.skills }));
  const cohortDefinitions = once(() => readDefinitions(paths, new Date(clock.now()).toISOString().slice(0, 10)));
  const cohortMethods = once(
    () =>
      createCohortMethods({
        directory: state,
        content,
        money: { currency: config.currency, minorDigits: minorDigits(config.currency) },
      }),
    (methods) => methods.close(),
  );
  // Only where they are computed: value must not depend on definitions that a step leaves out.
  const definitionsFor = (given: Readonly<Record<string, unknown>>) =>
    given['cohorts'] === true && given['definitions'] === undefined ? { definitions: cohortDefinitions().definitions } : {};
  /** Part of the plan, so that a run says what its weights were pulled to, and a replay does the same. */
  const priorFor = (given: Readonly<Record<string, unknown>>) => {
    // Opening the journal would make one.
    if (!config.cadence.weighModels || given['value'] === false || !existsSync(join(state, 'feedback.db'))) return {};
    const families = valueConfigSchema.shape.timing.safeParse(given['timing']);
    const prior = families.success ? timingPriors(cadenceEntries(feedback().entries()), families.data, config.cadence) : undefined;
    return prior ? { timingPrior: prior } : {};
  };
  const skillDefaultsWithoutAxes: ConfigDefaults = new Map([[cohort.id, definitionsFor]]);
  const skillDefaults = once((): ConfigDefaults => {
    const axes = cohortAxesOf(paths);
    return new Map([[cohort.id, (given) => ({ ...axes, ...definitionsFor(given), ...priorFor(given) })]]);
  });
  const orchestrator = once(async () => {
    const graph = once(() =>
      createGraph({
        content,
        declarations: warehouse(),
        consentCompleteSince: config.consent.completeSince,
        factsOfUse: factsOfUse({ paths, config, experimentLog }),
      }),
    );
    // Getters, so that a run opens only the stores that its steps use.
    const ports = {
      get eventLog() {
        return eventLog();
      },
      get warehouse() {
        return warehouse();
      },
      get graph() {
        return graph();
      },
      get memberships() {
        return memberships();
      },
      get cohortMethods() {
        return cohortMethods();
      },
      get policyEngine() {
        return policies();
      },
      get reviews() {
        return reviews();
      },
      get ledger() {
        return ledger();
      },
      get scoreStore() {
        return consents().guard.scoreStore(scores());
      },
      get transport() {
        return consents().guard.transport(outbox());
      },
    };
    return createOrchestrator({ store: runStore(), content, ports, skills: await skills(), clock, logger, code: codeIdentity() });
  });
  return {
    paths,
    config,
    clock,
    logger: logTo('warn'),
    content,
    erasedBy: content.erasedBy,
    signalRegistry,
    eventLog,
    identityRules,
    graphReader,
    graphReviews,
    isWritable: options.readonly !== true,
    warehouse,
    memberships,
    reviews,
    policies,
    policySources,
    keys,
    suppressed,
    vault,
    ledger,
    records,
    requests,
    scores,
    subscribers,
    outbox,
    consents,
    runStore,
    occurrences,
    experimentLog,
    feedback,
    skills,
    skillDefaults,
    skillDefaultsWithoutAxes,
    cohortDefinitions,
    cohortMethods,
    orchestrator,
    refresh: async () => {
      const failures = await closeParts();
      content.forget();
      if (failures.length > 0) throw failures[0];
    },
    close: async () => {
      const failures = await closeParts();
      lock?.release();
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** @throws {CohortiumError} CONFIG_INVALID with every fault of registries/cohorts/axes.yaml */
function cohortAxesOf(paths: OperatorPaths): CohortAxesConfig {
  const path = join(paths.registries, 'cohorts', 'axes.yaml');
  if (!existsSync(path)) return defaultCohortAxes;
  const { config, diagnostics } = readCohortAxes(readFileSync(path, 'utf8'), 'registries/cohorts/axes.yaml');
  if (config) return config;
  const [first] = diagnostics;
  throw new CohortiumError('CONFIG_INVALID', first ? formatDiagnostic(first) : `${path} cannot be read`, { diagnostics });
}
