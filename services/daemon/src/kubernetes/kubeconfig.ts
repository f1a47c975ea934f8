import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { AppError, messageOf } from '@release-manager/domain';
import { z } from 'zod';

import { keepCredentials, type CredentialSource } from './credentials.ts';

const run = promisify(execFile);

/** What `kubeconfig-reader.ts` prints. */
export const KubeconfigAnswer = z.object({
  server: z.string().min(1),
  headers: z.record(z.string(), z.string()),
  tls: z.object({
    ca: z.string().optional(),
    cert: z.string().optional(),
    key: z.string().optional(),
    servername: z.string().optional(),
    rejectUnauthorized: z.boolean().optional(),
  }),
  /** True where a program or a file gives a token that ends. */
  changes: z.boolean(),
});
export type KubeconfigAnswer = z.infer<typeof KubeconfigAnswer>;

const reader = fileURLToPath(new URL('./kubeconfig-reader.ts', import.meta.url));
const keepMs = 5 * 60_000;

/**
 * What a kubeconfig says, with its exec plugins and token files. It is read by a process of its own, because the client
 * library that understands all of them takes 85 MB, and is needed for a moment only.
 */
export function kubeconfigCredentials(path: string): CredentialSource {
  return keepCredentials(async () => {
    const { changes, ...answer } = await readKubeconfig(path);
    const server = answer.server.replace(/\/+$/, '');
    const { ca, cert, key, servername, rejectUnauthorized } = answer.tls;
    return {
      credentials: {
        server,
        headers: answer.headers,
        tls: {
          ...(ca === undefined ? {} : { ca }),
          ...(cert === undefined ? {} : { cert }),
          ...(key === undefined ? {} : { key }),
          ...(servername === undefined ? {} : { servername }),
          ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
        },
      },
      ...(changes ? { keepFor: keepMs } : {}),
    };
  });
}

async function readKubeconfig(path: string): Promise<KubeconfigAnswer> {
  try {
    const { stdout } = await run(process.execPath, [reader, path], { timeout: 60_000, maxBuffer: 1024 * 1024 });
    return KubeconfigAnswer.parse(JSON.parse(stdout));
  } catch (error) {
    const said = typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr).trim() : '';
    const why = said === '' ? messageOf(error) : said;
    throw new AppError('unavailable', 'kubernetes.kubeconfig', `KUBECONFIG (${path}) cannot be used: ${why}`, {
      next: `try it: kubectl --kubeconfig ${path} version`,
      cause: error,
    });
  }
}
