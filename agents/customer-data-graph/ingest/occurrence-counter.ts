/**
 * Counts how often each digest was seen, in about 24 bytes per distinct digest: a file of ten million rows fits in memory
 * that a Map of strings would exceed tenfold. Compares the first 8 bytes only; a collision would merely count one row as a
 * second occurrence, and its id still differs because its content does.
 */
export class OccurrenceCounter {
  #capacity = 1 << 12;
  #size = 0;
  #keys = new Uint32Array(this.#capacity * 2);
  #counts = new Uint32Array(this.#capacity);

  /** Occurrences of this digest so far, this one included. @param digest at least 8 bytes, uniformly distributed */
  next(digest: Buffer): number {
    if (this.#size * 2 > this.#capacity) this.#grow();
    const slot = this.#slotOf(digest.readUInt32LE(0), digest.readUInt32LE(4));
    if (this.#counts[slot] === 0) this.#size++;
    return (this.#counts[slot] = (this.#counts[slot] ?? 0) + 1);
  }

  #slotOf(low: number, high: number): number {
    const mask = this.#capacity - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      if (this.#counts[slot] === 0) {
        this.#keys[slot * 2] = low;
        this.#keys[slot * 2 + 1] = high;
        return slot;
      }
      if (this.#keys[slot * 2] === low && this.#keys[slot * 2 + 1] === high) return slot;
    }
  }

  #grow(): void {
    const keys = this.#keys;
    const counts = this.#counts;
    this.#capacity *= 2;
    this.#keys = new Uint32Array(this.#capacity * 2);
    this.#counts = new Uint32Array(this.#capacity);
    for (let slot = 0; slot < counts.length; slot++) {
      const count = counts[slot] ?? 0;
      if (count > 0) this.#counts[this.#slotOf(keys[slot * 2] ?? 0, keys[slot * 2 + 1] ?? 0)] = count;
    }
  }
}
