/**
 * Texts as fields of CSV files that people open in spreadsheets. Who sends signals chooses ids and names: a text that a spreadsheet
 * would compute as a formula gets an apostrophe before it, so that it is shown instead. Numbers with a sign stay numbers.
 * @see RFC 4180; OWASP, "CSV Injection"
 */
const needsQuotes = /[",;\t\r\n]/;
const beginsFormula = /^'*[=+\-@\t\r]/;
const signedNumber = /^[+-]\d+(\.\d+)?(e[+-]?\d+)?$/i;

/** Undone by `shownText` where such a file is read back. */
export function csvField(text: string): string {
  const shown = beginsFormula.test(text) && !signedNumber.test(text) ? `'${text}` : text;
  return needsQuotes.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}

/** The text that a field of `csvField` stands for, after a CSV parser took its quotes away. */
export function shownText(field: string): string {
  return /^'+[=+\-@\t\r]/.test(field) ? field.slice(1) : field;
}
