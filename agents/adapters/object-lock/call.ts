/** Calls to object stores: their errors become coded ones that name the store and what the service said, and never a credential. */
import { CohortiumError, isCohortiumError } from '../../../skills/sdk/index.ts';

/** What a service refused, told apart from what broke. */
export interface Refusal {
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** Code of the service, such as `AccessDenied`. */
  readonly code: string;
}

/** Status and code of an error of any of the three clients. */
export function refusalOf(error: unknown): Refusal {
  const found = error as {
    readonly $metadata?: { readonly httpStatusCode?: number };
    readonly statusCode?: number;
    readonly code?: number | string;
    readonly name?: string;
    readonly Code?: string;
  }; // the three clients throw these shapes; anything else reads as status 0
  const status = found.$metadata?.httpStatusCode ?? found.statusCode ?? (typeof found.code === 'number' ? found.code : 0);
  const code = found.Code ?? (typeof found.code === 'string' ? found.code : (found.name ?? ''));
  return { status, code };
}

/**
 * @param where store and key
 * @throws {CohortiumError} ANCHOR_UNREACHABLE
 */
export async function calling<Answer>(where: string, call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (cause) {
    if (isCohortiumError(cause)) throw cause;
    const { status, code } = refusalOf(cause);
    const said = status === 0 ? 'no answer' : `answered ${status}`;
    const message = cause instanceof Error ? cause.message.split('\n', 1)[0]?.slice(0, 300) : String(cause);
    throw new CohortiumError('ANCHOR_UNREACHABLE', `${where}: ${said} (${code}): ${message}`, { cause, detail: { status, code } });
  }
}

/** Undefined when the service says that there is no such thing. */
export async function ifThere<Answer>(where: string, call: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call();
  } catch (error) {
    if (refusalOf(error).status === 404) return undefined;
    return calling(where, () => Promise.reject(error));
  }
}

/** Whether the service refused a call: true for any refusal that is an answer, false when it was carried out. @throws as `calling` */
export async function isRefused(where: string, call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return false;
  } catch (error) {
    const { status } = refusalOf(error);
    if (status >= 400 && status < 500) return true;
    return calling(where, () => Promise.reject(error));
  }
}
