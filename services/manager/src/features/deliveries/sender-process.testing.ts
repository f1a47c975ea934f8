import { openDatabase } from '@release-manager/postgres';
import { silentLogger } from '@release-manager/runtime';

import { messageBoard } from './message-board.testing.ts';
import { startDeliveries } from './start-deliveries.ts';

/** A process that sends until it is killed: `node sender-process.testing.ts <database> <board>`. */
const [databaseUrl = '', boardUrl = ''] = process.argv.slice(2);
await startDeliveries({
  database: openDatabase({ url: databaseUrl, applicationName: 'sender', poolSize: 4 }),
  kinds: [messageBoard(boardUrl)],
  reactions: [],
  logger: silentLogger,
  now: () => new Date(),
  random: Math.random,
  redact: (text) => text,
  onTry: () => undefined,
  onBudget: () => undefined,
});
