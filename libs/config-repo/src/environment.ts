import { assertEnvironmentName, isDnsLabel, messageOf } from '@release-manager/domain';
import { z } from 'zod';

const duration = z.string().regex(/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/, 'a time such as 30m or 1h30m');
const label = z.string().refine(isDnsLabel, '1 to 63 characters of a-z, 0-9 and "-"');
const objectName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/, 'not a possible name of a Kubernetes object');

const environmentName = z.string().superRefine((name, context) => {
  try {
    assertEnvironmentName(name);
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) });
  }
});

const kindEntry = /^[A-Za-z0-9]{1,63}(?:\.[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?)?$/;
const kindEntryForm = 'a kind, such as ClusterRole, or a kind with its group: ClusterRole.rbac.authorization.k8s.io';

/** How Flux is told of the services of an environment (DESIGN 3.2, "Flux"). */
const FluxSettings = z
  .strictObject({
    layout: z.enum(['plain', 'sliced']).default('plain'),
    /** Where the Kustomizations and the GitRepository live. */
    namespace: label.default('flux-system'),
    /** The GitRepository that reads the config repo. */
    source: objectName.default('flux-system'),
    interval: duration.default('30m'),
    retryInterval: duration.default('1m'),
    timeout: duration.default('3m'),
    serviceAccountName: objectName.optional(),
    decryption: z
      .strictObject({ provider: z.string().min(1).max(60), secretRef: z.strictObject({ name: objectName }).optional() })
      .optional(),
    postBuild: z.record(z.string(), z.unknown()).optional(),
  })
  .refine(({ layout, source }) => layout === 'plain' || !source.includes('.'), {
    // ArtifactGenerators refuse such names (source-watcher v2.2, SourceReference).
    message: 'in the sliced layout the name of the source has no dots',
    path: ['source'],
  });

/** An entry of `environments` in `release-manager.yaml`; their order is the order of promotion. */
export const Environment = z.strictObject({
  name: environmentName,
  /** Releases need a right of their own, and a branch that somebody proved. */
  protected: z.boolean().default(false),
  /** The clusters that apply the folder. */
  clusters: z
    .array(label)
    .min(1, 'at least one cluster')
    .refine((names) => new Set(names).size === names.length, 'a cluster is named twice')
    .default(['default']),
  /** Kinds that services may bring although they are cluster-scoped or make others act: `Kind` or `Kind.group`. */
  allowKinds: z.array(z.string().regex(kindEntry, kindEntryForm)).default([]),
  createNamespaces: z.boolean().default(true),
  flux: FluxSettings.default(() => FluxSettings.parse({})),
});
export type Environment = Readonly<z.infer<typeof Environment>>;

/** An environment with nothing but a name: everything else has its default. */
export function defaultEnvironment(name: string): Environment {
  return Environment.parse({ name });
}
