/** Tells the demo as it goes: a headline per step with its time, what was typed, and what came back. */
export interface Narrator {
  /** A headline, then the step; the time is said when it is over. */
  step<Result>(headline: string, run: () => Promise<Result>): Promise<Result>;
  /** A command line as somebody would type it. */
  typed(line: string): void;
  /** What a program answered; `most`: how many of its lines are shown. */
  answered(text: string, most?: number): void;
  say(line: string): void;
}

export interface NarratorOptions {
  readonly write: (text: string) => void;
  readonly colour: boolean;
  readonly nowMs: () => number;
}

/** A page of answers hides the story; what is longer is cut, and said to be. */
const longestAnswer = 14;

export function createNarrator({ write, colour, nowMs }: NarratorOptions): Narrator {
  const paint = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const bold = (text: string): string => paint(1, text);
  const dim = (text: string): string => paint(2, text);
  let number = 0;
  return {
    async step(headline, run) {
      number += 1;
      write(`\n${bold(`${number}. ${headline}`)}\n`);
      const began = nowMs();
      const result = await run();
      write(dim(`   ${((nowMs() - began) / 1000).toFixed(1)} s\n`));
      return result;
    },
    typed: (line) => write(`   ${paint(36, '$')} ${line}\n`),
    answered(text, most = longestAnswer) {
      const lines = text.trimEnd().split('\n');
      for (const line of lines.slice(0, most)) write(`     ${line}\n`);
      if (lines.length > most) write(dim(`     … ${lines.length - most} more lines\n`));
    },
    say: (line) => write(`   ${line}\n`),
  };
}
