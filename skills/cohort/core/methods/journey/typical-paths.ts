/** The most probable whole paths of a chain, from the first event to the last, found best first. */

export interface TypicalPath {
  readonly path: readonly string[];
  /** That a customer of the chain takes exactly this path. */
  readonly probability: number;
}

/** Beginnings of paths that are looked at before the search gives up; a chain that wanders evenly has no typical path. */
const mostBeginnings = 20_000;

/**
 * @param probability of each step of one chain: starts, then each state's transitions with the end last
 * @param wanted number of paths
 * @returns most probable first; fewer where the chain has fewer or wanders evenly
 */
export function typicalPaths(names: readonly string[], probability: ArrayLike<number>, wanted: number): TypicalPath[] {
  const kinds = names.length;
  const state: number[] = [];
  const parent: number[] = [];
  const chance: number[] = [];
  const heap: number[] = [];
  // Of equally probable beginnings, the one that was found first.
  const isBefore = (a: number, b: number): boolean => (chance[a] ?? 0) > (chance[b] ?? 0) || (chance[a] === chance[b] && a < b);
  const push = (own: number, from: number, p: number): void => {
    if (!(p > 0)) return;
    state.push(own);
    parent.push(from);
    chance.push(p);
    const added = state.length - 1;
    let at = heap.length;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const other = heap[up] ?? 0;
      if (!isBefore(added, other)) break;
      heap[at] = other;
      at = up;
    }
    heap[at] = added;
  };
  const pop = (): number => {
    const top = heap[0] ?? 0;
    const last = heap.pop() ?? 0;
    let at = 0;
    while (heap.length > 0) {
      let down = 2 * at + 1;
      if (down + 1 < heap.length && isBefore(heap[down + 1] ?? 0, heap[down] ?? 0)) down += 1;
      if (down >= heap.length || !isBefore(heap[down] ?? 0, last)) break;
      heap[at] = heap[down] ?? 0;
      at = down;
    }
    if (heap.length > 0) heap[at] = last;
    return top;
  };

  for (let kind = 0; kind < kinds; kind++) push(kind, -1, probability[kind] ?? 0);
  const found: TypicalPath[] = [];
  for (let looked = 0; heap.length > 0 && looked < mostBeginnings && found.length < wanted; looked++) {
    const top = pop();
    const own = state[top] ?? 0;
    if (own === kinds) {
      const path: string[] = [];
      for (let at = parent[top] ?? -1; at >= 0; at = parent[at] ?? -1) path.push(names[state[at] ?? 0] ?? '');
      found.push({ path: path.reverse(), probability: chance[top] ?? 0 });
      continue;
    }
    const first = kinds + own * (kinds + 1);
    for (let to = 0; to <= kinds; to++) push(to, top, (chance[top] ?? 0) * (probability[first + to] ?? 0));
  }
  return found;
}
