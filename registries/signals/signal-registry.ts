/**
 * The signal registry as YAML: the shipped declaration of the 25 types, and what an operator writes over it in files of their
 * own. Says everything that is wrong at once, each with file:line:column. It knows shapes and how files are put together; what
 * a signal may be is asked of the caller.
 */
import { z } from 'zod';

import type { Diagnostic, SourcePosition, YamlDocument, YamlPath } from '../../skills/sdk/index.ts';
import { readYaml } from '../../skills/sdk/index.ts';

const code = 'CONFIG_INVALID';

const kinds = [
  'text',
  'text-or-empty',
  'prose',
  'id',
  'text-or-number',
  'number',
  'count',
  'quantity',
  'seconds',
  'amount',
  'currency',
  'boolean',
  'enum',
  'instant',
  'identity',
] as const;
const identities = ['user', 'loyalty', 'email', 'phone', 'anonymous'] as const;
const calls = ['track', 'page', 'screen', 'identify', 'alias', 'group'] as const;

const word = z.string().min(1).max(200);
const paths = z.array(word.describe('Path into the message: `sku` is properties.sku; also line., traits., context., message.'));
const constant = z.union([z.string(), z.number(), z.boolean()]);

const limits = {
  values: z.array(word).min(1).optional().describe('Of an enum.'),
  min: z.number().optional(),
  max: z.number().optional(),
};
const property = z.strictObject({ kind: z.enum(kinds).describe('What the value is.'), required: z.boolean().default(false), ...limits });
const propertyChange = z.strictObject({ kind: z.enum(kinds).optional(), required: z.boolean().optional(), ...limits });

const source = z.union(
  [
    paths.min(1).transform((from) => ({ from })),
    z.strictObject({
      from: paths.min(1),
      as: z.enum(['address', 'year', 'region', 'country', 'milliseconds']).optional().describe('The shape that the value is brought into.'),
      values: z.record(z.string(), z.string()).optional().describe('Text on the wire → value.'),
      otherwise: constant.optional().describe('Without a value, or with one that `values` does not know.'),
    }),
  ],
  'a list of paths, or { from, as, values, otherwise } was expected',
);

const rule = z.strictObject({
  call: z.enum(calls).default('track'),
  events: z.array(word).default([]).describe('Event names of the Segment specs, which RudderStack, Jitsu and PostHog share.'),
  ga4: z.array(word).default([]).describe('Event names of Google Analytics 4.'),
  own: z.array(word).default([]).describe('Event names that no spec has.'),
  when: paths.default([]).describe('The rule holds when one of these has a value.'),
  each: paths.default([]).describe('One signal per item of the first list found.'),
  set: z.record(z.string(), constant).default({}).describe('Properties with a fixed value.'),
  take: z.record(z.string(), source).default({}).describe('Properties and where they come from.'),
  amount: z
    .strictObject({ total: paths.default([]), price: paths.default([]), pieces: paths.default([]) })
    .optional()
    .describe('Money in major units: the whole, else price times pieces.'),
  channel: word.optional().describe('Channel when the message names none.'),
  links: z.enum(['together', 'previous']).optional(),
  consents: paths.default([]),
  ignore: z.array(word).default([]).describe('Properties that are known and not kept.'),
});

const surprises = z.strictObject({
  events: z.enum(['block', 'omit']).describe('Events that no type claims.'),
  properties: z.enum(['block', 'omit', 'allow']).describe('Properties that the plan does not name.'),
  invalid: z.enum(['block', 'omit']).describe('Optional properties with a value that the plan does not accept.'),
});
const typeSurprises = surprises.omit({ events: true });

const subject = z.array(z.enum(identities)).min(1).describe('Identities that a signal may carry.');
const version = z.int().min(1);
const days = z.int().min(1).max(36_500);
const hours = z.number().positive().max(87_600);

const typeSchema = z.strictObject({
  version,
  title: word,
  says: word.max(500),
  purpose: word.max(500).describe('Why it is captured.'),
  retentionDays: days,
  freshnessHours: hours,
  subject: subject.optional(),
  surprises: typeSurprises.partial().optional(),
  properties: z.record(z.string(), property),
  names: z.array(rule).min(1),
});

