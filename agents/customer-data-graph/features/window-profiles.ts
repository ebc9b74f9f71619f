/**
 * What customers declared, as columns: one customer at a time out of rows in their order, so that millions need no more than the
 * result. Which of several values counts is the operator's policy; nothing is inferred.
 */
import { defaultIdentityRules } from '../../../registries/identity/identity-rules.ts';
import { type DeclaredValue, type FieldState, policyOf, takeValue } from '../identities/field-policy.ts';
import { declaredField, type StandingProperties } from './declared.ts';
import { featureSql, type FeatureWindow, type QueryEngine, resultColumn } from './feature-queries.ts';
import { int32Of } from './window-source.ts';

/** Attributes of a profile, in the order of its columns; '' for what nobody declared. */
export const profileColumns = [
  'residency',
  'birthYear',
  'minor',
  'acquisitionSource',
  'language',
  'preferredLocation',
  'preferredChannel',
  'preferredBrand',
  'contactFrequency',
  'loyaltyTier',
  'subscription',
] as const;

export const profileQueries = ['declared_texts', 'declared_wordings', 'declarations'] as const;

/** Where somebody says that they live. */
interface Home {
  readonly account: number;
  /** The same for everybody who lives there. */
  readonly address: string;
  /** day_no since when both street and postcode are as they are. */
  readonly day: number;
}

export interface Profiles {
  /** By name, one value per account. */
  readonly columns: Readonly<Record<(typeof profileColumns)[number], string[]>>;
  readonly homes: readonly Home[];
}

interface DatedValue extends DeclaredValue {
  readonly day: number;
}

/**
 * @param accountOf account of a customer_no, −1 for customers that have none
 * @param accounts how many there are
 */
export async function readProfiles(engine: QueryEngine, window: FeatureWindow, accountOf: Int32Array, accounts: number): Promise<Profiles> {
  await engine.keep('declared_texts', featureSql('declared_texts'), window);
  const wordings = await readWordings(engine, window);
  const rows = await engine.numbers(featureSql('declarations'), window);
  const [customers, days, texts] = [int32Of(rows, 'customer_no'), int32Of(rows, 'day_no'), int32Of(rows, 'text_no')];
  const { fields } = window.rules ?? defaultIdentityRules;
  const policies = new Map(wordings.map((wording) => [wording?.name ?? '', policyOf(fields, wording?.name ?? '')]));
  const blank = (): string[] => new Array<string>(accounts).fill('');
  const columns = Object.fromEntries(profileColumns.map((name) => [name, blank()])) as Record<(typeof profileColumns)[number], string[]>; // one entry per name
  const homes: Home[] = [];
  const declared = new Map<string, FieldState<DatedValue>>();
  for (let row = 0; row < customers.length;) {
    const customer = customers[row] ?? 0;
    declared.clear();
    for (; row < customers.length && customers[row] === customer; row++) {
      const wording = wordings[texts[row] ?? 0];
      const policy = policies.get(wording?.name ?? '');
      if (!wording || !policy) continue;
      const value = { value: wording.value, source: wording.source, day: days[row] ?? 0 };
      declared.set(wording.name, takeValue(declared.get(wording.name), value, policy));
    }
    const account = accountOf[customer] ?? -1;
    if (account < 0) continue;
    for (const name of profileColumns) columns[name][account] = declared.get(name)?.winner.value ?? '';
    const home = homeOf(account, declared.get('street')?.winner, declared.get('postalCode')?.winner);
    if (home) homes.push(home);
  }
  return { columns, homes };
}

/** What each wording declares; undefined for those that declare nothing, such as points that were earned. */
async function readWordings(
  engine: QueryEngine,
  window: FeatureWindow,
): Promise<readonly ({ readonly name: string; readonly value: string; readonly source: string } | undefined)[]> {
  const found = await engine.select(featureSql('declared_wordings'), window);
  const [channels, properties] = [resultColumn(found, 'channel'), resultColumn(found, 'properties')];
  return resultColumn(found, 'type').map((type, row) => {
    const said = JSON.parse(String(properties[row])) as StandingProperties; // checked at capture
    const field = declaredField(String(type), said);
    return field && { ...field, source: said.source ?? String(channels[row]) };
  });
}

function homeOf(account: number, street: DatedValue | undefined, postcode: DatedValue | undefined): Home | undefined {
  const [first, second] = [plain(street?.value), plain(postcode?.value)];
  if (first === '' || second === '') return undefined;
  return { account, address: `${second}\n${first}`, day: Math.max(street?.day ?? 0, postcode?.day ?? 0) };
}

/** As people write an address: case and spaces say nothing. */
function plain(text: string | undefined): string {
  return (text ?? '').trim().toLowerCase().replaceAll(/\s+/g, ' ');
}
