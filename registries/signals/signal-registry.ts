/**
 * The signal registry as YAML: the shipped declaration of the 25 types, and what an operator writes over it in files of their
 * own. Says everything that is wrong at once, each with file:line:column. It knows shapes and how files are put together; what
 * a signal may be is asked of the caller.
 */
import { z } from 'zod';

import { type Diagnostic, readYaml, type SourcePosition, type YamlDocument, type YamlPath } from '../../skills/sdk/index.ts';
import { mergePlan, withDefaults } from './merge-signal-plan.ts';
import { type ShippedTypes, signalPlanSchema, type SignalPlan, type SignalRegistry, signalTypesSchema } from './signal-registry-schema.ts';

const code = 'CONFIG_INVALID';

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
    registry = mergePlan(registry, document.value);
  }
  diagnostics.push(...places.repeated());
  if (diagnostics.length > 0) return { registry: undefined, diagnostics };
  const faults = faultsOf(registry);
  diagnostics.push(...faults.map(({ path, message }): Diagnostic => ({ code, severity: 'error', message, at: places.of(path, registry) })));
  return { registry: diagnostics.length > 0 ? undefined : registry, diagnostics };
}

/** YAML reads an empty file as null. */
const emptyAsNothing = z.preprocess((data) => data ?? {}, signalPlanSchema);

function versionFaults(plan: SignalPlan, registry: SignalRegistry, positionOf: (path: YamlPath) => SourcePosition): readonly Diagnostic[] {
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
  readonly #plans: readonly YamlDocument<SignalPlan>[];

  constructor(base: YamlDocument<ShippedTypes>, plans: readonly YamlDocument<SignalPlan>[]) {
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

function declarationsOf({ types, defaults, identities: who, places, consent: choices }: SignalPlan): readonly YamlPath[] {
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
