/**
 * Reads a policies folder: every `*.cedar` file and `facts.cedarschema`. Reports all faults at once with file:line:column;
 * one fault anywhere and no policy of the folder is used, so a half-read folder never decides.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';

import { CohortiumError, compareText, type Diagnostic, type Digest, digestOf, type SourcePosition } from '../../../skills/sdk/index.ts';
import { type FactTypes, readFactTypes } from './fact-types.ts';
import { makeRule, type PolicyRule, ruleFaults } from './policy-rule.ts';

export interface PolicyFolder {
  readonly rules: readonly PolicyRule[];
  readonly facts: FactTypes;
  readonly purposes: readonly string[];
  /** Digest of the names and texts of all files, sorted by name. */
  readonly digest: Digest;
}

const schemaFile = 'facts.cedarschema';

/**
 * @param directory the operator's `policies/` folder
 * @throws {CohortiumError} POLICY_NOT_FOUND when it holds no policy or no `facts.cedarschema`; POLICY_INVALID with every fault
 */
export async function readPolicyFolder(directory: string): Promise<PolicyFolder> {
  const { folder, diagnostics } = await checkPolicyFolder(directory);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const first = errors[0];
  if (first) {
    const place = first.at ? `${first.at.file}:${first.at.line}:${first.at.column}: ` : '';
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    throw new CohortiumError('POLICY_INVALID', `${place}${first.message}${more}`, { diagnostics });
  }
  return folder;
}

/**
 * The same without throwing on faults, for `lint`.
 * @throws {CohortiumError} POLICY_NOT_FOUND
 */
export async function checkPolicyFolder(
  directory: string,
): Promise<{ readonly folder: PolicyFolder; readonly diagnostics: readonly Diagnostic[] }> {
  const cedar = await import('@cedar-policy/cedar-wasm/nodejs');
  const names = existsSync(directory) ? readdirSync(directory).sort(compareText) : [];
  const policyNames = names.filter((name) => name.endsWith('.cedar'));
  if (policyNames.length === 0) throw new CohortiumError('POLICY_NOT_FOUND', `${directory} holds no *.cedar file`);
  if (!names.includes(schemaFile)) throw new CohortiumError('POLICY_NOT_FOUND', `${directory} holds no ${schemaFile}`);
  const texts = [...policyNames, schemaFile].map((name) => ({ name, text: readFileSync(join(directory, name), 'utf8') }));
  const place = (name: string): string => `${basename(directory)}/${name}`;

  const diagnostics: Diagnostic[] = [];
  const schemaText = texts.at(-1)?.text ?? '';
  const schema = readSchema(cedar, schemaText, place(schemaFile), diagnostics);
  const rules: PolicyRule[] = [];
  for (const { name, text } of texts.slice(0, -1)) rules.push(...readRules(cedar, text, place(name), diagnostics));
  diagnostics.push(...repeatedIds(rules));
  if (diagnostics.length === 0) diagnostics.push(...validateRules(cedar, rules, schemaText, texts, place));
  const digest = digestOf(texts.map(({ name, text }) => [name, text]).sort((a, b) => compareText(a[0] ?? '', b[0] ?? '')));
  return { folder: { rules, facts: schema.types, purposes: schema.purposes, digest }, diagnostics };
}

function readSchema(
  cedar: typeof Cedar,
  text: string,
  file: string,
  diagnostics: Diagnostic[],
): { readonly types: FactTypes; readonly purposes: readonly string[] } {
  const answer = cedar.schemaToJson(text);
  if (answer.type === 'failure') {
    diagnostics.push(...answer.errors.map((error) => fault(error.message, positionAt(text, startOf(error), file))));
    return { types: {}, purposes: [] };
  }
  const { types, purposes, faults } = readFactTypes(answer.json);
  diagnostics.push(...faults.map((message) => fault(message, { file, line: 1, column: 1 })));
  return { types, purposes };
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
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const sources = new Map(texts.map(({ name, text }) => [place(name), text]));
  const answer = cedar.validate({ schema, policies: { staticPolicies: Object.fromEntries(rules.map(({ id, text }) => [id, text])) } });
  if (answer.type === 'failure') return answer.errors.map((error) => fault(error.message, undefined));
  const at = (error: Cedar.ValidationError): SourcePosition | undefined => {
    const rule = byId.get(error.policyId);
    if (!rule) return undefined;
    const inside = positionAt(rule.text, startOf(error.error), rule.file);
    const { position } = positionOfText(sources.get(rule.file) ?? '', rule.text, 0, rule.file);
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
