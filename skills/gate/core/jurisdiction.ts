/**
 * The two places that regimes speak of, from a declared residency: where somebody is a resident, and the country of it. Refuses
 * to guess a state or province: `US` or `CA` alone is an unknown residency in a known country, because most American rules are
 * state law and Quebec has an act of its own. What is no code is unknown, for a code that no rule names would pass them all.
 */

/** Member states of the EU and the EEA, ISO 3166-1; EL is the EU's own code for Greece. */
const european: ReadonlySet<string> = codes(
  'AT BE BG CY CZ DE DK EE EL ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK EU',
);

/** ISO 3166-2 parts of the countries whose states or provinces make such law. */
const parts: Readonly<Record<string, ReadonlySet<string>>> = {
  US: codes(
    'AK AL AR AS AZ CA CO CT DC DE FL GA GU HI IA ID IL IN KS KY LA MA MD ME MI MN MO MP MS MT NC ND NE NH NJ NM NV NY OH OK OR PA PR RI SC SD TN TX UM UT VA VI VT WA WI WV WY',
  ),
  CA: codes('AB BC MB NB NL NS NT NU ON PE QC SK YT'),
};

/** ISO 3166-1 codes of American territories that are also parts of the United States in ISO 3166-2. */
const territories = codes('AS GU MP PR UM VI');

/** Officially assigned codes of ISO 3166-1 outside the EU and the EEA, and XK, which the EU uses for Kosovo. */
const others = codes(
  'AD AE AF AG AI AL AM AO AQ AR AS AU AW AX AZ BA BB BD BF BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR ' +
    'CU CV CW CX DJ DM DO DZ EC EG EH ER ET FJ FK FM FO GA GB GD GE GF GG GH GI GL GM GN GP GQ GS GT GU GW GY HK HM HN HT ID IL IM IN IO IQ IR JE ' +
    'JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LK LR LS LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MU MV MW MX MY MZ NA NC NE ' +
    'NF NG NI NP NR NU NZ OM PA PE PF PG PH PK PM PN PR PS PW PY QA RE RS RU RW SA SB SC SD SG SH SJ SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG ' +
    'TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW',
);

/** Parts of EU member states that have a code of their own and lie within the territory of the Union (TFEU art. 355(1)), and Åland. */
const outermost = codes('AX GF GP MF MQ RE YT');

/** Where somebody is a resident, as facts `residency` and `country` say it; empty text is unknown. */
export interface Residence {
  /** `EU`, a state or province such as `US-CA` or `CA-QC`, or another ISO 3166-1 code. */
  readonly residency: string;
  /** `EU`, or an ISO 3166-1 code. */
  readonly country: string;
}

/**
 * @param declared ISO 3166-1 or 3166-2 code, `EU`, or empty for unknown; `UK` is read as GB
 * @returns both, empty where the code leaves it open or is none
 */
export function residenceOf(declared: string): Residence {
  const [first = '', part] = declared.trim().toUpperCase().split('-', 2);
  if (territories.has(first)) return { residency: `US-${first}`, country: 'US' };
  if (european.has(first) || outermost.has(first)) return { residency: 'EU', country: 'EU' };
  const country = first === 'UK' ? 'GB' : first;
  if (!others.has(country)) return { residency: '', country: '' };
  const ownLaw = parts[country];
  if (!ownLaw) return { residency: country, country };
  return { residency: part !== undefined && ownLaw.has(part) ? `${country}-${part}` : '', country };
}

/**
 * Whether a place is one: a code of {@link residenceOf}, alone or with a part of that country in the form of ISO 3166-2. Of countries
 * whose parts are known here, no other part is taken.
 */
export function isPlaceCode(declared: string): boolean {
  const [, first = '', part] = /^([A-Z]{2})(?:-([A-Z0-9]{1,3}))?$/.exec(declared.trim().toUpperCase()) ?? [];
  if (residenceOf(first).country === '') return false;
  return part === undefined || (first !== 'EU' && (parts[first]?.has(part) ?? true));
}

function codes(list: string): ReadonlySet<string> {
  return new Set(list.split(' '));
}
