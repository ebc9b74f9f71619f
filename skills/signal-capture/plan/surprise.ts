/** Something in a message that the tracking plan does not expect, and what was done about it. Counted, so that drift is seen. */
export interface Surprise {
  readonly kind: 'unplanned-event' | 'unplanned-property' | 'invalid-property' | 'unplanned-identity' | 'unplanned-category';
  /** Signal type, or '' when the message has none. */
  readonly type: string;
  /** Name of the event, property, identity or consent category; at most 100 characters, never a value. */
  readonly name: string;
  readonly action: 'block' | 'omit' | 'allow';
}

const longest = 100;

/** A name that may be logged: bounded, well-formed, and without an e-mail address, which some senders use as a key. */
export function surpriseName(name: string): string {
  return name
    .slice(0, longest)
    .toWellFormed()
    .replace(/[^\s@]+@[^\s@]+/g, '…@…');
}