const identityPaths = z.strictObject({
  user: paths,
  loyalty: paths,
  email: paths,
  emailHash: paths,
  phone: paths,
  phoneHash: paths,
  anonymous: paths,
  externalIds: z.record(z.string(), z.enum(identities)),
});
const placePaths = z.strictObject({ location: paths, channel: paths, brand: paths });
const consent = z.strictObject({
  from: z.enum(['every-message', 'changes']).describe('Whether categories are read from every message or from consent events only.'),
  categories: z.record(z.string(), z.array(z.string())).describe('Category of the consent manager → purposes.'),
});
const ignored = z.strictObject({ properties: z.array(word), traits: z.array(word) });

/** registries/signals/signal-types.yaml, the shipped file. */
export const signalTypesSchema = z.strictObject({
  version,
  defaults: z.strictObject({ subject, surprises }),
  identities: identityPaths,
  places: placePaths,
  consent,
  passes: z.record(z.string(), word),
  ignored,
  types: z.record(z.string(), typeSchema),
});

/** registries/signals/*.yaml of an operator: what is changed or added, and nothing else. */
export const signalPlanSchema = z.strictObject({
  defaults: z.strictObject({ subject: subject.optional(), surprises: surprises.partial().optional() }).optional(),
  identities: identityPaths.partial().optional().describe('Each list goes in place of the shipped one.'),
  places: placePaths.partial().optional().describe('Each list goes in place of the shipped one.'),
  consent: z
    .strictObject({ from: consent.shape.from.optional(), categories: consent.shape.categories.optional() })
    .optional()
    .describe('Categories are added to the shipped ones, or go in place of those of the same name.'),
  passes: z.record(z.string(), word).optional().describe('Event → why it carries no signal. Added to the shipped ones.'),
  ignored: ignored.partial().optional().describe('Added to the shipped ones.'),
  types: z
    .record(
      z.string(),
      z.strictObject({
        version: version.describe('The version of the shipped type that this was written for.'),
        purpose: word.max(500).optional(),
        retentionDays: days.optional(),
        freshnessHours: hours.optional(),
        subject: subject.optional(),
        surprises: typeSurprises.partial().optional(),
        properties: z
          .record(
            z.string(),
            z.union([z.literal(false), propertyChange], 'a property, or false for one that is not to be sent, was expected'),
          )
          .optional(),
        names: z.array(rule).optional().describe('Added to the shipped ones; a name that is there already changes its owner.'),
      }),
    )
    .default({}),
});

type ShippedTypes = z.infer<typeof signalTypesSchema>;
type OperatorPlan = z.infer<typeof signalPlanSchema>;
type Rule = z.infer<typeof rule>;
type Property = z.infer<typeof property>;

/** The two put together, as the skill compiles it. */
export interface SignalRegistry extends Omit<ShippedTypes, 'version' | 'defaults' | 'types'> {
  readonly unplannedEvents: 'block' | 'omit';
  readonly types: Readonly<
    Record<
      string,
      Omit<z.infer<typeof typeSchema>, 'subject' | 'surprises'> & {
        subject: z.infer<typeof subject>;
        surprises: z.infer<typeof typeSurprises>;
      }
    >
  >;
}

export interface RegistryFile {
  /** Name used in diagnostics. */
  readonly file: string;
  readonly text: string;
}

interface Fault {
  readonly path: YamlPath;
  readonly message: string;
}

