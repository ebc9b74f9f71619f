import { describe, expect, it } from 'vitest';

import { bgNbd } from '../bg-nbd/index.ts';
import { paretoNbd } from '../pareto-nbd/index.ts';
import { checkParameters, type Evidence, exportParameters, importParameters } from './index.ts';

// Parameters and figures of the BTYD walkthrough (inst/doc/BTYD-walkthrough.pdf) for CDNOW in weeks.
const bg = { r: 0.2425967, alpha: 4.413659, a: 0.7929869, b: 2.426164 };
const bgEvidence: Evidence = {
  customers: [
    { x: 26, tx: 30.85714, T: 31, horizon: 52, expected: 25.75659, pAlive: 0.9688523 },
    { x: 10, tx: 20, T: 39, horizon: 52, expected: 0.3474606 },
    { x: 25, tx: 20, T: 39, horizon: 52, expected: 0.0003583685 },
  ],
  population: [{ t: 52, expected: 1.444004 }],
};
const pareto = { r: 0.553371025, alpha: 10.579519634637, s: 0.605907381853, beta: 11.658116184257 };
const paretoEvidence: Evidence = {
  customers: [
    { x: 26, tx: 30.85714, T: 31, horizon: 52, expected: 25.45647, pAlive: 0.997874 },
    { x: 10, tx: 20, T: 39, horizon: 52, expected: 0.7062289 },
  ],
  population: [{ t: 52, expected: 1.473434 }],
};
// Hardie's spreadsheet of note 004, as PyMC-Marketing tests it (rtol 2e-3).
const spreadsheet: Evidence = {
  customers: [
    { x: 2, tx: 30.43, T: 38.86, logLikelihood: -9.4596 },
    { x: 0, tx: 0, T: 38.86, logLikelihood: -0.5538 },
    { x: 7, tx: 29.43, T: 38.86, logLikelihood: -21.8644 },
  ],
  tolerance: 2e-3,
};
// BTYDplus on grocery in weeks: MBG/NBD and MBG/CNBD-2, measured.
const mbg = [1.256790777694, 6.038475836386, 0.368251452849, 0.715735220199];

const scaled = (params: Readonly<Record<string, number>>, names: readonly string[], factor: number): Record<string, number> =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, names.includes(name) ? value * factor : value]));

