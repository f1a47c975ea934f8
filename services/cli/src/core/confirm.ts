import type { Context } from './context.ts';

/** Asks on a terminal; off a terminal nobody can answer, and the command line alone counts. */
export async function confirm(
  { world, output }: Pick<Context, 'world' | 'output'>,
  question: string,
): Promise<boolean> {
  if (!world.stdin.isTTY || !world.stderr.isTTY) return true;
  const answer = await world.stdin.readLine({ hidden: false, ask: () => output.say(`${question} [y/N]`) });
  return /^y(es)?$/i.test(answer.trim());
}