export interface SignalRegistryReading {
  /** Absent when there are errors. */
  readonly registry: SignalRegistry | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads the registry.
 * @param shipped signal-types.yaml
 * @param plans files of the operator, in any order; each type may stand in one of them
 * @param faultsOf what is wrong with the whole, by path; only asked when every file has the right shape
 */
export function readSignalRegistry(
  shipped: RegistryFile,
  plans: readonly RegistryFile[],
  faultsOf: (registry: SignalRegistry) => readonly Fault[],
): SignalRegistryReading {
  const base = readYaml(shipped.text, shipped.file, signalTypesSchema, code);
  const documents = plans.map(({ text, file }) => readYaml(text, file, emptyAsNothing, code));
  const diagnostics = [base, ...documents].flatMap((document) => document.diagnostics);
  if (!base.value || diagnostics.length > 0) return { registry: undefined, diagnostics };
  const places = new Places(base, documents);
  let registry = withDefaults(base.value);
  for (const document of documents) {
    if (!document.value) continue;
    diagnostics.push(...versionFaults(document.value, registry, document.positionOf));
    registry = merge(registry, document.value);
  }
  diagnostics.push(...places.repeated());
  if (diagnostics.length > 0) return { registry: undefined, diagnostics };
  const faults = faultsOf(registry);
  diagnostics.push(...faults.map(({ path, message }): Diagnostic => ({ code, severity: 'error', message, at: places.of(path, registry) })));
  return { registry: diagnostics.length > 0 ? undefined : registry, diagnostics };
}

/** YAML reads an empty file as null. */
const emptyAsNothing = z.preprocess((data) => data ?? {}, signalPlanSchema);

function withDefaults({ defaults, types, version: _, ...rest }: ShippedTypes): SignalRegistry {
  const { events, ...policy } = defaults.surprises;
  return {
    ...rest,
    unplannedEvents: events,
    types: mapValues(types, (type) => ({
      ...type,
      subject: type.subject ?? defaults.subject,
      surprises: { ...policy, ...definedOf(type.surprises ?? {}) },
    })),
  };
}

function merge(registry: SignalRegistry, plan: OperatorPlan): SignalRegistry {
  const { events, ...policy } = plan.defaults?.surprises ?? {};
  const renamed = new Set(
    Object.values(plan.types)
      .flatMap(({ names = [] }) => names.flatMap(allNames))
      .map(key),
  );
  return {
    ...registry,
    unplannedEvents: events ?? registry.unplannedEvents,
    identities: { ...registry.identities, ...definedOf(plan.identities ?? {}) },
    places: { ...registry.places, ...definedOf(plan.places ?? {}) },
    consent: {
      from: plan.consent?.from ?? registry.consent.from,
      categories: { ...registry.consent.categories, ...plan.consent?.categories },
    },
    passes: {
      ...Object.fromEntries(Object.entries(registry.passes).filter(([name]) => !renamed.has(key(name)))),
      ...plan.passes,
    },
    ignored: {
      properties: [...registry.ignored.properties, ...(plan.ignored?.properties ?? [])],
      traits: [...registry.ignored.traits, ...(plan.ignored?.traits ?? [])],
    },
    types: mergeTypes(registry, plan, renamed, definedOf(policy)),
  };
}

type Types = SignalRegistry['types'];

function mergeTypes(
  registry: SignalRegistry,
  plan: OperatorPlan,
  renamed: ReadonlySet<string>,
  policy: Partial<Types[string]['surprises']>,
): Types {
  const passed = new Set(Object.keys(plan.passes ?? {}).map(key));
  const isFree = (name: string): boolean => !renamed.has(key(name)) && !passed.has(key(name));
  const entries = Object.entries(registry.types).map(([id, type]): [string, Types[string]] => {
    const over = Object.hasOwn(plan.types, id) ? plan.types[id] : undefined;
    return [
      id,
      {
        ...type,
        purpose: over?.purpose ?? type.purpose,
        retentionDays: over?.retentionDays ?? type.retentionDays,
        freshnessHours: over?.freshnessHours ?? type.freshnessHours,
        subject: over?.subject ?? plan.defaults?.subject ?? type.subject,
        surprises: { ...type.surprises, ...policy, ...definedOf(over?.surprises ?? {}) },
        properties: mergeProperties(type.properties, over?.properties ?? {}),
        // An event has one type: where the operator claims a name, the shipped rule lets go of it.
        names: [...type.names.flatMap((shipped) => without(shipped, isFree)), ...(over?.names ?? [])],
      },
    ];
  });
  // A type that is none of the 25 is kept for the faults to name.
  const strange = Object.keys(plan.types).filter((id) => !Object.hasOwn(registry.types, id));
  return Object.fromEntries([...entries, ...strange.map((id): [string, Types[string]] => [id, strangeType])]);
}

const strangeType: Types[string] = {
  version: 1,
  title: '',
  says: '',
  purpose: '',
  retentionDays: 1,
  freshnessHours: 1,
  subject: ['user'],
  surprises: { properties: 'block', invalid: 'block' },
  properties: {},
  names: [],
};

function mergeProperties(
  shipped: Readonly<Record<string, Property>>,
  over: Readonly<Record<string, false | z.infer<typeof propertyChange>>>,
): Record<string, Property> {
  const merged = new Map(Object.entries(shipped));
  for (const [name, change] of Object.entries(over)) {
    if (change === false) {
      merged.delete(name);
      continue;
    }
    const before = merged.get(name);
    // `values` alone makes a text an enum.
    const kind = change.kind ?? (change.values ? 'enum' : (before?.kind ?? 'text'));
    const isSame = kind === before?.kind;
    merged.set(name, {
      ...(isSame ? before : { required: before?.required ?? false }),
      ...definedOf(change),
      kind,
    });
  }
  return Object.fromEntries(merged);
}

function without(shipped: Rule, isFree: (name: string) => boolean): readonly Rule[] {
  if (shipped.call !== 'track') return [shipped];
  const rest = { ...shipped, events: shipped.events.filter(isFree), ga4: shipped.ga4.filter(isFree), own: shipped.own.filter(isFree) };
  return allNames(rest).length === 0 ? [] : [rest];
}

function allNames({ events, ga4, own }: Rule): readonly string[] {
  return [...events, ...ga4, ...own];
}

/** Names are compared as the wire compares them. */
function key(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ');
}

function versionFaults(
  plan: OperatorPlan,
  registry: SignalRegistry,
  positionOf: (path: YamlPath) => SourcePosition,
): readonly Diagnostic[] {
  return Object.entries(plan.types).flatMap(([id, type]): readonly Diagnostic[] => {
    const shipped = Object.hasOwn(registry.types, id) ? registry.types[id] : undefined;
    if (!shipped || shipped.version === type.version) return [];
    const message = `${id}: version ${shipped.version} was expected, which is the one that runs; found ${type.version}. Compare the two and change the number`;
    return [{ code, severity: 'error', message, at: positionOf(['types', id, 'version']) }];
  });
}

/** Where a path of the merged registry was written. */
class Places {
  readonly #base: YamlDocument<ShippedTypes>;
  readonly #plans: readonly YamlDocument<OperatorPlan>[];

