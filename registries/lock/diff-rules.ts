/**
 * Which changes of an entry leave those who rely on it as they were. Breaking: what was accepted is refused, what was delivered
 * is not, or a name means something else, or data are used for more than was said.
 */
import type { Json } from '../../skills/sdk/index.ts';
import type { RegistryName } from '../registry.ts';

export type ChangeKind = 'added' | 'removed' | 'changed';
export type Compatibility = 'compatible' | 'breaking';

/** One place that differs. */
export interface ContentChange {
  /** Keys from the top; items of a list of texts by their value. */
  readonly path: readonly string[];
  readonly kind: ChangeKind;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

export interface DiffRule {
  readonly applies: (change: ContentChange) => boolean;
  readonly compatibility: Compatibility;
  readonly because: string;
}

/** The first rule that applies counts. */
export function rulesOf(registry: RegistryName): readonly DiffRule[] {
  return [wholeVersion, ...(own[registry] ?? [])];
}

const wholeVersion: DiffRule = {
  applies: ({ path }) => path[0] === 'version',
  compatibility: 'compatible',
  because: 'it names the change',
};

const top =
  (...keys: readonly string[]) =>
  ({ path }: ContentChange): boolean =>
    keys.includes(path[0] ?? '');

const within =
  (key: string, ...kinds: readonly ContentChange['kind'][]) =>
  ({ path, kind }: ContentChange): boolean =>
    path.includes(key) && path.at(-1) !== key && kinds.includes(kind);

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

const words: DiffRule = { applies: top('title', 'says', 'owner', 'reviewBy'), compatibility: 'compatible', because: 'it is for readers' };

const own: Partial<Record<RegistryName, readonly DiffRule[]>> = {
  signals: [
    words,
    { applies: top('purpose'), compatibility: 'breaking', because: 'what is captured may be used for something else than was said' },
    {
      applies: (change) =>
        top('retentionDays')(change) && isNumber(change.before) && isNumber(change.after) && change.after <= change.before,
      compatibility: 'compatible',
      because: 'less is kept than was said',
    },
    { applies: top('retentionDays'), compatibility: 'breaking', because: 'it is kept for longer than was said' },
    { applies: top('freshnessHours', 'freshness'), compatibility: 'compatible', because: 'it changes alerts, not what is accepted' },
    { applies: within('names', 'added'), compatibility: 'compatible', because: 'another name is understood' },
    { applies: within('enum', 'added'), compatibility: 'compatible', because: 'another value is accepted' },
    { applies: within('enum', 'removed'), compatibility: 'breaking', because: 'a value that was accepted is refused' },
    {
      applies: ({ path, kind, after }) => path.at(-2) === 'properties' && kind === 'added' && !isRequired(after),
      compatibility: 'compatible',
      because: 'a property that may be left out',
    },
    { applies: within('properties', 'added'), compatibility: 'breaking', because: 'senders must add something' },
    { applies: within('properties', 'removed'), compatibility: 'breaking', because: 'what senders say is no longer understood' },
  ],
  cohorts: [
    words,
    { applies: within('windows', 'added'), compatibility: 'compatible', because: 'one more window; the others stay' },
    { applies: within('axes', 'added'), compatibility: 'compatible', because: 'one more axis; the others stay' },
    { applies: top('purpose'), compatibility: 'breaking', because: 'memberships may be used for something else than was said' },
    {
      applies: top('method', 'population', 'features', 'parameters', 'rfm'),
      compatibility: 'breaking',
      because: 'the same names would hold other customers',
    },
    { applies: top('hysteresis', 'precedence', 'family'), compatibility: 'breaking', because: 'customers are moved by another rule' },
  ],
  subscribers: [
    words,
    { applies: top('timeoutSeconds'), compatibility: 'compatible', because: 'only how long an attempt may take' },
    { applies: within('purposes', 'added'), compatibility: 'breaking', because: 'values would be used for more than was said' },
    { applies: within('purposes', 'removed'), compatibility: 'breaking', because: 'messages for that purpose are refused' },
    { applies: top('url', 'kind', 'sink', 'secretEnv', 'allowPrivate'), compatibility: 'breaking', because: 'values go somewhere else' },
  ],
};

function isRequired(property: unknown): boolean {
  return typeof property === 'object' && property !== null && 'required' in property && property.required === true;
}
