/**
 * What is written to whoever asked, from the state of a request. Says the same to everybody whose identity is not verified: nothing in
 * it tells whether the person is known. Names reasons with their citations, and where to complain, appeal and go to court.
 * @see Regulation (EU) 2016/679, art. 12(4)
 */
import type { DenialReason, RequestAnswers } from './answers-file.ts';
import { kindSays } from './request-kinds.ts';
import { finalStatuses, isIdentityEnough, type RequestState } from './request.ts';
import type { RequestsConfig } from './requests-config.ts';

export interface LetterParts {
  readonly merchant: string;
  readonly config: RequestsConfig;
  readonly answers: RequestAnswers;
  /** Last day to answer an appeal that came in on the day of the denial; null where the law knows no appeal. */
  readonly appealDue: string | null;
}

export function letterOf(state: RequestState, { merchant, config, answers, appealDue }: LetterParts): string {
  const lines = [
    `Your request ${state.id}`,
    '',
    `On ${state.receivedAt.slice(0, 10)} ${merchant} received your request ${kindSays[state.kind].startsWith('to ') ? kindSays[state.kind] : `to know ${kindSays[state.kind]}`}.`,
    ...substance(state, answers),
    ...appeal(state, appealDue, config),
    ...(config.contact === undefined ? [] : ['', `Contact: ${config.contact}`]),
    ...(config.privacyNotice === undefined ? [] : [`Privacy notice: ${config.privacyNotice}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function substance(state: RequestState, answers: RequestAnswers): string[] {
  const { denial, extension, outcome } = state;
  switch (state.status) {
    case 'awaiting-identity':
      return [
        `We answer by ${state.respondBy}.`,
        'Before we can, you have to show that you are the person whom it is about: please sign in to your account, or tell us what only that person would know.',
        'Until then we say nothing about anybody: not even whether we hold data.',
        ...(extension ? [`We need until ${extension.until}, because: ${extension.reason}`] : []),
      ];
    case 'in-progress':
      return extension
        ? [`We need until ${extension.until} to answer, because: ${extension.reason}`]
        : [`We answer by ${state.respondBy}.`];
    case 'denied':
      // What is noted may speak of the person; who has not shown who they are is told the reason alone.
      return denial ? denialLines(denial.reason, denial.basis, isIdentityEnough(state) ? denial.note : '', answers) : [];
    case 'withdrawn':
      return ['You have withdrawn it. Nothing was done.'];
    case 'duplicate':
      return [`You had asked for the same before; the answer comes under ${state.duplicateOf ?? 'that request'}.`];
    default:
      return outcome ? outcomeLines(outcome) : [];
  }
}

function denialLines(
  reason: DenialReason,
  basis: readonly { readonly regime: string; readonly citation: string }[],
  note: string,
  answers: RequestAnswers,
): string[] {
  const says = answers.denials.find((one) => one.reason === reason)?.says ?? reason;
  const cited = [...new Set(basis.map(({ citation }) => citation))].filter((citation) => citation !== '');
  return [
    'We cannot do what you asked for.',
    `Reason: ${says}`,
    ...(note === '' ? [] : [note]),
    ...(cited.length === 0 ? [] : [`This rests on: ${cited.join('; ')}.`]),
    ...(reason === 'identity-not-verified' ? ['You can ask again at any time, with more by which we can recognise you.'] : []),
  ];
}

function outcomeLines({ done, kept, sinks }: NonNullable<RequestState['outcome']>): string[] {
  return [
    ...done,
    ...kept.map(({ what, because, until }) => `We keep ${what}, because: ${because}${until === null ? '' : ` (until ${until})`}.`),
    ...sinks.map(
      ({ sink, state }) =>
        `Recipient ${sink}: ${state === 'acknowledged' ? 'has confirmed' : state === 'pending' ? 'was told, and has still to confirm' : 'could not be reached; we go on trying'}.`,
    ),
  ];
}

function appeal(state: RequestState, due: string | null, config: RequestsConfig): string[] {
  const isUpheld = state.outcome?.reviewed !== undefined && state.outcome.reviewed.outcome !== 'withdrawn';
  if (isUpheld) return remedies(config);
  if (!finalStatuses.has(state.status) || (state.status !== 'denied' && state.status !== 'partly-fulfilled')) return [];
  return [
    ...(due === null || state.kind === 'appeal'
      ? []
      : [
          '',
          'You can appeal this decision; tell us why you think that it is wrong, and name the number above. We answer an appeal within the time that the law sets.',
        ]),
    ...remedies(config),
  ];
}

function remedies(config: RequestsConfig): string[] {
  return [
    config.authority === undefined
      ? 'You can complain to the authority for data protection, or the attorney general, where you live.'
      : `You can complain to: ${config.authority}.`,
    'Where the law gives you a remedy in court, you can seek it as well.',
  ];
}
