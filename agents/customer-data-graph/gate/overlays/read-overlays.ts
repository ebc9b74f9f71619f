/**
 * What the operator adds to the law: overlays and disclosures of `policies/`, each approved by counsel as it is. Reports every fault of
 * every file at once; refuses the whole where one file is not approved, because rules that should hold would not.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import type { z } from 'zod';

import { cedarText } from '../../../../skills/gate/core/policy/cedar-text.ts';
import type { FactValue } from '../../../../skills/gate/core/policy/condition.ts';
import type { PolicyRule } from '../../../../skills/gate/core/policy/rule.ts';
import type { RetentionRule } from '../../../../skills/gate/core/retention/clock.ts';
import { compileRegime } from '../../../../skills/gate/law/compile-regime.ts';
import { compileRetention } from '../../../../skills/gate/law/compile-retention.ts';
import { type FactDefinition, type RegimeFile, regimeSchema } from '../../../../skills/gate/law/regime-schema.ts';
import {
  CohortiumError,
  compareText,
  type Diagnostic,
  formatDiagnostic,
  readYaml,
  type YamlDocument,
} from '../../../../skills/sdk/index.ts';
import type { OperatorPaths } from '../../config.ts';
import { checkApproval, type PolicyApproval } from './approval.ts';
import { type Disclosure, disclosureFileSchema } from './disclosure-schema.ts';
import { type OverlayFile, overlaySchema } from './overlay-schema.ts';

type Paths = Pick<OperatorPaths, 'directory' | 'policies' | 'registries' | 'state'>;
type Vocabulary = Readonly<Record<string, FactDefinition>>;

export interface Overlays {
  readonly overlays: readonly {
    readonly overlay: string;
    readonly version: number;
    readonly title: string;
    readonly file: string;
    readonly approval: PolicyApproval;
  }[];
  readonly rules: readonly PolicyRule[];
  /** Facts of the operator that the overlays state. */
  readonly stated: Readonly<Record<string, FactValue>>;
  readonly retention: readonly RetentionRule[];
  readonly disclosures: readonly Disclosure[];
  /** Name and text of every file that was read, for the digest of what decides. */
  readonly texts: readonly (readonly [string, string])[];
}

/**
 * @param vocabulary facts that overlays may state and rules may read
 * @throws {CohortiumError} POLICY_INVALID with every fault; POLICY_UNAPPROVED for a file without a valid approval
 */
export function readOverlays(paths: Paths, vocabulary: Vocabulary): Overlays {
  const faults: Diagnostic[] = [];
  const files = policyFiles(paths, 'overlays', overlaySchema, faults);
  const registers = policyFiles(paths, 'disclosures', disclosureFileSchema, faults);
  const { compiled, stated } = checkOverlays(files, vocabulary, faults);
  const disclosures = checkRegisters(registers, faults);
  refuseFaults(faults);
  registers.forEach(({ file, data }) => checkApproval(paths, file, data));
  return {
    overlays: files.map(({ value: { overlay, version, title }, file, data }) => ({
      overlay,
      version,
      title,
      file,
      approval: checkApproval(paths, file, data),
    })),
    rules: compiled.flatMap(({ rules }) => rules),
    stated,
    retention: compiled.flatMap(({ retention }) => retention),
    disclosures,
    texts: [...files, ...registers].map(({ file, text }) => [file, text] as const),
  };
}

function checkOverlays(files: readonly PolicyFile<OverlayFile>[], vocabulary: Vocabulary, faults: Diagnostic[]) {
  for (const { value, name, file, positionOf } of files) {
    if (value.overlay !== basename(name, '.yaml')) {
      faults.push(fault(`overlay '${value.overlay}' was expected to be the name of the file`, positionOf(['overlay']), file));
    }
  }
  const compiled = files.map((one) => compileOverlay(one, vocabulary, faults));
  return { compiled, stated: statedFacts(files, vocabulary, faults) };
}

function checkRegisters(
  registers: readonly PolicyFile<z.infer<typeof disclosureFileSchema>>[],
  faults: Diagnostic[],
): readonly Disclosure[] {
  return registers.flatMap(({ value, file, name, positionOf }) => {
    if (value.jurisdiction.toLowerCase() !== basename(name, '.yaml')) {
      const message = `jurisdiction '${value.jurisdiction}' was expected to be the name of the file, in small letters`;
      faults.push(fault(message, positionOf(['jurisdiction']), file));
    }
    return value.disclosures.map((one): Disclosure => ({ ...one, jurisdiction: value.jurisdiction, file }));
  });
}

function refuseFaults(faults: readonly Diagnostic[]): void {
  const [first] = faults;
  if (!first) return;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  throw new CohortiumError('POLICY_INVALID', `${formatDiagnostic(first)}${more}`, { diagnostics: faults });
}

/** The parsed content of one file of `policies/overlays` or `policies/disclosures`, for who is to sign it. @throws as readOverlays */
export function readPolicyContent(paths: Paths, file: string): unknown {
  const path = join(paths.directory, file);
  const schema = schemaOf(file);
  if (!schema) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `${file} is no overlay and no disclosure; they are policies/overlays/*.yaml and policies/disclosures/*.yaml`,
    );
  }
  if (!existsSync(path)) throw new CohortiumError('FILE_UNREADABLE', `${file} does not exist in ${paths.directory}`);
  const { value, data, diagnostics } = readYaml<unknown>(readFileSync(path, 'utf8'), file, schema, 'POLICY_INVALID');
  const [first] = diagnostics;
  if (value === undefined)
    throw new CohortiumError('POLICY_INVALID', first ? formatDiagnostic(first) : `${file} is empty`, { diagnostics });
  return data;
}

