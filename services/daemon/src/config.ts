import { resolve } from 'node:path';

import { isDnsLabel } from '@release-manager/domain';
import {
  defineOptions,
  logLevels,
  readOptions,
  secretValues,
  type Environment,
  type Options,
} from '@release-manager/runtime';
import { z } from 'zod';

const label = z.string().refine(isDnsLabel, 'a name of a-z, 0-9 and "-"');
const namespaces = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  )
  .pipe(z.array(label));

/** Every setting of the daemon; `docs/reference/daemon-settings.md` is made from this table. */
export const settings = defineOptions({
  RELEASE_MANAGER_URL: {
    schema: z.url({ protocol: /^https?$/ }),
    description: 'Address of the manager; the daemon calls it, never the other way round',
  },
  RELEASE_MANAGER_TOKEN: {
    schema: z.string().min(16, 'at least 16 characters'),
    description:
      'Token of this daemon, bound to its environment and cluster: `release-cli token create daemon --env <environment> --cluster <cluster>`',
    secret: true,
  },
  ENVIRONMENT: { schema: label, description: 'The environment that this cluster belongs to' },
  CLUSTER: { schema: label, default: 'default', description: 'The name of this cluster in its environment' },
  KUBECONFIG: {
    schema: z.string().min(1).optional(),
    description: 'A kubeconfig file; the service account of the pod when absent',
  },
  WATCH_NAMESPACES: {
    schema: namespaces,
    default: '',
    description: 'Namespaces that are watched, separated by commas, that of Flux among them; all when empty',
  },
  DATA_DIR: {
    schema: z.string().min(1),
    default: './data/daemon',
    description: 'Folder for what the manager has not acknowledged yet; one daemon per folder',
  },
  FLUX_RECEIVER_URL: {
    schema: z.url({ protocol: /^https?$/ }).optional(),
    description: 'Address of the Receiver of Flux in this cluster, called after each push; Flux polls when absent',
  },
  FLUX_RECEIVER_TOKEN: {
    schema: z.string().min(1).optional(),
    description: 'Secret of a `generic-hmac` Receiver; absent for one of type `generic`',
    secret: true,
  },
  LOG_LEVEL: { schema: z.enum(logLevels), default: 'info', description: 'The least important lines that are logged' },
});

export type Config = Options<typeof settings> & {
  /** Where a pod finds its API server; Kubernetes sets them in every container. */
  readonly inCluster: { readonly host: string | undefined; readonly port: string | undefined };
};

/** @throws AppError invalid `config.invalid`, listing everything that is wrong at once */
export function readConfig(environment: Environment): Config {
  const config = readOptions(settings, environment);
  return {
    ...config,
    DATA_DIR: resolve(config.DATA_DIR),
    inCluster: { host: environment['KUBERNETES_SERVICE_HOST'], port: environment['KUBERNETES_SERVICE_PORT'] },
  };
}

/** What no log may show. */
export function configSecrets(config: Config): string[] {
  return secretValues(settings, config);
}
