import { UsageError } from '../../core/usage-error.ts';

/** What `service add` and `service set` can say of a service. */
export const serviceOptions = {
  namespace: { type: 'string', value: 'name', summary: 'The namespace in every environment.' },
  'namespace-in': { type: 'strings', value: 'environment=name', summary: 'The namespace in one environment.' },
  owner: { type: 'string', value: 'team', summary: 'The team that owns it.' },
  repository: { type: 'string', value: 'url', summary: 'The source repository.' },
  'source-path': { type: 'string', value: 'path', summary: 'Where its release.yaml lies in the repository.' },
} as const;

export interface ServiceFlags {
  readonly namespace: string | undefined;
  readonly 'namespace-in': readonly string[];
  readonly owner: string | undefined;
  readonly repository: string | undefined;
  readonly 'source-path': string | undefined;
}

/** @throws UsageError */
export function namespacesOf(flags: ServiceFlags): Record<string, string> | undefined {
  const named = flags['namespace-in'].map((pair) => {
    const [, environment, namespace] = /^([^=]+)=(.+)$/.exec(pair) ?? [];
    if (environment === undefined || namespace === undefined)
      throw new UsageError(`--namespace-in needs environment=namespace, not "${pair}".`);
    return [environment, namespace] as const;
  });
  const all = flags.namespace === undefined ? named : [['default', flags.namespace] as const, ...named];
  return all.length === 0 ? undefined : Object.fromEntries(all);
}

export function otherFields(flags: ServiceFlags): { owner?: string; repository?: string; sourcePath?: string } {
  return {
    ...(flags.owner === undefined ? {} : { owner: flags.owner }),
    ...(flags.repository === undefined ? {} : { repository: flags.repository }),
    ...(flags['source-path'] === undefined ? {} : { sourcePath: flags['source-path'] }),
  };
}
