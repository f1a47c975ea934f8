import type { Context } from '../../core/context.ts';
import { UsageError } from '../../core/usage-error.ts';

/**
 * Why, as it is given, or asked for on a terminal.
 * @throws UsageError off a terminal, where nobody can be asked
 */
export async function reasonOf({ world, output }: Context, given: string | undefined): Promise<string> {
  const reason = given ?? (await ask());
  if (reason.trim() !== '') return reason.trim();
  throw new UsageError('A reason is needed: everybody who is stopped asks why.', 'add --reason "…"');

  async function ask(): Promise<string> {
    if (!world.stdin.isTTY || !world.stderr.isTTY) return '';
    return world.stdin.readLine({ hidden: false, ask: () => output.say('Why?') });
  }
}
