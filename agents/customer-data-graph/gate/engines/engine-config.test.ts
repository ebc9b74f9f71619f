import { describe, expect, it } from 'vitest';

import { engineSchema, secondOpinionSchema } from './engine-config.ts';
import { openEngines } from './open-engine.ts';

describe('engines in cohortium.yaml', () => {
  it('are Cedar alone unless said otherwise', () => {
    expect(engineSchema.parse(undefined)).toEqual({ kind: 'cedar' });
    expect(openEngines({ engine: { kind: 'cedar' } }, { directory: '/', env: {} }).consult).toBeUndefined();
  });

  it.each([
    { kind: 'opa', url: 'http://127.0.0.1:8181' },
    { kind: 'opa', url: 'https://opa.example.com', tokenEnv: 'OPA_TOKEN', path: 'cohortium/gate/decisions' },
    { kind: 'authzen', url: 'http://10.1.2.3:8080', allowPrivate: true },
    { kind: 'cerbos', url: 'http://localhost:3592' },
    { kind: 'opa-wasm', file: 'opa/policy.wasm' },
    { kind: 'casbin' },
  ])('may be %j', (engine) => {
    expect(engineSchema.safeParse(engine).success).toBe(true);
    expect(secondOpinionSchema.safeParse(engine).success).toBe(true);
  });

  it.each([
    { kind: 'oso' },
    { kind: 'opa' },
    { kind: 'opa', url: 'http://opa.example.com' },
    { kind: 'opa', url: 'http://10.1.2.3:8181' },
    { kind: 'opa', url: 'http://127.0.0.1:8181', path: '../v1/policies' },
    { kind: 'authzen', url: 'https://pdp.example.com', token: 'secret' },
    { kind: 'authzen', url: 'https://pdp.example.com', tokenEnv: 'not a name' },
    { kind: 'opa-wasm', file: '' },
  ])('may not be %j', (engine) => {
    expect(engineSchema.safeParse(engine).success).toBe(false);
  });

  it('may not have Cedar as a second opinion of itself', () => {
    expect(secondOpinionSchema.safeParse({ kind: 'cedar' }).success).toBe(false);
  });

  it('need the token that they name', () => {
    const engine = engineSchema.parse({ kind: 'opa', url: 'http://127.0.0.1:8181', tokenEnv: 'OPA_TOKEN' });
    expect(() => openEngines({ engine }, { directory: '/', env: {} })).toThrow(/no OPA_TOKEN/);
    expect(openEngines({ engine }, { directory: '/', env: { OPA_TOKEN: 't' } }).consult).toBeTypeOf('function');
  });
});
