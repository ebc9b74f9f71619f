/** Lookups and explanations. A value whose purpose the gate did not pass is never shown, by no door. */
import { purposes } from '../../skills/gate/schemas.ts';
import { CohortiumError } from '../../skills/sdk/index.ts';
import type { CustomerDataGraph, Explanation, ValueAnswer, ValueRequest } from './interface.ts';
import { wholeUnits } from './report/format-number.ts';
import type { Workspace } from './workspace.ts';

type ValueDoor = Pick<CustomerDataGraph, 'value' | 'explain'>;

export function valueDoor(workspace: Workspace): ValueDoor {
  const value: ValueDoor['value'] = async (request) => {
    checkPurpose(request.purpose);
    const stored = workspace.scores().lookup(lookupOf(request));
    const { horizonDays, asOf, record, purpose, ...place } = stored;
    // A refusal that came after the run holds from now on, although the value was published.
    const later =
      stored.outcome === 'pass' ? await workspace.consents().guard.lookup(stored.customerId, stored.version, purpose) : undefined;
    const { outcome, policies } = later ?? stored;
    const found = later ? undefined : stored.value;
    const rules = outcome === 'pass' ? [] : (await workspace.policies().session()).bundle.rules;
    return {
      customerId: place.customerId,
      location: place.location,
      channel: place.channel,
      brand: place.brand,
      purpose,
      outcome,
      reasons: policies.map((policy) => ({ policy, citation: rules.find(({ id }) => id === policy)?.citation ?? '' })),
      ...(found ? { value: withoutVisit(found) } : {}),
      currency: workspace.config.currency,
      horizonDays,
      asOf,
      record,
    };
  };

  return {
    value,
    explain: async (request) => explanationOf(await value(request), workspace.memberships().cohortsOf(request.customerId)),
  };
}

/** A purpose that the gate cannot be asked about would look like one that nobody has asked it about yet. */
function checkPurpose(purpose: string | undefined): void {
  if (purpose !== undefined && !purposes.some((known) => known === purpose)) {
    throw new CohortiumError('ARGUMENT_INVALID', `purpose '${purpose}' is not known; purposes are: ${purposes.join(', ')}`);
  }
}

function lookupOf({ customerId, location, channel, brand, purpose }: ValueRequest) {
  return {
    customerId,
    ...(location === undefined ? {} : { location }),
    ...(channel === undefined ? {} : { channel }),
    ...(brand === undefined ? {} : { brand }),
    ...(purpose === undefined ? {} : { purpose }),
  };
}

function withoutVisit<Value extends { readonly isVisited: boolean }>({ isVisited: _isVisited, ...value }: Value) {
  return value;
}

/** Sentences from a template; every number in them is one of the facts. */
function explanationOf(answer: ValueAnswer, cohorts: Readonly<Record<string, string>>): Explanation {
  const place =
    [answer.location, answer.channel, answer.brand].filter((part) => part !== null).join(' · ') || 'all locations, channels and brands';
  if (!answer.value) {
    const reasons = answer.reasons.map(({ policy, citation }) => (citation === '' ? policy : `${policy} (${citation})`)).join('; ');
    return {
      customerId: answer.customerId,
      outcome: answer.outcome,
      sentences: answer.record
        ? [
            `The value of ${answer.customerId} may not be used for ${answer.purpose}: ${answer.outcome === 'fail' ? 'the gate refuses it' : 'the gate leaves it to a person'}.`,
            ...(reasons === '' ? [] : [`Reason: ${reasons}.`]),
          ]
        : [
            `The value of ${answer.customerId} may not be used for ${answer.purpose}: no run has asked the gate about it.`,
            'Add the purpose to the uses of the gate step in the pipeline and run it again.',
          ],
      facts: [],
    };
  }
  const { clvMinor, lowMinor, highMinor, pPurchase, pAlive, tier, share } = answer.value;
  const money = (minor: number): number => wholeUnits(Math.round(minor), answer.currency);
  const percent = (value: number): number => Math.round(value * 1000) / 10;
  const facts = [
    { id: 'value', label: `expected spend in ${answer.horizonDays} days`, value: money(clvMinor), unit: answer.currency },
    { id: 'low', label: 'low end of the interval', value: money(lowMinor), unit: answer.currency },
    { id: 'high', label: 'high end of the interval', value: money(highMinor), unit: answer.currency },
    { id: 'pPurchase', label: 'probability of a purchase in that time', value: percent(pPurchase), unit: '%' },
    { id: 'pAlive', label: 'probability of still being a customer', value: percent(pAlive), unit: '%' },
    { id: 'share', label: 'part of the account value that belongs here', value: percent(share), unit: '%' },
    { id: 'tier', label: 'confidence', value: tier },
  ] as const;
  return {
    customerId: answer.customerId,
    outcome: answer.outcome,
    sentences: [
      `${answer.customerId} is expected to spend ${money(clvMinor)} ${answer.currency} at ${place} in the ${answer.horizonDays} days after ${answer.asOf}, somewhere between ${money(lowMinor)} and ${money(highMinor)}.`,
      `A purchase in that time has probability ${percent(pPurchase)} %, and the customer is still active with probability ${percent(pAlive)} %.`,
      share < 1
        ? `This is ${percent(share)} % of what the account is worth; confidence in it is ${tier}.`
        : `Confidence in the number is ${tier}.`,
      `Cohorts: ${Object.entries(cohorts)
        .map(([axis, cohort]) => `${axis} ${cohort}`)
        .join(', ')}.`,
    ],
    facts,
  };
}
