/**
 * An IAB Global Privacy Platform string to choices by purpose. Reads the American sections (national and of states), the older US
 * Privacy string and the TCF section; every other section says nothing here. No section has a field for profiling or automated
 * decisions, so a string is never an opt-out of these. Refuses a string of which any part cannot be decoded.
 *
 * Values are those of the US sections: 0 not applicable, 1 opted out or no consent, 2 did not opt out or consent.
 */
import type { StringChoice } from '../../../skills/signal-capture/wire/consent-string.ts';
import { iabGpp } from './iab-libraries.ts';
import { purposeChoices } from './tcf-purposes.ts';

/** States in which sensitive data take a consent; elsewhere it is an opt-out or a wish to limit. */
const sensitiveByConsent: ReadonlySet<string> = new Set(
  'usnat usva usco usct usfl usmt usor ustx usde usne usnh usnj ustn usmn usin usky usri'.split(' '),
);

/**
 * Where a section speaks of children under 13: place in its list, or 0 where it is one value. Other sections order or cut the ages
 * in their own way and are not read for it.
 */
const under13: Readonly<Record<string, number>> = { usnat: 1, usva: 0, usco: 0, usut: 0 };

const optedOut = 1;
const notOptedOut = 2;

/** @throws what the library throws for a string that it cannot decode */
export function readGpp(text: string): readonly StringChoice[] {
  const { GppModel, Sections } = iabGpp();
  const model = new GppModel(text);
  const names = model.getSectionIds().flatMap((id) => Sections.SECTION_ID_NAME_MAP.get(id) ?? []);
  return names.flatMap((name) => {
    // Sections are decoded when they are first read: a damaged one throws here.
    const section = readSection(model.getSection(name));
    if (name === 'tcfeuv2') return purposeChoices((purpose) => listed(section['PurposeConsents'])[purpose - 1] === true);
    if (name === 'uspv1') return usPrivacy(section['OptOutSale']);
    return /^us[a-z]{2}$|^usnat$/.test(name)
      ? american(name, section, model.hasField(name, 'Gpc') && model.getFieldValue(name, 'GpcSegmentIncluded') === true)
      : [];
  });
}

type Section = Readonly<Record<string, unknown>>;

function american(name: string, section: Section, hasGpc: boolean): readonly StringChoice[] {
  const jurisdiction = name === 'usnat' ? 'US' : `US-${name.slice(2).toUpperCase()}`;
  const choices: StringChoice[] = [];
  for (const [field, purpose] of optOutFields) {
    const value = section[field];
    if (value === optedOut) choices.push({ purpose, granted: false, mode: 'opt-out', jurisdiction });
    else if (value === notOptedOut) choices.push({ purpose, granted: true, mode: 'opt-out', jurisdiction });
  }
  if (hasGpc && typeof section['Gpc'] === 'boolean')
    choices.push({ purpose: 'gpc', granted: !section['Gpc'], mode: 'opt-out', jurisdiction });
  const sensitive = answer(listed(section['SensitiveDataProcessing']));
  if (sensitive !== undefined)
    choices.push({
      purpose: 'sensitive-data',
      granted: sensitive,
      mode: sensitiveByConsent.has(name) ? 'opt-in' : 'opt-out',
      jurisdiction,
    });
  const place = under13[name];
  const child = place === undefined ? undefined : answer([listed(section['KnownChildSensitiveDataConsents'])[place]]);
  if (child !== undefined) choices.push({ purpose: 'parental', granted: child, mode: 'opt-in', jurisdiction });
  return choices;
}

const optOutFields = [
  ['SaleOptOut', 'sale'],
  ['SharingOptOut', 'sharing'],
  ['TargetedAdvertisingOptOut', 'targeted-advertising'],
] as const;

function usPrivacy(optOutSale: unknown): readonly StringChoice[] {
  if (optOutSale === 'Y') return [{ purpose: 'sale', granted: false, mode: 'opt-out', jurisdiction: 'US' }];
  return optOutSale === 'N' ? [{ purpose: 'sale', granted: true, mode: 'opt-out', jurisdiction: 'US' }] : [];
}

/** False when any value refuses, true when all that apply allow, undefined when none applies. */
function answer(values: readonly unknown[]): boolean | undefined {
  if (values.includes(optedOut)) return false;
  return values.includes(notOptedOut) ? true : undefined;
}

function listed(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function readSection(section: unknown): Section {
  return typeof section === 'object' && section !== null ? { ...section } : {};
}
