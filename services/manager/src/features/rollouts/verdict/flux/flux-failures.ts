import type { KustomizationFacts, ObjectCondition } from '@release-manager/contract';

import { graces, secondsAfter } from '../graces.ts';
import type { Signal } from '../signal.ts';
import type { Subject } from '../subject.ts';
import { conditionOf } from '../workload.ts';
import { attemptedRevision, commitOf } from './revision.ts';

/** What the API server says of the object itself: the next try says the same. */
const certain =
  /dry-run failed \((?:Invalid|BadRequest)\)|failed to create typed patch object|denied the request|field is immutable/;

/** Ready reasons of kustomize-controller (api/v1 condition types) that fail a release, with what to do. */
const reasons: Readonly<Record<string, { readonly code: string; readonly grace: number; readonly next: string }>> = {
  BuildFailed: {
    code: 'flux.build-failed',
    grace: graces.fluxCertain,
    next: 'correct the manifests of the service and release again',
  },
  ReconciliationFailed: {
    code: 'flux.apply-failed',
    grace: graces.fluxMends,
    next: 'see which object the message names; it stands in the way of all that come after it',
  },
  PruneFailed: {
    code: 'flux.prune-failed',
    grace: graces.fluxPrune,
    next: 'see what keeps the object that left the manifests from being deleted',
  },
  HealthCheckFailed: {
    code: 'flux.health-check-failed',
    grace: graces.fluxMends,
    next: 'see the objects that the message names; the Kustomization has `wait` or health checks of its own',
  },
  InvalidCELExpression: {
    code: 'flux.invalid-expression',
    grace: graces.fluxCertain,
    next: 'correct healthCheckExprs of the Kustomization',
  },
  FeatureGateDisabled: {
    code: 'flux.feature-gate',
    grace: graces.fluxCertain,
    next: 'enable the feature gate ExternalArtifact of kustomize-controller, or set `layout: plain`',
  },
  AccessDenied: {
    code: 'flux.access-denied',
    grace: graces.fluxMends,
    next: 'let the Kustomization read its source across namespaces, or give it one of its own namespace',
  },
};

/**
 * Flux tried this commit and failed. A failure of an older commit is not the release's: Flux has yet to look. Where nobody can
 * say which commit was tried, one that failed after the commit was pushed is.
 */
export function fluxFailures(subject: Subject): readonly Signal[] {
  const { kustomization } = subject.facts.flux;
  if (kustomization === undefined || kustomization.deleted === true) return [];
  const ready = conditionOf(kustomization, 'Ready');
  if (ready?.status === 'Unknown') return triedAgain(subject, kustomization);
  if (ready?.status !== 'False' || !triedOurs(subject, kustomization, ready)) return [];
  const known = reasons[ready.reason ?? ''];
  if (known === undefined) return [];
  const message = ready.message ?? 'it gives no message';
  const { namespace, name, uid } = kustomization.object;
  return [
    {
      key: `${known.code} ${uid}`,
      grace: certain.test(message) ? graces.fluxCertain : known.grace,
      why: {
        code: known.code,
        message: `Flux could not apply it (${String(ready.reason)}): ${message}`,
        object: `Kustomization ${namespace}/${name}`,
        next: known.next,
      },
    },
  ];
}

/**
 * Each minute Flux tries again and takes back what it said of the try before: that mends nothing, so the clock of what failed
 * runs on. It becomes a failure only when this try has failed as well.
 */
function triedAgain({ memory }: Subject, { object }: KustomizationFacts): readonly Signal[] {
  const { namespace, name, uid } = object;
  const ofThis = ` ${uid}`;
  return Object.keys(memory.signals)
    .filter((key) => key.startsWith('flux.') && key.endsWith(ofThis))
    .map((key) => ({
      key,
      why: {
        code: key.slice(0, -ofThis.length),
        message: 'Flux could not apply it and tries again',
        object: `Kustomization ${namespace}/${name}`,
      },
    }));
}

function triedOurs(subject: Subject, kustomization: KustomizationFacts, ready: ObjectCondition): boolean {
  const attempted = attemptedRevision(kustomization, subject.facts.flux.sources);
  if (commitOf(attempted) !== undefined) return subject.contains(attempted);
  return ready.since !== undefined && new Date(ready.since) >= subject.committedAt;
}

/** From when on a Flux that says nothing is stale. */
export function staleAt({ committedAt }: Subject): Date {
  return secondsAfter(committedAt, graces.fluxStale);
}
