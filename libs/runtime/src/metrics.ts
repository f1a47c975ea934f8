import client from 'prom-client';

/** Values of a metric's labels. Each combination is kept for ever: never an id, a branch or a message. */
export type MetricLabels<Label extends string> = Readonly<Record<Label, string>>;

export interface MetricSpec<Label extends string> {
  /** Prometheus style: `release_manager_pushes_total`, `…_seconds`, `…_bytes`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly Label[];
}

export interface Counter<Label extends string = never> {
  increment(labels: MetricLabels<Label>, by?: number): void;
}

export interface Gauge<Label extends string = never> {
  set(labels: MetricLabels<Label>, value: number): void;
}

export interface Histogram<Label extends string = never> {
  observe(labels: MetricLabels<Label>, value: number): void;
}

export interface Metrics {
  counter<Label extends string = never>(spec: MetricSpec<Label>): Counter<Label>;
  gauge<Label extends string = never>(spec: MetricSpec<Label>): Gauge<Label>;
  /** `buckets` are upper bounds in the metric's unit; those of `hopSeconds` unless given. */
  histogram<Label extends string = never>(
    spec: MetricSpec<Label> & { readonly buckets?: readonly number[] },
  ): Histogram<Label>;
  /** `release_manager_hop_seconds{hop}`: how long a release took from one state to the next, named `queued-committed`. */
  readonly hopSeconds: Histogram<'hop'>;
  /** The page that Prometheus scrapes, and the content type it is served with. */
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** From a commit in memory to a rollout that takes minutes. */
const secondsBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600];

/** A registry of its own, so that two in one process (the demo, tests) do not meet. Brings the default process metrics. */
export function createMetrics(): Metrics {
  const registry = new client.Registry();
  const registers = [registry];
  client.collectDefaultMetrics({ register: registry });

  const histogram: Metrics['histogram'] = ({ name, help, labels = [], buckets = secondsBuckets }) => {
    const metric = new client.Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers });
    return { observe: (values, value) => metric.observe(values, value) };
  };
  return {
    counter: ({ name, help, labels = [] }) => {
      const metric = new client.Counter({ name, help, labelNames: [...labels], registers });
      return { increment: (values, by = 1) => metric.inc(values, by) };
    },
    gauge: ({ name, help, labels = [] }) => {
      const metric = new client.Gauge({ name, help, labelNames: [...labels], registers });
      return { set: (values, value) => metric.set(values, value) };
    },
    histogram,
    hopSeconds: histogram({
      name: 'release_manager_hop_seconds',
      help: 'Seconds that a release spent between two of its states',
      labels: ['hop'],
    }),
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}
