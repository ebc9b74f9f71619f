/**
 * What each calibrator costs and gains by the number of rows that it learns from: the squared distance to the true probability of
 * customers that it has not seen, and the time of a fit. Prints the tables of docs/concepts/calibration/calibrators.md.
 *
 *   node --conditions=cohortium-source test/bench/calibrators.ts
 */
import { type CalibrationRows, calibrators } from '../../skills/recalibrate/core/index.ts';
import { makeRng, sigmoid } from '../../skills/sdk/numeric/index.ts';

const runs = 40;
const sizes = [100, 300, 1000, 3000, 10_000];

/** How predicted log-odds come from the true ones. */
const distortions = {
  'right as it is': (odds: number) => odds,
  'too sure, and high': (odds: number) => 1.6 * odds + 0.4,
  'too sure above one half only': (odds: number) => (odds < 0 ? odds : 3 * odds),
} as const;

function simulate(seed: string, rows: number, distort: (odds: number) => number): CalibrationRows & { readonly truth: Float64Array } {
  const rng = makeRng(seed);
  const odds = Float64Array.from({ length: rows }, () => 1.2 * rng.normal() - 0.5);
  return {
    predicted: odds.map((own) => sigmoid(distort(own))),
    outcome: odds.map((own) => (rng.uniform() < sigmoid(own) ? 1 : 0)),
    truth: odds.map(sigmoid),
  };
}

for (const [name, distort] of Object.entries(distortions)) {
  console.log(`\n${name}: root mean squared distance to the true probability, ${runs} runs\n`);
  console.log(
    `| rows | ${calibrators.probability.map(({ id }) => id).join(' | ')} |\n| --- |${' --- |'.repeat(calibrators.probability.length)}`,
  );
  const fresh = simulate('fresh', 4000, distort);
  for (const rows of sizes) {
    const distances = calibrators.probability.map((calibrator) => {
      let squares = 0;
      for (let run = 0; run < runs; run++) {
        const found = calibrator.predict(calibrator.fit({}, simulate(`${rows} ${run}`, rows, distort)), fresh.predicted);
        found.forEach((own, row) => {
          squares += (own - (fresh.truth[row] ?? 0)) * (own - (fresh.truth[row] ?? 0));
        });
      }
      return Math.sqrt(squares / runs / 4000).toFixed(3);
    });
    console.log(`| ${rows} | ${distances.join(' | ')} |`);
  }
}

console.log('\nmilliseconds of one fit on 100,000 distinct rows\n');
const large = simulate('large', 100_000, distortions['too sure, and high']);
for (const calibrator of calibrators.probability) {
  const start = performance.now();
  const model = calibrator.fit({}, large);
  console.log(`| ${calibrator.id} | ${Math.round(performance.now() - start)} | ${JSON.stringify(model).length} bytes |`);
}
