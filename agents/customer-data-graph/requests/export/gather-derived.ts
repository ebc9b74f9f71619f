/**
 * What was made of a person's data: features, cohorts and their history, values with their parts, decisions with what would have
 * changed them. Held back values too: that the gate lets nobody use one is no reason to keep it from the person.
 */
import { isCohortiumError, type Table, textColumn } from '../../../../skills/sdk/index.ts';
import { int32Column } from '../../../../skills/sdk/index.ts';
import { valueExplanations } from '../../explain/explain-door.ts';
import type { GateDoor } from '../../gate/gate-interface.ts';
import { newestRun } from '../../gate/newest-run.ts';
import type { Workspace } from '../../workspace.ts';
import type { SubjectExport } from './export-schema.ts';

type Derived = Pick<SubjectExport, 'features' | 'cohorts' | 'values' | 'decisions' | 'valueExplanations'>;

/** Columns that place a row and say nothing of the person. */
const places = new Set(['account', 'vector']);

export async function gatherDerived(workspace: Workspace, gate: GateDoor, customer: string): Promise<Derived> {
  const run = await newestRun(workspace, ['accounts']);
  const table = (name: string): Table | undefined => {
    const ref = run?.ref(name);
    return ref && workspace.content.has(ref) ? workspace.content.getTable(ref) : undefined;
  };
  const accounts = table('accounts');
  const row = accounts ? textColumn(accounts, 'customerId').indexOf(customer) : -1;
  const calibrated = table('calibrated');
  const horizon = run?.configOf('cohort')?.['horizonDays'];
  return {
    features: run && accounts && row >= 0 ? { asOf: run.asOf, values: factsOfRow(accounts, row) } : null,
    cohorts: cohortsOf(workspace, customer),
    values:
      run && calibrated && row >= 0
        ? {
            asOf: run.asOf,
            horizonDays: typeof horizon === 'number' ? horizon : 90,
            account: factsOfRow(calibrated, row),
            places: valuesByPlace(workspace, table('cells'), row, customer),
          }
        : null,
    decisions: run ? await decisionsOf(run.asOf, table('decisions'), table('receipts'), gate, workspace, customer) : [],
    valueExplanations: explanationsOf(workspace, customer),
  };
}

/** Every number and text of a row, by the name of its column. */
function factsOfRow(table: Table, row: number): NonNullable<SubjectExport['features']>['values'] {
  return Object.entries(table.columns).flatMap(([name, column]) => {
    const value = column.type === 'coded' ? column.texts[column.values[row] ?? -1] : column.values[row];
    return places.has(name) || value === undefined ? [] : [{ name, value }];
  });
}

function cohortsOf(workspace: Pick<Workspace, 'memberships'>, customer: string): SubjectExport['cohorts'] {
  const newest = membershipsAt(workspace, customer, undefined);
  if (!newest) return { current: [], transitions: [] };
  const transitions: SubjectExport['cohorts']['transitions'] = [];
  let before = new Map<string, string>();
  for (let version = 1; version <= newest.version; version++) {
    const then = membershipsAt(workspace, customer, String(version));
    if (!then) continue;
    const now = new Map(then.memberships.map(({ definition, window, cohort }) => [`${definition}\u0000${window}`, cohort]));
    for (const key of new Set([...before.keys(), ...now.keys()])) {
      const [from = null, to = null] = [before.get(key), now.get(key)];
      if (from === to) continue;
      const [definition = '', window = ''] = key.split('\u0000');
      transitions.push({ definition, window, from, to, asOf: then.asOf, recordedAt: then.recordedAt, version });
    }
    before = now;
  }
  return {
    current: newest.memberships.map(({ definition, title, window, cohort, name, confidence, since, until, reasons }) => ({
      definition,
      title,
      window,
      cohort,
      name,
      confidence,
      since,
      until,
      because: reasons.map(({ feature, contribution }) => `${feature} spoke ${contribution >= 0 ? 'for' : 'against'} it`),
    })),
    transitions,
  };
}

function membershipsAt({ memberships }: Pick<Workspace, 'memberships'>, customerId: string, knownAt: string | undefined) {
  try {
    return memberships().memberships({ customerId, ...(knownAt === undefined ? {} : { knownAt }) });
  } catch (error) {
    // Never in a cohort, or not yet in that version.
    if (isCohortiumError(error) && error.code === 'ARGUMENT_INVALID') return undefined;
    throw error;
  }
}

