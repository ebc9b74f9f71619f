/**
 * The report of a fairness audit as files: Markdown for people, JSON for machines, SVG for the eye. The same audit gives the same bytes. What
 * it cannot say, it says that it cannot; small groups are never called fair.
 */
import type { Alternative, GroupFinding } from '../../../skills/gate/core/fairness/index.ts';
import { canonicalJson, digestOf } from '../../../skills/sdk/index.ts';
import { impactForest, proxyBars, quantileCurves } from '../report/fairness/index.ts';
import { formatCount, formatFixed, formatPercent, shortDigest } from '../report/format-number.ts';
import type { FairnessSelect } from './fairness-config.ts';
import type { AlternativesReport, FairnessDocument, ProxyReport, UseReport } from './fairness-document.ts';

export interface ReportFile {
  readonly name: string;
  readonly text: string;
}

/** What each verdict rests on, in words. */
export const reasonTexts: Readonly<Record<GroupFinding['verdict']['reason'], string>> = {
  'robust-violation': 'the whole interval lies below four fifths',
  'significant-violation': 'below four fifths, and chance does not explain it',
  'no-confidence': 'too few customers to tell',
  'nobody-selected': 'nobody of the reference was selected',
  'below-four-fifths': 'below four fifths, and chance may explain it',
  'significant-below-alert': 'above four fifths, below the alert, and chance does not explain it',
  'interval-reaches-four-fifths': 'the interval reaches below four fifths',
  'reference-disadvantaged': 'the reference is selected less, and chance does not explain it',
  'no-disparity-shown': 'the whole interval lies at or above four fifths',
};

/** Files of a report, in order; report.json first. */
export function reportFiles(document: FairnessDocument): readonly ReportFile[] {
  const pictures = [
    ...document.uses.flatMap((use) => picturesOf(use, document)),
    ...document.proxies.map((one) => proxyPicture(one, document)),
  ];
  return [{ name: 'report.json', text: `${canonicalJson(document)}\n` }, { name: 'report.md', text: markdownOf(document) }, ...pictures];
}

function picturesOf({ purpose, sink, select, attributes }: UseReport, { limits, asOf }: FairnessDocument): ReportFile[] {
  const subtitle = `${purpose} at ${sink} as of ${asOf}; selected: ${selectText(select)}`;
  const groups = attributes.flatMap(({ attribute, groups: findings }) => findings.map((finding) => ({ attribute, finding })));
  return [
    {
      name: `impact-${purpose}-${sink}.svg`,
      text: impactForest({
        title: 'Adverse impact ratio by group',
        subtitle,
        fourFifths: limits.fourFifths,
        rows: groups.map(({ attribute, finding }) => ({
          label: `${attribute}: ${finding.group} / ${finding.reference}`,
          ratio: finding.ratio,
          low: finding.scoreInterval?.low ?? null,
          high: finding.scoreInterval?.high ?? null,
          customers: Math.round(finding.effective.group),
          verdict: finding.verdict.outcome,
        })),
      }),
    },
    ...attributes.map(({ attribute, groups: findings }) => ({
      name: `quantiles-${purpose}-${sink}-${fileName(attribute)}.svg`,
      text: quantileCurves({
        title: `Impact ratio by cut: ${attribute}`,
        subtitle,
        fourFifths: limits.fourFifths,
        curves: findings.map(({ group, quantiles }) => ({
          group,
          points: quantiles.map(({ topPercent, impact }) => ({
            topPercent,
            ratio: impact.ratio,
            low: impact.score?.low ?? null,
            high: impact.score?.high ?? null,
          })),
        })),
      }),
    })),
  ];
}

function proxyPicture({ attribute, group, findings }: ProxyReport, { limits, asOf }: FairnessDocument): ReportFile {
  return {
    name: proxyPictureName(attribute, group),
    text: proxyBars({
      title: `How well features tell ${attribute}: ${group}`,
      subtitle: `customers as of ${asOf}`,
      limit: limits.proxyAuc,
      bars: findings.map(({ association, ...finding }) => ({ ...finding, cramersV: association?.cramersV ?? null })),
    }),
  };
}

