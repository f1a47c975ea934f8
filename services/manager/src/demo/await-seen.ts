import { setTimeout as wait } from 'node:timers/promises';

/** For machines that are busy; what comes takes seconds. */
const patienceSeconds = 180;

/**
 * Looks at a page until it shows something.
 * @param read what stands there, for the words of the error
 * @throws Error with what is there, when it does not come
 */
export async function awaitSeen(what: string, read: () => string, holds: (text: string) => boolean): Promise<string> {
  const deadline = Date.now() + patienceSeconds * 1_000;
  for (;;) {
    const text = read();
    if (holds(text)) return text;
    if (Date.now() > deadline) throw new Error(`waited for ${what}, and after ${patienceSeconds} s there is: ${text}`);
    await wait(100);
  }
}
