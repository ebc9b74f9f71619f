/** Union-find over identity numbers. The smaller number is the root, so that a component is named by its best identity. */
export class Components {
  readonly #parents: Int32Array;

  constructor(count: number) {
    this.#parents = new Int32Array(count);
    for (let index = 0; index < count; index++) this.#parents[index] = index;
  }

  root(start: number): number {
    const parents = this.#parents;
    let index = start;
    for (;;) {
      const parent = parents[index] ?? index;
      if (parent === index) return index;
      const grandparent = parents[parent] ?? parent;
      parents[index] = grandparent;
      index = grandparent;
    }
  }

  /** @returns the root of both from now on */
  join(left: number, right: number): number {
    const a = this.root(left);
    const b = this.root(right);
    const [small, large] = a < b ? [a, b] : [b, a];
    this.#parents[large] = small;
    return small;
  }
}
