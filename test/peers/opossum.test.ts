import { backup, compose, explain, fromOpossum, retry } from '@inmesh/pipeline'
import { createMesh } from 'inmesh'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import CircuitBreaker from 'opossum'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

/** A breaker as one finds it in a program: with an action of its own, which must never be called by the chain. */
function breaker(options: CircuitBreaker.Options = {}): { readonly breaker: CircuitBreaker<[string], string>; readonly action: ReturnType<typeof vi.fn> } {
  const action = vi.fn(async (id: string) => `legacy ${id}`)
  const made = new CircuitBreaker(action as (id: string) => Promise<string>, { timeout: 1000, errorThresholdPercentage: 50, resetTimeout: 40, volumeThreshold: 2, ...options })
  onTestFinished(() => made.shutdown())
  return { breaker: made, action }
}

const refused = async (promise: Promise<unknown>): Promise<{ code?: string; message?: string }> => promise.then(() => ({}), (error: unknown) => error as { code?: string })

describe('an opossum breaker as an interceptor, the real one', () => {
  it('lets calls through while it is closed, and hears what became of them', async () => {
    const { breaker: own, action } = breaker()
    const call = compose(fromOpossum(own)).wrap(async (_context, id: string) => `new ${id}`)
    expect(await call('42')).toBe('new 42')
    expect([own.stats.successes, own.stats.failures]).toEqual([1, 0])
    expect(action).not.toHaveBeenCalled()
  })

  it('opens by the failures of the chain, and callers then get its own error, before anything is sent', async () => {
    const { breaker: own } = breaker()
    let sent = 0
    const call = compose(fromOpossum(own), retry({ maxExtraTries: 0 })).wrap(async () => {
      sent++
      throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
    })
    for (let i = 0; i < 2; i++) expect(await refused(call())).toMatchObject({ code: 'ECONNRESET' })
    expect(own.opened).toBe(true)
    expect(await refused(call())).toMatchObject({ code: 'EOPENBREAKER' })
    expect([sent, own.stats.rejects]).toEqual([2, 1])
  })

  it('shares its state with whoever fires it elsewhere, in both directions', async () => {
    const { breaker: own, action } = breaker()
    const call = compose(fromOpossum(own)).wrap(async () => 'new')
    action.mockRejectedValue(new Error('legacy is down'))
    for (let i = 0; i < 2; i++) await refused(own.fire('42'))
    expect(await refused(call())).toMatchObject({ code: 'EOPENBREAKER' })
    await sleep(60)
    expect([own.halfOpen, await call(), own.closed]).toEqual([true, 'new', true])
    action.mockResolvedValue('legacy')
    expect(await own.fire('42')).toBe('legacy')
  })

  it('counts a call that a retry saved as a success', async () => {
    const { breaker: own } = breaker()
    let sent = 0
    const call = compose(fromOpossum(own), retry({ backoff: { min: 0, max: 0 } })).wrap(async () => {
      if (++sent === 1) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
      return 'ok'
    }, { repeat: 'always' })
    expect(await call()).toBe('ok')
    expect([own.stats.successes, own.stats.failures]).toEqual([1, 0])
  })

  it('ends a call by its timeout, and cancels what that still does', async () => {
    const { breaker: own } = breaker({ timeout: 20 })
    let aborted = false
    const call = compose(fromOpossum(own), retry(), backup()).wrap(async ({ signal }) => {
      signal.addEventListener('abort', () => { aborted = true })
      await sleep(2000, undefined, { signal })
    }, { repeat: 'always' })
    expect(await refused(call())).toMatchObject({ code: 'ETIMEDOUT' })
    expect([aborted, own.stats.timeouts]).toEqual([true, 1])
  })

  it('holds its capacity', async () => {
    const { breaker: own } = breaker({ capacity: 1 })
    const call = compose(fromOpossum(own)).wrap(async () => sleep(20, 'ok'))
    const [first, second] = await Promise.all([call(), refused(call() as Promise<unknown>)])
    expect([first, second]).toMatchObject(['ok', { code: 'ESEMLOCKED' }])
  })

  it('gives callers what its own fallback gives, called with the call and the error', async () => {
    const { breaker: own } = breaker()
    own.fallback((call: { operation: string }, error: Error & { code?: string }) => `stale ${call.operation} ${error.code}`)
    const call = compose(fromOpossum(own)).wrap(async (): Promise<string> => { throw Object.assign(new Error('reset'), { code: 'ECONNRESET' }) }, { operation: 'get' })
    expect([await call(), await call(), await call()]).toEqual(['stale get ECONNRESET', 'stale get ECONNRESET', 'stale get EOPENBREAKER'])
  })

  it('asks its errorFilter with the error of the chain', async () => {
    const { breaker: own } = breaker({ errorFilter: (error: Error & { code?: string }) => error.code === 'E_NOT_MINE' })
    const call = compose(fromOpossum(own)).wrap(async () => { throw Object.assign(new Error('x'), { code: 'E_NOT_MINE' }) })
    for (let i = 0; i < 4; i++) expect(await refused(call())).toMatchObject({ code: 'E_NOT_MINE' })
    expect([own.opened, own.stats.failures]).toEqual([false, 0])
  })

  it('after shutdown refuses, and disabled lets through', async () => {
    const { breaker: own } = breaker()
    const call = compose(fromOpossum(own)).wrap(async () => 'ok')
    own.disable()
    expect(await call()).toBe('ok')
    own.enable()
    own.shutdown()
    expect(await refused(call() as Promise<unknown>)).toMatchObject({ code: 'ESHUTDOWN' })
  })

  it('is refused where it would hand one call’s answer to another, and so is what is no breaker', () => {
    for (const options of [{ cache: true }, { coalesce: true }]) expect(() => fromOpossum(breaker(options).breaker)).toThrow(/cache or coalesce/)
    for (const other of [undefined, {}, async () => 'x']) expect(() => fromOpossum(other as never)).toThrow(/accepted: an opossum CircuitBreaker/)
  })

  it('stands in a mesh, before a service over HTTP: a reply that failed stays the caller’s', async () => {
    const server = createServer((_request, response) => void response.writeHead(503).end('no'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { breaker: own } = breaker({ resetTimeout: 10_000 })
    const endpoints = [`http://127.0.0.1:${(server.address() as AddressInfo).port}`]
    await using mesh = createMesh({ services: { catalog: { endpoints, policy: { retry: false, interceptors: [fromOpossum(own)] } } } })
    const told: string[] = []
    mesh.observe((event) => { if (event.type === 'refused') told.push(`${event.policy} ${event.why}`) })
    const { fetch } = mesh.service('catalog')
    for (let i = 0; i < 2; i++) {
      const reply = await fetch('/')
      expect([reply.status, await reply.text()]).toEqual([503, 'no'])
    }
    const error = await refused(fetch('/'))
    // As any error beneath it, `fetch` has it as its cause.
    expect(error).toMatchObject({ message: 'fetch failed', cause: { code: 'EOPENBREAKER' } })
    expect([explain(error)?.code, told]).toEqual(['EOPENBREAKER', [`opossum:${own.name} EOPENBREAKER`]])
    server.closeAllConnections()
  })
})
