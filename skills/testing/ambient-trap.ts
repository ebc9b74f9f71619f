/**
 * Runs a function while the clock, randomness, timers, the environment, files and the network are taken away, and says what
 * it reached for. Covers what is reached through globals and `node:fs`; a lint of the imports covers the rest.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

export interface Trapped<Result> {
  readonly result: Result;
  /** Names of what was reached for, such as `Date.now`, in order. */
  readonly reached: readonly string[];
}

export interface AmbientTrap {
  /** @throws whatever the work throws, and an error naming the first thing that the work reached for */
  readonly run: <Result>(work: () => Result) => Trapped<Result>;
  /** Gives the surroundings back for the time of a call, for what the work may use: the content store. */
  readonly lift: <Result>(work: () => Result) => Result;
}

type Undo = () => void;

export function createAmbientTrap(): AmbientTrap {
  let reached: string[] = [];
  let undo: Undo | undefined;
  const reach = (name: string): never => {
    reached.push(name);
    throw new Error(`${name} is not available to a pure function`);
  };
  const release = (): void => {
    undo?.();
    undo = undefined;
  };
  return {
    run: (work) => {
      reached = [];
      undo = setTraps(reach);
      try {
        return { result: work(), reached };
      } finally {
        release();
      }
    },
    lift: (work) => {
      if (!undo) return work();
      release();
      try {
        return work();
      } finally {
        undo = setTraps(reach);
      }
    },
  };
}

function setTraps(reach: (name: string) => never): Undo {
  const undos: Undo[] = [];
  const replace = (owner: object, key: string, value: unknown): void => {
    const before = Object.getOwnPropertyDescriptor(owner, key);
    if (before && !before.configurable) return;
    Object.defineProperty(owner, key, { value, configurable: true, writable: true, enumerable: before?.enumerable ?? false });
    undos.push(() => {
      if (before) Object.defineProperty(owner, key, before);
      else Reflect.deleteProperty(owner, key);
    });
  };
  const forbid = (owner: object, ownerName: string, keys: readonly string[]): void => {
    for (const key of keys) replace(owner, key, () => reach(ownerName === '' ? key : `${ownerName}.${key}`));
  };
  replace(globalThis, 'Date', clocklessDate(reach));
  forbid(Math, 'Math', ['random']);
  forbid(performance, 'performance', ['now']);
  forbid(globalThis.crypto, 'crypto', ['randomUUID', 'getRandomValues']);
  forbid(globalThis, '', ['fetch', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask']);
  const hrtime = Object.assign(() => reach('process.hrtime'), { bigint: () => reach('process.hrtime.bigint') });
  replace(process, 'hrtime', hrtime);
  replace(process, 'env', new Proxy({}, { get: (_env, key) => reach(`process.env.${String(key)}`) }));
  forbid(fs, 'fs', ['readFileSync', 'writeFileSync', 'appendFileSync', 'openSync', 'readdirSync', 'statSync', 'existsSync', 'mkdirSync']);
  syncBuiltinESMExports();
  return () => {
    for (const step of undos.toReversed()) step();
    syncBuiltinESMExports();
  };
}

/** Date as a calendar is allowed, Date as a clock is not. */
function clocklessDate(reach: (name: string) => never): DateConstructor {
  return new Proxy(Date, {
    construct: (target, given: unknown[], newTarget) =>
      given.length === 0 ? reach('new Date()') : Reflect.construct(target, given, newTarget),
    apply: () => reach('Date()'),
    get: (target, key, receiver): unknown => (key === 'now' ? () => reach('Date.now') : Reflect.get(target, key, receiver)),
  });
}
