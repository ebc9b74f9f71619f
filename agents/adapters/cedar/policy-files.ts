/**
 * Reads the operator's policies folder, every `*.cedar` file and `facts.yaml`, on top of the law. Reports all faults at once with
 * file:line:column; one fault anywhere and nothing of it is used, so a half-read folder never decides.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';

import { cedarSchema } from '../../../skills/gate/core/policy/cedar-text.ts';
import type { Facts } from '../../../skills/gate/core/policy/condition.ts';
import { factFault, readFact } from '../../../skills/gate/core/policy/read-fact.ts';
import type { PolicyRule } from '../../../skills/gate/core/policy/rule.ts';
import { type FactDefinition, factsSchema } from '../../../skills/gate/law/regime-schema.ts';
import { purposes } from '../../../skills/gate/schemas.ts';
import { CohortiumError, compareText, type Diagnostic, digestOf, readYaml, type SourcePosition } from '../../../skills/sdk/index.ts';
import type { Additions, PolicyBundle } from '../../customer-data-graph/law/bundle.ts';
import { type FactVocabulary, type Law, readLaw } from '../../customer-data-graph/law/read-law.ts';
import { makeRule, ruleFaults } from './policy-rule.ts';

export interface BundleSources {
  /** The operator's `policies/` folder. */
  readonly directory: string;
  /** Folders besides it whose files decide what holds, such as who may approve: a change of them is read at once too. */
  readonly watched?: readonly string[] | undefined;
  /** Default: the one that comes with the package. */
  readonly law?: Law | undefined;
  /** What approved overlays add, given the facts of the law; throws where one is not approved. */
  readonly overlays?: ((facts: FactVocabulary) => Additions) | undefined;
  /** What the operator states for every use, from cohortium.yaml. */
  readonly stated?: Facts | undefined;
}

const factsFile = 'facts.yaml';

/** @throws {CohortiumError} POLICY_INVALID with every fault; POLICY_NOT_FOUND without the folder; REGIME_TAMPERED */
export async function readBundle(sources: BundleSources): Promise<PolicyBundle> {
  const { bundle, diagnostics } = await checkBundle(sources);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const first = errors[0];
  if (first) {
    const place = first.at ? `${first.at.file}:${first.at.line}:${first.at.column}: ` : '';
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    throw new CohortiumError('POLICY_INVALID', `${place}${first.message}${more}`, { diagnostics });
  }
  return bundle;
}

/** The same without throwing on faults of the operator's, for `lint`. @throws {CohortiumError} POLICY_NOT_FOUND, REGIME_TAMPERED */
export async function checkBundle(
  sources: BundleSources,
): Promise<{ readonly bundle: PolicyBundle; readonly diagnostics: readonly Diagnostic[] }> {
  const { directory } = sources;
  const cedar = await import('@cedar-policy/cedar-wasm/nodejs');
  const law = sources.law ?? readLaw();
  const added = sources.overlays?.(law.facts) ?? { rules: [], facts: {}, stated: {}, texts: [] };
  if (!existsSync(directory)) throw new CohortiumError('POLICY_NOT_FOUND', `${directory} does not exist; what stood in it is not known`);
  const names = readdirSync(directory).sort(compareText);
  const texts = names
    .filter((name) => name.endsWith('.cedar') || name === factsFile)
    .map((name) => ({ name, text: readFileSync(join(directory, name), 'utf8') }));
  const place = (name: string): string => `${basename(directory)}/${name}`;

  const diagnostics: Diagnostic[] = [];
  const facts: FactVocabulary = { ...law.facts, ...added.facts, ...ownFacts(texts, law.facts, place, diagnostics) };
  const own: PolicyRule[] = [];
  for (const { name, text } of texts) if (name.endsWith('.cedar')) own.push(...readRules(cedar, text, place(name), diagnostics));
  const rules = [...law.rules, ...added.rules, ...own];
  diagnostics.push(...repeatedIds(rules));
  if (diagnostics.length === 0) diagnostics.push(...validateRules(cedar, own, cedarSchema(facts, purposes), texts, place));
  const stated = statedFacts(facts, { ...added.stated, ...sources.stated }, diagnostics);
  const digest = digestOf([law.digest, added.texts, texts.map(({ name, text }) => [name, text]), stated]);
  return { bundle: { digest, law, rules, regimes: law.regimes, facts, purposes, stated }, diagnostics };
}

function ownFacts(
  texts: readonly { readonly name: string; readonly text: string }[],
  shipped: FactVocabulary,
  place: (name: string) => string,
  diagnostics: Diagnostic[],
): FactVocabulary {
  const file = texts.find(({ name }) => name === factsFile);
  if (!file) return {};
  const { value, diagnostics: found, positionOf } = readYaml(file.text, place(factsFile), factsSchema, 'POLICY_INVALID');
  diagnostics.push(...found);
  for (const name of Object.keys(value?.facts ?? {})) {
    if (name in shipped)
      diagnostics.push(fault(`fact '${name}' comes with the gate; give your own another name`, positionOf(['facts', name])));
  }
  return value?.facts ?? {};
}