  constructor(base: YamlDocument<ShippedTypes>, plans: readonly YamlDocument<OperatorPlan>[]) {
    this.#base = base;
    this.#plans = plans;
  }

  of(path: YamlPath, registry: SignalRegistry): SourcePosition {
    const [section, id, part, index, ...rest] = path;
    if (section === 'types' && typeof id === 'string') {
      const plan = this.#plans.find(({ value }) => value && Object.hasOwn(value.types, id));
      const type = plan?.value?.types[id];
      if (plan && type) {
        // Rules of an operator stand after the shipped ones.
        const own =
          part === 'names' && typeof index === 'number'
            ? index - (registry.types[id]?.names.length ?? 0) + (type.names?.length ?? 0)
            : index;
        const isOwn = part === 'names' ? typeof own === 'number' && own >= 0 : true;
        if (isOwn) return plan.positionOf(own === undefined ? path : [section, id, ...(part === undefined ? [] : [part]), own, ...rest]);
      }
      return this.#base.positionOf(path);
    }
    const plan = this.#plans.find(({ value }) => value && holds(value, path));
    return (plan ?? this.#base).positionOf(path);
  }

  /** Types and lists that two files of the operator declare: which one counts would depend on their names. */
  repeated(): readonly Diagnostic[] {
    const owners = new Set<string>();
    return this.#plans.flatMap(({ value, positionOf }) =>
      value
        ? declarationsOf(value).flatMap((path): readonly Diagnostic[] => {
            const name = path.join('.');
            const isRepeated = owners.has(name);
            owners.add(name);
            const message = `${name} is declared in two files; one was expected`;
            return isRepeated ? [{ code, severity: 'error', message, at: positionOf(path) }] : [];
          })
        : [],
    );
  }
}

function declarationsOf({ types, defaults, identities: who, places, consent: choices }: OperatorPlan): readonly YamlPath[] {
  return [
    ...Object.keys(types).map((id) => ['types', id]),
    ...Object.keys(defaults ?? {}).map((name) => ['defaults', name]),
    ...Object.keys(who ?? {}).map((name) => ['identities', name]),
    ...Object.keys(places ?? {}).map((name) => ['places', name]),
    ...Object.keys(choices?.categories ?? {}).map((name) => ['consent', 'categories', name]),
    ...(choices?.from === undefined ? [] : [['consent', 'from']]),
  ];
}

function holds(value: unknown, path: YamlPath): boolean {
  let found: unknown = value;
  for (const part of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return false;
    found = Object.entries(found).find(([name]) => name === String(part))?.[1];
  }
  return true;
}

function mapValues<Value, Result>(record: Readonly<Record<string, Value>>, map: (value: Value) => Result): Record<string, Result> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}

/** As Value, but what is there is not undefined. */
type Defined<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> };

function definedOf<Value extends object>(value: Value): Defined<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Defined<Value>; // only the undefined ones are left out
}
