/**
 * The ports of a replay: each computes again over stores that it does not change, from the inputs and from what the recorded answer
 * says that it had from outside. What is new goes into a folder of its own. Native libraries are loaded when a stage asks for them, so
 * that the rest can be replayed on a machine without them.
 */
import { join } from 'node:path';

import type { Ports, RecordedEffect } from '../../../orchestrator/index.ts';
import {
  CohortiumError,
  type ContentStore,
  type EventLog,
  type Graph,
  refSchema,
  type SkillDefinition,
  type Warehouse,
  type WindowFeatures,
  z,
} from '../../../skills/sdk/index.ts';
import { minorDigits } from '../../../skills/signal-capture/core/money.ts';
import { decideAsThen } from '../../adapters/cedar/decide-as-then.ts';
import type { DuckdbWarehouse } from '../../adapters/duckdb/warehouse.ts';
import { overlayContent } from '../../adapters/files/content-overlay.ts';
import { createContentStore } from '../../adapters/files/content-store.ts';
import { createCohortMethods } from '../../cohort-methods/cohort-methods.ts';
import { createGraph } from '../facts/assemble-facts.ts';

export interface ReplayStores {
  /** Folder with `content` and `segments`; nothing in it is changed. */
  readonly state: string;
  readonly content: ContentStore;
  /** ISO 4217; null where the run did not seal a snapshot. */
  readonly currency: string | null;
  /** An empty folder, which the caller removes. */
  readonly temporary: string;
}

export interface ReplaySurroundings {
  readonly content: ContentStore;
  readonly ports: Ports;
  /** What of an effect was taken from the record. */
  readonly notesOn: (effectId: string) => readonly string[];
  readonly close: () => Promise<void>;
}

/** Ports that need a native library; without it nothing of theirs can be computed. */
const nativePorts: ReadonlySet<string> = new Set(['eventLog', 'warehouse', 'graph']);

/** True of an effect that takes a native library. */
export function needsNativeLibrary(skills: ReadonlyMap<string, SkillDefinition>): (effect: RecordedEffect) => boolean {
  return ({ skill, kind }) => nativePorts.has(skills.get(skill.split('@')[0] ?? '')?.effects[kind]?.via ?? '');
}

const recordedFactsSchema = z.looseObject({ ofUses: refSchema, completeSince: z.string().nullable() });

export function replaySurroundings({ state, content: base, currency, temporary }: ReplayStores): ReplaySurroundings {
  const added = join(temporary, 'content');
  const content = overlayContent(base, createContentStore(added));
  const segments = join(state, 'segments');
  const beside = join(temporary, 'buckets');
  const notes = new Map<string, readonly string[]>();
  const note = (effectId: string, taken: string): void =>
    void notes.set(effectId, [...(notes.get(effectId) ?? []), `from the record: ${taken}`]);

  let opened: Promise<DuckdbWarehouse> | undefined;
  const openWarehouse = (): Promise<DuckdbWarehouse> =>
    (opened ??= native('DuckDB', async () => {
      const { createWarehouse } = await import('../../adapters/duckdb/warehouse.ts');
      return createWarehouse({ segments, buckets: beside, content });
    }));
  const warehouse: Warehouse & WindowFeatures = {
    buildFeatures: async (request, options) => (await openWarehouse()).buildFeatures(request, options),
    buildWindows: async (request, options) => (await openWarehouse()).buildWindows(request, options),
    touchedSince: async (request, options) => (await openWarehouse()).touchedSince(request, options),
  };
  const eventLog: EventLog = {
    seal: async (request, options) => {
      const { sealAgain } = await native('DuckDB', () => import('../../adapters/duckdb/seal-again.ts'));
      return sealAgain({ segments, beside, content, note }).seal(request, options);
    },
  };
  const graph: Graph = {
    assembleFacts: async (request, options) => {
      const { ofUses, completeSince } = recordedFactsSchema.parse(options.recorded);
      const measured = content.getJson(ofUses) as readonly object[]; // a list by the schema of the effect
      const port = createGraph({
        content,
        declarations: await openWarehouse(),
        consentCompleteSince: completeSince ?? undefined,
        factsOfUse: undefined,
      });
      const { facts } = await port.assembleFacts(request, options);
      if (measured.some((one) => Object.keys(one).length > 0)) note(options.idempotencyKey, 'what was measured of the uses by then');
      return { facts, ofUses: content.putJson(measured), completeSince };
    },
  };
  let methods: ReturnType<typeof createCohortMethods> | undefined;
  const cohortMethods = (): ReturnType<typeof createCohortMethods> =>
    (methods ??= createCohortMethods({ directory: state, content, money: moneyOf(currency), added }));
  const ports: Ports = {
    eventLog,
    warehouse,
    graph,
    policyEngine: decideAsThen(content, note),
    get cohortMethods() {
      return cohortMethods();
    },
  };
  return { content, ports, notesOn: (effectId) => notes.get(effectId) ?? [], close: async () => methods?.close() };
}

function moneyOf(currency: string | null): { readonly currency: string; readonly minorDigits: number } {
  if (currency !== null) return { currency, minorDigits: minorDigits(currency) };
  throw new CohortiumError('CONTENT_NOT_FOUND', 'the run does not say in which currency its amounts are');
}

/** @throws {CohortiumError} ENGINE_ABSENT when the library has no build for this machine */
async function native<Loaded>(name: string, load: () => Promise<Loaded>): Promise<Loaded> {
  try {
    return await load();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (!['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED'].includes(code)) throw cause;
    const machine = `${process.platform} ${process.arch}`;
    throw new CohortiumError('ENGINE_ABSENT', `${name} is not installed for ${machine}, so what it computes cannot be computed here`, {
      cause,
    });
  }
}