describe('importing parameters', () => {
  it('reads the vector of BTYD and confirms what its walkthrough prints', () => {
    const found = importParameters('btyd', [0.2425967, 4.413659, 0.7929869, 2.426164], { family: 'bg-nbd', evidence: bgEvidence });
    expect(found.params).toEqual(bg);
    expect(found.checked).toHaveLength(5);
    expect(importParameters('btyd', Object.values(pareto), { family: 'pareto-nbd', evidence: paretoEvidence }).params).toEqual(pareto);
  });

  it('reads BG/BB of BTYD (walkthrough: 3.179805 donations of a new donor in 10 years)', () => {
    const evidence = { population: [{ t: 10, expected: 3.179805 }] };
    const vector = [1.203507080348, 0.74976667779, 0.656756817275, 2.783887326509];
    expect(importParameters('btyd', vector, { family: 'bg-bb', evidence }).checked).toHaveLength(1);
    expect(importParameters('lifetimes', { alpha: 1.2, beta: 0.75, gamma: 0.66, delta: 2.78 }).family).toBe('bg-bb');
  });

  it('reads params_ of lifetimes, with or without the fitter around it', () => {
    const text = JSON.stringify(bg);
    expect(importParameters('lifetimes', text, { family: 'bg-nbd', evidence: spreadsheet }).params).toEqual(bg);
    const fitter = { model: 'BetaGeoFitter', params_: bg, _scale: 10 / 38.86, _negative_log_likelihood_: 3, penalizer_coef: 0 };
    expect(importParameters('lifetimes', fitter).family).toBe('bg-nbd');
    expect(importParameters('lifetimes', { model: 'GammaGammaFitter', params_: { p: 6.25, q: 3.74, v: 15.44 } }).family).toBe(
      'gamma-gamma',
    );
  });

  it('takes the mean likelihood of lifetimes to the time of the data', () => {
    const data = { x: [2, 0, 7], tx: [30.43, 0, 29.43], T: [38.86, 38.86, 38.86] };
    const total = -9.4596 - 0.5538 - 21.8644;
    const scale = 10 / 38.86;
    const mean = -(total - 9 * Math.log(scale)) / 3;
    const evidence = { data, tolerance: 0.02 };
    const document = (extra: object): unknown => ({ model: 'BetaGeoFitter', params_: bg, _scale: scale, ...extra });
    const [figure] = importParameters('lifetimes', document({ _negative_log_likelihood_: mean }), { evidence }).checked;
    expect(figure?.claimed).toBeCloseTo(total, 9);
    const penalised = mean + 0.01 * (bg.r ** 2 + (bg.alpha * scale) ** 2 + bg.a ** 2 + bg.b ** 2);
    const again = importParameters('lifetimes', document({ _negative_log_likelihood_: penalised, penalizer_coef: 0.01 }), { evidence });
    expect(again.checked[0]?.claimed).toBeCloseTo(total, 9);
    expect(() => importParameters('lifetimes', document({ _negative_log_likelihood_: mean * 1.1 }), { evidence })).toThrow(
      /log-likelihood of the data/,
    );
  });

  it('reads draws of PyMC-Marketing as CSV with chain and draw', () => {
    const csv = 'chain,draw,alpha,phi_dropout,kappa_dropout,r,a,b\n0,0,4.4,0.25,3.2,0.24,0.8,2.4\n0,1,4.5,0.25,3.6,0.25,0.9,2.7\n';
    const { params, draws, family } = importParameters('pymc-marketing', csv, { family: 'bg-nbd' });
    expect(family).toBe('bg-nbd');
    expect(draws?.names).toEqual(['r', 'alpha', 'a', 'b']);
    expect(Array.from(draws?.draws ?? [])).toEqual([0.24, 4.4, 0.8, 2.4, 0.25, 4.5, 0.9, 2.7]);
    expect(params['alpha']).toBeCloseTo(4.45, 12);
  });

  it('makes a and b of phi and kappa, as a MAP fit of PyMC-Marketing has them, and takes off _prior', () => {
    const kappa = bg.a + bg.b;
    const map = {
      data_vars: {
        r: { data: [[bg.r]] },
        alpha_prior: { data: [[bg.alpha]] },
        phi_dropout: { data: [[bg.a / kappa]] },
        kappa_dropout: { data: [[kappa]] },
      },
    };
    const found = importParameters('pymc-marketing', map, { family: 'bg-nbd', evidence: bgEvidence });
    expect(found.params['a']).toBeCloseTo(bg.a, 12);
    expect(found.params['b']).toBeCloseTo(bg.b, 12);
    expect(found.draws).toBeNull();
    const summary = { mean: { r: 0.2, alpha: 4, a: 1, b: 2 }, sd: { r: 0.1 } };
    expect(importParameters('pymc-marketing', summary, { family: 'mbg-nbd' }).warnings[0]).toMatch(/means only/);
  });

  it('checks the mean over draws', () => {
    const rows = Array.from({ length: 50 }, (_, draw) => Object.values(bg).map((value) => value * (1 + (0.002 * (draw - 24.5)) / 24.5)));
    const csv = ['r,alpha,a,b', ...rows.map((row) => row.join(','))].join('\n');
    expect(importParameters('pymc-marketing', csv, { family: 'bg-nbd', evidence: bgEvidence }).checked).toHaveLength(5);
    const inDays = ['r,alpha,a,b', ...rows.map(([r, alpha = 0, a, b]) => [r, alpha * 7, a, b].join(','))].join('\n');
    expect(() => importParameters('pymc-marketing', inDays, { family: 'bg-nbd', evidence: bgEvidence })).toThrow(
      /in days and the histories in weeks/,
    );
  });

  it('reads coefficients of CLVTools, also on the log scale and as arrays of one', () => {
    const document = JSON.stringify({
      coef: { r: [pareto.r], alpha: [pareto.alpha], s: [pareto.s], beta: [pareto.beta] },
      logLik: [-9594.976],
      se: { r: [0.0476] },
    });
    const found = importParameters('clvtools', document, { evidence: paretoEvidence });
    expect([found.family, found.params, found.logLikelihood, found.standardErrors]).toEqual([
      'pareto-nbd',
      pareto,
      -9594.976,
      { r: 0.0476 },
    ]);
    const logs = Object.fromEntries(Object.entries(bg).map(([name, value]) => [`log.${name}`, Math.log(value)]));
    const natural = importParameters('clvtools', logs, { evidence: bgEvidence });
    expect(natural.family).toBe('bg-nbd');
    expect(natural.params['b']).toBeCloseTo(bg.b, 12);
  });

  it('reads a Pareto/NBD of CLVTools with covariates, and checks each customer with its own', () => {
    const coef = { r: 1.83784, alpha: 92.91235, s: 0.592, beta: 49.62273, 'life.Gender': -0.643, 'trans.Gender': 0.2859 };
    const history = { x: 3, tx: 40, T: 100 };
    const own = { r: 1.83784, alpha: 92.91235 * Math.exp(-0.2859), s: 0.592, beta: 49.62273 * Math.exp(0.643) };
    const pAlive = Math.exp(paretoNbd.logProbabilityAlive(own, history));
    const found = importParameters('clvtools', { coef }, { evidence: { customers: [{ ...history, pAlive, covariates: { Gender: 1 } }] } });
    expect(found.covariates?.purchase).toEqual([{ name: 'Gender', value: 0.2859 }]);
    expect(found.covariates?.dropout).toEqual([{ name: 'Gender', value: -0.643 }]);
    expect(found.checked).toHaveLength(1);
    expect(exportParameters('clvtools', found)['coef']).toEqual(coef);
    expect(() =>
      importParameters('clvtools', { coef }, { evidence: { customers: [{ ...history, pAlive, covariates: { Gender: 0 } }] } }),
    ).toThrow(/1 of 1 figures/);
    expect(() => exportParameters('lifetimes', found)).toThrow(/lifetimes has no covariates/);
  });

  it('refuses covariates that mean something else here, and correlations', () => {
    expect(() => importParameters('clvtools', { ...bg, 'life.Gender': -0.64 })).toThrow(/covariates.*life\.Gender.*fitWithCovariates/);
    expect(() => importParameters('clvtools', { ...pareto, 'Cor(life,trans)': 0.1 })).toThrow(/correlation/);
    expect(() => importParameters('pymc-marketing', { ...pareto, purchase_coefficient: [0.1, 0.2] }, { family: 'pareto-nbd' })).toThrow(
      /covariates/,
    );
  });

  it('reads vectors of BTYDplus with and without k', () => {
    expect(importParameters('btydplus', [1, ...mbg], { family: 'mbg-cnbd' }).family).toBe('mbg-nbd');
    expect(importParameters('btydplus', { k: 1, r: mbg[0], alpha: mbg[1], a: mbg[2], b: mbg[3] }, { family: 'mbg-cnbd' }).family).toBe(
      'mbg-nbd',
    );
    expect(importParameters('btydplus', mbg, { family: 'mbg-nbd' }).params['a']).toBe(0.368251452849);
    expect(importParameters('btydplus', [0.42, 5.245], { family: 'nbd' }).params).toEqual({ r: 0.42, alpha: 5.245 });
    expect(() => importParameters('btydplus', mbg)).toThrow(/needs a family/);
    expect(() => importParameters('btydplus', { k: 2, r: 1, alpha: 1, a: 1, b: 1 })).toThrow(/mbg-cnbd/);
    expect(() => importParameters('btydplus', [1, 2, 3], { family: 'mbg-nbd' })).toThrow(/has 4 parameters/);
  });

  it('reads chains of Stan without warm-up, comments and sampler columns', () => {
    const chain = (shift: number): string =>
      [
        '# stan_version_major = 2',
        'lp__,accept_stat__,divergent__,r,alpha,b_a_Intercept,b',
        '-1,0.9,0,9,9,9,9',
        '# Adaptation terminated',
        '# Step size = 0.8',
        `-1,0.9,0,${0.2 + shift},4,0.8,2`,
        `-2,0.8,1,${0.3 + shift},5,0.9,3`,
        '# ',
        '#  Elapsed Time: 0.1 seconds',
      ].join('\n');
    const { draws, params, warnings } = importParameters('stan', [chain(0), chain(0.1)], { family: 'bg-nbd' });
    expect(draws?.draws).toHaveLength(16);
    expect(params['r']).toBeCloseTo(0.3, 12);
    expect(params['a']).toBeCloseTo(0.85, 12);
    expect(warnings).toEqual(['2 of the draws ended a divergent transition: the sampler missed part of the posterior']);
    expect(draws?.diagnostics.warnings).toEqual(warnings);
    expect(() => importParameters('stan', [chain(0), 'lp__,r\n-1,1'], { family: 'bg-nbd' })).toThrow(/no column/);
  });

  it('takes other names when it is given them', () => {
    const csv = 'shape,rate,a,b\n0.24,4.4,0.8,2.4\n';
    expect(importParameters('stan', csv, { family: 'bg-nbd', names: { shape: 'r', rate: 'alpha' } }).params['alpha']).toBe(4.4);
    expect(() => importParameters('stan', csv, { family: 'bg-nbd' })).toThrow(/needs the parameter 'r'.*names/);
  });

  it('says what it cannot read', () => {
    expect(() => importParameters('lifetimes', '{"r": 1')).toThrow(/begins like JSON/);
    expect(() => importParameters('lifetimes', 'r,alpha')).toThrow(/JSON object/);
    expect(() => importParameters('lifetimes', bg)).toThrow(/may be BG\/NBD or MBG\/NBD/);
    expect(() => importParameters('pymc-marketing', 'r,alpha\n')).toThrow(/no header with rows/);
    expect(() => importParameters('pymc-marketing', 'r,alpha\n1\n')).toThrow(/1 fields and the header 2/);
    expect(() => importParameters('lifetimes', { ...bg, a: -0.2 }, { family: 'bg-nbd' })).toThrow(/'a' is -0.2.*logarithm/);
    expect(() => importParameters('lifetimes', { ...bg, r: Number.NaN }, { family: 'bg-nbd' })).toThrow(/'r' is NaN/);
    expect(() => importParameters('lifetimes', { shape: 2 })).toThrow(/no model has the parameters shape/);
    expect(() => importParameters('excel' as 'stan', {})).toThrow(/no reader for 'excel'/);
  });
});

