/** How many calls somebody may make in a minute. In memory: a restart forgives. */

const windowMs = 60_000;
/** Forgetting the oldest bounds the memory that strangers can take. */
const mostCallers = 1024;

export interface CallLimits {
  /** Counts a call; false where it is one too many. */
  readonly admit: (caller: string, most: number) => boolean;
}

/** @param now epoch milliseconds */
export function callLimits(now: () => number): CallLimits {
  const calls = new Map<string, number[]>();
  return {
    admit: (caller, most) => {
      const since = now() - windowMs;
      const recent = (calls.get(caller) ?? []).filter((at) => at > since);
      const isAdmitted = recent.length < most;
      calls.delete(caller);
      calls.set(caller, isAdmitted ? [...recent, now()] : recent);
      const oldest = calls.keys().next();
      if (calls.size > mostCallers && !oldest.done) calls.delete(oldest.value);
      return isAdmitted;
    },
  };
}
