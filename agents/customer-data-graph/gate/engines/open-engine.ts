/** Policy engines as cohortium.yaml names them. Tokens come from the environment; one that is named and not there is a fault, not a guess. */
import { resolve } from 'node:path';

import { CohortiumError } from '../../../../skills/sdk/index.ts';
import { createAuthzenEngine } from '../../../adapters/authzen/authzen-engine.ts';
import { createCasbinEngine } from '../../../adapters/casbin/casbin-engine.ts';
import type { CedarEngineOptions } from '../../../adapters/cedar/cedar-engine.ts';
import { createCerbosEngine } from '../../../adapters/cerbos/cerbos-engine.ts';
import { createOpaEngine } from '../../../adapters/opa/opa-engine.ts';
import { createOpaWasmEngine } from '../../../adapters/opa/opa-wasm-engine.ts';
import type { OtherEngine } from '../../../adapters/policy-engine/engine.ts';
import type { GateConfig } from '../gate-config.ts';
import { consult } from './consult.ts';
import type { EngineConfig } from './engine-config.ts';

export interface EnginePlace {
  /** Operator directory, which files are relative to. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface ConfiguredEngines {
  /** Absent where Cedar decides alone, which then costs nothing. */
  readonly consult: CedarEngineOptions['consult'];
  readonly close: () => Promise<void>;
}

/** @throws {CohortiumError} CONFIG_INVALID when the environment lacks a token */
export function openEngines(config: Pick<GateConfig, 'engine' | 'secondOpinion'>, place: EnginePlace): ConfiguredEngines {
  const engine = openEngine(config.engine, place);
  const secondOpinion = config.secondOpinion === undefined ? null : openEngine(config.secondOpinion, place);
  const isAlone = engine === null && secondOpinion === null;
  return {
    consult: isAlone ? undefined : (...asked) => consult({ engine, secondOpinion }, ...asked),
    close: async () => {
      await Promise.all([engine?.close(), secondOpinion?.close()]);
    },
  };
}

/**
 * @returns null for Cedar, which is there anyway
 * @throws {CohortiumError} CONFIG_INVALID when the environment lacks the token
 */
function openEngine(config: EngineConfig, { directory, env }: EnginePlace): OtherEngine | null {
  if (config.kind === 'cedar') return null;
  if (config.kind === 'casbin') return createCasbinEngine();
  if (config.kind === 'opa-wasm') return createOpaWasmEngine({ file: resolve(directory, config.file) });
  const { url, timeoutMs, allowPrivate, tokenEnv } = config;
  const token = tokenEnv === undefined ? undefined : env[tokenEnv];
  if (tokenEnv !== undefined && !token) {
    throw new CohortiumError('CONFIG_INVALID', `the policy engine at ${url} needs a token, and the environment has no ${tokenEnv}`);
  }
  const client = { url, timeoutMs, allowPrivate, token };
  if (config.kind === 'opa') return createOpaEngine({ ...client, path: config.path });
  return config.kind === 'cerbos' ? createCerbosEngine(client) : createAuthzenEngine(client);
}
