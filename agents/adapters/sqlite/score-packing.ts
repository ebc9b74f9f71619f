/**
 * From the tables of a publication to one packed row per customer. Refuses a publication whose tables do not belong together:
 * a value without a decision and a record must never be stored.
 */
import { z } from 'zod';

import {
  CohortiumError,
  type ContentStore,
  float64Column,
  int32Column,
  type ScorePublication,
  type Table,
  textColumn,
} from '../../../skills/sdk/index.ts';
import type { PackedCell, PriorCell } from './score-allocation.ts';

/** One decision of the gate on this account, with the places of its record and of that of the value. */
export type PackedDecision = readonly [
  subscriber: string,
  purpose: string,
  outcome: 'pass' | 'fail' | 'counsel',
  policies: readonly string[],
  record: number,
  item: number | null,
  scoreRecord: number,
  scoreItem: number | null,
];

interface PackedAccount {
  readonly customerId: string;
  /** Absent when the gate did not pass it for the store. */
  readonly value?: {
    readonly clvMinor: number;
    readonly lowMinor: number;
    readonly highMinor: number;
    readonly pPurchase: number;
    readonly pAlive: number;
  };
  readonly tier: string;
  readonly elsewhere: number;
  /** JSON of PackedCell[]; empty without a value. */
  readonly cells: string;
  /** JSON of PackedDecision[]. */
  readonly decisions: string;
}

interface PackedScores {
  readonly horizonDays: number;
  readonly accounts: readonly PackedAccount[];
  readonly priors: readonly PriorCell[];
  /** Rows of the published cells table. */
  readonly cells: number;
}

const modelSchema = z.looseObject({ horizonDays: z.int().positive() });

/**
 * @throws {CohortiumError} EMISSION_UNRECORDED when decisions and receipts do not pair up; ARGUMENT_INVALID when tables do not
 * fit each other or the model has no horizon
 */
export function packScores(publication: ScorePublication, content: ContentStore): PackedScores {
  const scores = content.getTable(publication.scores);
  const accounts = content.getTable(publication.accounts);
  const model = modelSchema.safeParse(content.getJson(publication.model));
  if (!model.success) throw new CohortiumError('ARGUMENT_INVALID', `the published model lacks ${model.error.issues[0]?.path.join('.')}`);
  const customers = textColumn(scores, 'customerId');
  if (textColumn(accounts, 'customerId').some((customer, row) => customer !== customers[row]) || accounts.rows !== scores.rows) {
    throw new CohortiumError('ARGUMENT_INVALID', 'the published scores are not one row per account in the order of the accounts');
  }
  const decisions = packDecisions(content.getTable(publication.decisions), content.getTable(publication.receipts), scores.rows);
  const cellTable = content.getTable(publication.cells);
  const cells = packCells(cellTable, scores.rows);
  const numbers = {
    clvMinor: float64Column(scores, 'clvMinor'),
    lowMinor: float64Column(scores, 'clvLowMinor'),
    highMinor: float64Column(scores, 'clvHighMinor'),
    pPurchase: float64Column(scores, 'pPurchase'),
    pAlive: float64Column(scores, 'pAlive'),
  };
  const tier = textColumn(scores, 'tier');
  const elsewhere = float64Column(scores, 'elsewhere');
  return {
    ...model.data,
    cells: cellTable.rows,
    priors: priorCells(content.getTable(publication.priors)),
    accounts: customers.map((customerId, row) => {
      const own = decisions[row] ?? [];
      const rest = { customerId, tier: tier[row] ?? 'none', elsewhere: elsewhere[row] ?? 0, decisions: JSON.stringify(own) };
      if (!mayBeStored(own)) return { ...rest, cells: '[]' };
      const value = {
        clvMinor: numbers.clvMinor[row] ?? 0,
        lowMinor: numbers.lowMinor[row] ?? 0,
        highMinor: numbers.highMinor[row] ?? 0,
        pPurchase: numbers.pPurchase[row] ?? 0,
        pAlive: numbers.pAlive[row] ?? 0,
      };
      return { ...rest, value, cells: JSON.stringify(cells[row] ?? []) };
    }),
  };
}

function mayBeStored(decisions: readonly PackedDecision[]): boolean {
  const store = decisions.filter(([subscriber]) => subscriber === 'score-store');
  return store.length > 0 && store.every(([, , outcome]) => outcome === 'pass');
}

function packDecisions(decisions: Table, receipts: Table, rows: number): readonly PackedDecision[][] {
  if (decisions.rows !== receipts.rows) {
    throw new CohortiumError('EMISSION_UNRECORDED', `${decisions.rows} decisions came with ${receipts.rows} receipts; nothing was stored`);
  }
  const account = int32Column(decisions, 'account');
  const subscriber = textColumn(decisions, 'subscriber');
  const purpose = textColumn(decisions, 'purpose');
  const outcome = textColumn(decisions, 'outcome');
  const policies = textColumn(decisions, 'policies');
  const [record, item, scoreRecord, scoreItem] = ['record', 'item', 'scoreRecord', 'scoreItem'].map((name) => int32Column(receipts, name));
  const itemAt = (column: Int32Array | undefined, row: number): number | null =>
    (column?.[row] ?? -1) < 0 ? null : (column?.[row] ?? null);
  const packed = Array.from({ length: rows }, (): PackedDecision[] => []);
  for (const [row, decided] of outcome.entries()) {
    const ids = policies[row] ?? '';
    packed[account[row] ?? -1]?.push([
      subscriber[row] ?? '',
      purpose[row] ?? '',
      decided === 'pass' || decided === 'fail' ? decided : 'counsel',
      ids === '' ? [] : ids.split(','),
      record?.[row] ?? -1,
      itemAt(item, row),
      scoreRecord?.[row] ?? -1,
      itemAt(scoreItem, row),
    ]);
  }
  return packed;
}

function packCells(cells: Table, rows: number): readonly PackedCell[][] {
  const account = int32Column(cells, 'account');
  const [location, channel, brand] = [textColumn(cells, 'location'), textColumn(cells, 'channel'), textColumn(cells, 'brand')];
  const clvMinor = float64Column(cells, 'clvMinor');
  const share = float64Column(cells, 'share');
  const packed = Array.from({ length: rows }, (): PackedCell[] => []);
  for (const [row, index] of account.entries()) {
    packed[index]?.push([location[row] ?? '', channel[row] ?? '', brand[row] ?? '', clvMinor[row] ?? 0, share[row] ?? 0]);
  }
  return packed;
}

function priorCells(priors: Table): PriorCell[] {
  const [location, channel, brand] = [textColumn(priors, 'location'), textColumn(priors, 'channel'), textColumn(priors, 'brand')];
  const share = float64Column(priors, 'share');
  return location.map((name, row) => ({ location: name, channel: channel[row] ?? '', brand: brand[row] ?? '', share: share[row] ?? 0 }));
}
