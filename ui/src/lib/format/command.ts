/** Splits an `az` line into its command and its options, so that each option can stand on a line of its own. */

export type CommandPart = { flag: string | null; words: string[] };

/** Splits at spaces outside quotes; the words keep their quotes, so that the copied text stays exact. */
export function words(line: string): string[] {
  return line.match(/(?:'[^']*'|"(?:\\.|[^"])*"|\\.|[^\s'"\\])+/g) ?? [];
}

/** The command first (no flag), then one part for each option with its values. */
export function parts(line: string): CommandPart[] {
  const result: CommandPart[] = [{ flag: null, words: [] }];
  for (const word of words(line)) {
    if (/^-{1,2}[A-Za-z]/.test(word)) result.push({ flag: word, words: [] });
    else result[result.length - 1]?.words.push(word);
  }
  return result;
}
