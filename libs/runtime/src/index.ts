export { createContext, type Context, type ContextIds } from './context.ts';
export { createLifecycle, type Lifecycle, type ProcessPort } from './lifecycle.ts';
export { createLogger, logLevels, silentLogger, type Logger, type LogLevel } from './logger.ts';
export {
  createMetrics,
  type Counter,
  type Gauge,
  type Histogram,
  type MetricLabels,
  type Metrics,
  type MetricSpec,
} from './metrics.ts';
export {
  defineOptions,
  readOptions,
  secretValues,
  type Environment,
  type Option,
  type OptionTable,
  type Options,
} from './options.ts';
export { describeOptions } from './options-reference.ts';
export { createRedactor, type Redactor } from './redactor.ts';
export { backoff, withTimeout, type Backoff } from './timing.ts';
