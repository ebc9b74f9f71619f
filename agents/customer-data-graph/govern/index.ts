/** Models that change only by a person's hand: what scoring and drift need of training, artefacts and the manifest. */
export { loadArtefact, predictValues } from './models/artefact.ts';
export { championsOf, currentChampion, readManifest } from './models/manifest.ts';
export { fileTime, modelFiles, readIfThere, replaceFile } from './models/model-files.ts';
export type * from './models/model-interface.ts';
export { monthWindows } from './training/month-windows.ts';
export { checkCutoff, trainingRows } from './training/training-rows.ts';
export type * from './training/training-interface.ts';
