/** Parameters fitted by other programs, read, checked and written. */
export { checkParameters, type CheckOptions, type ParametersToCheck } from './check-parameters.ts';
export { type CheckedFigure, type CustomerEvidence, type Evidence } from './evidence.ts';
export { exportParameters, type ParametersToExport } from './export-parameters.ts';
export { importParameters, type ImportOptions } from './import-parameters.ts';
export { type ImportedParameters, type ParameterSource } from './imported.ts';
