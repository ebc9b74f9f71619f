/**
 * What is kept, what may be purged, and why: predictions a year and until they are judged, alerts a year, cards seven years, artefacts
 * nine months, grids until superseded; the longest reason wins. Never the champion, what waits for approval, what an approved card
 * needs to be reproduced, or what a hold names. Removes nothing.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { lastDayOf } from '../../../../skills/gate/core/retention/clock.ts';
import { compareText } from '../../../../skills/sdk/index.ts';
import type { OperatorPaths } from '../../config.ts';
import { cardEndings, modelIds, readCard } from '../models/cards.ts';
import { championsOf, readManifest } from '../models/manifest.ts';
import { modelFiles } from '../models/model-files.ts';
import type { ApprovedEntry, ModelCard, Proposal } from '../models/model-interface.ts';
import { openProposals } from '../models/proposals.ts';
import { readRecords } from '../scoring/score-records.ts';
import type { RetentionClass, RetentionItem, ScoreRecord } from '../scoring/scoring-interface.ts';
import { type Hold, holdReasons, readHolds } from './holds.ts';

/** Months that each class is kept at least; grids and inputs have no clock. */
export const retentionMonths = { predictions: 12, alerts: 12, cards: 84, artefacts: 9 } as const;

interface Situation {
  readonly paths: OperatorPaths;
  readonly today: string;
  readonly holds: readonly Hold[];
  readonly entries: readonly ApprovedEntry[];
  readonly open: readonly Proposal[];
  readonly cards: readonly ModelCard[];
  readonly records: readonly ScoreRecord[];
}

/**
 * Every thing of every class, by class and path.
 * @param today ISO date
 * @throws {CohortiumError} CONFIG_INVALID for a hold, MANIFEST_DAMAGED, MODEL_FILE_CHANGED, SCORE_FILE_CHANGED: nothing is planned
 * while it is not known what the files say
 */
export function planRetention(paths: OperatorPaths, today: string): readonly RetentionItem[] {
  const entries = readManifest(paths.directory);
  const situation: Situation = {
    paths,
    today,
    holds: readHolds(paths.registries),
    entries,
    open: openProposals(paths, entries),
    cards: modelIds(paths.directory).map((id) => readCard(paths.directory, id)),
    records: readRecords(paths.directory),
  };
  return [...scoreItems(situation), ...modelItems(situation), ...gridItems(situation)].sort(
    (a, b) => compareText(a.class, b.class) || compareText(a.path, b.path),
  );
}

interface Thing {
  readonly path: string;
  readonly class: RetentionClass;
  readonly of: string;
  readonly models: readonly string[];
  readonly cutoff: string | null;
}

function itemOf({ holds, today }: Situation, { path, class: kind, of, models, cutoff }: Thing, reasons: readonly string[]): RetentionItem {
  const all = [...reasons, ...holdReasons(holds, { path, models, cutoff }, today)];
  return { path, class: kind, of, decision: all.length > 0 ? 'keep' : 'purge', reasons: all };
}

/** Why the clock of a class keeps a thing that is so old. @param since ISO date or instant */
function clockReasons(today: string, kind: keyof typeof retentionMonths, since: string): string[] {
  const last = lastDayOf(since.slice(0, 10), { months: retentionMonths[kind], days: 0 });
  return today <= last ? [`${kind} are kept ${retentionMonths[kind]} months, through ${last}`] : [];
}

function scoreItems(situation: Situation): RetentionItem[] {
  const { records, open, today } = situation;
  return records
    .filter(({ purgedAt }) => purgedAt === null)
    .flatMap((record) => {
      const { modelId, cutoff, window, files } = record;
      const common = { of: `${cutoff} by ${modelId}`, models: [modelId], cutoff };
      const own = [
        ...clockReasons(today, 'predictions', record.scoredAt),
        ...(window === null ? [`has not been judged: its outcome ends on ${record.outcomeEnd}`] : []),
      ];
      // The numbers of the next clusters are carried over from the last ones.
      const isLast = !records.some((one) => one.cutoff > cutoff && one.clusters !== null && one.purgedAt === null);
      const rests = open.filter(
        ({ change }) => change.kind === 'tuning' && change.tuning.cutoffs.includes(cutoff) && change.tuning.modelId === modelId,
      );
      const last = isLast ? ['cluster numbers are carried over from it'] : [];
      const waits = rests.map(({ id }) => `proposal ${id} rests on it`);
      const items = [
        ...Object.values(files).map(({ name }) =>
          itemOf(situation, { ...common, path: `outputs/${name}`, class: 'predictions' }, [...own, ...last]),
        ),
        ...(window?.alertFiles ?? []).map(({ name }) =>
          itemOf(situation, { ...common, path: `outputs/${name}`, class: 'alerts' }, [
            ...clockReasons(today, 'alerts', window?.judgedOn ?? today),
            ...waits,
          ]),
        ),
      ];
      // A cut-off goes as a whole: half of its files would say half of what was predicted.
      const kept = items.find(({ decision }) => decision === 'keep');
      return items.map((item): RetentionItem =>
        kept && item.decision === 'purge'
          ? { ...item, decision: 'keep', reasons: [`goes together with ${kept.path}, which is kept`] }
          : item,
      );
    });
}

