import { manualClock } from '@inmesh/testing'
import { describe, expect, it, vi } from 'vitest'
import type { Door } from './door.ts'
import { Drain, type CutRequest } from './drain.ts'

const cutOff: CutRequest = { method: 'GET', path: '/late', route: undefined, age: 1, phase: 'running' }

/** A server with one connection that has said nothing yet, so that it stays open as idle ones are closed. */
function silent() {
  const closed = vi.fn<() => void>()
  return { door: { close: () => {}, closeAllConnections: closed } satisfies Door, closed }
}

function draining(within: number) {
  const clock = manualClock(1_000)
  let size = 0
  const drain = new Drain(clock, { size: () => size, cutAll: () => { size = 0; return [cutOff] } }, within)
  const pass = async (ms: number): Promise<void> => {
    for (let i = 0; i < 10; i++) await Promise.resolve()
    clock.advance(ms)
    for (let i = 0; i < 10; i++) await Promise.resolve()
  }
  return { clock, drain, pass, comes: () => { size += 1 }, leaves: () => { size -= 1; drain.left() } }
}

describe('a request that comes while connections are being closed', () => {
  it('has what is left of the time, and is not cut with its connection', async () => {
    const { drain, pass, comes, leaves } = draining(5_000)
    const { door, closed } = silent()
    const report = drain.run(() => [door])
    await pass(100)
    comes()
    await pass(1_000)
    expect(closed).not.toHaveBeenCalled()
    leaves()
    await pass(500)
    expect(closed).toHaveBeenCalledOnce()
    expect(await report).toEqual({ took: 1_600, ended: 1, cut: [] })
  })

  it('is reported where the time is over before it ends, also when it came after that', async () => {
    const { clock, drain, pass, comes } = draining(1_000)
    const { door, closed } = silent()
    comes()
    const report = drain.run(() => [door])
    await pass(1_000)
    comes()
    await pass(500)
    expect(closed).toHaveBeenCalledOnce()
    expect((await report).cut).toEqual([cutOff, cutOff])
    expect(clock.pending).toBe(0)
  })
})
