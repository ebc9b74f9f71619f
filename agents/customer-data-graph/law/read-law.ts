/**
 * The law that comes with the gate: regimes and facts, read from their files. Reports all faults at once with file:line:column;
 * refuses a folder with any, and one that is not what its manifest says.
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import type { Regime } from '../../../skills/gate/core/policy/regime.ts';
import type { PolicyRule } from '../../../skills/gate/core/policy/rule.ts';
import { compileRegime } from '../../../skills/gate/law/compile-regime.ts';
import { type FactDefinition, factsSchema, type RegimeFile, regimeSchema } from '../../../skills/gate/law/regime-schema.ts';
import { CohortiumError, type Diagnostic, type Digest, digestOf, formatDiagnostic, readYaml } from '../../../skills/sdk/index.ts';
import { lawFiles } from './law-files.ts';
import { manifestFaults } from './manifest.ts';

/** Fact name → what it means, in the order of the files. */
export type FactVocabulary = Readonly<Record<string, FactDefinition>>;

export interface Law {
  readonly files: readonly RegimeFile[];
  readonly regimes: readonly Regime[];
  readonly rules: readonly PolicyRule[];
  readonly facts: FactVocabulary;
  /** Over the names and texts of all files, in order. */
  readonly digest: Digest;
}

/** Where the files are, in the source as in the package. */
export const regimesFolder = join(import.meta.dirname, '..', '..', '..', 'skills', 'gate', 'regimes');

/** @throws {CohortiumError} REGIME_TAMPERED when a file is not the one of the manifest; POLICY_INVALID with every fault */
export function readLaw(folder: string = regimesFolder): Law {
  const tampered = manifestFaults(folder);
  const [first] = tampered;
  if (first !== undefined) throw new CohortiumError('REGIME_TAMPERED', `${first}${more(tampered.length)}`);
  const { law, diagnostics } = checkLaw(folder);
  const [fault] = diagnostics;
  if (fault) throw new CohortiumError('POLICY_INVALID', `${formatDiagnostic(fault)}${more(diagnostics.length)}`, { diagnostics });
  return law;
}

/** The same without the manifest and without throwing, for who writes regimes. */
export function checkLaw(folder: string = regimesFolder): { readonly law: Law; readonly diagnostics: readonly Diagnostic[] } {
  const texts = lawFiles(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
  const diagnostics: Diagnostic[] = [];
  const facts: Record<string, FactDefinition> = {};
  for (const { name, text } of texts.filter(({ name: file }) => file.startsWith('facts/'))) {
    const read = readYaml(text, `regimes/${name}`, factsSchema, 'POLICY_INVALID');
    diagnostics.push(...read.diagnostics);
    for (const [fact, definition] of Object.entries(read.value?.facts ?? {})) {
      if (fact in facts) diagnostics.push(fault(`fact '${fact}' is declared in another file too`, read.positionOf(['facts', fact])));
      facts[fact] = definition;
    }
  }
  const files: RegimeFile[] = [];
  const regimes: Regime[] = [];
  const rules: PolicyRule[] = [];
  for (const { name, text } of texts.filter(({ name: file }) => !file.includes('/'))) {
    const source = `regimes/${name}`;
    const { value, diagnostics: found, positionOf } = readYaml(text, source, regimeSchema, 'POLICY_INVALID');
    diagnostics.push(...found);
    if (!value) continue;
    if (value.regime !== basename(name, '.yaml')) {
      diagnostics.push(fault(`regime '${value.regime}' was expected to be the name of the file`, positionOf(['regime'])));
    }
    const compiled = compileRegime(value, facts, source, (at) => positionOf(['rules', at]).line);
    diagnostics.push(...compiled.faults.map(({ path, message }) => fault(message, positionOf(path))));
    files.push(value);
    regimes.push(compiled.regime);
    rules.push(...compiled.rules);
  }
  diagnostics.push(...repeatedIds(rules));
  return { law: { files, regimes, rules, facts, digest: digestOf(texts.map(({ name, text }) => [name, text])) }, diagnostics };
}

function repeatedIds(rules: readonly PolicyRule[]): Diagnostic[] {
  const first = new Map<string, PolicyRule>();
  return rules.flatMap((rule) => {
    const other = first.get(rule.id);
    if (!other) first.set(rule.id, rule);
    return other
      ? [fault(`rule '${rule.id}' stands also at ${other.file}:${other.line}`, { file: rule.file, line: rule.line, column: 1 })]
      : [];
  });
}

function fault(message: string, at: NonNullable<Diagnostic['at']>): Diagnostic {
  return { code: 'POLICY_INVALID', severity: 'error', message, at };
}

function more(faults: number): string {
  return faults > 1 ? ` (and ${faults - 1} more)` : '';
}
