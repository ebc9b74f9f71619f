/** Everything that `cohortium clv` does, without the command line: files in, models, tables and pictures out. */
export { type ClvData, type ClvDataOptions, readClvData, type Unit, unitsPerYear } from './clv-data.ts';
export { type ClvModel, comparableFamilies, fitClv, isUnit, parseJson, readModelFile, type StoredClvModel } from './clv-model.ts';
export { clvPictures } from './clv-pictures.ts';
export { type ClvPrediction, predictClv } from './predict-clv.ts';
export { readTextFile } from './read-file.ts';
export { sampleLog } from './sample-log.ts';
