/**
 * A funnel as a table of states. A state is how far an attempt is: which group of steps it is in, and which of them are done.
 * Ordered steps are groups of one; so one machine serves ordered funnels, steps in any order, and both in one funnel.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import type { FunnelConfig } from './model.ts';

/** What an event may do to attempts: bring them from one of several states to another. */
export interface Advance {
  readonly to: number;
  /** Position of the step in the declaration, from 0. */
  readonly step: number;
  /** States that it may come from, furthest first; 0 is no attempt yet. */
  readonly from: readonly number[];
}

export interface CompiledFunnel {
  readonly steps: number;
  /** Steps passed in each state; state 0 is no attempt. */
  readonly passed: Int32Array;
  /** By kind of event: what it advances, furthest first, so that no event is two steps of one attempt. */
  readonly advances: readonly (readonly Advance[])[];
  /** By kind of event: states that it ends. */
  readonly ends: readonly (readonly number[])[];
  /** By kind of event: where it stands among events of the same time. */
  readonly rank: Int32Array;
  /** Steps of each group, in order. */
  readonly groups: readonly (readonly number[])[];
}

interface State {
  readonly group: number;
  readonly done: number;
}

const longestGroup = 8;

/**
 * @param names kinds of event in the data
 * @throws {CohortiumError} NUMERIC_DOMAIN when the declaration contradicts itself or names events that are not there
 */
export function compileFunnel(config: FunnelConfig, names: readonly string[]): CompiledFunnel {
  const { steps, exclusions = [] } = config;
  checkFunnel(config);
  const kindsOf = (where: string, events: readonly string[]): number[] =>
    events.map((event) => {
      const kind = names.indexOf(event);
      if (kind < 0) throw invalid(`${where} names the event '${event}', which the data do not have; they have ${names.join(', ')}`);
      return kind;
    });
  const kinds = steps.map(({ events }, step) => kindsOf(`step ${step + 1}`, events));

  const groups: number[][] = [];
  for (const [step, { anyOrder = false }] of steps.entries()) {
    if (anyOrder) groups.at(-1)?.push(step);
    else groups.push([step]);
  }
  if (groups.some((group) => group.length > longestGroup)) throw invalid(`at most ${longestGroup} steps can come in any order`);

  const states: State[] = [{ group: -1, done: 0 }];
  for (const [group, members] of groups.entries()) for (let done = 1; done < 1 << members.length; done++) states.push({ group, done });
  const find = (group: number, done: number): number => states.findIndex((state) => state.group === group && state.done === done);
  const full = (group: number): number => (1 << (groups[group]?.length ?? 0)) - 1;
  const before = groups.map((_, group) => groups.slice(0, group).reduce((total, members) => total + members.length, 0));
  const passed = Int32Array.from(states, ({ group, done }) => (group < 0 ? 0 : (before[group] ?? 0) + bitCount(done)));

  /** Where an attempt may stand when the first step of a group comes: at the group before, and past optional ones. */
  const entrances = (group: number): number[] => {
    if (group === 0) return [0];
    const own = find(group - 1, full(group - 1));
    const isOptional = steps[groups[group - 1]?.[0] ?? 0]?.optional ?? false;
    return isOptional ? [own, ...entrances(group - 1)] : [own];
  };
  const advances = names.map((_, kind): readonly Advance[] =>
    states
      .flatMap(({ group, done }, to) =>
        (groups[group] ?? []).flatMap((step, bit): Advance[] => {
          if ((done & (1 << bit)) === 0 || !kinds[step]?.includes(kind)) return [];
          const rest = done & ~(1 << bit);
          return [{ to, step, from: rest === 0 ? entrances(group) : [find(group, rest)] }];
        }),
      )
      .sort((a, b) => (passed[b.to] ?? 0) - (passed[a.to] ?? 0) || a.to - b.to || a.step - b.step),
  );

  const isPast = ({ group, done }: State, step: number): boolean => {
    const own = groups.findIndex((members) => members.includes(step));
    return group > own || (group === own && (done & (1 << (groups[own]?.indexOf(step) ?? 0))) !== 0);
  };
  const ends = names.map((): number[] => []);
  for (const [index, { events, after, before: until }] of exclusions.entries()) {
    const between = states.flatMap((state, at) => (isPast(state, after - 1) && !isPast(state, until - 1) ? [at] : []));
    for (const kind of kindsOf(`exclusion ${index + 1}`, events)) {
      if ((advances[kind] ?? []).length > 0) throw invalid(`the event '${names[kind] ?? ''}' is a step and an exclusion; it can be one`);
      ends[kind]?.push(...between.filter((state) => !ends[kind]?.includes(state)));
    }
  }
  const rank = Int32Array.from(names, (_, kind) => kinds.findIndex((own) => own.includes(kind)));
  return { steps: steps.length, passed, advances, ends, rank, groups };
}

function checkFunnel({ steps, window, order, exclusions = [], attempt, level = 0.95 }: FunnelConfig): void {
  const last = steps.length - 1;
  if (last < 0) throw invalid('it has no steps; declare at least one');
  if (!(window > 0 && window < Number.POSITIVE_INFINITY)) throw invalid(`window must be a number > 0; found ${String(window)}`);
  if (!(level > 0 && level < 1)) throw invalid(`level must be in (0, 1); found ${String(level)}`);
  if (order !== undefined && order !== 'between' && order !== 'strict')
    throw invalid(`order is 'between' or 'strict'; found '${String(order)}'`);
  if (attempt !== undefined && attempt !== 'best' && attempt !== 'first') {
    throw invalid(`attempt is 'best' or 'first'; found '${String(attempt)}'`);
  }
  if (steps[0]?.anyOrder) throw invalid('step 1 cannot be in any order with the step before it; mark the later steps');
  for (const [step, { events, optional = false, anyOrder = false }] of steps.entries()) {
    if (events.length === 0) throw invalid(`step ${step + 1} has no events; name at least one`);
    if (!optional) continue;
    if (step === 0 || step === last) throw invalid(`step ${step + 1} is optional; the first and the last step cannot be`);
    if (anyOrder || steps[step + 1]?.anyOrder) throw invalid(`step ${step + 1} is optional and in any order with another; it can be one`);
  }
  for (const [index, { after, before }] of exclusions.entries()) {
    if (Number.isInteger(after) && Number.isInteger(before) && after >= 1 && after < before && before <= steps.length) continue;
    throw invalid(`exclusion ${index + 1} must lie between two of the ${steps.length} steps; found after ${after}, before ${before}`);
  }
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}

function invalid(what: string): CohortiumError {
  return new CohortiumError('NUMERIC_DOMAIN', `this is no funnel: ${what}`);
}
