import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect, it } from 'vitest';

/** Logs until it is told to end, and says by message how often it could. */
const program = `
  import { createContext, createLifecycle, createLogger, createRedactor } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
  const logger = createLogger({ level: 'info', redactor: createRedactor(), context: createContext() });
  createLifecycle({ logger });
  let lines = 0;
  setInterval(() => {
    logger.info('still here', { lines: (lines += 1) });
    if (lines % 20 === 0) process.send(lines);
  }, 1);
`;

it('goes on working when nobody reads the log any more', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  try {
    await once(child, 'message');
    child.stdout?.destroy();
    child.stderr?.destroy();
    for (let messages = 0; messages < 5; messages += 1) {
      const [said] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as unknown[];
      expect(said).toBeGreaterThanOrEqual(40);
    }
    expect(child.exitCode).toBeNull();
  } finally {
    child.kill('SIGKILL');
  }
});