function markdownOf(document: FairnessDocument): string {
  const { merchant, asOf, run, audit, uses, proxies, sources, limits } = document;
  return [
    `# Fairness audit of ${plain(merchant)}, ${asOf}`,
    '',
    `Audit \`${audit}\` of run \`${run.id}\` (${shortDigest(run.digest)}). Engineering, not legal advice: whether a disparity is lawful is for counsel.`,
    '',
    '## In short',
    '',
    '| use | outcome | worst group | why | proxies |',
    '| --- | --- | --- | --- | --- |',
    ...uses.map(({ purpose, sink, summary: { outcome, worst, isProxyFlagged } }) => {
      const who = worst ? `${plain(worst.attribute)}: ${plain(worst.group)} against ${plain(worst.reference)}` : '–';
      const why = worst ? reasonTexts[worst.reason as keyof typeof reasonTexts] : 'no group to compare'; // written by judgeImpact
      return `| ${purpose} at ${sink} | **${outcome}** | ${who} | ${why} | ${isProxyFlagged ? 'flagged' : 'none flagged'} |`;
    }),
    '',
    'A pass means that the whole 95 % interval lies at or above four fifths. Everything that is too small to tell goes to a person.',
    ...uses.flatMap((use) => useLines(use)),
    '',
    '## Proxies',
    '',
    `A feature is flagged when its adjusted p is at most ${limits.alpha} and its AUC is at least ${limits.proxyAuc} or its Cramér's V at least ${limits.proxyV}. What tells a group can stand in for it whether anybody meant it to or not.`,
    ...proxies.flatMap(proxyLines),
    '',
    '## Where the attributes come from',
    '',
    '| attribute | kind | customers | in the run | provenance | legal basis | imported |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...sources.map(
      ({ attribute, kind, customers, matched, provenance, legalBasis, importedOn }) =>
        `| ${plain(attribute)} | ${kind} | ${formatCount(customers)} | ${formatCount(matched)} | ${plain(provenance)} | ${plain(legalBasis)} | ${importedOn} |`,
    ),
    '',
    '## Limits',
    '',
    '- Who is not known is left out. If they differ from the others, so does the truth.',
    '- Estimated groups are weights, never labels. Their error can hide a disparity or make one, and intervals do not have it in them.',
    '- What is said of leaving a feature out is said of a stand-in for the value, which explains only the part of it that is stated.',
    '- Counts of small groups stand here as they are: mind who gets this report.',
    '- A ratio says nothing about why. Strata and outcomes are where to look next.',
    '',
  ].join('\n');
}

function useLines({ purpose, sink, select, among, customers, passed, selected, attributes }: UseReport): string[] {
  return [
    '',
    `## ${purpose} at ${sink}`,
    '',
    `${formatCount(passed)} passed the gate, ${formatCount(selected)} were selected: ${selectText(select)}. Rates are of ${among === 'passed' ? 'those who passed' : `all ${formatCount(customers)} who were decided about`}.`,
    '',
    `![impact ratios](impact-${purpose}-${sink}.svg)`,
    ...attributes.flatMap(({ attribute, kind, reference, groups, rates, unknown, alternatives }) => [
      '',
      `### ${plain(attribute)} (${kind})`,
      '',
      `Reference: ${reference === null ? 'none' : plain(reference)}. Selection rates: ${rates
        .map(({ group, selection, rate }) => `${plain(group)} ${share(rate)} of ${size(selection.total)}`)
        .join(', ')}. Not known: ${formatCount(unknown.total)}, of whom ${formatCount(unknown.selected)} were selected.`,
      '',
      '| group | ratio | score interval | Katz | p | adjusted p | shortfall | detectable | SMD (pooled) | verdict |',
      '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
      ...groups.map(groupRow),
      '',
      `![impact by cut](quantiles-${purpose}-${sink}-${fileName(attribute)}.svg)`,
      ...groups.flatMap((group) => strataLines(group)),
      ...groups.flatMap((group) => outcomeLines(group)),
      ...(alternatives ? alternativeLines(alternatives) : []),
    ]),
  ];
}

function groupRow(finding: GroupFinding): string {
  const { group, ratio, scoreInterval, logInterval, tests, detectable, scoreDifference, verdict } = finding;
  return `| ${[
    plain(group),
    number(ratio),
    interval(scoreInterval),
    interval(logInterval),
    `${number(tests.p, 4)} (${tests.decisive})`,
    `${number(tests.adjustedP, 4)} (${tests.adjustment})`,
    number(finding.shortfall, 1),
    number(detectable),
    number(scoreDifference.pooled),
    `**${verdict.outcome}**: ${reasonTexts[verdict.reason]}`,
  ].join(' | ')} |`;
}

function strataLines({ group, stratified }: GroupFinding): string[] {
  return [
    '',
    `Within strata, ${plain(group)}:`,
    '',
    '| held equal | strata | ratio | interval | odds ratio | CMH p | corrected p | other way round in |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...stratified.map(
      ({ by, strata, leftOut, ratio, interval: own, oddsRatio, test, corrected, reversed }) =>
        `| ${[
          by,
          `${strata}${leftOut > 0 ? ` (${leftOut} left out)` : ''}`,
          number(ratio),
          interval(own),
          number(oddsRatio),
          number(test?.p ?? null, 4),
          number(corrected?.p ?? null, 4),
          reversed.length === 0 ? 'none' : shownNames(reversed),
        ].join(' | ')} |`,
    ),
  ];
}

