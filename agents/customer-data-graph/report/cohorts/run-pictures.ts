/** All pictures of one cohort run: its sizes, what sets its cohorts apart, and the one of its method. */
import type { CohortRun } from '../../../../skills/cohort/definitions/cohort-run.ts';
import { type CohortPicture, pictureSchema } from '../../../../skills/cohort/definitions/pictures.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { PictureSource } from './cohort-frame.ts';
import { cohortSizes } from './cohort-sizes.ts';
import { runCommunities } from './run-communities.ts';
import { runCurves } from './run-curves.ts';
import { runDendrogram } from './run-dendrogram.ts';
import { runFlow } from './run-flow.ts';
import { runFunnel } from './run-funnel.ts';
import { runGrid } from './run-grid.ts';
import { runReliability } from './run-reliability.ts';
import { runScatter } from './run-scatter.ts';
import { runWords } from './run-words.ts';
import { type TraitMeasure, traitBars } from './trait-bars.ts';

/** What a picture says of a run. */
function sourceOf(run: CohortRun): PictureSource {
  return {
    title: run.title,
    method: run.method,
    window: run.window,
    asOf: run.asOf,
    // A key that is more than the name in other letters is what tables and transitions call the cohort.
    cohorts: run.cohorts.map(({ key, name, size }) => ({ ...(/^c\d+$/.test(key) && { key }), name, size })),
  };
}

/** Of words and steps, traits are lifts. */
const lifts: ReadonlySet<string> = new Set(['lda', 'word2vec', 'journey']);

function measureOf({ method }: Pick<PictureSource, 'method'>): TraitMeasure {
  return lifts.has(method) ? 'lift' : 'delta';
}

/**
 * SVG documents by file name; none of a window that was skipped.
 * @throws {CohortiumError} ARGUMENT_INVALID when the run has a picture of a kind that is not known
 */
export function cohortRunPictures(run: CohortRun): Readonly<Record<string, string>> {
  if (run.skipped !== null) return {};
  const source = sourceOf(run);
  const panels = run.cohorts.map(({ traits }, cohort) => ({
    cohort,
    traits: traits.map(({ feature, difference }) => ({ name: feature, difference })),
  }));
  return {
    'sizes.svg': cohortSizes(source, run.population.inNone),
    // The picture of personas is this one.
    ...(run.picture?.kind !== 'profiles' && panels.some(({ traits }) => traits.length > 0)
      ? { 'traits.svg': traitBars(source, panels, measureOf(source)) }
      : {}),
    ...(run.picture === null ? {} : { 'method.svg': drawPicture(source, parsed(run.picture)) }),
  };
}

function parsed(picture: unknown): CohortPicture {
  const found = pictureSchema.safeParse(picture);
  if (found.success) return found.data;
  const [issue] = found.error.issues;
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    `the picture of the run cannot be drawn: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unknown shape'}`,
  );
}

export function drawPicture(source: PictureSource, picture: CohortPicture): string {
  switch (picture.kind) {
    case 'scatter':
      return runScatter(source, picture.data);
    case 'grid':
      return runGrid(source, picture.data);
    case 'dendrogram':
      return runDendrogram(source, picture.data);
    case 'curves':
      return runCurves(source, picture.data);
    case 'funnel':
      return runFunnel(source, picture.data);
    case 'flow':
      return runFlow(source, picture.data);
    case 'words':
      return runWords(source, picture.data);
    case 'communities':
      return runCommunities(source, picture.data);
    case 'reliability':
      return runReliability(source, picture.data);
    case 'profiles':
      break;
  }
  return traitBars(source, picture.data.cohorts, measureOf(source));
}
