import type { Context } from './context.ts';

/** Asks on a terminal; off a terminal nobody can answer, and the command line alone counts. */
export async function confirm(
  { world, output }: Pick<Context, 'world' | 'output'>,
  question: string,
): Promise<boolean> {
  if (!world.stdin.isTTY || !world.stderr.isTTY) return true;
  output.say(`${question} [y/N]`);
  return /^y(es)?$/i.test((await world.stdin.readLine({ hidden: false })).trim());
}
