import { otel } from '@inmesh/otel'
import type { MeshEvent, SourceState } from '@inmesh/pipeline'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'

// A process in which everything happens that there is a metric of, several times a second: what a demo never shows.

const http = { protocol: 'http', method: 'GET', address: 'catalog' } as const
const of = { operation: 'GET /items/:id', criticality: 'CRITICAL' } as const
const endpoint = '10.0.0.1:8080'
const success = { kind: 'success', code: 'OK', status: 200 } as const
const failure = { kind: 'failure', code: 'UNAVAILABLE', reach: 'processed' } as const
const served = { ...of, latency: 5, wire: { protocol: 'http', method: 'GET', scheme: 'http' } } as const

type Body = MeshEvent extends infer E ? (E extends MeshEvent ? Omit<E, 'service' | 'at'> : never) : never

const events: readonly Body[] = [
  { type: 'ended', ...of, outcome: success, latency: 5, tries: 2, fallback: false, answeredBy: 'backup', wire: http },
  { type: 'ended', ...of, outcome: failure, latency: 5, tries: 1, fallback: false, wire: { protocol: 'grpc', address: 'catalog' } },
  { type: 'ended', ...of, outcome: failure, latency: 5, tries: 1, fallback: true, wire: http },
  ...(['first', 'retry', 'backup', 'rescue'] as const).map((cause) => ({ type: 'tried', operation: of.operation, endpoint, cause, ordinal: 0, outcome: success, latency: 5, wire: http } as const)),
  ...(['retried', 'backed-up', 'rescued'] as const).map((type) => ({ type, operation: of.operation, ordinal: 1, after: 5 })),
  { type: 'refused', operation: of.operation, policy: 'retry', why: 'budget' },
  { type: 'refused', ...of, policy: 'limit', why: 'rate' },
  { type: 'refused', ...of, policy: 'guard', why: 'full' },
  { type: 'picked', operation: of.operation, endpoint, cause: 'first', ordinal: 0, remaining: 250, by: 'latency', cost: 1, median: 1, among: 3, of: 3 },
  { type: 'budget-empty', budget: 'retry' },
  { type: 'mode-differed', operation: of.operation, policy: 'eject', would: endpoint },
  { type: 'ejected', endpoint, why: 'consecutive', until: 9, length: 9, ejections: 1, tries: 9, failures: 9, consecutive: 9 },
  { type: 'ejection-suppressed', endpoint, why: 'cap', would: 'failure-rate' },
  { type: 'probe', endpoint },
  { type: 'returned', endpoint, outFor: 9 },
  { type: 'kept-off', endpoint, until: 9 },
  { type: 'panic', on: true, available: 1, members: 9 },
  { type: 'health-checked', endpoint, ok: true, latency: 9 },
  { type: 'unreachable', endpoint, complaint: 'no' },
  { type: 'discovery-failed', error: new Error('no') },
  { type: 'policy-changed', chain: [] },
  { type: 'interceptor-failed', interceptor: 'tenant', error: new Error('no') },
  { type: 'compiled-out', interceptor: 'tenant', faults: 10 },
  { type: 'lease-asked', key: '', limit: 'catalog/limit', want: 9, settle: -4 },
  { type: 'lease-granted', key: '', limit: 'catalog/limit', tokens: 7, delay: 9, lost: false },
  { type: 'lease-refused', key: '', limit: 'catalog/limit', retryAfter: 9 },
  { type: 'lease-unanswered', key: '', limit: 'catalog/limit' },
  { type: 'request-ended', ...served, status: 200 },
  { type: 'request-ended', ...served, status: 200, code: 'OK', wire: { protocol: 'grpc' } },
  { type: 'request-refused', ...served, policy: 'admission', why: 'limit', detail: 'no', status: 503 },
  { type: 'request-refused', ...served, policy: 'limits', why: 'tenant', detail: 'no', status: 429 },
  { type: 'request-overran', ...of, after: 9 },
  { type: 'request-hung-up', ...of, after: 9, began: true, wire: served.wire },
]

const shared = { engine: 'redis', state: 'up', processes: 3 } as const
const none = { CRITICAL_PLUS: 0, CRITICAL: 0, SHEDDABLE_PLUS: 0, SHEDDABLE: 0 }
const state: SourceState = {
  services: [{
    service: 'catalog', panic: true,
    endpoints: [{ key: endpoint, weight: 1, priority: 0, inFlight: 2, awaiting: 2, open: 0, severity: 0.5, slow: 1, cost: 4, medianCost: 2, state: 'ejected', available: true, share: 1, ejections: 1, consecutiveFailures: 5 }],
    attempts: { budget: 7, backupBudget: 0.5, storm: { share: 0.25, late: 0, armed: 0 } },
    breaker: { probability: 0.1, requests: 9, accepts: 8 },
    limit: { scope: 'global', rate: 9, per: 1000, burst: 1, keys: 1, admitted: 70, shared: { ...shared, id: 'catalog/limit', share: 0.5, refresh: 100, excess: 9, held: 1, asked: 1, granted: 1, refused: 0, unused: 0, alone: 0 } },
    concurrency: { scope: 'global', limit: 10, inFlight: 4, waiting: 1, shared: { ...shared, id: 'catalog/concurrency', max: 30, leased: 10, want: 10, taken: 20 } },
  }],
  servers: [{ name: 'shop', state: 'draining', inFlight: 5, waiting: 6, admission: { limit: 20, inFlight: 5, waiting: 6, delay: 1, overloaded: true, everywhere: false, admitted: none, refused: none }, limits: [{ name: 'tenant', admitted: 80 }] }],
  observerFaults: 3,
}

/** Goes on until it is closed, and is read at that port. */
export async function everything(port: number): Promise<AsyncDisposable> {
  const exporter = new PrometheusExporter({ host: '127.0.0.1', port, preventServerStart: true })
  await exporter.startServer()
  const provider = new MeterProvider({ readers: [exporter] })
  const observer = otel({ endpoints: true, meterProvider: provider, traces: { keep: true } })
  observer.watch?.({ state: () => state })
  const going = setInterval(() => {
    for (const body of events) observer({ ...body, service: 'catalog', at: 0 } as MeshEvent)
  }, 250)
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(going)
      await provider.shutdown()
    },
  }
}
