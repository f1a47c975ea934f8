/** The images that stand in a pod's spec, whatever else does. */
export function imagesOf(spec: unknown): string {
  return [...JSON.stringify(spec).matchAll(/"image":"([^"]*)"/g)].map(([, image]) => image).join(' ');
}
