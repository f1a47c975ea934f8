export type ShopEnvironment = 'dev' | 'staging' | 'prod';

export const shopEnvironments: readonly ShopEnvironment[] = ['dev', 'staging', 'prod'];

/** One service of the shop: what its chart is told about it. */
export interface ShopService {
  readonly name: string;
  /** The team. */
  readonly owner: string;
  readonly workload: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly chartVersion: string;
  readonly port?: number;
  /** Reached from outside, under a host of its environment. */
  readonly public?: boolean;
  readonly autoscaled?: boolean;
  /** Brings a Job that changes the database before the new version runs. */
  readonly migrates?: boolean;
  readonly secret?: boolean;
  /** `single`: all documents in one file, as `helm template > file` writes them; `tree`: a file per template. */
  readonly output: 'single' | 'tree';
}

export const shopNamespace = 'shop';

/** A shop as small ones are: something public, a few services behind it, a worker, a search engine, an agent on each node. */
export const shopServices: readonly ShopService[] = [
  {
    name: 'web',
    owner: 'storefront',
    workload: 'Deployment',
    chartVersion: '2.7.1',
    port: 8080,
    public: true,
    autoscaled: true,
    output: 'single',
  },
  {
    name: 'api',
    owner: 'checkout',
    workload: 'Deployment',
    chartVersion: '4.0.3',
    port: 9000,
    autoscaled: true,
    migrates: true,
    secret: true,
    output: 'tree',
  },
  { name: 'cart', owner: 'checkout', workload: 'Deployment', chartVersion: '1.12.0', port: 8081, output: 'single' },
  { name: 'mailer', owner: 'checkout', workload: 'Deployment', chartVersion: '0.9.4', secret: true, output: 'tree' },
  { name: 'search', owner: 'storefront', workload: 'StatefulSet', chartVersion: '3.2.0', port: 9200, output: 'tree' },
  { name: 'node-agent', owner: 'platform', workload: 'DaemonSet', chartVersion: '1.1.0', output: 'single' },
];

/** @throws Error for a name that the shop does not have */
export function shopService(name: string): ShopService {
  const service = shopServices.find((each) => each.name === name);
  if (service === undefined) throw new Error(`the shop has no service ${name}`);
  return service;
}