function modelItems(situation: Situation): RetentionItem[] {
  const { cards, entries, open, records, today, paths } = situation;
  const champions = championsOf(entries);
  const inForce = champions.at(-1)?.modelId;
  const neededBy = (modelId: string): string[] => [
    ...(modelId === inForce ? ['is the champion'] : []),
    ...open.flatMap(({ id, change }) =>
      change.kind === 'champion' && change.champion.modelId === modelId ? [`waits for approval as ${id}`] : [],
    ),
    ...(records.some((one) => one.modelId === modelId && one.purgedAt === null && one.window === null)
      ? ['its predictions have not been judged']
      : []),
  ];
  const isApproved = (modelId: string): boolean => champions.some((one) => one.modelId === modelId);
  const cardReasons = ({ model_id: modelId, timestamp }: ModelCard): string[] => [
    ...clockReasons(today, 'cards', timestamp),
    ...(isApproved(modelId) ? ['the manifest names it, and its lines are never removed'] : []),
    ...neededBy(modelId),
  ];
  const { artefacts, manifest, manifestCsv, latestMetrics, cards: cardFolder } = modelFiles(paths.directory);
  const relative = (path: string): string => path.slice(paths.directory.length + 1);
  const names = existsSync(artefacts) ? readdirSync(artefacts).filter((name) => /^[0-9a-f]{64}\.json$/.test(name)) : [];
  return [
    ...cards.flatMap((card) => {
      const thing = { of: card.model_id, models: [card.model_id], cutoff: null };
      const reasons = cardReasons(card);
      return [
        ...cardEndings.map((ending) =>
          itemOf(situation, { ...thing, path: relative(join(cardFolder, `${card.model_id}${ending}`)), class: 'cards' as const }, reasons),
        ),
        ...inputsOf(card).map((digest) => ({
          ...itemOf(situation, { ...thing, path: digest, class: 'inputs' }, [`${card.model_id} is reproduced from it`]),
        })),
      ];
    }),
    ...names.map((name) => {
      const digest = name.slice(0, -'.json'.length);
      const own = cards.filter(({ artefact }) => artefact === digest);
      const thing = {
        path: relative(join(artefacts, name)),
        class: 'artefacts' as const,
        of: own.map(({ model_id: id }) => id).join(', ') || digest.slice(0, 12),
        models: own.map(({ model_id: id }) => id),
        cutoff: null,
      };
      const reasons =
        own.length === 0
          ? ['no card says when it was made']
          : own.flatMap(({ model_id: id, timestamp }) => [...clockReasons(today, 'artefacts', timestamp), ...neededBy(id)]);
      return itemOf(situation, thing, [...new Set(reasons)]);
    }),
    ...[manifest, manifestCsv, latestMetrics]
      .filter(existsSync)
      .map((path) =>
        itemOf(
          situation,
          { path: relative(path), class: 'manifest', of: 'champions', models: champions.map(({ modelId }) => modelId), cutoff: null },
          ['says what was approved; lines are only ever appended'],
        ),
      ),
  ];
}

/** Digests in the content store: the snapshot of the log, and every table that was learnt from. */
function inputsOf({ inputs: { snapshot, data, earlier } }: ModelCard): readonly string[] {
  return [snapshot, data, ...earlier.map((table) => table.data)].map(({ digest }) => digest);
}

/** The files of one grid share the time in their names. */
function gridItems(situation: Situation): RetentionItem[] {
  const { paths, entries, open } = situation;
  const folder = modelFiles(paths.directory).gridSearch;
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const stampOf = (name: string): string | undefined => /^clv_grid_search_\w+?_(\d{8}T\d{6}Z(?:_\d+)?)\.(?:csv|png|jsonl)$/.exec(name)?.[1];
  const stamps = [...new Set(files.filter((name) => name.endsWith('.csv')).flatMap((name) => stampOf(name) ?? []))].sort(compareText);
  const inForce = entries.findLast(({ entry }) => entry.change.kind === 'windows')?.entry.change;
  const named = (change: Proposal['change'] | undefined, stamp: string): boolean =>
    change?.kind === 'windows' && [change.windows.results, change.windows.trials].some(({ name }) => stampOf(name) === stamp);
  return files.flatMap((name) => {
    const stamp = stampOf(name);
    if (stamp === undefined) return [];
    const thing = { path: `outputs/grid_search/${name}`, class: 'grids' as const, of: `grid ${stamp}`, models: [], cutoff: null };
    return [
      itemOf(situation, thing, [
        ...(stamp === stamps.at(-1) ? ['no later grid supersedes it'] : []),
        ...(named(inForce, stamp) ? ['the windows in force were chosen by it'] : []),
        ...open.filter(({ change }) => named(change, stamp)).map(({ id }) => `proposal ${id} rests on it`),
      ]),
    ];
  });
}
