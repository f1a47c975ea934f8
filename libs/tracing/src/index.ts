export {
  createTraceExporter,
  type FinishedSpan,
  type TraceExporter,
  type TraceExporterOptions,
} from './trace-exporter.ts';
