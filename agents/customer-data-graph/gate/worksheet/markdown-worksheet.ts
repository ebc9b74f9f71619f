/**
 * The worksheet as a page: what the number is, what it is made of, what the log says was sold, and blanks where only people know. Every
 * figure is one of the gathered ones; a blank is never filled.
 */
import { formatAmount, formatCount, formatFixed, formatMoney, formatPercent } from '../../report/format-number.ts';
import { figureChanges, methodChanges } from './compare-worksheets.ts';
import type { Gathered } from './gather-figures.ts';
import { factsToState, revenueSteps } from './worksheet-facts.ts';
import type { WorksheetFigures, WorksheetRecord } from './worksheet-interface.ts';

export interface WorksheetPage extends Gathered {
  readonly record: WorksheetRecord;
  readonly previous: { readonly figures: WorksheetFigures; readonly index: number } | null;
  /** Name of the table beside it. */
  readonly csv: string;
}

const blank = '________';

export function markdownWorksheet(page: WorksheetPage): string {
  return [
    ...head(page),
    ...wording(page),
    ...population(page),
    ...tieOut(page),
    ...reconciliation(page),
    ...comparison(page),
    ...evidence(page),
  ]
    .join('\n')
    .concat('\n');
}

function head({ figures }: WorksheetPage): string[] {
  const { asOf, scored, reported, horizonDays, currency, level } = figures;
  const isWhole = reported.accounts === scored.accounts;
  return [
    `# Worksheet: expected customer value as of ${asOf}`,
    '',
    'An operating metric that a model computed from the log, not a number of accounting and not revenue. Blanks are for an accountant and for',
    'counsel; nothing here fills them. An engineering aid, not legal or accounting advice.',
    '',
    '## 1. The number',
    '',
    ...table(
      ['', ''],
      [
        ['Metric', `Expected customer spend, net of returns, in the ${horizonDays} days after ${asOf}`],
        ['Reported', formatMoney(reported.valueMinor, currency)],
        ['Accounts in it', formatCount(reported.accounts)],
        [
          `${formatPercent(level, 0)} interval`,
          isWhole
            ? `${formatMoney(scored.lowMinor, currency)} to ${formatMoney(scored.highMinor, currency)}`
            : `none for a part of the accounts; of all ${formatCount(scored.accounts)} scored, worth ${formatMoney(scored.valueMinor, currency)}: ${formatAmount(scored.lowMinor, currency)} to ${formatMoney(scored.highMinor, currency)}`,
        ],
        ['Annual recurring revenue', 'not computed: the log has no contracts, terms or renewals'],
      ],
    ),
  ];
}

/** @see SEC Release 33-10751 (Jan. 30, 2020), on key performance indicators and metrics in MD&A */
function wording({ figures, uses, previous, held }: WorksheetPage): string[] {
  const { horizonDays, discountRateAnnual, method, level } = figures;
  const changes = previous ? methodChanges(previous.figures, figures) : [];
  return [
    '## 2. Wording beside the number (SEC Release 33-10751)',
    '',
    '**Definition and calculation.** For each account with a purchase in the log, the number of purchases that the model expects in',
    `the next ${horizonDays} days, times the spend that it expects per purchase, less what it expects to be returned, ${discountRateAnnual > 0 ? `discounted at ${formatFixed(discountRateAnnual * 100, 2)} % a year` : 'not discounted'}; added`,
    'up over the accounts in it. It is spend, not margin: no cost is taken off. It is neither deferred nor recognised revenue.',
    '',
    `**Why it is useful to investors.** ${blank}`,
    '',
    '**How management uses it.** Decided by the gate in this run for:',
    '',
    ...uses.map(({ subscriber, purpose, sink }) => `- ${purpose}, to ${subscriber} (${sink})`),
    '',
    `What management decides by it: ${blank}`,
    '',
    '**Estimates, assumptions and limits.** Customers go on as they did in the log, and the next period is like the last ones; a new',
    `competitor or a new price is outside of every interval. Calibration: ${cell(method)} An interval of ${formatPercent(level, 0)} misses one time in ${formatFixed(1 / (1 - level), 0)}`,
    'even when all of this holds. Customers who come for the first time after the day are not in it.',
    ...held,
    '',
    `**Changes since the last time.** ${previous ? (changes.length > 0 ? `Since the worksheet of ${previous.figures.asOf}:` : `None of method since the worksheet of ${previous.figures.asOf}; figures are in section 6.`) : 'This is the first worksheet in the ledger.'}`,
    '',
    ...(changes.length > 0
      ? table(
          ['Changed', 'Before', 'Now', 'Reason and effect'],
          changes.map(({ what, before, after }) => [what, cell(before), cell(after), blank]),
        )
      : []),
  ];
}

function population({ figures }: WorksheetPage): string[] {
  const { scored, held, reported, heldBy, currency } = figures;
  const row = (name: string, { accounts, valueMinor }: { readonly accounts: number; readonly valueMinor: number }) => [
    name,
    formatCount(accounts),
    formatAmount(valueMinor, currency),
  ];
  return [
    '## 3. Population and exclusions',
    '',
    `Accounts with a purchase on or before the day. The gate's decisions for ${heldBy.purpose} at ${heldBy.sink} hold accounts out.`,
    ...(heldBy.purpose === 'investor-reporting'
      ? []
      : ['No use of this run is for investor-reporting; add one to the pipeline before the number is given to anybody.']),
    '',
    ...table(
      ['', 'Accounts', `Expected value, ${currency}`],
      [
        row('Scored', scored),
        row('Held out: the gate failed them', held.fail),
        row('Held out: left to a person', held.counsel),
        row('Reported', reported),
      ],
    ),
    `Related parties, such as affiliated franchisees, in the population: ${blank}`,
    '',
  ];
}

