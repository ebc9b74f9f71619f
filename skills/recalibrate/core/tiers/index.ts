/** Confidence tiers: the written rule, the tier of an account, and whether tiers mean what they say. */
export {
  defineTierRule,
  describeTierRule,
  type DriftState,
  driftStates,
  leastSupport,
  type Tier,
  type TierDemand,
  tierNames,
  type TierRule,
  tierRule,
} from './rule.ts';
export { type TierEvidence, tierOf } from './tier-of.ts';
export {
  type TierDifference,
  type TierPair,
  type TierQuality,
  type TierRows,
  type TierValidation,
  validateTiers,
} from './validate-tiers.ts';