/**
 * Whether one file can be used as it is, apart from its approval.
 * @throws {CohortiumError} POLICY_INVALID with every fault
 */
export function checkPolicyFile(paths: Paths, file: string, vocabulary: Vocabulary): void {
  const faults: Diagnostic[] = [];
  const files = policyFiles(paths, 'overlays', overlaySchema, faults).filter((one) => one.file === file);
  checkOverlays(files, vocabulary, faults);
  checkRegisters(
    policyFiles(paths, 'disclosures', disclosureFileSchema, faults).filter((one) => one.file === file),
    faults,
  );
  refuseFaults(faults.filter(({ at }) => at?.file === file));
}

function schemaOf(file: string): z.ZodType | undefined {
  if (/^policies\/overlays\/[^/]+\.yaml$/.test(file)) return overlaySchema;
  return /^policies\/disclosures\/[^/]+\.yaml$/.test(file) ? disclosureFileSchema : undefined;
}

interface PolicyFile<Value> extends Pick<YamlDocument<Value>, 'data' | 'positionOf'> {
  readonly name: string;
  /** Relative to the operator directory. */
  readonly file: string;
  readonly text: string;
  readonly value: Value;
}

function policyFiles<Value>(paths: Paths, folder: string, schema: z.ZodType<Value>, faults: Diagnostic[]): PolicyFile<Value>[] {
  const path = join(paths.policies, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .sort(compareText)
    .flatMap((name) => {
      const file = `policies/${folder}/${name}`;
      if (name.endsWith('.json')) return [];
      if (!name.endsWith('.yaml')) {
        faults.push(fault('a .yaml file was expected; move this one elsewhere, or name it so', undefined, file));
        return [];
      }
      const text = readFileSync(join(path, name), 'utf8');
      const { value, data, diagnostics, positionOf } = readYaml(text, file, schema, 'POLICY_INVALID');
      faults.push(...diagnostics);
      return value === undefined ? [] : [{ name, file, text, value, data, positionOf }];
    });
}

/** As a regime without a scope, so that overlays and regimes are read in one way. */
function compileOverlay({ value, file, positionOf }: PolicyFile<OverlayFile>, vocabulary: Vocabulary, faults: Diagnostic[]) {
  const asRegime = (rules: unknown, anchor: string): RegimeFile =>
    regimeSchema.parse({
      regime: value.overlay,
      version: value.version,
      anchor,
      title: value.title,
      citation: value.title,
      jurisdiction: 'operator',
      status: 'policy',
      demand: value.says,
      rules,
      evidenceOnly: value.says,
      retention: value.retention,
      reviewed: { by: 'counsel', on: '2000-01-01' },
    });
  const rules = value.rules.flatMap(({ anchor, ...rule }, at) => {
    const compiled = compileRegime(asRegime([rule], anchor), vocabulary, file, () => positionOf(['rules', at]).line);
    faults.push(...compiled.faults.map(({ message, path }) => fault(message, positionOf(['rules', at, ...path.slice(2)]), file)));
    return compiled.rules.map(asOwn);
  });
  const retention = compileRetention(asRegime([], 'governance'), vocabulary);
  faults.push(...retention.faults.map(({ message, path }) => fault(message, positionOf(path), file)));
  return { rules, retention: retention.rules };
}

/** Of the operator, so of no regime. */
function asOwn(rule: PolicyRule): PolicyRule {
  const own = { ...rule, regime: null };
  return rule.condition === null ? own : { ...own, cedar: cedarText({ ...own, condition: rule.condition }) };
}

function statedFacts(files: readonly PolicyFile<OverlayFile>[], vocabulary: Vocabulary, faults: Diagnostic[]) {
  const stated: Record<string, FactValue> = {};
  const statedBy = new Map<string, string>();
  for (const { value, file, positionOf } of files) {
    for (const [name, given] of Object.entries(value.facts)) {
      const refuse = (message: string): unknown => faults.push(fault(message, positionOf(['facts', name]), file));
      const fact = Object.hasOwn(vocabulary, name) ? vocabulary[name] : undefined;
      const found = typeof given === 'string' ? 'text' : typeof given === 'number' ? 'integer' : 'boolean';
      if (!fact) refuse(`there is no fact '${name}'`);
      else if (fact.of !== 'operator') refuse(`'${name}' is a fact of the ${fact.of}; an overlay states facts of the operator`);
      else if (fact.type !== found) refuse(`'${name}' is a ${fact.type}, found ${JSON.stringify(given)}`);
      else if (fact.values && !fact.values.some((known) => known === given))
        refuse(`'${name}' is one of ${fact.values.join(', ')}, found '${given}'`);
      else if (Object.hasOwn(stated, name) && stated[name] !== given) {
        refuse(
          `${statedBy.get(name) ?? 'another overlay'} states '${name}' as ${String(stated[name])}; two overlays cannot contradict each other`,
        );
      }
      stated[name] = given;
      statedBy.set(name, file);
    }
  }
  return stated;
}

function fault(message: string, at: Diagnostic['at'], file: string): Diagnostic {
  return { code: 'POLICY_INVALID', severity: 'error', message, at: at ?? { file, line: 1, column: 1 } };
}
