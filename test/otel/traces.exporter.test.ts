import { otel } from '@inmesh/otel'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { context, diag, DiagLogLevel } from '@opentelemetry/api'
import { BatchSpanProcessor, SimpleSpanProcessor, TracerProvider, type ReadableSpan, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace'
import { createMesh, type Mesh, type Observer } from 'inmesh'
import { describe, expect, onTestFinished, test } from 'vitest'
import { served } from './sdk.ts'

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())

type Done = Parameters<SpanExporter['export']>[1]

/** An exporter that does as it is told with each batch. */
function exporter(act: (spans: readonly ReadableSpan[], done: Done) => void): SpanExporter {
  return { export: act, shutdown: () => Promise.resolve(), forceFlush: () => Promise.resolve() }
}

function meshOf(endpoint: string, observers: readonly Observer[]): Mesh<'catalog'> {
  const mesh = createMesh({ services: { catalog: { endpoints: [endpoint], policy: { backup: false, rescue: false } } }, observers })
  onTestFinished(() => mesh.close({ within: '50ms' }))
  return mesh
}

function traced(endpoint: string, processor: SpanProcessor): Mesh<'catalog'> {
  return meshOf(endpoint, [otel({ metrics: false, tracerProvider: new TracerProvider({ spanProcessors: [processor] }) })])
}

/** Makes so many calls, ten at a time; answers how long each ten took, and how many calls failed. */
async function run(mesh: Mesh<'catalog'>, count: number): Promise<{ readonly tens: number[]; readonly failed: number }> {
  const { fetch } = mesh.service('catalog')
  const tens: number[] = []
  let failed = 0
  for (let i = 0; i < count; i += 10) {
    const began = performance.now()
    await Promise.all(Array.from({ length: 10 }, () => fetch('/').then((answer) => answer.text()).catch(() => { failed++ })))
    tens.push(performance.now() - began)
  }
  return { tens, failed }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN
}

/** Each batch at once, and not more than its queue holds. */
const batches = { scheduledDelayMillis: 1, maxQueueSize: 256, maxExportBatchSize: 64, exportTimeoutMillis: 50 } as const

const exporters: Readonly<Record<string, SpanProcessor>> = {
  'never answers': new BatchSpanProcessor({ exporter: exporter(() => {}), ...batches }),
  'throws': new BatchSpanProcessor({ exporter: exporter(() => { throw new Error('on purpose') }), ...batches }),
  'says that it failed': new BatchSpanProcessor({ exporter: exporter((_, done) => done({ code: 1, error: new Error('on purpose') })), ...batches }),
  'takes seconds': new BatchSpanProcessor({ exporter: exporter((_, done) => void setTimeout(done, 3000, { code: 0 }).unref()), ...batches }),
  'throws at each span': new SimpleSpanProcessor({ exporter: exporter(() => { throw new Error('on purpose') }) }),
}

describe.each(Object.entries(exporters))('an exporter that %s', (_, processor) => {
  test('fails none of a thousand calls, and slows none', async () => {
    diag.setLogger({ error() {}, warn() {}, info() {}, debug() {}, verbose() {} }, { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true })
    const up = await served()
    const [without, with_] = [meshOf(up.url, [otel({ metrics: false, traces: false })]), traced(up.url, processor)]
    // In turns, and by the median: the machine has other things to do, now more and now less.
    const took = { without: [] as number[], with: [] as number[] }
    let failed = 0
    for (let i = 0; i < 5; i++) {
      took.without.push(...(await run(without, 200)).tens)
      const told = await run(with_, 200)
      took.with.push(...told.tens)
      failed += told.failed
    }
    expect(failed).toBe(0)
    expect(up.seen).toHaveLength(2000)
    // Ten calls take 2 to 10 ms, and the spans of one some 20 µs. One call that waits for its exporter makes it 50 ms.
    expect(median(took.with)).toBeLessThan(median(took.without) * 2 + 5)
  })
})

test('spans beyond what a processor holds are dropped by it, and calls go on', async () => {
  const got: ReadableSpan[] = []
  let waiting: Done | undefined
  const processor = new BatchSpanProcessor({ exporter: exporter((spans, done) => {
    got.push(...spans)
    waiting = done
  }), ...batches, exportTimeoutMillis: 60_000 })
  const up = await served()
  const { failed } = await run(traced(up.url, processor), 500)
  expect([failed, up.seen.length]).toEqual([0, 500])
  // One batch is out, the queue is full, and the rest of a thousand spans is gone.
  for (let before = -1; before !== got.length; ) {
    before = got.length
    waiting?.({ code: 0 })
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  expect(got.length).toBeGreaterThan(0)
  expect(got.length).toBeLessThanOrEqual(batches.maxQueueSize + batches.maxExportBatchSize)
})
