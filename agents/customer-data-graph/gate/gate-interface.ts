/**
 * What the doors can ask of the gate. One interface per part, each in its own file beside what it does; `GateDoor` only puts them
 * together. Types only.
 */
import type { CounselDoor } from '../counsel/counsel-interface.ts';
import type { FairnessDoor } from '../fairness/fairness-interface.ts';
import type { DecisionDoor } from './decision-interface.ts';
import type { EngineDoor } from './engines/engine-interface.ts';
import type { LawDoor } from './law-interface.ts';
import type { NoticeDoor } from './notices/notice-interface.ts';
import type { OverlayDoor } from './overlays/overlay-interface.ts';
import type { RetentionDoor } from './retention/retention-interface.ts';
import type { WorksheetDoor } from './worksheet/worksheet-interface.ts';

export type * from '../counsel/counsel-interface.ts';
export type * from '../fairness/fairness-interface.ts';
export type * from './decision-interface.ts';
export type * from './engines/engine-interface.ts';
export type * from './law-interface.ts';
export type * from './notices/notice-interface.ts';
export type * from './overlays/overlay-interface.ts';
export type * from './retention/retention-interface.ts';
export type * from './worksheet/worksheet-interface.ts';

export interface GateDoor extends DecisionDoor, LawDoor, EngineDoor, OverlayDoor, RetentionDoor, NoticeDoor, CounselDoor, WorksheetDoor {
  /** Audits for disparate impact. */
  readonly fairness: FairnessDoor;
}
