/**
 * index.html of an answer: for a person to read, with the short answer first and the rest to open. One file, no script, nothing loaded
 * from elsewhere; headings, tables with heads and a language, so that it can be heard as well. Every text is escaped.
 */
import type { SubjectExport } from './export-schema.ts';

export interface PageParts {
  readonly answer: SubjectExport;
  /** Names of the other files, for links. */
  readonly files: readonly string[];
  readonly money: (minor: number) => string;
}

type Cell = string | number | null;

export function htmlPage({ answer, files, money }: PageParts): string {
  const { operator, request, person } = answer;
  const sections = [
    ...(answer.reviews.length > 0 ? [reviewSection(answer)] : []),
    ...(answer.categories.length > 0 ? [categorySection(answer)] : []),
    ...(person
      ? [
          section('person', 'How you are known', true, [
            `<p>You are <strong>${escaped(person.customerId)}</strong> to us${person.previousIds.length > 0 ? `, before that ${escaped(person.previousIds.join(', '))}` : ''}. E-mail addresses and telephone numbers are kept as their SHA-256 only.</p>`,
            table(
              ['Kind', 'Identity', 'Since'],
              person.identities.map(({ kind, value, since }) => [kind, value, day(since)]),
            ),
            ...(person.attributes.length > 0
              ? [
                  '<h3>What you declared</h3>',
                  table(
                    ['What', 'Value', 'From', 'On'],
                    person.attributes.map(({ name, value, source, at }) => [words(name), value, source, day(at)]),
                  ),
                ]
              : []),
          ]),
        ]
      : []),
    ...(answer.values ? [valueSection(answer, money)] : []),
    ...(answer.decisions.length > 0
      ? [
          section('decisions', 'What was decided about you', true, [
            '<p>Before a value is used, rules made from the law and by us decide whether it may be. This is what they said, and what would have made them say otherwise.</p>',
            ...answer.decisions.map(
              (one) =>
                `<article><h3>${escaped(words(one.purpose))}, for ${escaped(one.sink)}</h3><p><strong>${outcomeWords[one.outcome]}</strong> (${day(one.asOf)}).</p>${
                  one.rules.length > 0 ? list(one.rules.map(({ rule, citation }) => `${rule}: ${citation}`)) : ''
                }${
                  one.otherwise.length > 0
                    ? `<p>It would have been otherwise with one of these changes:</p>${list(one.otherwise)}`
                    : '<p>No change of one or two facts would have made it otherwise.</p>'
                }</article>`,
            ),
          ]),
        ]
      : []),
    ...(answer.logic.length > 0
      ? [
          section('logic', 'How it is computed', false, [
            ...answer.logic.map(
              ({ purpose, what, procedure, data, significance, consequences }) =>
                `<article><h3>${escaped(words(purpose))}</h3><dl><dt>What it is</dt><dd>${escaped(what)}</dd><dt>How</dt><dd>${escaped(procedure)}</dd><dt>From what</dt><dd>${escaped(data)}</dd><dt>What it means for you</dt><dd>${escaped(consequences)} ${escaped(significance)}</dd></dl></article>`,
            ),
            ...(answer.model
              ? [
                  `<p>The value model is ${escaped(answer.model.id)}; its card is ${escaped(answer.model.card)} at ${escaped(operator.name)}.</p>`,
                ]
              : []),
          ]),
        ]
      : []),
    ...(answer.cohorts.current.length > 0
      ? [
          section('cohorts', 'Groups that you are counted in', false, [
            table(
              ['Grouping', 'Window', 'You are in', 'Since', 'Until', 'Because'],
              answer.cohorts.current.map(({ title, window, name, since, until, because }) => [
                title,
                window,
                name,
                since,
                until ?? 'open',
                because.slice(0, 3).join('; '),
              ]),
            ),
            ...(answer.cohorts.transitions.length > 0
              ? [
                  '<h3>How that changed</h3>',
                  table(
                    ['On', 'Grouping', 'Window', 'From', 'To'],
                    answer.cohorts.transitions.map(({ asOf, definition, window, from, to }) => [
                      asOf,
                      definition,
                      window,
                      from ?? 'none',
                      to ?? 'none',
                    ]),
                  ),
                ]
              : []),
          ]),
        ]
      : []),
    ...(answer.signals.length > 0 ? [signalSection(answer, money)] : []),
    ...(answer.consents.length > 0
      ? [
          section('consents', 'What you allowed and refused', false, [
            table(
              ['On', 'Purpose', 'You said', 'How'],
              answer.consents.map(({ at, purpose, isGranted, method }) => [
                day(at),
                words(purpose),
                isGranted ? 'yes' : 'no',
                method ?? 'not recorded',
              ]),
            ),
          ]),
        ]
      : []),
    ...(answer.recipients.length > 0
      ? [
          section('recipients', 'Who receives values', false, [
            table(
              ['Recipient', 'For', 'About you', 'Told of your objections'],
              answer.recipients.map(({ sink, purposes, values, optOuts }) => [
                sink,
                purposes.map(words).join(', '),
                values,
                optOuts.map((one) => `${one.purposes.join(', ')}: ${one.state}`).join('; ') || 'none to tell',
              ]),
            ),
          ]),
        ]
      : []),
    section('purposes', 'What for, and on what basis', false, [
      table(
        ['Purpose', 'Basis', 'Recipients'],
        answer.purposes.map(({ purpose, legalBasis, recipients }) => [words(purpose), legalBasis, recipients.join(', ')]),
      ),
      '<h3>Where data come from</h3>',
      list(answer.sources),
      '<h3>Transfers to other countries</h3>',
      list(answer.transfers),
    ]),
    ...(answer.retention.length > 0
      ? [
          section('retention', 'How long it is kept', false, [
            table(
              ['What', 'Until', 'By'],
              answer.retention.map(({ what, outcome, through, rules }) => [words(what), through ?? outcome, rules.join('; ')]),
            ),
          ]),
        ]
      : []),
    section('rights', 'Your rights', false, [
      ...answer.rights.map(({ title, citation, rights }) => `<h3>${escaped(title)}</h3><p>${escaped(citation)}</p>${list(rights)}`),
      `<p>${operator.contact === null ? `Write to ${escaped(operator.name)}` : escaped(operator.contact)}${operator.authority === null ? '; you can also complain to the authority for data protection, or the attorney general, where you live' : `; you can complain to ${escaped(operator.authority)}`}.</p>`,
    ]),
    ...(answer.records.length > 0
      ? [
          section('records', 'Records, and how to check them', false, [
            `<p>Every record below stands in a ledger that cannot be changed without a trace. The file beside it proves that: any tool for C2SP tlog-proof checks it against the signed checkpoint of ${answer.ledger.size} records.</p>`,
            table(
              ['Record', 'What', 'Made', 'State', 'Proof'],
              answer.records.map(({ index, item, kind, time, state, proof }) => [
                item === null ? index : `${index}.${item}`,
                words(kind),
                time,
                state,
                proof,
              ]),
            ),
          ]),
        ]
      : []),
    ...(answer.withheld.length > 0
      ? [
          section('withheld', 'What is held and not written down here', true, [
            '<p>To protect you, no answer holds these; whoever has them could pass as you.</p>',
            table(
              ['What', 'Places', 'By'],
              answer.withheld.map(({ what, places, because }) => [what, places, because]),
            ),
          ]),
        ]
      : []),
  ];
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="referrer" content="no-referrer">',
    `<title>Your data at ${escaped(operator.name)}</title>`,
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<header><p class="kind">${kindTitles[answer.kind]}</p><h1>Your data at ${escaped(operator.name)}</h1><p class="lead">${escaped(answer.confirmation)}</p>`,
    `<dl class="facts"><div><dt>Request</dt><dd>${escaped(request.id)}</dd></div><div><dt>Received</dt><dd>${day(request.receivedAt)}</dd></div><div><dt>As of</dt><dd>${day(answer.madeAsOf)}</dd></div><div><dt>Law</dt><dd>${escaped(request.law.map(({ citation }) => citation).join('; ') || 'none that obliges; answered all the same')}</dd></div></dl>`,
    `<nav aria-label="Files"><p>The same for programs: ${files.map((file) => `<a href="${escaped(file)}">${escaped(file)}</a>`).join(', ')}.</p></nav></header>`,
    ...sections,
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

const kindTitles: Readonly<Record<SubjectExport['kind'], string>> = {
  know: 'Categories of your data',
  access: 'A copy of your data',
  'human-review': 'A person has looked again',
  port: 'Your data, to take with you',
};

const outcomeWords: Readonly<Record<'pass' | 'fail' | 'counsel', string>> = {
  pass: 'Your value may be used for this',
  fail: 'Your value may not be used for this',
  counsel: 'A person has to decide; until then it is not used',
};

const reviewWords: Readonly<Record<'upheld' | 'changed' | 'withdrawn', string>> = {
  upheld: 'The decision stands',
  changed: 'The decision was changed: it stands only on conditions',
  withdrawn: 'The decision was taken back',
};

function reviewSection({ reviews }: SubjectExport): string {
  return section('reviews', 'What a person decided who looked again', true, [
    '<p>You asked for a person to look again at a decision that was taken by automated means. This is what they decided; each of them signed it.</p>',
    ...reviews.map(
      ({ purpose, sink, view, outcome, because, conditions, refused, decidedBy, decidedAt, decision, request }) =>
        `<article><h3>${escaped(words(purpose))}, for ${escaped(sink)}</h3><p><strong>${reviewWords[outcome]}</strong> (${day(decidedAt)}, request ${escaped(request)}, decision at record ${decision.item === null ? decision.index : `${decision.index}.${decision.item}`}).</p><dl>${
          view === '' ? '' : `<dt>What you said</dt><dd>${escaped(view)}</dd>`
        }<dt>Why</dt><dd>${escaped(because)}</dd>${conditions.length === 0 ? '' : `<dt>On what conditions</dt><dd>${list(conditions)}</dd>`}<dt>What follows</dt><dd>${
          refused.length === 0
            ? 'Nothing changes.'
            : `These uses of your data are refused in your name from then on: ${escaped(refused.map(words).join(', '))}.`
        }</dd><dt>Decided by</dt><dd>${escaped(decidedBy.map(({ role, at }) => `a person in the role ${words(role)}, ${at.slice(0, 10)}`).join('; '))}</dd></dl></article>`,
    ),
  ]);
}

function categorySection({ categories }: SubjectExport): string {
  return section('categories', 'What kinds of data are held', true, [
    table(
      ['Category', 'Held', 'Count', 'From', 'Given to', 'Kept'],
      categories.map(({ category, isHeld, count, from, recipients, kept }) => [
        category,
        isHeld ? 'yes' : 'no',
        count,
        from.join(', '),
        recipients.join(', ') || 'nobody',
        kept,
      ]),
    ),
  ]);
}

/** Rows that are shown; the files have all of them. */
const mostRows = 200;

function valueSection(answer: SubjectExport, money: (minor: number) => string): string {
  const { values } = answer;
  if (!values) return '';
  const fact = (name: string): number | undefined => {
    const value = values.account.find((one) => one.name === name)?.value;
    return typeof value === 'number' ? value : undefined;
  };
  const [clv, low, high, buys, tier] = [
    fact('clvMinor'),
    fact('clvLowMinor'),
    fact('clvHighMinor'),
    fact('pPurchase'),
    values.account.find(({ name }) => name === 'tier')?.value,
  ];
  return section('value', 'What we expect of you', true, [
    clv === undefined
      ? ''
      : `<p>We expect you to spend <strong>${escaped(money(clv))}</strong> with us in the ${values.horizonDays} days after ${values.asOf}${
          low === undefined || high === undefined ? '' : `, somewhere between ${escaped(money(low))} and ${escaped(money(high))}`
        }${buys === undefined ? '' : `; a purchase in that time has probability ${Math.round(buys * 1000) / 10} %`}${tier === undefined ? '' : `. Confidence in the number is ${escaped(String(tier))}`}.</p>`,
    ...answer.valueExplanations.map((one) => explanationWords(one, money)),
    ...(values.places.length > 0
      ? [
          '<h3>Where</h3>',
          table(
            ['Location', 'Channel', 'Brand', 'Expected', 'Part'],
            values.places.map(({ location, channel, brand, clvMinor, share }) => [
              location,
              channel,
              brand,
              money(clvMinor),
              `${Math.round(share * 1000) / 10} %`,
            ]),
          ),
        ]
      : []),
    ...(answer.features
      ? [
          `<details><summary>What it is computed from (${answer.features.asOf})</summary>${table(
            ['What', 'Value'],
            answer.features.values.map(({ name, value }) => [
              words(name),
              value === null ? null : typeof value === 'boolean' ? String(value) : value,
            ]),
          )}</details>`,
        ]
      : []),
  ]);
}

/** The parts of a value as the answer has them. */
function explanationWords(explanation: unknown, money: (minor: number) => string): string {
  const { baseMinor, groups, variations, counterfactuals } = explanation as {
    readonly baseMinor: number;
    readonly groups: readonly { readonly says: string; readonly minor: number }[];
    readonly variations: readonly { readonly change: string; readonly valueMinor: number }[];
    readonly counterfactuals: readonly {
      readonly targetMinor: number;
      readonly found: {
        readonly changes: readonly { readonly feature: string; readonly from: number; readonly to: number; readonly unit: string }[];
      } | null;
    }[];
  }; // as gather-derived wrote it
  const number = (value: number): string => String(Math.round(value * 10) / 10);
  return [
    `<h3>What made it</h3><p>It starts from what typical customers are worth, ${escaped(money(baseMinor))}, and each of these added or took away:</p>`,
    table(
      ['What', 'Adds'],
      groups.map(({ says, minor }) => [says, money(minor)]),
    ),
    '<h3>What would have changed it</h3>',
    table(
      ['Had it been otherwise', 'The value would have been'],
      variations.slice(1).map(({ change, valueMinor }) => [change, money(valueMinor)]),
    ),
    list(
      counterfactuals.map(({ targetMinor, found }) =>
        found
          ? `For ${money(targetMinor)}: ${found.changes.map(({ feature, from, to, unit }) => `${words(feature)} ${number(to)} in place of ${number(from)} ${unit}`).join(', ')}`
          : `For ${money(targetMinor)}: nothing that a customer can do differently leads there`,
      ),
    ),
  ].join('');
}

function signalSection(answer: SubjectExport, money: (minor: number) => string): string {
  const { signals } = answer;
  const newest = signals.slice(-mostRows).reverse();
  return section('signals', 'What you bought and did', false, [
    ...(signals.length > newest.length
      ? [`<p>The newest ${newest.length} of ${signals.length}; csv/signals.csv has all of them.</p>`]
      : []),
    table(
      ['When', 'What', 'Where', 'Article', 'Amount'],
      newest.map(({ at, type, location, channel, brand, sku, amountMinor }) => [
        `${at.slice(0, 10)} ${at.slice(11, 16)}`,
        words(type),
        [location, channel, brand].filter((one) => one !== 'unknown' && one !== '').join(' · '),
        sku,
        amountMinor === 0 ? '' : money(amountMinor),
      ]),
    ),
  ]);
}

function section(id: string, title: string, isOpen: boolean, parts: readonly string[]): string {
  return `<details class="section" id="${id}"${isOpen ? ' open' : ''}><summary><h2>${escaped(title)}</h2></summary>\n${parts.join('\n')}\n</details>`;
}

function table(heads: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return '<p>Nothing.</p>';
  const head = heads.map((one) => `<th scope="col">${escaped(one)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n');
  return `<div class="wide" tabindex="0" role="region" aria-label="${escaped(heads.join(', '))}"><table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}

function cell(value: Cell): string {
  if (value === null || value === '') return '<td>–</td>';
  const text = escaped(String(value));
  if (typeof value === 'number') return `<td class="number">${text}</td>`;
  return value.startsWith('proofs/') ? `<td><a href="${text}">${text}</a></td>` : `<td>${text}</td>`;
}

function list(items: readonly string[]): string {
  return items.length === 0 ? '' : `<ul>${items.map((item) => `<li>${escaped(item)}</li>`).join('')}</ul>`;
}

function day(instant: string): string {
  return escaped(instant.slice(0, 10));
}

/** A name of ours as people read it: `lastDay` is `last day`, `offer-eligibility` is `offer eligibility`. */
function words(name: string): string {
  return name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll(/[-_.]/g, ' ')
    .toLowerCase();
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}

const style = `
:root{color-scheme:light dark;--ink:#1c1f23;--soft:#5b6470;--line:#d9dee4;--page:#fff;--tint:#f5f7f9;--link:#0b57a4}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--soft:#a4adb8;--line:#3a424c;--page:#15181c;--tint:#1e2329;--link:#8ab8f0}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:60rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1{font-size:1.9rem;line-height:1.2;margin:.2rem 0 .6rem}h2{font-size:1.2rem;display:inline;margin:0}h3{font-size:1rem;margin:1.4rem 0 .4rem}
.kind{margin:0;color:var(--soft);font-size:.9rem}.lead{font-size:1.1rem;margin:.2rem 0 1rem}
.facts{display:flex;flex-wrap:wrap;gap:.5rem 2rem;margin:0 0 1rem;padding:.9rem 1rem;background:var(--tint);border-radius:8px}
.facts dt{color:var(--soft);font-size:.8rem}.facts dd{margin:0;overflow-wrap:anywhere}
dl dt{font-weight:600;margin-top:.5rem}dl dd{margin-left:0}.facts dt{font-weight:400;margin:0}
details.section{border-top:1px solid var(--line);padding:1rem 0}details.section:last-child{border-bottom:1px solid var(--line)}
summary{cursor:pointer;padding:.2rem 0}summary:focus-visible,a:focus-visible,.wide:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.wide{overflow-x:auto;margin:.6rem 0}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:left;vertical-align:top;padding:.45rem .8rem .45rem 0;border-bottom:1px solid var(--line);overflow-wrap:break-word}
td:not(.number){max-width:26rem}
th{color:var(--soft);font-weight:600;white-space:nowrap}td.number{font-variant-numeric:tabular-nums;text-align:right}
a{color:var(--link);overflow-wrap:anywhere}ul{padding-left:1.2rem}li{margin:.2rem 0}
@media print{details.section>*{display:block}.wide{overflow:visible}main{padding:0}}
`.replaceAll('\n', '');
