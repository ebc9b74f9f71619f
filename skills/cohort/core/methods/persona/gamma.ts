/** How much a category that differs weighs beside numbers. */

/**
 * Mean variance of the numbers over the mean chance that two customers differ in a category: neither kind of column then outweighs
 * the other by its scale.
 * @param varying scaled features that vary, each of variance 1
 * @param kinds how many values each category has
 * @returns 1 where there are no numbers, or no category varies
 * @see Huang (1998), section 4.1; Szepannek (2018), "clustMixType: user-friendly clustering of mixed-type data in R", `lambdaest`
 */
export function chooseGamma(varying: number, features: number, codes: readonly Int32Array[], kinds: readonly number[]): number {
  if (varying === 0) return 1;
  let differ = 0;
  codes.forEach((column, at) => {
    const counts = new Float64Array(kinds[at] ?? 0);
    let known = 0;
    for (const code of column) {
      if (code < 0) continue;
      counts[code] = (counts[code] ?? 0) + 1;
      known += 1;
    }
    if (known > 0) differ += 1 - counts.reduce((sum, count) => sum + (count / known) * (count / known), 0);
  });
  return differ > 0 ? varying / features / (differ / codes.length) : 1;
}
