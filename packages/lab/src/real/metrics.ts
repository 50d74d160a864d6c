import type { Observer } from '@inmesh/pipeline'

/** What a mesh decides, where Prometheus can read it. */
export interface ExportedMetrics {
  readonly observers: readonly Observer[]
  readonly close: () => Promise<void>
}

/**
 * At `http://127.0.0.1:<port>/metrics`, by endpoint; rejects where the port is taken. OpenTelemetry is loaded only where
 * somebody asked for it: what is measured without it must not pay for it.
 */
export async function exportMetrics(port: number): Promise<ExportedMetrics> {
  const [{ otel }, { PrometheusExporter }, { resourceFromAttributes }, { MeterProvider }] = await Promise.all([
    import('@inmesh/otel'), import('@opentelemetry/exporter-prometheus'), import('@opentelemetry/resources'), import('@opentelemetry/sdk-metrics'),
  ])
  const exporter = new PrometheusExporter({ host: '127.0.0.1', port, preventServerStart: true })
  await exporter.startServer()
  const meterProvider = new MeterProvider({ readers: [exporter], resource: resourceFromAttributes({ 'service.name': 'lab' }) })
  return { observers: [otel({ endpoints: true, meterProvider })], close: () => meterProvider.shutdown() }
}
