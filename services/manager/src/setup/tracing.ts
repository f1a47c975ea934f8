import { createTraceExporter } from '@release-manager/tracing';

import { startTracing } from '../features/tracing/index.ts';
import type { Foundation } from './foundation.ts';
import { version } from './version.ts';

/** Traces to a collector, where one is set. */
export function openTracing({ config, database, logger, lifecycle }: Foundation): void {
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return;
  const exporter = createTraceExporter({
    endpoint,
    headers: parseHeaders(config.OTEL_EXPORTER_OTLP_HEADERS ?? ''),
    serviceName: config.OTEL_SERVICE_NAME,
    version,
  });
  const tracing = startTracing({ database, exporter, logger });
  lifecycle.onStop('tracing', () => tracing.stop());
}

/** `name=value,name=value`, as OpenTelemetry's own variable has it (the grammar of W3C Baggage). */
function parseHeaders(text: string): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair.includes('='));
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [name.trim(), decodeURIComponent(value.join('=').trim())];
    }),
  );
}