describe('checking parameters', () => {
  const check =
    (params: Readonly<Record<string, number>>, family = 'bg-nbd', evidence = bgEvidence): (() => unknown) =>
    () =>
      checkParameters({ family, params }, evidence);

  it('names the time unit when it is the cause', () => {
    expect(check(scaled(bg, ['alpha'], 7))).toThrow(
      /alpha is multiplied by 0.142857: the parameters are in days and the histories in weeks/,
    );
    expect(check(scaled(bg, ['alpha'], 7 / 30.4375))).toThrow(/parameters are in months and the histories in weeks/);
    expect(check(scaled(pareto, ['alpha', 'beta'], 7), 'pareto-nbd', paretoEvidence)).toThrow(/alpha and beta is multiplied by 0.142857/);
  });

  it('names a scale in place of a rate, swapped parameters, logarithms and the other family', () => {
    expect(check({ ...bg, alpha: 1 / bg.alpha })).toThrow(/alpha is inverted/);
    expect(check({ ...bg, a: bg.b, b: bg.a })).toThrow(/a and b are swapped/);
    expect(check({ ...pareto, s: pareto.r, r: pareto.s }, 'pareto-nbd', paretoEvidence)).toThrow(/r and s are swapped/);
    const large = { r: 1.3, alpha: 6, a: 1.2, b: 3 };
    const logs = Object.fromEntries(Object.entries(large).map(([name, value]) => [name, Math.log(value)]));
    const population = [2, 52].map((t) => ({ t, expected: bgNbd.expectedPurchases(large, t) }));
    expect(check(logs, 'bg-nbd', { population })).toThrow(/taken for logarithms/);
    expect(check(bg, 'mbg-nbd')).toThrow(/agree under BG\/NBD/);
  });

  it('names the rescaled time of lifetimes', () => {
    const scale = 10 / 38.86;
    const document = { model: 'BetaGeoFitter', params_: scaled(bg, ['alpha'], scale), _scale: scale };
    expect(() => importParameters('lifetimes', document, { evidence: bgEvidence })).toThrow(/rescaled time of lifetimes/);
  });

  it('says so when no mix-up explains the difference, with the figures in the detail', () => {
    expect(check({ ...bg, r: 0.3, b: 5 })).toThrow(/No usual mix-up/);
    expect(check(bg, 'bg-nbd', {})()).toEqual([]);
  });

  it('asks for the horizon of expected purchases, instead of taking it for zero', () => {
    expect(check(bg, 'bg-nbd', { customers: [{ x: 2, tx: 30, T: 39, expected: 1.2 }] })).toThrow(/no horizon that they are for; add it/);
  });

  it('checks the spend of Gamma-Gamma (lifetimes: means of the first customers of CDNOW)', () => {
    const evidence: Evidence = {
      spend: [
        { x: 2, meanSpend: 22.35, expected: 24.65 },
        { x: 7, meanSpend: 73.74, expected: 71.46 },
      ],
    };
    const params = { p: 6.25, q: 3.74, v: 15.44 };
    expect(check(params, 'gamma-gamma', evidence)()).toHaveLength(2);
    expect(check({ ...params, p: params.q, q: params.p }, 'gamma-gamma', evidence)).toThrow(/p and q are swapped/);
  });
});

