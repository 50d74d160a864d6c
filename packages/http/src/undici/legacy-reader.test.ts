import type { Dispatcher } from 'undici'
import { describe, expect, test, vi } from 'vitest'
import { answer, bodyOf, eventually, rig, serve } from '../rig.test-support.ts'
import { BilingualReader } from './bilingual-reader.ts'
import type { LegacyHandler } from './legacy-handler.ts'

interface Told {
  readonly calls: string[]
  readonly ended: Promise<string>
  readonly body: () => string
  abort: (reason?: unknown) => void
}

/** A reader of undici 6 that writes down what it is told. */
function reader(own: Partial<LegacyHandler> = {}): { readonly handler: Dispatcher.DispatchHandler; readonly told: Told } {
  const { promise: ended, resolve } = Promise.withResolvers<string>()
  const chunks: Buffer[] = []
  const told: Told = { calls: [], ended, body: () => Buffer.concat(chunks).toString(), abort: () => {} }
  const handler: LegacyHandler = {
    onConnect: (abort) => { told.abort = abort; told.calls.push('connect') },
    onHeaders: (status, raw) => { told.calls.push(`${status} ${pairs(raw).filter((pair) => pair.startsWith('x-')).join(' ')}`.trim()); return true },
    onData: (chunk) => { chunks.push(chunk); return true },
    onComplete: (raw) => { told.calls.push(`end ${pairs(raw).join(' ')}`.trim()); resolve('complete') },
    onError: (error) => resolve(`${error.name}: ${error.message}`),
    ...own,
  }
  return { handler: handler as Dispatcher.DispatchHandler, told }
}

function pairs(raw: readonly Buffer[]): string[] {
  return raw.flatMap((name, i) => (i % 2 === 0 ? [`${String(name)}=${raw[i + 1]?.toString('latin1')}`] : []))
}

const get = { path: '/', method: 'GET' } as const

describe('a reader of an older protocol', () => {
  test('is told of head, body and trailers, duplicates and characters kept', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, [['x-a', '1'], ['x-a', '2'], ['x-b', 'caf\u00e9'], ['trailer', 'x-sum']].flat())
      response.write('body')
      response.addTrailers({ 'x-sum': '4' })
      response.end()
    })
    const { handler, told } = reader()
    rig([url]).dispatcher.dispatch(get, handler)
    expect(await told.ended).toBe('complete')
    expect([told.calls, told.body()]).toEqual([['connect', '200 x-a=1 x-a=2 x-b=caf\u00e9', 'end x-sum=4'], 'body'])
  })

  test('that asks to be paused is paused until it resumes, and a 1xx that it passes over pauses nothing', async () => {
    const { url } = await serve((_request, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' })
      response.end('x'.repeat(2_000_000))
    })
    let resume: () => void = () => {}
    let paused = 0
    const statuses: number[] = []
    const { handler, told } = reader({
      onHeaders: (status, _raw, go) => { statuses.push(status); resume = go; return status >= 200 },
      onData: () => { paused++; return false },
    })
    rig([url]).dispatcher.dispatch({ ...get, method: 'POST', body: 'x' }, handler)
    await eventually('the first piece', () => paused === 1)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(paused).toBeLessThan(3)
    const going = setInterval(() => resume(), 1)
    expect(await told.ended).toBe('complete')
    clearInterval(going)
    expect(statuses).toEqual([103, 200])
  })

  test('that gives up, with a reason or without, is told so, and nothing is left under way', async () => {
    const { url } = await serve(() => {})
    const { dispatcher, inFlight } = rig([url])
    for (const [reason, expected] of [[new Error('mine'), 'Error: mine'], [undefined, 'AbortError: Request aborted']] as const) {
      const { handler, told } = reader()
      dispatcher.dispatch(get, handler)
      await eventually('under way', () => inFlight() === 1)
      told.abort(reason)
      expect(await told.ended).toBe(expected)
      await eventually('given up', () => inFlight() === 0)
    }
  })

  test('hears of bytes as they go out, where it wants to', async () => {
    const { url } = await serve((request, response) => void bodyOf(request).then(() => answer(response, 200)))
    const [onBodySent, onRequestSent, onResponseStarted] = [vi.fn<() => void>(), vi.fn<() => void>(), vi.fn<() => void>()]
    const { handler, told } = reader({ onBodySent, onRequestSent, onResponseStarted })
    rig([url]).dispatcher.dispatch({ path: '/', method: 'POST', body: 'order' }, handler)
    await told.ended
    expect([onBodySent, onRequestSent, onResponseStarted].map(({ mock }) => mock.calls.length > 0)).toEqual([true, true, true])
  })

  test('that lacks what it would be told by is refused at once', async () => {
    const { url } = await serve((_request, response) => answer(response, 200))
    const { dispatcher } = rig([url])
    for (const missing of ['onError', 'onHeaders', 'onData', 'onComplete'] as const) {
      const { handler } = reader({ [missing]: undefined })
      expect(() => dispatcher.dispatch(get, handler)).toThrow(`invalid ${missing} method`)
    }
    expect(() => dispatcher.dispatch({ ...get, upgrade: 'x' }, reader().handler)).toThrow('invalid onUpgrade method')
  })
})

test('a reader that knows both protocols is told by the newer where that is spoken', async () => {
  const { url } = await serve((_request, response) => answer(response, 200, 'ok', { 'x-a': '1' }))
  const heard: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const own: Dispatcher.DispatchHandler = {
    onRequestStart: () => void heard.push('start'),
    onResponseStart: (_controller, status, headers) => void heard.push(`${status} ${headers['x-a']}`),
    onResponseData: (_controller, chunk) => void heard.push(String(chunk)),
    onResponseEnd: () => resolve(),
    onResponseError: (_controller, error) => { throw error },
  }
  rig([url]).dispatcher.dispatch(get, new BilingualReader(own))
  await promise
  expect(heard).toEqual(['start', '200 1', 'ok'])
})
