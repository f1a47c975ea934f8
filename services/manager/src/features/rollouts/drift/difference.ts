import type { ForeignField, WorkloadFacts } from '@release-manager/contract';
import type { DeclaredWorkload } from '@release-manager/manifests';

import { labelOf } from '../verdict/workload.ts';

/** A field of a live object that is other than the config repo says. */
export interface Difference {
  /** `Deployment shop/web`. */
  readonly object: string;
  readonly uid: string;
  /** `replicas`, `release`, `service`, `image of app`. */
  readonly field: string;
  readonly wanted: string;
  readonly live: string;
  /** Who set it last, by the name that the client gave itself. */
  readonly by?: string;
}

/** What one service should be in a namespace, and what its cluster has of it. */
export interface Compared {
  readonly service: string;
  readonly namespace: string;
  readonly wanted: readonly DeclaredWorkload[];
  readonly live: readonly WorkloadFacts[];
}

const none = 'none';
/** The daemon lists no more images of a workload than so many. */
const mostImages = 50;

/**
 * Where live workloads are other than declared: release id, replicas, images. What is not there is no difference but trouble of
 * the rollout. A field that Flux owns is as Flux applied it, whatever substitutions, patches and webhooks made of it on the way.
 */
export function findDifferences(compared: Compared): readonly Difference[] {
  return compared.wanted.flatMap((wanted) => {
    const live = newest(wanted, compared);
    return live === undefined ? [] : compareWorkload(wanted, live, compared.service);
  });
}

function newest(wanted: DeclaredWorkload, { live, namespace }: Compared): WorkloadFacts | undefined {
  return live
    .filter(({ object, deleted }) => {
      const isIt = object.group === wanted.apiGroup && object.kind === wanted.kind && object.name === wanted.name;
      return isIt && object.namespace === namespace && deleted !== true;
    })
    .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt))[0];
}

interface FieldValue {
  readonly of: Pick<ForeignField, 'field' | 'container'> | undefined;
  readonly field: string;
  readonly wanted: string;
  /** Absent: the live object has none. */
  readonly live: string | undefined;
}

function compareWorkload(wanted: DeclaredWorkload, live: WorkloadFacts, service: string): Difference[] {
  const { object, notByFlux } = live;
  const values = [...stampValues(wanted, live, service), ...replicaValues(wanted, live), ...imageValues(wanted, live)];
  return values.flatMap((value) => {
    if (value.wanted === value.live) return [];
    const foreign = notByFlux?.find(
      ({ field, container }) => field === value.of?.field && container === value.of.container,
    );
    const isFluxs = notByFlux !== undefined && foreign === undefined;
    if (isFluxs && value.of !== undefined && value.live !== undefined) return [];
    const { field, wanted: should, live: is = none } = value;
    const by = foreign?.manager === undefined ? {} : { by: foreign.manager };
    return [{ object: labelOf(object), uid: object.uid, field, wanted: should, live: is, ...by }];
  });
}

/** By the label the daemon finds it: without that nothing more is heard of it. */
function stampValues({ releaseId }: DeclaredWorkload, { stamp }: WorkloadFacts, service: string): FieldValue[] {
  const label: FieldValue = {
    of: undefined,
    field: 'service',
    wanted: service,
    live: stamp.service === '' ? undefined : stamp.service,
  };
  if (releaseId === undefined) return [label];
  return [label, { of: { field: 'release' }, field: 'release', wanted: releaseId, live: stamp.release }];
}

/** Where an autoscaler sets them, its number is as good as any. */
function replicaValues({ replicas }: DeclaredWorkload, { desired, autoscaled }: WorkloadFacts): FieldValue[] {
  if (replicas === undefined || desired === undefined || autoscaled === true) return [];
  return [{ of: { field: 'replicas' }, field: 'replicas', wanted: String(replicas), live: String(desired) }];
}

function imageValues({ containers }: DeclaredWorkload, { images, notByFlux = [] }: WorkloadFacts): FieldValue[] {
  const isCut = images.length >= mostImages;
  const declared = containers.flatMap(({ name, image }): FieldValue[] => {
    const live = images.find(({ container }) => container === name)?.image;
    if (image === undefined || (live === undefined && isCut)) return [];
    return [{ of: { field: 'image', container: name }, field: `image of ${name}`, wanted: image, live }];
  });
  // Webhooks add containers as well; only one that somebody else than Flux is known to own was put there by somebody.
  const isDeclared = (container: string): boolean => containers.some(({ name }) => name === container);
  const added = images.flatMap(({ container, image }): FieldValue[] => {
    const owner = notByFlux.find((each) => each.field === 'image' && each.container === container);
    if (isDeclared(container) || owner?.manager === undefined) return [];
    return [{ of: { field: 'image', container }, field: `image of ${container}`, wanted: none, live: image }];
  });
  return [...declared, ...added];
}
