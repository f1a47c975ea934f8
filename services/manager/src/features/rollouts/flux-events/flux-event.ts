import { createHash } from 'node:crypto';

import { z } from 'zod';

const text = (longest: number) => z.string().transform((value) => plain(value).slice(0, longest));

/** The part of an event of notification-controller (`event.toolkit.fluxcd.io`, v1beta1) that we read; the rest may be anything. */
const FluxEvent = z.object({
  involvedObject: z.object({ kind: text(63), namespace: text(63), name: text(253) }),
  severity: text(20),
  reason: text(256),
  message: text(2_000),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});

export interface FluxHint {
  readonly object: { readonly kind: string; readonly namespace: string; readonly name: string };
  readonly severity: string;
  readonly reason: string;
  readonly message: string;
  /** As Flux names it, in its own order of precedence. Shown, and never believed. */
  readonly revision: string | undefined;
  /** The same for an event that comes again. */
  readonly digest: string;
}

/** @returns nothing for what is no event of Flux. */
export function readFluxEvent(payload: unknown): FluxHint | undefined {
  const parsed = FluxEvent.safeParse(payload);
  if (!parsed.success) return undefined;
  const { involvedObject: object, severity, reason, message, metadata } = parsed.data;
  const revision = revisionOf(metadata ?? {});
  const parts = [object.kind, object.namespace, object.name, severity, reason, message, revision ?? ''];
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return { object, severity, reason, message, revision, digest };
}

/** Keys come with and without the prefix of their controller. */
function revisionOf(metadata: Readonly<Record<string, unknown>>): string | undefined {
  for (const key of ['commit', 'originRevision', 'revision']) {
    const found = Object.entries(metadata).find(([name]) => name === key || name.endsWith(`/${key}`))?.[1];
    if (typeof found === 'string' && found !== '') return plain(found).slice(0, 200);
  }
  return undefined;
}

/** It is shown in terminals, and no database keeps U+0000. */
function plain(value: string): string {
  return value.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ');
}
