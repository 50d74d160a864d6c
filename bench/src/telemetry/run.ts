import { otel, type TraceOptions } from '@inmesh/otel'
import { logTo, nodeClock, type Observer } from '@inmesh/pipeline'
import { debugHandler } from 'inmesh/debug'
import type { Bar } from '../report/bar.ts'
import type { Bench, Finding } from '../report/bench.ts'
import { measureMemory } from '../overhead/memory.ts'
import { governedMemory } from '../wire/memory-contender.ts'
import { measureSilence } from './silence.ts'
import { meterProvider } from './meter-provider.ts'
import { registerContext, tracerProvider } from './tracer-provider.ts'
import { announcing, instrumented } from './undici-instrumentation.ts'

const metric = 'us-per-call-memory'
const metrics = 'inmesh + metrics'
const both = 'inmesh + metrics + 1 % of traces'

const bars: readonly Bar[] = [
  { contender: 'inmesh', metric: 'no-listener-ns', of: 'median', atMost: 100 },
  { contender: 'inmesh', metric: 'no-listener-bytes', of: 'median', atMost: 0 },
  { contender: metrics, metric, of: 'median', atMost: 4 },
  { contender: both, metric, of: 'median', atMost: 6 },
]

/** What the debug endpoint hears a mesh with: it is lent no more of one. */
function debugObserver(): Observer {
  let heard: Observer = () => {}
  debugHandler({
    inspect: () => ({ mode: 'on', services: {} }),
    host: { service: undefined, clock: nodeClock() },
    observe: (observer) => {
      heard = observer
      return () => {}
    },
  })
  return heard
}

export const telemetry: Bench = { name: 'telemetry', run }

async function run(seconds: number): Promise<Finding> {
  const rounds = Math.round(seconds / 4)
  const silence = await measureSilence()
  registerContext()
  const traced = (share: number, traces: TraceOptions = {}): ReturnType<typeof otel> => otel({ meterProvider: meterProvider(), tracerProvider: tracerProvider(share), traces })
  const contenders = [
    governedMemory('inmesh + a listener', {}, () => {}),
    governedMemory('inmesh + logs', {}, logTo({ info: () => {}, warn: () => {}, error: () => {} })),
    governedMemory('inmesh + debug endpoint', {}, debugObserver()),
    governedMemory(metrics, {}, otel({ meterProvider: meterProvider(), traces: false })),
    governedMemory(both, {}, traced(0.01)),
    governedMemory('inmesh + metrics + 1 % of traces, bad calls kept', {}, traced(0.01, { keep: true })),
    governedMemory('inmesh + metrics + all traces', {}, traced(1)),
    governedMemory('inmesh + metrics, no conventions', {}, otel({ meterProvider: meterProvider(), conventions: false, traces: false })),
    governedMemory('inmesh + metrics, endpoints', {}, otel({ meterProvider: meterProvider(), endpoints: true, traces: false })),
  ]
  const rows = [...silence, ...measureMemory(contenders, rounds, () => governedMemory('inmesh', {})), ...measureMemory([instrumented('instrumentation-undici'), instrumented('instrumentation-undici + 1 % of traces', tracerProvider(0.01))], rounds, announcing)]
  return {
    rows, bars,
    notes: [
      'metrics go to the real SDK (@opentelemetry/sdk-metrics), which nobody reads meanwhile; us-per-call-memory is what they add to a governed call without them',
      'instrumentation-undici hears what undici announces on diagnostics channels: the wire of its contender announces the same, and its baseline is that wire with nobody listening; without traces it has no tracer provider',
      'traces go to the real SDK (@opentelemetry/sdk-trace) with a parent-based sampler by ratio, a batch processor and an exporter that takes everything and sends it nowhere; W3C trace context and baggage are written into every request',
    ],
  }
}