/** Defaults of the vocabulary, and over them what is stated, each checked against the vocabulary. */
function statedFacts(facts: Readonly<Record<string, FactDefinition>>, stated: Facts, diagnostics: Diagnostic[]): Facts {
  const values: Record<string, string | number | boolean> = {};
  for (const [name, { default: assumed }] of Object.entries(facts)) if (assumed !== undefined) values[name] = assumed;
  for (const [name, value] of Object.entries(stated)) {
    const wrong = factFault(facts, name, value);
    const fact = facts[name];
    const read = fact ? readFact(fact, value) : null;
    if (wrong !== null) diagnostics.push(fault(`gate: facts: ${wrong}`, undefined));
    else if (read !== null) values[name] = read;
  }
  return values;
}

function readRules(cedar: typeof Cedar, text: string, file: string, diagnostics: Diagnostic[]): PolicyRule[] {
  const parts = cedar.policySetTextToParts(text);
  if (parts.type === 'failure') {
    for (const error of parts.errors) {
      const expected = error.sourceLocations?.[0]?.label;
      const message = error.message.replace(/^failed to parse policies from string: /, '');
      diagnostics.push(fault(expected ? `${message}, ${expected}` : message, positionAt(text, startOf(error), file)));
    }
    return [];
  }
  for (const template of parts.policy_templates) {
    diagnostics.push(fault('templates are not supported; write the policy out', positionOfText(text, template, 0, file).position));
  }
  const rules: PolicyRule[] = [];
  const seen = new Map<string, number>();
  for (const policyText of parts.policies) {
    const { position, end } = positionOfText(text, policyText, seen.get(policyText) ?? 0, file);
    seen.set(policyText, end);
    const parsed = cedar.policyToJson(policyText);
    // A part of a set that parsed parses too.
    if (parsed.type === 'failure') continue;
    const faults = ruleFaults(parsed.json);
    diagnostics.push(...faults.map((message) => fault(message, position)));
    if (faults.length === 0) rules.push(makeRule(parsed.json, policyText, file, position.line));
  }
  return rules.sort((a, b) => a.line - b.line);
}

function repeatedIds(rules: readonly PolicyRule[]): Diagnostic[] {
  const first = new Map<string, PolicyRule>();
  return rules.flatMap((rule) => {
    const other = first.get(rule.id);
    if (other)
      return [fault(`@id '${rule.id}' stands also at ${other.file}:${other.line}`, { file: rule.file, line: rule.line, column: 1 })];
    first.set(rule.id, rule);
    return [];
  });
}

function validateRules(
  cedar: typeof Cedar,
  rules: readonly PolicyRule[],
  schema: string,
  texts: readonly { readonly name: string; readonly text: string }[],
  place: (name: string) => string,
): Diagnostic[] {
  if (rules.length === 0) return [];
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const sources = new Map(texts.map(({ name, text }) => [place(name), text]));
  const answer = cedar.validate({
    schema,
    policies: { staticPolicies: Object.fromEntries(rules.map(({ id, cedar: text }) => [id, text])) },
  });
  if (answer.type === 'failure') return answer.errors.map((error) => fault(error.message, undefined));
  const at = (error: Cedar.ValidationError): SourcePosition | undefined => {
    const rule = byId.get(error.policyId);
    if (!rule) return undefined;
    const inside = positionAt(rule.cedar, startOf(error.error), rule.file);
    const { position } = positionOfText(sources.get(rule.file) ?? '', rule.cedar, 0, rule.file);
    const column = inside.line === 1 ? position.column + inside.column - 1 : inside.column;
    return { file: rule.file, line: position.line + inside.line - 1, column };
  };
  const say = ({ error }: Cedar.ValidationError): string => (error.help ? `${error.message}; ${error.help}` : error.message);
  return [
    ...oncePerPlace(answer.validationErrors).map((error) => fault(say(error), at(error))),
    ...answer.validationWarnings.map((warning): Diagnostic => ({ ...fault(say(warning), at(warning)), severity: 'warning' })),
  ];
}

/** Cedar reports a fault of a policy for every purpose that it is about; one is enough. */
function oncePerPlace(errors: readonly Cedar.ValidationError[]): Cedar.ValidationError[] {
  const places = new Map<string, Cedar.ValidationError>();
  for (const error of errors.toSorted((a, b) => compareText(a.error.message, b.error.message))) {
    const place = `${error.policyId} ${startOf(error.error)}`;
    if (!places.has(place)) places.set(place, error);
  }
  return [...places.values()];
}

function fault(message: string, at: SourcePosition | undefined): Diagnostic {
  return { code: 'POLICY_INVALID', severity: 'error', message, ...(at ? { at } : {}) };
}

function startOf(error: Cedar.DetailedError): number {
  return error.sourceLocations?.[0]?.start ?? 0;
}

/** Cedar counts bytes; people and editors count characters. */
function positionAt(text: string, byteOffset: number, file: string): SourcePosition {
  return positionOfCharacter(text, Buffer.from(text, 'utf8').subarray(0, byteOffset).toString('utf8').length, file);
}

function positionOfText(
  text: string,
  part: string,
  from: number,
  file: string,
): { readonly position: SourcePosition; readonly end: number } {
  const offset = Math.max(text.indexOf(part, from), 0);
  return { position: positionOfCharacter(text, offset, file), end: offset + part.length };
}

function positionOfCharacter(text: string, offset: number, file: string): SourcePosition {
  const before = text.slice(0, offset);
  return { file, line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}