function outcomeLines({
  group,
  reference,
  equalOpportunity,
  calibration,
  referenceCalibration,
  residualDifference,
}: GroupFinding): string[] {
  if (!equalOpportunity || !calibration || !referenceCalibration) return [];
  return [
    '',
    `Outcomes, ${plain(group)} against ${plain(reference)}: equal opportunity difference ${number(equalOpportunity.difference)} (rate of selection among those who bought in the holdout; ratio ${number(equalOpportunity.impact.ratio)}, ${interval(equalOpportunity.impact.score)}). Spend that came over spend that was predicted: ${number(calibration.actualOverPredicted)} against ${number(referenceCalibration.actualOverPredicted)}. Standardised difference of the errors: ${number(residualDifference)}.`,
  ];
}

const shownAlternatives = 5;

function alternativeLines({ group, reference, explained, ratioToday, judgedBy, customers, found }: AlternativesReport): string[] {
  const named = found.filter(({ isLessDiscriminatory }) => isLessDiscriminatory);
  const intro = `Searched for a less discriminatory alternative for ${plain(group)} against ${plain(reference)}: ${formatCount(found.length)} candidates on ${formatCount(customers)} customers, judged by ${judgedBy === 'holdout-spend' ? 'what they spent in the holdout' : 'their predicted value'}; the ratio among them is ${number(ratioToday)} today. The features explain ${formatPercent(explained, 0)} of the value.`;
  if (named.length === 0) return ['', `${intro} None is nearer to 1 without losing more than was agreed.`];
  return [
    '',
    `${intro} ${formatCount(named.length)} ${named.length === 1 ? 'is' : 'are'} nearer to 1 and ${named.length === 1 ? 'loses' : 'lose'} no more than was agreed:`,
    '',
    '| alternative | selects | ratio | score interval | gain | value kept |',
    '| --- | --- | --- | --- | --- | --- |',
    ...named.slice(0, shownAlternatives).map(alternativeRow),
  ];
}

function alternativeRow({ name, share: selects, impact, gain, relativeValue }: Alternative): string {
  const of = (value: Alternative['gain']): string =>
    value === null ? '–' : `${formatFixed(value.value, 2)} (${formatFixed(value.low, 2)} to ${formatFixed(value.high, 2)})`;
  return `| ${plain(name)} | ${formatPercent(selects, 0)} | ${number(impact.ratio)} | ${interval(impact.score)} | ${of(gain)} | ${of(relativeValue)} |`;
}

function proxyLines({ attribute, group, findings }: ProxyReport): string[] {
  const head = ['', `### ${plain(attribute)}: ${plain(group)}`, ''];
  if (findings.length === 0) return [...head, 'Too few customers to tell.'];
  return [
    ...head,
    `![proxies](${proxyPictureName(attribute, group)})`,
    '',
    '| feature | AUC | p | adjusted p | Cramér’s V | mutual information | uncertainty taken away |  |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...findings.map(
      ({ feature, auc, p, adjustedP, association, isFlagged }) =>
        `| ${plain(feature)} | ${number(auc)} | ${number(p)} | ${number(adjustedP)} | ${number(association?.cramersV ?? null)} | ${number(association?.mutualInformation ?? null, 3)} | ${association ? formatPercent(association.uncertainty) : '–'} | ${isFlagged ? '**proxy**' : ''} |`,
    ),
  ];
}

export function selectText(select: FairnessSelect): string {
  if ('topPercent' in select) return `the best ${select.topPercent} % of them by value`;
  return 'valueAtLeastMinor' in select ? `those worth at least ${formatCount(select.valueAtLeastMinor)} minor units` : 'all of them';
}

function shownNames(names: readonly string[]): string {
  const shown = names.slice(0, 3).map(plain).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

function number(value: number | null, digits = 2): string {
  return formatFixed(value ?? Number.NaN, digits);
}

function share(value: number | null): string {
  return value === null ? '–' : formatPercent(value);
}

/** Sums of weights are not whole. */
function size(total: number): string {
  return formatFixed(total, Number.isInteger(total) ? 0 : 1);
}

function interval(own: { readonly low: number; readonly high: number | null } | null): string {
  return own === null ? '–' : `${formatFixed(own.low, 2)} to ${own.high === null ? 'no limit' : formatFixed(own.high, 2)}`;
}

/** Names of groups are the operator's: what would be markup or a cell is none here. */
function plain(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').replace(/[\\|`*_[\]<>#!]/g, '\\$&');
}

/** Two dashes are in no name, so that no two pairs have one picture. */
function proxyPictureName(attribute: string, group: string): string {
  return `proxies-${fileName(attribute)}--${fileName(group)}.svg`;
}

/** Names of files from names of groups; two different ones stay different. */
export function fileName(text: string): string {
  const kept = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return kept === text ? kept : `${kept === '' ? 'group' : kept.slice(0, 40)}-${digestOf(text).slice(0, 6)}`;
}
