/** How often cohorts are recalibrated, and what their errors say of the models. */
export {
  type Cadence,
  type CadenceDecision,
  cadenceRuleFault,
  type CadenceRule,
  cadences,
  decideCadence,
  defaultCadenceRule,
  type MaturedWindow,
  nextDueDay,
  relativeError,
  withinBounds,
} from './cadence.ts';
export { type ModelLosses, type PriorOptions, priorShares } from './model-prior.ts';
