/** An outcome in a sentence, for people: what was found, and what it is worth. */
import type { CustomersRegistration, ModelsRegistration } from '../../../registries/experiments/registration.ts';
import type { ArmEffect, ArmsAnalysis, ModelsAnalysis } from '../../../skills/recalibrate/core/experiments/index.ts';

export function sayArms({ metric, minimalEffect }: CustomersRegistration, { verdict, effects, sampleRatio, arms }: ArmsAnalysis): string {
  switch (verdict) {
    case 'sample-ratio-broken':
      return `Stop: ${arms.map(({ arm, customers }) => `${customers} in ${arm}`).join(', ')} do not follow the declared shares (p = ${sampleRatio.p.toExponential(1)}). Find out who got lost before comparing anything.`;
    case 'too-early':
      return 'Too early: an arm has too few customers for the test.';
    case 'no-variation':
      return 'Nothing to compare: the outcome does not vary.';
    case 'alike':
      return `Alike: no arm differs from the control by as much as ${number(minimalEffect)} (${metric}).`;
    case 'undecided':
      return `Undecided: ${effects.map(sayEffect).join('; ')}. Neither no difference nor one of ${number(minimalEffect)} is ruled out (${metric}).`;
    default:
      return `Different: ${effects
        .filter(({ isDifferent }) => isDifferent)
        .map(sayEffect)
        .join('; ')} (${metric}).`;
  }
}

export function sayModels({ arms, minimalEffect, metric }: ModelsRegistration, { verdict, paired }: ModelsAnalysis): string {
  const { low, high } = paired.interval;
  const by = `${number(paired.difference)} (${number(low)} to ${number(high)}, p = ${number(paired.p)})`;
  const [champion, challenger] = [arms.champion.id, arms.challenger.id];
  switch (verdict) {
    case 'challenger-better':
      return `${challenger} is better than ${champion}: loss ${by} (${metric}).`;
    case 'champion-better':
      return `${champion} is better than ${challenger}: loss of ${challenger} ${by} (${metric}).`;
    case 'alike':
      return `Alike: the losses of ${champion} and ${challenger} do not differ by as much as ${number(minimalEffect)}: ${by} (${metric}).`;
    default:
      return `Undecided: loss of ${challenger} less that of ${champion} ${by}; a difference of ${number(minimalEffect)} is not ruled out (${metric}).`;
  }
}

function sayEffect({ arm, difference, low, high, adjustedP }: ArmEffect): string {
  if (low === null || high === null || adjustedP === null) return `${arm} ${number(difference)}`;
  return `${arm} ${number(difference)} (${number(low)} to ${number(high)}, p = ${number(adjustedP)})`;
}

/** Four digits, without an exponent where that is readable. */
function number(value: number): string {
  return String(Number(value.toPrecision(4)));
}
