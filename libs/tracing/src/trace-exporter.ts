import { SpanKind, SpanStatusCode, TraceFlags, type HrTime } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { AppError } from '@release-manager/domain';

/** A piece of work that is over, as it goes to a collector. Told twice it is the same span, since its ids are its own. */
export interface FinishedSpan {
  /** 32 hexadecimal digits, shared by everything that belongs together. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** Absent: the root of its trace. */
  readonly parentId?: string;
  readonly name: string;
  readonly start: Date;
  readonly end: Date;
  readonly attributes: Readonly<Record<string, string | boolean>>;
  /** Why it failed; absent when it did not. */
  readonly failure?: string;
}

export interface TraceExporter {
  /** @throws AppError unavailable `tracing.refused` when the collector did not take them; nothing of it is kept here. */
  export(spans: readonly FinishedSpan[]): Promise<void>;
  close(): Promise<void>;
}

export interface TraceExporterOptions {
  /** Base address of an OTLP/HTTP receiver; spans go to `/v1/traces` below it. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly version: string;
}

const timeoutMillis = 10_000;

/** Sends spans by OTLP over HTTP with JSON, as OpenTelemetry's own exporter writes it. */
export function createTraceExporter(options: TraceExporterOptions): TraceExporter {
  const url = `${options.endpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, headers: { ...options.headers }, timeoutMillis });
  const { serviceName, version } = options;
  const resource = resourceFromAttributes({ 'service.name': serviceName, 'service.version': version });
  const around = { resource, instrumentationScope: { name: 'release-manager', version } };
  return {
    export: (spans) =>
      new Promise((resolve, reject) => {
        exporter.export(
          spans.map((span) => ({ ...around, ...readable(span) })),
          ({ code, error }) => {
            if (code === ExportResultCode.SUCCESS) resolve();
            else reject(refused(error));
          },
        );
      }),
    close: () => exporter.shutdown(),
  };
}

function readable(span: FinishedSpan): Omit<ReadableSpan, 'resource' | 'instrumentationScope'> {
  const { traceId, spanId, parentId, failure } = span;
  const context = (id: string) => ({ traceId, spanId: id, traceFlags: TraceFlags.SAMPLED });
  return {
    name: span.name,
    kind: SpanKind.INTERNAL,
    spanContext: () => context(spanId),
    ...(parentId === undefined ? {} : { parentSpanContext: context(parentId) }),
    startTime: hrTime(span.start.getTime()),
    endTime: hrTime(span.end.getTime()),
    duration: hrTime(span.end.getTime() - span.start.getTime()),
    status: failure === undefined ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: failure },
    attributes: { ...span.attributes },
    links: [],
    events: [],
    ended: true,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** Seconds and nanoseconds. */
function hrTime(milliseconds: number): HrTime {
  return [Math.floor(milliseconds / 1000), (milliseconds % 1000) * 1_000_000];
}

/** What the collector said may hold what it was sent, headers too: only the kind of failure is told on. */
function refused(error: Error | undefined): AppError {
  return new AppError(
    'unavailable',
    'tracing.refused',
    `The trace collector did not take the traces (${error?.name ?? 'no answer'}).`,
    {
      next: 'check OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS; they are sent again',
    },
  );
}
