import { AppError } from '@release-manager/domain';
import { createRedactor } from '@release-manager/runtime';
import { expect, it } from 'vitest';

import packageJson from '../../../../package.json' with { type: 'json' };
import { rawRoutes } from './raw-routes.ts';

it('a manager without the CLI names a script that there is', async () => {
  const routes = rawRoutes({
    readiness: [],
    leaving: new AbortController().signal,
    redactor: createRedactor(),
    publicUrl: 'http://localhost',
    version: '1.0.0',
    landing: { title: '', intro: '', addresses: [] },
    cliFile: '/nowhere/release-cli.mjs',
  });
  const cli = routes.find(({ path }) => path === '/cli');
  const refusal = await Promise.resolve(cli?.handle({} as never, {} as never)).catch((error: unknown) => error);
  const script = /`npm run ([\w:]+)`/.exec((refusal instanceof AppError && refusal.next) || '')?.[1];
  expect(Object.keys(packageJson.scripts)).toContain(script);
});
