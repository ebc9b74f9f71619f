/** The operator's registries/identity.yaml, with everything that is wrong with it. Refuses to go on with half of it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type IdentityRules, readIdentityRules } from '../../registries/identity/identity-rules.ts';
import { CohortiumError, formatDiagnostic } from '../../skills/sdk/index.ts';
import { declaredAttributes } from '../../skills/signal-capture/signals/standing.ts';
import type { OperatorPaths } from './config.ts';

/** What a value can be declared of: attributes, and two that have signals of their own. */
const fieldNames: readonly string[] = [...declaredAttributes, 'loyaltyTier', 'subscription'];

/**
 * @returns undefined when the operator has no such file; the shipped rules hold then
 * @throws {CohortiumError} CONFIG_INVALID with every fault
 */
export function readIdentityRulesFile({ registries }: OperatorPaths): IdentityRules | undefined {
  const path = join(registries, 'identity.yaml');
  if (!existsSync(path)) return undefined;
  const { rules, diagnostics } = readIdentityRules(readFileSync(path, 'utf8'), 'registries/identity.yaml', fieldNames);
  if (rules) return rules;
  const [first] = diagnostics;
  throw new CohortiumError('CONFIG_INVALID', first ? formatDiagnostic(first) : `${path} cannot be read`, { diagnostics });
}
