/** Root of a node in a forest of pointers upward, where roots point to themselves; halves the paths that it walks. */
export function findRoot(root: Uint32Array, node: number): number {
  let at = node;
  for (;;) {
    const above = root[at] ?? at;
    if (above === at) return at;
    const next = root[above] ?? above;
    root[at] = next;
    at = next;
  }
}
