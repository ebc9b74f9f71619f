/** Open Policy Agent over its Data API, with the exported Rego loaded. What is not a decision of this very policy is no answer. */
import { askInChunks } from '../policy-engine/ask-in-chunks.ts';
import type { OtherEngine } from '../policy-engine/engine.ts';
import { createJsonClient, type JsonClientOptions } from '../policy-engine/json-client.ts';
import { readOpaAnswer } from './opa-answer.ts';

export interface OpaEngineOptions extends JsonClientOptions {
  /** Of the document `decisions`, below `/v1/data/`; a change where the package was moved. */
  readonly path?: string | undefined;
}

export const defaultOpaPath = 'cohortium/gate/decisions';

/** Tens of milliseconds each with all of the law, so that a chunk stays below the time limit. */
const chunkSize = 50;

/**
 * @throws {Error} when the address is one that must not be spoken to
 * @see https://www.openpolicyagent.org/docs/rest-api#get-a-document-with-input
 */
export function createOpaEngine(options: OpaEngineOptions): OtherEngine {
  const client = createJsonClient(options);
  const path = `/v1/data/${options.path ?? defaultOpaPath}`;
  return {
    name: `opa at ${new URL(options.url).origin}`,
    ask: (source, questions, signal) =>
      askInChunks(questions, chunkSize, signal, async (chunk) => {
        const { status, body } = await client.post(path, { input: { questions: chunk } }, signal);
        if (status !== 200) throw new Error(`answered ${status}`);
        return readOpaAnswer(source, chunk, resultOf(body));
      }),
    close: async () => client.close(),
  };
}

/** OPA leaves `result` out where nothing is defined. */
function resultOf(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'result' in body ? body.result : undefined;
}
