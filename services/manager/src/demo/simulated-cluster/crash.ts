import type { PlayedImages } from '@release-manager/testing';

/**
 * An image whose tag ends with `crashes` crashes wherever it runs, one that ends with `crashes-in-<environment>` only there.
 * That is how the demo asks for a version that does not work; every other image works.
 */
export function playedImages(environment: string): PlayedImages {
  const crashing = new RegExp(crashingTag(environment));
  const crashes = (image: string): boolean => crashing.test(image);
  return {
    crashes,
    prints: ({ name, image }) => (crashes(image) ? crashLog(image, environment) : runLog(name, environment)),
  };
}

/** The end of the images that crash in an environment: a regular expression that RE2 reads as well. */
export function crashingTag(environment: string): string {
  return `:[a-zA-Z0-9_.-]*crashes(-in-${environment})?$`;
}

/** What the container prints before it dies. */
export function crashLog(image: string, environment: string): string {
  const [, name = 'app', tag = ''] = /([^/]+):([^:]+)$/.exec(image) ?? [];
  return [
    `${name} ${tag} starts in ${environment}`,
    `reading /etc/${name}/${name}.yaml`,
    'opening the carts of the last 30 days',
    "TypeError: Cannot read properties of undefined (reading 'total')",
    `    at openCarts (/app/${name}.js:42:17)`,
    `    at main (/app/${name}.js:7:3)`,
    '(simulated: the tag of the image asks for this crash)',
    '',
  ].join('\n');
}

/** What a container prints that runs. */
export function runLog(name: string, environment: string): string {
  return [`${name} starts in ${environment}`, `reading /etc/${name}/${name}.yaml`, 'listening', ''].join('\n');
}
