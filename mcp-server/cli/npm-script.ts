/**
 * How the program was started, when npm started it from a clone: `npm run cohortium -- …`. npm changes to the folder of the
 * package before it runs a script; paths that a person types are meant from where the person is.
 */

/** What a person types to call this program, for commands that can be pasted. */
export function commandName(mainFile: string): string {
  return mainFile.endsWith('.ts') ? 'npm run cohortium --' : 'cohortium';
}

/** The directory that relative paths are meant from. */
export function callerDirectory(env: Readonly<Record<string, string | undefined>>, cwd: string): string {
  const isOurScript = env['npm_lifecycle_event'] === 'cohortium' || env['npm_lifecycle_event'] === 'quickstart';
  return (isOurScript ? env['INIT_CWD'] : undefined) || cwd;
}

/** Says `cohortium …` in a help text the way that this program is called. */
export function asCalled(text: string, command: string): string {
  return text.replace(/(['`])cohortium (?=[a-z])/g, (_, quote: string) => `${quote}${command} `);
}
