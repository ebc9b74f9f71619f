/**
 * What people and other programs read of the manifest: a CSV file in House-Ware's column names, and the baseline of the model in
 * force. Both are functions of the manifest, and written again from it; neither is ever read back.
 */
import { canonicalJson, compareText } from '../../../../skills/sdk/index.ts';
import { csvField } from '../../report/csv-field.ts';
import { modelFiles, readIfThere, replaceFile } from './model-files.ts';
import type { ApprovedChampion } from './model-interface.ts';

/** House-Ware's names first. */
const csvColumns = {
  model_id: ({ modelId }) => modelId,
  timestamp: ({ timestamp }) => timestamp,
  code_commit: ({ codeCommit }) => codeCommit ?? '',
  training_cutoff: ({ trainingCutoff }) => trainingCutoff,
  history_months: ({ historyMonths }) => String(historyMonths),
  pred_months: ({ predMonths }) => String(predMonths),
  hyperparameters: ({ hyperparameters }) => canonicalJson(hyperparameters),
  baseline_rmse: ({ baselineRmse }) => String(baselineRmse),
  baseline_r2: ({ baselineR2 }) => String(baselineR2),
  approved_by: ({ approvedBy }) => approvedBy,
  approved_at: ({ approvedAt }) => approvedAt,
  artefact_sha256: ({ artefact }) => artefact,
} satisfies Record<string, (champion: ApprovedChampion) => string>;

/** The texts of both views by path; the baseline only where there is a champion. */
export function championViews(directory: string, champions: readonly ApprovedChampion[], currency: string): ReadonlyMap<string, string> {
  const { manifestCsv, latestMetrics } = modelFiles(directory);
  const lines = champions.map((champion) =>
    Object.values(csvColumns)
      .map((of) => csvField(of(champion)))
      .join(','),
  );
  const views = new Map([[manifestCsv, `${[Object.keys(csvColumns).join(','), ...lines].join('\n')}\n`]]);
  const champion = champions.at(-1);
  if (champion) {
    const metrics = {
      model_id: champion.modelId,
      training_cutoff: champion.trainingCutoff,
      history_months: champion.historyMonths,
      pred_months: champion.predMonths,
      baseline_rmse: champion.baselineRmse,
      baseline_r2: champion.baselineR2,
      currency,
      unit: 'minor',
      artefact_sha256: champion.artefact,
    };
    views.set(latestMetrics, `${JSON.stringify(metrics, undefined, 2)}\n`);
  }
  return views;
}

/** Writes the views that are not as they should be. */
export function settleViews(directory: string, champions: readonly ApprovedChampion[], currency: string): void {
  for (const [path, text] of championViews(directory, champions, currency)) if (readIfThere(path) !== text) replaceFile(path, text);
}

/** Paths of views that were edited or are absent, in order. */
export function wrongViews(directory: string, champions: readonly ApprovedChampion[], currency: string): readonly string[] {
  if (champions.length === 0) return [];
  return [...championViews(directory, champions, currency)]
    .flatMap(([path, text]) => (readIfThere(path) === text ? [] : [path]))
    .sort(compareText);
}
