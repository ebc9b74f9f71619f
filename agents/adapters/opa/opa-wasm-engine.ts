/**
 * The exported Rego compiled to WebAssembly by the operator (`opa build -t wasm -e cohortium/gate/decisions`), evaluated in this
 * process. The package that loads it is optional; without it, or without the file, nothing is answered.
 */
import { readFile } from 'node:fs/promises';

import { askInChunks } from '../policy-engine/ask-in-chunks.ts';
import type { OtherEngine } from '../policy-engine/engine.ts';
import { readOpaAnswer } from './opa-answer.ts';

export interface OpaWasmOptions {
  /** Absolute path of policy.wasm. */
  readonly file: string;
}

/** Its memory grows with the input and does not shrink. */
const chunkSize = 100;

interface LoadedPolicy {
  readonly evaluate: (input: unknown) => unknown;
}

export function createOpaWasmEngine({ file }: OpaWasmOptions): OtherEngine {
  let loaded: Promise<LoadedPolicy> | undefined;
  const policy = async (): Promise<LoadedPolicy> => {
    loaded ??= load(file);
    try {
      return await loaded;
    } catch (error) {
      loaded = undefined;
      throw error;
    }
  };
  return {
    name: `opa-wasm with ${file}`,
    ask: (source, questions, signal) =>
      askInChunks(questions, chunkSize, signal, async (chunk) => {
        const results = (await policy()).evaluate({ questions: chunk });
        // One result set per solution; a document has one or, where it is undefined, none.
        const [only] = Array.isArray(results) ? (results as readonly unknown[]) : []; // elements are read below
        return readOpaAnswer(source, chunk, typeof only === 'object' && only !== null && 'result' in only ? only.result : undefined);
      }),
    close: async () => {
      loaded = undefined;
    },
  };
}

async function load(file: string): Promise<LoadedPolicy> {
  const { loadPolicy } = await import('@open-policy-agent/opa-wasm').catch(() => {
    throw new Error('the package @open-policy-agent/opa-wasm is not installed; npm install @open-policy-agent/opa-wasm@1');
  });
  const bytes = await readFile(file).catch(() => {
    throw new Error(`${file} cannot be read; build it with 'opa build -t wasm -e cohortium/gate/decisions gate.rego'`);
  });
  return loadPolicy(bytes);
}
