/** What the doors can ask of the models of an operator directory; types only. */
import type { Person } from '../../../registries/people/person.ts';
import type { CallContext } from '../interface.ts';
import type { ChampionCheck } from './models/check-champions.ts';
import type { ApprovedChampion } from './models/manifest.ts';
import type { ApprovedEntry, ModelCard, Proposal } from './models/model-interface.ts';
import type { TrainReport, TrainRequest } from './models/propose-model.ts';
import type { ReproduceReport } from './models/reproduce.ts';
import type { TuneReport, TuneRequest } from './windows/propose-windows.ts';

export type { ChampionCheck } from './models/check-champions.ts';
export type { ApprovedChampion } from './models/manifest.ts';
export type { ApprovedEntry, ModelCard, Proposal } from './models/model-interface.ts';
export type { TrainReport, TrainRequest } from './models/propose-model.ts';
export type { ReproduceReport } from './models/reproduce.ts';
export type { TuneReport, TuneRequest } from './windows/propose-windows.ts';

export interface ModelDoor {
  /** Makes a key for somebody who may propose and approve. */
  addPerson(id: string, name?: string): Promise<Person>;
  people(): Promise<readonly Person[]>;
  /** Tries windows and proposes the best pair. */
  tuneWindows(request: TuneRequest, context?: CallContext): Promise<TuneReport>;
  /** Fits a model and proposes it. */
  train(request: TrainRequest, context?: CallContext): Promise<TrainReport>;
  /** Puts a proposal in force, signed by a person other than the proposer. `champion` and `windows` name the only open one of that kind. */
  approve(proposal: string, by: string, note: string): Promise<ApprovedEntry>;
  /** What was approved, oldest first, and what waits. */
  champions(): Promise<{ readonly champions: readonly ApprovedChampion[]; readonly open: readonly Proposal[] }>;
  /** The card of a model, checked; `champion` names the one in force. */
  modelCard(modelId: string): Promise<ModelCard>;
  checkChampions(): Promise<ChampionCheck>;
  /** Trains a model again from its recorded inputs and compares; `champion` names the one in force. */
  reproduce(modelId: string, context?: CallContext): Promise<ReproduceReport>;
}
