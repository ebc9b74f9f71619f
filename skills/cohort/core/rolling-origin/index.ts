/** Forecasts of earlier days against what came true: the evidence by which a method is chosen. */
export {
  chooseGrainMethod,
  type GrainChoice,
  type GrainContest,
  type GrainEvidence,
  type GrainMethod,
  grainMethods,
  grainMethodTitles,
} from './choose-grain-method.ts';
export { forecastGrain } from './forecast-grain.ts';
export type { GrainForecast } from './grain-forecast.ts';
export type { GrainScore } from './score-grain.ts';
