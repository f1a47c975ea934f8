import type { KubeObject } from './kube-object.ts';

export type Matches = (object: KubeObject) => boolean;

/** `a=b`, `a==b`, `a!=b`, `a`, `!a`, `a in (b,c)`, joined by commas. */
export function labelSelector(text: string | null): Matches {
  if (text === null || text === '') return () => true;
  const terms = text.split(/,(?![^(]*\))/).map((term) => labelTerm(term.trim()));
  return (object) => terms.every((term) => term(object.metadata.labels ?? {}));
}

function labelTerm(term: string): (labels: Readonly<Record<string, string>>) => boolean {
  const within = /^(\S+)\s+in\s+\((.*)\)$/.exec(term);
  if (within !== null) {
    const values = new Set((within[2] ?? '').split(',').map((value) => value.trim()));
    return (labels) => values.has(labels[within[1] ?? ''] ?? '\0');
  }
  const [, key = '', operator, value] = /^([^=!]+)(!=|==?)(.*)$/.exec(term) ?? [];
  if (operator === '!=') return (labels) => labels[key] !== value;
  if (operator !== undefined) return (labels) => labels[key] === value;
  return term.startsWith('!') ? (labels) => !(term.slice(1) in labels) : (labels) => term in labels;
}

/** `path.to.field=value`, joined by commas. */
export function fieldSelector(text: string | null): Matches {
  if (text === null || text === '') return () => true;
  const terms = text.split(',').map((term) => /^([^=!]+)(!=|==?)(.*)$/.exec(term.trim()));
  return (object) =>
    terms.every((match) => {
      const [, path = '', operator, value] = match ?? [];
      let field: unknown = object;
      for (const name of path.split('.')) {
        field = typeof field === 'object' && field !== null ? (field as Record<string, unknown>)[name] : undefined;
      }
      const same = (typeof field === 'string' ? field : '') === value;
      return operator === '!=' ? !same : same;
    });
}
