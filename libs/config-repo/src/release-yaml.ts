import { z } from 'zod';

import { isBroken, readYaml } from './yaml-file.ts';

/**
 * What a manager asks of a `release.yaml` that it reads in somebody's source repository: which service it speaks of, and which
 * changes concern that service. Whatever else stands there is read by the CLI, which is strict about it.
 */
const ReleaseYamlPaths = z.looseObject({
  service: z.string().max(63),
  paths: z.array(z.string().min(1).max(300)).max(100).optional(),
});

/** Who a `release.yaml` speaks of, or why it cannot be read. */
export type ReadReleaseYaml =
  | { readonly kind: 'read'; readonly service: string; readonly paths: readonly string[] }
  | { readonly kind: 'broken'; readonly line: number; readonly message: string };

/** Reads without trust: any bytes give paths or a problem, never an exception. No `paths` are an empty list. */
export function readReleaseYaml(content: Uint8Array): ReadReleaseYaml {
  const yaml = readYaml(content);
  if (isBroken(yaml)) return { kind: 'broken', line: yaml.line, message: yaml.message };
  const parsed = ReleaseYamlPaths.safeParse(yaml.value);
  if (parsed.success) return { kind: 'read', service: parsed.data.service, paths: parsed.data.paths ?? [] };
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).filter((key) => typeof key !== 'symbol');
  const where = path.length === 0 ? 'It' : path.join('.');
  return { kind: 'broken', line: yaml.lineOf(path), message: `${where}: ${issue?.message ?? 'cannot be read'}.` };
}
