/**
 * The jurisdiction that policies speak of, from a declared residency. Refuses to guess a state: `US` alone is unknown,
 * because most American rules are state law.
 */

/** Member states of the EU and the EEA, ISO 3166-1; EL is the EU's own code for Greece. */
const european: ReadonlySet<string> = new Set(
  'AT BE BG CY CZ DE DK EE EL ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK EU'.split(' '),
);

/**
 * @param residency ISO 3166-1 or 3166-2 code, `EU`, or empty for unknown
 * @returns `EU`, a state such as `US-CA`, another code as it is, or empty for unknown
 */
export function jurisdictionOf(residency: string): string {
  const code = residency.trim().toUpperCase();
  if (code === 'US') return '';
  const country = code.split('-')[0] ?? '';
  return european.has(country) ? 'EU' : code;
}
