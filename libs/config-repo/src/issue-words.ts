import type { z } from 'zod';

/** What a schema has against a value, in one sentence, and the path of the field that it is about. */
export function issueWords(error: z.ZodError, allowed: readonly string[] = []): { message: string; path: string[] } {
  const [issue] = error.issues;
  if (issue === undefined) return { message: 'cannot be read', path: [] };
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const known = allowed.length === 0 || path.length > 0 ? '' : `; known fields: ${allowed.join(', ')}`;
    return { message: `there is no field ${JSON.stringify(key.slice(0, 80))}${known}`, path: [...path, key] };
  }
  return { message: `${path.length === 0 ? '' : `${path.join('.')}: `}${issue.message}`, path };
}
