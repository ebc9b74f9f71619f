/**
 * What a skill author imports.
 *
 * Words, one meaning each:
 *   signal      a captured behaviour of a customer, one of 25 types
 *   event       what a machine receives: a reply, a timer or cancel
 *   effect      work that a machine asks for and the orchestrator performs
 *   fold        one step of a machine: event, snapshot, effects and timers in one transaction
 *   run         one execution of a pipeline; a step is one skill inside it
 *   grain       the dimensions that value is split by: location × channel × brand
 *   cell        one customer at one grain: (customer, location, channel, brand)
 *   account     one customer over all cells
 *   membership  that a customer belongs to a cohort, with the version since when
 *   decision    what the gate says of one score × purpose × sink: pass, fail or counsel
 *   record      what Audit writes; the ledger is all of them
 *   emission    one record on its way to a subscriber
 *   Ref         the name of a content-addressed object
 */
export { canonicalJson, type Json } from './canonical-json.ts';
export { cohortAxes, type CohortAxis } from './cohort-axes.ts';
export {
  contractVersion,
  defineSkill,
  type EffectDefinition,
  type Fact,
  type PureContext,
  type PureFunction,
  type SkillDefinition,
  skillFaults,
  type ToolDefinition,
} from './define-skill.ts';
export {
  CohortiumError,
  type Diagnostic,
  type ErrorCode,
  errorTable,
  formatDiagnostic,
  isCohortiumError,
  type SourcePosition,
} from './errors.ts';
export type { Estimator } from './estimator.ts';
export { type Digest, digestOf, type EffectId, effectId, type RunId, runId, seedOf, sha256 } from './ids.ts';
export { compareBytes, compareText } from './numeric/compare-text.ts';
export { errorFields, type LogEvent, logEvents, type LogLevel, logLine, unexpectedWords } from './log-events.ts';
export type * from './ports.ts';
export { type Ref, refSchema } from './ref.ts';
export { type EffectFailure, type EffectRequest, type SkillEvent, type SkillStart, skillSetup } from './skill-setup.ts';
export { forbidden, systemRefusal } from './system-refusal.ts';
export {
  chunkRows,
  codedColumn,
  type Column,
  column,
  decodeTable,
  encodeTable,
  float64Column,
  int32Column,
  jsonMedia,
  makeTable,
  merkleRoot,
  type PackedTexts,
  type Table,
  tableLeaves,
  tableMedia,
  type TableToWrite,
  textColumn,
} from './table.ts';
// Re-exported so that a skill in a package of its own needs one import and uses the same copy.
export { z } from 'zod';
export { describePath, issueDiagnostics, issueWords, readYaml, type YamlDocument, type YamlPath } from './yaml-document.ts';
