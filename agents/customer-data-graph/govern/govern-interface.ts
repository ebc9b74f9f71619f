import type { Person } from '../../../registries/people/person.ts';
import type { ErrorCode } from '../../../skills/sdk/index.ts';
/** What the doors can ask of the models of an operator directory; types only. */
import type { CallContext } from '../call-context.ts';
import type { ApprovedChampion, ApprovedEntry, Champion, ModelCard, ModelWindows, Proposal } from './models/model-interface.ts';
import type { ScoredCell } from './windows/choose-windows.ts';
import type { LeftOutPair } from './windows/held-pairs.ts';
import type { GrainAxis } from './windows/home-rows.ts';
import type { LeftToWhole } from './windows/try-windows.ts';

export type { ApprovedChampion, ApprovedEntry, ModelCard, Proposal, ProposedChange } from './models/model-interface.ts';

export interface TrainRequest {
  /** ISO date; the latest one whose outcome has been seen when absent. */
  readonly cutoff?: string;
  /** Person id. */
  readonly by: string;
  /** Origins that the evaluation looks at, at most; 1–12. */
  readonly origins: number;
}

export interface TrainReport {
  readonly proposal: Proposal;
  readonly card: ModelCard;
  /** What is in force now; null before the first. */
  readonly champion: Champion | null;
}

export interface TuneRequest {
  readonly history: readonly number[];
  readonly pred: readonly number[];
  readonly measures: readonly string[];
  /** Origins per prediction length, at most; 1–12. */
  readonly origins: number;
  /** `location`, `channel` or `brand`: the same grid for the customers of each home place as well. */
  readonly grain?: string;
  /** Heat-maps of each home place, too. */
  readonly grainPictures?: boolean;
  /** Person id. */
  readonly by: string;
}

export interface TuneReport {
  readonly cells: readonly ScoredCell[];
  readonly best: ScoredCell;
  readonly current: ModelWindows;
  /** Pairs that the log is too short for. */
  readonly leftOut: readonly LeftOutPair[];
  /** The same per home place; null where it was not asked for. For reading: the proposal is the choice of the whole. */
  readonly grain: GrainReport | null;
  readonly trials: number;
  /** Files written, relative to the operator directory. */
  readonly files: readonly string[];
  /** Null where the best windows are in force. */
  readonly proposal: Proposal | null;
}

export interface GrainReport {
  readonly axis: GrainAxis;
  /** Ascending by value. */
  readonly values: readonly { readonly value: string; readonly cells: readonly ScoredCell[]; readonly best: ScoredCell }[];
  readonly leftToWhole: readonly LeftToWhole[];
  /** Fewer customers in any table leave a place to the whole. */
  readonly leastCustomers: number;
}

export interface ChampionCheck {
  readonly isGood: boolean;
  readonly entries: number;
  readonly champions: number;
  /** Each with the code of what is wrong. */
  readonly faults: readonly { readonly code: ErrorCode; readonly message: string }[];
}

export interface ReproduceReport {
  readonly modelId: string;
  readonly outcome: 'identical' | 'metrics-differ' | 'bytes-differ' | 'inputs-gone';
  /** Each thing compared: what was recorded, and what was found; empty where the inputs are gone. */
  readonly compared: readonly { readonly what: string; readonly recorded: string; readonly found: string; readonly isEqual: boolean }[];
  /** Libraries of other versions than then, for who looks for the reason. */
  readonly versions: readonly { readonly name: string; readonly recorded: string; readonly found: string }[];
  /** Why the inputs are gone; null where they are there. */
  readonly reason: string | null;
}

export interface ModelDoor {
  /**
   * Makes a key for somebody who may propose and approve.
   * @param isSealed under a passphrase of theirs from the beginning; without one nothing is made
   * @throws {CohortiumError} ARGUMENT_INVALID; KEY_UNAVAILABLE without a passphrase
   */
  addPerson(id: string, name?: string, roles?: readonly string[], isSealed?: boolean): Promise<Person>;
  /**
   * From now on nothing counts that the key of a person signs; recorded, and published for who verifies.
   * @throws {CohortiumError} PERSON_NOT_FOUND, PERSON_KEY_REVOKED; ARGUMENT_INVALID without a reason
   */
  revokePerson(id: string, why: string): Promise<Person>;
  /**
   * Seals the key of a person under a passphrase of theirs, or under another one than before.
   * @throws {CohortiumError} PERSON_NOT_FOUND, KEY_UNAVAILABLE; ARGUMENT_INVALID for a passphrase that is short, or that it has already
   */
  sealPerson(id: string): Promise<Person>;
  /** Gives a person these roles and no others. */
  setRoles(id: string, roles: readonly string[]): Promise<Person>;
  people(): Promise<readonly Person[]>;
  /** Tries windows and proposes the best pair. */
  tuneWindows(request: TuneRequest, context?: CallContext): Promise<TuneReport>;
  /** Fits a model and proposes it. */
  train(request: TrainRequest, context?: CallContext): Promise<TrainReport>;
  /** Puts a proposal in force, signed by a person other than the proposer, who says why. `champion` and `windows` name the only open one of that kind. */
  approve(proposal: string, by: string, note: string): Promise<ApprovedEntry>;
  /** What was approved, oldest first, and what waits. */
  champions(): Promise<{ readonly champions: readonly ApprovedChampion[]; readonly open: readonly Proposal[] }>;
  /** The card of a model, checked; `champion` names the one in force. */
  modelCard(modelId: string): Promise<ModelCard>;
  checkChampions(): Promise<ChampionCheck>;
  /** Trains a model again from its recorded inputs and compares; `champion` names the one in force. */
  reproduce(modelId: string, context?: CallContext): Promise<ReproduceReport>;
}