function valuesByPlace(
  workspace: Pick<Workspace, 'scores'>,
  cells: Table | undefined,
  row: number,
  customerId: string,
): NonNullable<SubjectExport['values']>['places'] {
  if (!cells) return [];
  const account = int32Column(cells, 'account');
  const [locations, channels, brands] = ['location', 'channel', 'brand'].map((name) => textColumn(cells, name));
  return [...account.keys()].flatMap((cell) => {
    if (account[cell] !== row) return [];
    const [location = '', channel = '', brand = ''] = [locations?.[cell], channels?.[cell], brands?.[cell]];
    try {
      const { value } = workspace.scores().lookup({ customerId, location, channel, brand });
      return value ? [{ location, channel, brand, clvMinor: value.clvMinor, share: value.share }] : [];
    } catch (error) {
      if (isCohortiumError(error) && error.code === 'SCORE_NOT_FOUND') return [];
      throw error;
    }
  });
}

async function decisionsOf(
  asOf: string,
  decisions: Table | undefined,
  receipts: Table | undefined,
  gate: GateDoor,
  workspace: Pick<Workspace, 'policies'>,
  customer: string,
): Promise<SubjectExport['decisions']> {
  if (!decisions) return [];
  const text = (name: string, row: number): string => textColumn(decisions, name)[row] ?? '';
  const record = receipts ? int32Column(receipts, 'record') : undefined;
  const item = receipts?.columns['item'] ? int32Column(receipts, 'item') : undefined;
  const { bundle } = await workspace.policies().session();
  const rows = textColumn(decisions, 'customerId').flatMap((id, row) => (id === customer ? [row] : []));
  const found: SubjectExport['decisions'] = [];
  for (const row of rows) {
    const [purpose, sink] = [text('purpose', row), text('sink', row)];
    const outcome = text('outcome', row);
    const rules = text('policies', row)
      .split(',')
      .filter((id) => id !== '');
    const { counterfactuals } = await gate.explainDecision({ customerId: customer, purpose, sink, asOf });
    found.push({
      purpose,
      sink,
      subscriber: text('subscriber', row),
      outcome: outcome === 'pass' || outcome === 'fail' ? outcome : 'counsel',
      asOf,
      rules: rules.map((rule) => ({ rule, citation: bundle.rules.find(({ id }) => id === rule)?.citation ?? '' })),
      otherwise: (outcome === 'pass' ? counterfactuals.fail : counterfactuals.pass).map((changes) =>
        changes
          .map(({ fact, from, to }) => `${shortly(bundle.facts[fact]?.says ?? fact)} (${fact}): ${said(from)} → ${said(to)}`)
          .join('; and '),
      ),
      record:
        record?.[row] === undefined ? null : { index: record[row], item: item?.[row] === undefined || item[row] < 0 ? null : item[row] },
    });
  }
  return found;
}

/** The first clause of what a fact means: the rest is for who writes rules. */
function shortly(says: string): string {
  return (/^[^:.;]+/.exec(says)?.[0] ?? says).replaceAll('`', '');
}

function said(value: string | number | boolean | null): string {
  return value === null ? 'not known' : typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}

/** The parts of the value, and how single differences would have changed it; the one place where value counterfactuals come in. */
function explanationsOf(workspace: Workspace, customer: string): SubjectExport['valueExplanations'] {
  const explain = valueExplanations(workspace);
  try {
    const { baseMinor, groups, models, calibrationMinor, valueMinor, asOf } = explain.breakdown(customer);
    const half = explain.counterfactual(customer, valueMinor / 2);
    const twice = explain.counterfactual(customer, valueMinor * 2);
    return [
      {
        asOf,
        baseMinor,
        groups: groups.map(({ group, says, minor }) => ({ group, says, minor })),
        models: models.map(({ family, weight, minor }) => ({ family, weight, minor })),
        calibrationMinor,
        valueMinor,
        variations: explain.variations(customer).map(({ change, valueMinor: minor }) => ({ change, valueMinor: minor })),
        counterfactuals: [half, twice].map(({ targetMinor, found }) => ({
          targetMinor,
          found: found && { valueMinor: found.valueMinor, changes: found.changes.map((change) => ({ ...change })) },
        })),
      },
    ];
  } catch (error) {
    // No run has published a value of the person, or it was made before values were explained.
    if (isCohortiumError(error) && (error.code === 'SCORE_NOT_FOUND' || error.code === 'CONTENT_NOT_FOUND')) return [];
    throw error;
  }
}