function tieOut({ figures, months, csv }: WorksheetPage): string[] {
  const { currency, log, featuresMinor, asOf } = figures;
  const money = (minor: number): string => formatAmount(minor, currency);
  return [
    '## 4. Revenue of the log, and its tie-out',
    '',
    `Sales and returns of everybody up to ${asOf}, by month in UTC, as the signals say them; amounts are the sender's, with or without sales`,
    `tax. The same table with columns for the accountant is \`${csv}\`. Revenue that is recognised is not in the log: ${blank}`,
    '',
    ...table(
      ['Month', 'Sales', `Gross, ${currency}`, 'Returns', `Returned, ${currency}`, `Net, ${currency}`, 'Loyalty actions'],
      [
        ...months.map(({ month, sales, grossMinor, returns, returnedMinor, netMinor, loyaltyActions }) => [
          month,
          formatCount(sales),
          money(grossMinor),
          formatCount(returns),
          money(returnedMinor),
          money(netMinor),
          formatCount(loyaltyActions),
        ]),
        ['**Total**', '', money(log.grossMinor), '', money(log.returnedMinor), money(log.netMinor), ''],
      ],
    ),
    ...table(
      ['From the log to what the scores were learnt from', currency],
      [
        ['Net in the log', money(log.netMinor)],
        ['Returns that reach no purchase in the log, and other differences', money(featuresMinor - log.netMinor)],
        ['Net spend of the scored accounts', money(featuresMinor)],
        ['Revenue recognised in the ledger of accounts, same period', blank],
        ['Difference, explained by the five steps', blank],
      ],
    ),
    ...table(
      ['ASC 606', 'The log knows', 'It cannot know', 'Completed by, on', 'Fact'],
      revenueSteps.map(({ step, logKnows, logCannotKnow, fact }) => [step, logKnows, logCannotKnow, blank, `\`${fact}\``]),
    ),
  ];
}

function reconciliation({ figures }: WorksheetPage): string[] {
  const { reported, currency } = figures;
  return [
    '## 5. Reconciliation, where it is presented as a non-GAAP measure (Regulation G)',
    '',
    'A metric that is no non-GAAP measure needs none (17 CFR § 244.101(a)(2)). Whether this is one is for counsel. A forecast of revenue',
    'to come has no GAAP figure of the same period yet; the nearest one is named by an accountant.',
    '',
    ...table(
      ['', currency],
      [
        ['Most directly comparable GAAP measure, with its period', blank],
        ['Adjustment', blank],
        ['Adjustment', blank],
        ['Expected customer value, as reported above', formatAmount(reported.valueMinor, currency)],
      ],
    ),
    'The GAAP measure stands first or as prominently (C&DI 102.10), and no adjustment recognises revenue in a way of its own (C&DI 100.04).',
    '',
  ];
}

function comparison({ figures, previous }: WorksheetPage): string[] {
  const title = ['## 6. Against the worksheet before', ''];
  if (!previous) return [...title, 'There is none in the ledger.', ''];
  const show = (value: number, isMoney: boolean): string => (isMoney ? formatMoney(value, figures.currency) : formatCount(value));
  const isComparable = previous.figures.currency === figures.currency;
  return [
    ...title,
    `That of ${previous.figures.asOf}, ledger record ${previous.index}.`,
    '',
    ...(isComparable
      ? table(
          ['', previous.figures.asOf, figures.asOf, 'Change', ''],
          figureChanges(previous.figures, figures).map(({ figure, before, after, isMoney }) => [
            figure,
            show(before, isMoney),
            show(after, isMoney),
            show(after - before, isMoney),
            before > 0 ? formatPercent(after / before - 1) : '',
          ]),
        )
      : [`It is in ${previous.figures.currency}; amounts are not compared.`, '']),
  ];
}

function evidence({ figures, record, runRecord, isServed }: WorksheetPage): string[] {
  const { run, digests } = figures;
  return [
    '## 7. Evidence',
    '',
    ...table(
      ['', ''],
      [
        ['Figures of this worksheet', `ledger record ${record.index}`],
        ['Ledger then', `${formatCount(record.size)} records, root \`${record.root}\``],
        ['Run', `\`${run}\`, ledger records from ${runRecord}`],
        ['Score store', isServed ? 'serves the values of this day' : 'serves the values of another day'],
        ...Object.entries(digests).map(([name, digest]) => [`Digest of ${name}`, `\`${digest}\``]),
      ],
    ),
    '`cohortium verify` checks the ledger, and `cohortium replay` computes the run again.',
    '',
    '## 8. Facts to state when it is completed',
    '',
    'Under `facts:` of the use with the purpose investor-reporting. What is not stated leaves the use to a person.',
    '',
    '```yaml',
    ...factsToState.map((fact) => `${fact}: # ${blank}`),
    '```',
  ];
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const isNumbers = (at: number): boolean => at > 0 && rows.every((cells) => /^[-–\d. ]*( [A-Z]{3}| %)?$|^_+$/.test(cells[at] ?? ''));
  return [line(heads), line(heads.map((_, at) => (isNumbers(at) ? '---:' : '---'))), ...rows.map(line), ''];
}

/** Text that was not written here. */
function cell(text: string): string {
  return text.replaceAll(/[|\\`*_<>[\]]/g, '\\$&').replaceAll(/\s+/g, ' ');
}
