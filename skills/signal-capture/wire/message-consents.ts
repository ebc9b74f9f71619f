/**
 * Consent that travels with messages: categories of a consent manager and Global Privacy Control. A purpose that several
 * categories speak of is allowed only when all of them allow it. Consent strings (TCF, GPP) are left to who wrote them.
 */
import type { CompiledSignalRegistry } from '../plan/compiled-registry.ts';
import { surpriseName, type Surprise } from '../plan/surprise.ts';
import { type CompiledPath, type MessageParts, ownValue, valueAt } from '../plan/wire-path.ts';
import { consentPurposes } from '../signals/standing.ts';

export interface PurposeChoice {
  readonly purpose: string;
  readonly granted: boolean;
}

export interface MessageConsents {
  /** In the order of consentPurposes. */
  readonly choices: readonly PurposeChoice[];
  readonly surprises: readonly Surprise[];
}

const contextCategories: CompiledPath = { root: 'context', steps: ['consent', 'categoryPreferences'] };
const controlSignals: readonly CompiledPath[] = [
  { root: 'context', steps: ['gpc'] },
  { root: 'context', steps: ['globalPrivacyControl'] },
  { root: 'context', steps: ['consent', 'gpc'] },
];

/** More categories than any consent manager has. */
const mostCategories = 200;

/**
 * @param paths where the event itself says its categories; none for other events
 * @param hasGlobalPrivacyControl the request said so
 */
export function messageConsents(
  parts: MessageParts,
  paths: readonly CompiledPath[],
  registry: CompiledSignalRegistry,
  hasGlobalPrivacyControl: boolean,
): MessageConsents {
  const choices = new Map<string, boolean>();
  const surprises: Surprise[] = [];
  const { from, categories } = registry.plan.consent;
  const places = from === 'every-message' ? [contextCategories, ...paths] : paths;
  for (const place of places) {
    const preferences = valueAt(parts, place);
    if (typeof preferences !== 'object' || preferences === null || Array.isArray(preferences)) continue;
    const isWholeOfProperties = place.root === 'properties' && place.steps.length === 0;
    for (const name of Object.keys(preferences).slice(0, mostCategories)) {
      const granted = choiceOf(ownValue(preferences, name));
      const purposes = Object.hasOwn(categories, name) ? categories[name] : undefined;
      if (purposes !== undefined && granted !== undefined)
        for (const purpose of purposes) choices.set(purpose, granted && choices.get(purpose) !== false);
      else if (!isWholeOfProperties)
        surprises.push({ kind: 'unplanned-category', type: 'consent-event', name: surpriseName(name), action: 'omit' });
    }
  }
  if (hasGlobalPrivacyControl || controlSignals.some((path) => isOn(valueAt(parts, path)))) choices.set('gpc', false);
  return {
    choices: consentPurposes.flatMap((purpose) => {
      const granted = choices.get(purpose);
      return granted === undefined ? [] : [{ purpose, granted }];
    }),
    surprises,
  };
}

function choiceOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return value === 'granted' || value === 'true' ? true : value === 'denied' || value === 'false' ? false : undefined;
}

function isOn(value: unknown): boolean {
  return value === true || value === 1 || value === '1' || value === 'true';
}
