/**
 * The rules of a bundle as files for another policy engine. Equal bundles give equal bytes. Replaces files of an earlier export of the
 * same format and nothing else.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { cedarSchema } from '../../../../skills/gate/core/policy/cedar-text.ts';
import { CohortiumError, compareText } from '../../../../skills/sdk/index.ts';
import { authzenEvaluation } from '../../../adapters/authzen/authzen-engine.ts';
import { casbinCsv, casbinModel } from '../../../adapters/casbin/casbin-text.ts';
import { cerbosFiles } from '../../../adapters/cerbos/cerbos-policy.ts';
import { regoText } from '../../../adapters/opa/rego-text.ts';
import type { PolicyBundle } from '../../law/bundle.ts';
import type { ExportFormat, PolicyExport } from './engine-interface.ts';

const writers: Readonly<Record<ExportFormat, (bundle: PolicyBundle) => Readonly<Record<string, string>>>> = {
  rego: (bundle) => ({ 'gate.rego': regoText(bundle) }),
  cedar: ({ rules, facts, purposes, digest }) => ({
    'gate.cedar': `// Policy ${digest}.\n${rules.map(({ cedar }) => `${cedar}\n`).join('\n')}`,
    'facts.cedarschema': cedarSchema(facts, purposes),
  }),
  cerbos: cerbosFiles,
  casbin: ({ rules }) => ({ 'model.conf': casbinModel, 'policy.csv': casbinCsv(rules) }),
  authzen: (bundle) => ({ 'facts.schema.json': pretty(factsSchema(bundle)), 'evaluation.json': pretty(exampleEvaluation(bundle)) }),
};

/** @throws {CohortiumError} ARGUMENT_INVALID when a file stands there that no export wrote */
export function exportPolicies(bundle: PolicyBundle, format: ExportFormat, folder: string): PolicyExport {
  const marker = join(folder, '.cohortium-export');
  const earlier = existsSync(marker) ? readFileSync(marker, 'utf8').split('\n') : [];
  const texts = Object.entries(writers[format](bundle)).sort(([a], [b]) => compareText(a, b));
  const foreign = texts.find(([path]) => existsSync(join(folder, path)) && !earlier.includes(path));
  if (foreign) {
    throw new CohortiumError('ARGUMENT_INVALID', `${join(folder, foreign[0])} is there already and no export wrote it; name another --out`);
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(marker, [...new Set([...earlier.filter((path) => path !== ''), ...texts.map(([path]) => path)]), ''].join('\n'));
  const files = texts.map(([path, text]) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    return { path, bytes: Buffer.byteLength(text), sha256: createHash('sha256').update(text).digest('hex') };
  });
  const unsayable = format === 'cedar' ? [] : bundle.rules.filter(({ condition }) => condition === null).map(({ id }) => id);
  return { format, folder, files, policyDigest: bundle.digest, rules: bundle.rules.length, unsayable };
}

/** What `subject.properties` of an evaluation may hold. */
function factsSchema({ facts, digest }: PolicyBundle): unknown {
  const types = { text: 'string', boolean: 'boolean', integer: 'integer' } as const;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Facts of the gate',
    $comment: `Policy ${digest}. A fact that is left out is unknown.`,
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(
      Object.entries(facts).map(([name, { type, values, says }]) => [
        name,
        { type: types[type], description: says, ...(values ? { enum: values } : {}) },
      ]),
    ),
  };
}

function exampleEvaluation({ digest, purposes }: PolicyBundle): unknown {
  const purpose = purposes[0] ?? 'analytics';
  return authzenEvaluation({ facts: { residency: 'EU', marketingOptOut: true }, purpose, sink: 'score-store', asOf: '2026-01-31' }, digest);
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
