/** What the agent answers about signals on their way in: taking them, the quarantine, the types, and how ingest is doing. */
import { join } from 'node:path';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import { namesOf } from '../../../skills/signal-capture/plan/compiled-registry.ts';
import type { PlannedProperty } from '../../../skills/signal-capture/signals/property-kinds.ts';
import { isSignalType, signalTypeIds } from '../../../skills/signal-capture/signals/signal-types.ts';
import type { HealthRecord } from '../../adapters/sqlite/event-log-health.ts';
import type { CustomerDataGraph } from '../interface.ts';
import type { Workspace } from '../workspace.ts';
import { captureSignals } from './capture-signals.ts';
import { readDelivered } from './event-intake.ts';
import { healthAlerts } from './health-alerts.ts';
import { type ExpectedType, healthOfSources, healthOfTypes } from './health-report.ts';
import { importFile } from './import-file.ts';
import type { SignalHealth, SignalTypeDetail, SignalTypeSummary } from './ingest-interface.ts';
import {
  countQuarantine,
  discardQuarantined,
  listQuarantine,
  type QuarantineDeps,
  resubmitPassing,
  resubmitSignal,
  showQuarantined,
} from './quarantine-door.ts';
import { makeMessageReader } from './read-message.ts';
import { readSources } from './sources.ts';
import type { ValueKind } from './value-kinds.ts';

type SignalDoor = Pick<
  CustomerDataGraph,
  | 'ingest'
  | 'capture'
  | 'quarantine'
  | 'quarantineCounts'
  | 'quarantineEntry'
  | 'resubmit'
  | 'resubmitPassing'
  | 'discard'
  | 'signalTypes'
  | 'signalType'
  | 'signalHealth'
>;

const dayHours = 24;

export function signalDoor(workspace: Workspace): SignalDoor {
  const { currency } = workspace.config;
  const log = (): QuarantineDeps['log'] => workspace.eventLog();
  const read = (): QuarantineDeps['read'] => makeMessageReader(workspace.signalRegistry(), currency);
  return {
    ingest: (request, context) => importFile(request, { log: log(), currency, read: read() }, context),
    capture: (signals, source, context) => captureSignals(signals, source, log(), context, read()),
    quarantine: async (query, limit) => listQuarantine(query, limit, log()),
    quarantineCounts: async (query) => countQuarantine(query, log()),
    quarantineEntry: async (id) => showQuarantined(id, log()),
    resubmit: async (id, signal) => resubmitSignal(id, signal, { log: log(), read: read() }),
    resubmitPassing: (query, context) =>
      resubmitPassing(query, { log: log(), read: read(), currency, readDelivery: deliveries(workspace) }, context),
    discard: async (ids, query, reason) => discardQuarantined(ids, query, reason, log()),
    signalTypes: async () => signalTypeIds.map((type) => summaryOf(type, workspace, log().health())),
    signalType: async (type) => detailOf(type, workspace),
    signalHealth: async (hours) => signalHealth(workspace, hours),
  };
}

/** How ingest has been doing for so many hours. */
export function signalHealth(workspace: Workspace, hours: number): SignalHealth {
  const record = workspace.eventLog().health();
  const moment = { nowMs: workspace.clock.now(), hours };
  const types = healthOfTypes(record, expectedTypes(workspace), moment);
  const sources = healthOfSources(record, moment);
  return {
    at: new Date(moment.nowMs).toISOString(),
    hours,
    types,
    sources,
    alerts: healthAlerts({ types, sources }, workspace.config.alerts),
  };
}

/** Reads messages of declared sources as their door did. */
function deliveries({ paths, config, signalRegistry }: Workspace): NonNullable<QuarantineDeps['readDelivery']> {
  const sources = new Map(readSources(join(paths.registries, 'sources')).map((source) => [source.id, source]));
  const deps = { registry: signalRegistry(), currency: config.currency };
  return (message, source, delivery) => {
    const declared = sources.get(source);
    return declared === undefined ? undefined : readDelivered(message, declared, delivery, deps).verdicts;
  };
}

function expectedTypes(workspace: Workspace): ExpectedType[] {
  return [...workspace.signalRegistry().types.values()].map(({ id, plan }) => ({
    type: id,
    freshnessHours: plan.freshnessHours,
    properties: Object.fromEntries(Object.entries(plan.properties).map(([name, property]) => [name, valueKinds(property)])),
  }));
}

function valueKinds({ kind }: PlannedProperty): readonly ValueKind[] {
  if (kind === 'boolean') return ['boolean'];
  if (kind === 'identity') return ['object'];
  if (kind === 'text-or-number') return ['text', 'number'];
  return ['number', 'count', 'quantity', 'seconds', 'amount'].includes(kind) ? ['number'] : ['text'];
}

function summaryOf(type: string, workspace: Workspace, record: HealthRecord): SignalTypeSummary {
  const { plan } = compiledType(type, workspace);
  const seen = record.types.find((one) => one.type === type);
  return {
    type,
    title: plan.title,
    says: plan.says,
    signals: seen?.signals ?? 0,
    newest: seen ? new Date(seen.newestMs).toISOString() : null,
    freshnessHours: plan.freshnessHours,
  };
}

function detailOf(type: string, workspace: Workspace): SignalTypeDetail {
  const record = workspace.eventLog().health();
  const { plan } = compiledType(type, workspace);
  const seen = record.properties.filter((one) => one.type === type);
  const unplanned = [...new Set(seen.map(({ name }) => name))].filter((name) => !Object.hasOwn(plan.properties, name));
  const names = [...Object.keys(plan.properties), ...unplanned];
  const moment = { nowMs: workspace.clock.now(), hours: dayHours };
  return {
    ...summaryOf(type, workspace, record),
    purpose: plan.purpose,
    retentionDays: plan.retentionDays,
    properties: names.map((name) => {
      const planned = Object.hasOwn(plan.properties, name) ? plan.properties[name] : undefined;
      return {
        name,
        planned: planned?.kind ?? null,
        required: planned?.required ?? false,
        seen: Object.fromEntries(seen.filter((one) => one.name === name).map(({ kind, signals }) => [kind, signals])),
      };
    }),
    names: [...new Set(plan.names.flatMap(namesOf))],
    health: healthOfTypes(record, expectedTypes(workspace), moment).find((one) => one.type === type) ?? null,
  };
}

function compiledType(type: string, workspace: Workspace) {
  const compiled = isSignalType(type) ? workspace.signalRegistry().types.get(type) : undefined;
  if (compiled) return compiled;
  throw new CohortiumError('SIGNAL_TYPE_UNKNOWN', `'${type}' is not one of ${signalTypeIds.join(', ')}`);
}
