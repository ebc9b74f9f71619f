/**
 * Reads the consent strings of the IAB: GPP, and TCF of version 2. A string that cannot be decoded whole is refused with a sentence,
 * and nothing is taken from it. The string itself never stands in a message, for it may name a person.
 */
import type { ConsentStringReader, StringChoice } from '../../../skills/signal-capture/wire/consent-string.ts';
import { iabTcf } from './iab-libraries.ts';
import { readGpp } from './read-gpp.ts';
import { purposeChoices } from './tcf-purposes.ts';

/** Of base64url parts joined by the separators of both formats; the US Privacy string has a hyphen. */
const alphabet = /^[A-Za-z0-9._~-]+$/;

export const readConsentString: ConsentStringReader = (kind, text) => {
  const found = text.trim();
  if (!alphabet.test(found))
    return { ok: false, message: `letters, digits, '-', '_', '.' and '~' were expected; found ${found === '' ? 'nothing' : 'others'}` };
  try {
    return { ok: true, choices: kind === 'gpp' ? readGpp(found) : readTcf(found) };
  } catch {
    const expected = kind === 'gpp' ? "a header and its sections, such as 'DBABLA~CAARAAAAAABA.YA'" : 'a TC string of version 2';
    return { ok: false, message: `${expected}, was expected; ${found.length} characters cannot be decoded` };
  }
};

function readTcf(text: string): readonly StringChoice[] {
  const { purposeConsents, version } = iabTcf().TCString.decode(text);
  if (version !== 2) throw new RangeError(`TCF version ${version}`);
  return purposeChoices((purpose) => purposeConsents.has(purpose));
}