describe('exporting parameters', () => {
  it('gives back what is read in, for every program', () => {
    const cases = [
      ['lifetimes', 'bg-nbd', bg],
      ['lifetimes', 'pareto-nbd', pareto],
      ['pymc-marketing', 'mbg-nbd', bg],
      ['pymc-marketing', 'gamma-gamma', { p: 6.25, q: 3.74, v: 15.44 }],
      ['clvtools', 'pareto-nbd', pareto],
      ['clvtools', 'bg-nbd', bg],
      ['btyd', 'pareto-nbd', pareto],
      ['btyd', 'gamma-gamma', { p: 6.25, q: 3.74, v: 15.44 }],
      ['btydplus', 'nbd', { r: 0.42, alpha: 5.2 }],
    ] as const;
    for (const [source, family, params] of cases) {
      const document = JSON.stringify(exportParameters(source, { family, params }));
      const back = importParameters(source, document, source === 'btyd' || source === 'btydplus' ? { family } : {});
      expect([back.family, back.params]).toEqual([family, params]);
    }
    const stan = importParameters('stan', exportParameters('stan', { family: 'bg-nbd', params: bg }), { family: 'bg-nbd' });
    expect(stan.params).toEqual(bg);
    const plus = exportParameters('btydplus', { family: 'mbg-nbd', params: bg });
    expect(importParameters('btydplus', plus, { family: 'mbg-cnbd' }).family).toBe('mbg-nbd');
  });

  it('has vectors in the order of the R packages', () => {
    expect(exportParameters('btyd', { family: 'bg-nbd', params: { b: 4, a: 3, alpha: 2, r: 1 } })['vector']).toEqual([1, 2, 3, 4]);
    expect(exportParameters('btydplus', { family: 'mbg-cnbd-3', params: { b: 4, a: 3, alpha: 2, r: 1 } })['vector']).toEqual([
      3, 1, 2, 3, 4,
    ]);
  });

  it('refuses a model that the program does not have, and a limit', () => {
    expect(() => exportParameters('clvtools', { family: 'mbg-nbd', params: bg })).toThrow(
      /clvtools has no mbg-nbd; it has: bg-nbd, pareto-nbd/,
    );
    expect(() => exportParameters('lifetimes', { family: 'bg-nbd', params: { ...bg, a: 0 } })).toThrow(/a is 0: the fit ran to a limit/);
    expect(() => exportParameters('excel' as 'stan', { family: 'bg-nbd', params: bg })).toThrow(/no writer for 'excel'/);
  });
});
