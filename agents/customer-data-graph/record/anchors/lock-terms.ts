/**
 * How long, and how hard, an object is locked, and whether sealed bodies leave: by retention class, because a lock can only be extended
 * and an object must not be kept longer than the strictest thing in it.
 */
import { recordClasses } from '../../../../skills/gate/core/retention/record-classes.ts';
import type { LockMode } from '../anchor-interface.ts';
import type { SegmentContent } from '../segment-format.ts';
import type { AnchorsConfig, LockConfig } from './anchor-config.ts';

/** Class of checkpoints and time stamps: they name nobody. */
export const checkpointClass = 'system-log';

/** A decision is kept under a pseudonymous key, yet its body says what was decided about one person. */
const sealedForPersons = new Set(['decision']);

export function lockTerms(config: LockConfig, recordClass: string, nowMs: number): { readonly mode: LockMode; readonly until: string } {
  const days = Math.min(config.daysOf[recordClass] ?? config.days, config.maxDays);
  const mode = config.compliance.includes(recordClass) ? 'compliance' : 'governance';
  return { mode, until: new Date(nowMs + days * 86_400_000).toISOString() };
}

/** A locked body cannot be deleted before its day, so those about persons stay at home unless the operator says otherwise. */
export function contentOf({ segments }: AnchorsConfig, recordClass: string): SegmentContent {
  const stated = segments.content[recordClass];
  if (stated) return stated;
  const known = Object.hasOwn(recordClasses, recordClass) ? recordClasses[recordClass as keyof typeof recordClasses] : undefined; // an own key
  return known?.isPersonal === false && !sealedForPersons.has(recordClass) ? 'bodies' : 'skeleton';
}
