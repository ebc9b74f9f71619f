/** The thread that asks a key service: AWS KMS, or age. Loads only the client that is asked for. */
import { workerData } from 'node:worker_threads';

import { openAge, sealAge } from './age-file.ts';
import { askKms } from './aws-kms.ts';

export type KeyQuestion = {
  /** Whom a message names. */
  readonly who: string;
} & (
  | {
      readonly ask: 'kms-encrypt' | 'kms-decrypt';
      readonly keyId: string;
      readonly region?: string;
      readonly endpoint?: string;
      readonly bytes: Uint8Array;
    }
  | {
      readonly ask: 'age-seal';
      readonly passphrase?: string;
      readonly identity?: string;
      readonly recipients: readonly string[];
      readonly bytes: Uint8Array;
    }
  | { readonly ask: 'age-open'; readonly passphrase?: string; readonly identity?: string; readonly bytes: Uint8Array }
);

const given = workerData as { readonly shared: SharedArrayBuffer; readonly question: KeyQuestion } | null; // by key-service.ts
if (given) {
  const { shared, question } = given;
  const state = new Int32Array(shared, 0, 2);
  const settle = (outcome: 1 | 2, bytes: Uint8Array): void => {
    const room = new Uint8Array(shared, 8);
    room.set(bytes.subarray(0, room.length));
    state[1] = Math.min(bytes.length, room.length);
    Atomics.store(state, 0, outcome);
    Atomics.notify(state, 0);
  };
  answerTo(question).then(
    (bytes) => settle(1, bytes),
    (error: unknown) => settle(2, Buffer.from(error instanceof Error ? error.message : String(error))),
  );
}

function answerTo(question: KeyQuestion): Promise<Uint8Array> {
  if (question.ask === 'age-seal') return sealAge(question.bytes, question);
  if (question.ask === 'age-open') return openAge(question.bytes, question);
  return askKms(question.ask, question);
}
