/**
 * Asks a witness to cosign a checkpoint: it does so only for a log that grew out of what it cosigned before, so that it remembers what
 * this machine may be made to forget. @see https://c2sp.org/tlog-witness
 */
import { CohortiumError } from '../../../skills/sdk/index.ts';
import { cosignatureIn, witnessKey } from './cosignature.ts';

export interface Witness {
  /** Submission prefix. */
  readonly url: string;
  /** As the witness prints it. */
  readonly key: string;
  readonly timeoutMs: number;
}

export interface CheckpointToWitness {
  readonly size: number;
  /** Signed note. */
  readonly note: string;
  /** Size that it cosigned last, as far as we know; 0 at first. */
  readonly lastSize: number;
  /** RFC 6962 consistency path from a size to this one. */
  readonly prove: (fromSize: number) => readonly Buffer[];
}

/**
 * @returns the note with the cosignature, and when the witness says that it saw it
 * @throws {CohortiumError} WITNESS_REFUSED; LEDGER_ROLLED_BACK when it has cosigned more than there is; ANCHOR_UNREACHABLE
 */
export async function askWitness(
  witness: Witness,
  checkpoint: CheckpointToWitness,
): Promise<{ readonly note: string; readonly time: string }> {
  const key = witnessKey(witness.key);
  const { size, note } = checkpoint;
  let old = Math.min(checkpoint.lastSize, size);
  let answer = await submit(witness, checkpoint, old);
  const remembered = sizeIn(answer);
  if (remembered !== undefined && remembered !== old) {
    if (remembered > size) {
      const message = `the witness ${key.name} has cosigned ${remembered} records, the ledger holds ${size}: an older copy was put back`;
      throw new CohortiumError('LEDGER_ROLLED_BACK', message, { detail: { size, witnessed: remembered } });
    }
    old = remembered;
    answer = await submit(witness, checkpoint, old);
  }
  if (answer.status !== 200) throw new CohortiumError('WITNESS_REFUSED', `the witness ${key.name} ${whyRefused(answer.status, old, size)}`);
  const found = cosignatureIn(answer.text, note, key);
  if (!found)
    throw new CohortiumError('WITNESS_REFUSED', `the witness ${witness.url} answered without a cosignature of ${key.name} that verifies`);
  return { note: note.includes(found.line) ? note : `${note}${found.line}`, time: found.time };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

async function submit({ url, timeoutMs }: Witness, { note, prove }: CheckpointToWitness, old: number): Promise<Answer> {
  const proof = prove(old).map((hash) => `${hash.toString('base64')}\n`);
  try {
    const response = await fetch(`${url.replace(/\/$/, '')}/add-checkpoint`, {
      method: 'POST',
      body: `old ${old}\n${proof.join('')}\n${note}`,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = (await response.text()).slice(0, 65_536);
    return { status: response.status, type: response.headers.get('content-type') ?? '', text };
  } catch (cause) {
    const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    const why = inner instanceof Error ? inner.message : String(inner);
    throw new CohortiumError('ANCHOR_UNREACHABLE', `the witness ${url} did not answer: ${why}`, { cause });
  }
}

/** What a conflict says that the witness has. */
function sizeIn({ status, type, text }: Answer): number | undefined {
  return status === 409 && type.startsWith('text/x.tlog.size') && /^(0|[1-9]\d{0,15})\n$/.test(text) ? Number(text) : undefined;
}

function whyRefused(status: number, old: number, size: number): string {
  if (status === 404) return 'does not know this ledger; ask its operator to add the verifier key in keys/ledger.vkey';
  if (status === 403) return 'does not accept the signature of the checkpoint; ask its operator which verifier key it has';
  if (status === 409 || status === 422) return `has cosigned another history of ${old} records than the one that these ${size} grew out of`;
  return `answered ${status}`;
}
