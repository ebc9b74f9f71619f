/**
 * Consent that travels with messages: categories of a consent manager, Global Privacy Control, and the GPP and TCF strings of the
 * IAB. A purpose that several of them speak of is allowed only when all of them allow it. A string that cannot be read refuses the
 * message; nothing is guessed from a part of it.
 */
import type { CompiledSignalRegistry } from '../plan/compiled-registry.ts';
import { surpriseName, type Surprise } from '../plan/surprise.ts';
import { type CompiledPath, firstValue, type MessageParts, ownValue, valueAt } from '../plan/wire-path.ts';
import { consentPurposes } from '../signals/standing.ts';
import type { ConsentStringKind, ConsentStringReader } from './consent-string.ts';

/** Properties of one consent-event. */
export interface PurposeChoice {
  readonly purpose: string;
  readonly granted: boolean;
  readonly method?: ConsentStringKind | 'gpc';
  readonly mode?: 'opt-in' | 'opt-out';
  readonly jurisdiction?: string;
  readonly string?: string;
}

export interface MessageConsents {
  /** In the order of consentPurposes. */
  readonly choices: readonly PurposeChoice[];
  readonly surprises: readonly Surprise[];
  /** Why the message cannot be taken. */
  readonly fault?: string;
}

const contextCategories: CompiledPath = { root: 'context', steps: ['consent', 'categoryPreferences'] };
const controlSignals: readonly CompiledPath[] = [
  { root: 'context', steps: ['gpc'] },
  { root: 'context', steps: ['globalPrivacyControl'] },
  { root: 'context', steps: ['consent', 'gpc'] },
];
const places = (...names: readonly string[]): readonly CompiledPath[] =>
  names.flatMap((name): CompiledPath[] => [
    { root: 'context', steps: ['consent', name] },
    { root: 'properties', steps: [name] },
  ]);
const gppNames = ['gppString', 'gpp_string'];
const tcfNames = ['tcfString', 'tcf_string', 'tcString', 'tc_string'];
const stringPlaces: readonly (readonly [ConsentStringKind, readonly CompiledPath[]])[] = [
  ['gpp', places(...gppNames)],
  ['tcf', places(...tcfNames)],
];

/** Properties without consent strings, which speak of the customer and not of the event. */
export function withoutConsentStrings(parts: MessageParts): MessageParts {
  const { properties } = parts;
  const found = [...gppNames, ...tcfNames].filter((name) => ownValue(properties, name) !== undefined);
  if (found.length === 0) return parts;
  return { ...parts, properties: Object.fromEntries(Object.entries(properties ?? {}).filter(([name]) => !found.includes(name))) };
}

/** More categories than any consent manager has. */
const mostCategories = 200;

/** As much as a signal keeps. */
const longestString = 4000;

/**
 * @param paths where the event itself says its categories; none for other events
 * @param hasGlobalPrivacyControl the request said so
 */
export function messageConsents(
  parts: MessageParts,
  paths: readonly CompiledPath[],
  registry: CompiledSignalRegistry,
  hasGlobalPrivacyControl: boolean,
  readString: ConsentStringReader | undefined,
): MessageConsents {
  const choices = new Map<string, PurposeChoice>();
  const choose = (choice: PurposeChoice): void => {
    // What refuses stands; among those that agree, the first.
    const known = choices.get(choice.purpose);
    if (!known || (known.granted && !choice.granted)) choices.set(choice.purpose, choice);
  };
  const surprises: Surprise[] = [];
  const { from, categories } = registry.plan.consent;
  const inCategories = from === 'every-message' ? [contextCategories, ...paths] : paths;
  for (const place of inCategories) {
    const preferences = valueAt(parts, place);
    if (typeof preferences !== 'object' || preferences === null || Array.isArray(preferences)) continue;
    const isWholeOfProperties = place.root === 'properties' && place.steps.length === 0;
    for (const name of Object.keys(preferences).slice(0, mostCategories)) {
      const granted = choiceOf(ownValue(preferences, name));
      const purposes = Object.hasOwn(categories, name) ? categories[name] : undefined;
      if (purposes !== undefined && granted !== undefined) for (const purpose of purposes) choose({ purpose, granted });
      else if (!isWholeOfProperties)
        surprises.push({ kind: 'unplanned-category', type: 'consent-event', name: surpriseName(name), action: 'omit' });
    }
  }
  for (const [kind, inStrings] of stringPlaces) {
    const said = firstValue(parts, inStrings);
    if (said === undefined) continue;
    const read = readChoices(kind, said, readString);
    if (typeof read === 'string') return { choices: [], surprises, fault: read };
    for (const choice of read) choose(choice);
  }
  if (hasGlobalPrivacyControl || controlSignals.some((path) => isOn(valueAt(parts, path))))
    choose({ purpose: 'gpc', granted: false, method: 'gpc' });
  return { choices: consentPurposes.flatMap((purpose) => choices.get(purpose) ?? []), surprises };
}

/** Text says what is wrong. */
function readChoices(kind: ConsentStringKind, said: unknown, read: ConsentStringReader | undefined): readonly PurposeChoice[] | string {
  const name = kind.toUpperCase();
  if (typeof said !== 'string' || said.length > longestString)
    return `${name} string: text of at most ${longestString} characters was expected; found ${typeof said === 'string' ? said.length : typeof said}`;
  if (!read) return `${name} string: this door cannot read it; send it to the HTTP intake, or by \`cohortium consents record --${kind}\``;
  const reading = read(kind, said);
  if (!reading.ok) return `${name} string: ${reading.message}`;
  return reading.choices.map((choice) => ({ ...choice, method: kind, string: said }));
}

function choiceOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return value === 'granted' || value === 'true' ? true : value === 'denied' || value === 'false' ? false : undefined;
}

function isOn(value: unknown): boolean {
  return value === true || value === 1 || value === '1' || value === 'true';
}
