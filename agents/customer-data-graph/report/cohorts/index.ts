/** The pictures of cohorts and of the transitions between them, as SVG documents: pure functions of plain data. */
export type { NamedCohort, PictureSource } from './cohort-frame.ts';
export { cohortSizes } from './cohort-sizes.ts';
export { cohortRunPictures, drawPicture } from './run-pictures.ts';
export { type TraitMeasure, type TraitPanel, traitBars } from './trait-bars.ts';
export type { TransitionData } from './transition-cohorts.ts';
export { transitionMatrix } from './transition-matrix.ts';
export { transitionSankey } from './transition-sankey.ts';
