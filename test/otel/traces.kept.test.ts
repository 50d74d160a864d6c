import { otel, type Otel } from '@inmesh/otel'
import { ParentBasedSampler, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace'
import { createMesh, type Mesh, type PolicyConfig } from 'inmesh'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { ours, placeIn, retrying, Sdk, served } from './sdk.ts'

const sdk = await Sdk.start({ sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0) }) })
afterEach(async () => void (await sdk.spans()))

function meshOf(observer: Otel, endpoints: readonly string[], policy: PolicyConfig): Mesh<'catalog'> {
  const mesh = createMesh({ services: { catalog: { endpoints, policy } }, observers: [observer] })
  onTestFinished(() => mesh.close({ within: '50ms' }))
  return mesh
}

async function get(mesh: Mesh<'catalog'>, operation: string): Promise<unknown> {
  return mesh.service('catalog').fetch(`/${operation}`, { mesh: { operation } }).then((answer) => answer.text(), (error: unknown) => error)
}

test('of calls that no sampler takes those arrive that failed, were retried, refused or slow, with the times of their own', async () => {
  const asked = new Map<string, number>()
  const up = await served(({ url = '' }, res) => {
    const before = asked.get(url) ?? 0
    asked.set(url, before + 1)
    if (url === '/fails' || (url === '/retried' && before === 0)) res.writeHead(503).end('no')
    else if (url === '/slow') setTimeout(() => res.end('yes'), before === 60 ? 150 : 1)
    else res.end('yes')
  })
  const mesh = meshOf(otel({ metrics: false, traces: { keep: { slow: 0.9 } } }), [up.url], { ...retrying, limit: { rate: 70, per: '1h', burst: 70 } })
  for (const operation of ['well', 'fails', 'retried', 'well']) await get(mesh, operation)
  // A percentile is worth something once it stands on enough calls; it is read once a second.
  for (let i = 0; i < 60; i++) await get(mesh, 'slow')
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const before = Date.now()
  await get(mesh, 'slow')
  const after = Date.now()
  for (let i = 0; i < 6; i++) await get(mesh, 'refused')
  const { calls, tries } = ours(await sdk.spans())
  const kept = calls.map(({ attributes }) => `${String(attributes['inmesh.operation'])}: ${String(attributes['inmesh.kept'])}`)
  expect(kept.filter((one) => !one.startsWith('slow'))).toEqual(['fails: failed', 'retried: retried', 'refused: refused'])
  const slow = calls.findLast(({ attributes }) => attributes['inmesh.operation'] === 'slow')
  expect(slow).toMatchObject({ attributes: { 'inmesh.kept': 'slow', 'inmesh.slow_over_ms': expect.any(Number) } })
  expect(slow!.start).toBeGreaterThanOrEqual(before - 2)
  expect(slow!.end).toBeLessThanOrEqual(after + 2)
  expect(slow!.end - slow!.start).toBeGreaterThanOrEqual(149)
  for (const attempt of tries) {
    const call = calls.find(({ id }) => id === attempt.parent)
    expect(attempt).toMatchObject({ kind: 'CLIENT', traceId: call?.traceId })
    expect(attempt.start).toBeGreaterThanOrEqual(call!.start - 0.01)
    expect(attempt.end).toBeLessThanOrEqual(call!.end + 0.01)
  }
  // Callees heard that nothing of it is recorded: what is kept of it is the caller's alone.
  expect(up.seen.filter((headers) => placeIn(headers)?.sampled !== false)).toEqual([])
})

test('all calls of one service are traced while somebody looks, by their callees too, and none after', async () => {
  const up = await served()
  const observer = otel({ metrics: false })
  const mesh = meshOf(observer, [up.url], {})
  await get(mesh, 'before')
  const stop = observer.traceAll('catalog', '1m')
  await get(mesh, 'while')
  stop()
  await get(mesh, 'after')
  const { calls, tries } = ours(await sdk.spans())
  expect(calls.map(({ name }) => name)).toEqual(['catalog while'])
  expect(up.seen.map((headers) => placeIn(headers)?.sampled)).toEqual([false, true, false])
  expect(placeIn(up.seen[1])).toEqual({ traceId: tries[0]?.traceId, id: tries[0]?.id, sampled: true })
})
