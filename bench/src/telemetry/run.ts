import { otel } from '@inmesh/otel'
import type { Bar } from '../report/bar.ts'
import type { Bench, Finding } from '../report/bench.ts'
import { measureMemory } from '../overhead/memory.ts'
import { governedMemory } from '../wire/memory-contender.ts'
import { measureSilence } from './silence.ts'
import { meterProvider } from './meter-provider.ts'
import { announcing, instrumented } from './undici-instrumentation.ts'

const metric = 'us-per-call-memory'
const metrics = 'inmesh + metrics'

const bars: readonly Bar[] = [
  { contender: 'inmesh', metric: 'no-listener-ns', of: 'median', atMost: 100 },
  { contender: 'inmesh', metric: 'no-listener-bytes', of: 'median', atMost: 0 },
  { contender: metrics, metric, of: 'median', atMost: 4 },
]

export const telemetry: Bench = { name: 'telemetry', run }

async function run(seconds: number): Promise<Finding> {
  const rounds = Math.round(seconds / 4)
  const silence = await measureSilence()
  const contenders = [
    governedMemory('inmesh + a listener', {}, () => {}),
    governedMemory(metrics, {}, otel({ meterProvider: meterProvider() })),
    governedMemory('inmesh + metrics, no conventions', {}, otel({ meterProvider: meterProvider(), conventions: false })),
    governedMemory('inmesh + metrics, endpoints', {}, otel({ meterProvider: meterProvider(), endpoints: true })),
  ]
  const rows = [...silence, ...measureMemory(contenders, rounds, () => governedMemory('inmesh', {})), ...measureMemory([instrumented()], rounds, announcing)]
  return {
    rows, bars,
    notes: [
      'metrics go to the real SDK (@opentelemetry/sdk-metrics), which nobody reads meanwhile; us-per-call-memory is what they add to a governed call without them',
      'instrumentation-undici hears what undici announces on diagnostics channels: the wire of its contender announces the same, and its baseline is that wire with nobody listening; no tracer is registered',
    ],
  }
}
