import { isReady, type SimulatedCluster } from '../simulated-cluster/index.ts';

/** The pods of a service that serve in a simulated cluster: what they are and which image they run. */
export function podsOf(
  { api }: SimulatedCluster,
  service: string,
): { readonly uid: string; readonly images: string }[] {
  return api
    .list('Pod')
    .filter((pod) => pod.metadata.labels?.['release-manager.io/service'] === service && isReady(pod))
    .map((pod) => ({ uid: pod.metadata.uid ?? '', images: imagesOf(pod['spec']) }));
}

function imagesOf(spec: unknown): string {
  return [...JSON.stringify(spec).matchAll(/"image":"([^"]*)"/g)].map(([, image]) => image).join(' ');
}
