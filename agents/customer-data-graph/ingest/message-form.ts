/** How a message in the quarantine is to be read again, in one word: its format, and `+gpc` when its request carried that signal. */
import type { WireFormat } from '../../../skills/signal-capture/wire/index.ts';

export interface MessageForm {
  readonly format: WireFormat;
  /** The request carried `Sec-GPC: 1`. */
  readonly hasGlobalPrivacyControl: boolean;
}

const mark = '+gpc';

export function formOf({ format, hasGlobalPrivacyControl }: MessageForm): string {
  return hasGlobalPrivacyControl ? `${format}${mark}` : format;
}

export function parseForm(form: string): MessageForm {
  const name = form.endsWith(mark) ? form.slice(0, -mark.length) : form;
  const format = name === 'segment' || name === 'cloud-event' ? name : 'signal';
  return { format, hasGlobalPrivacyControl: form.endsWith(mark) };
}
