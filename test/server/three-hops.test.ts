import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startHop, type Hop } from './hop.ts'
import type { HopTold } from './hop-process.ts'

/** What each chain is made of, from the first hop to the last. */
const chains: Readonly<Record<string, () => Promise<{ hops: Hop[]; origin: string }>>> = {
  'HTTP → HTTP → HTTP': async () => {
    const program = new URL('./hop-process.ts', import.meta.url)
    const last = await startHop(program)
    const middle = await startHop(program, `http://127.0.0.1:${last.port}`)
    const edge = await startHop(program, `http://127.0.0.1:${middle.port}`)
    return { hops: [edge.hop, middle.hop, last.hop], origin: `http://127.0.0.1:${edge.port}` }
  },
  'HTTP → gRPC → HTTP': async () => {
    const program = new URL('../grpc/server-hop-process.ts', import.meta.url)
    const last = await startHop(program, 'last')
    const middle = await startHop(program, 'middle', `http://127.0.0.1:${last.port}`)
    const edge = await startHop(program, 'edge', `127.0.0.1:${middle.port}`)
    return { hops: [edge.hop, middle.hop, last.hop], origin: `http://127.0.0.1:${edge.port}` }
  },
}

describe.each(Object.keys(chains))('three hops, each a process: %s', (chain) => {
  let hops: Hop[] = []
  let origin: string

  beforeAll(async () => {
    ({ hops, origin } = await chains[chain]!())
  }, 30_000)

  beforeEach(() => {
    for (const hop of hops) hop.forget()
  })

  afterAll(() => {
    for (const { child } of hops) child.disconnect()
  })

  it('stop what they do when the first one\'s caller hangs up', async () => {
    const took: number[] = []
    for (let run = 0; run < 50; run++) {
      const caller = request(origin)
      caller.on('error', () => {})
      caller.end()
      for (const hop of hops) await hop.tells('began')
      const left = performance.timeOrigin + performance.now()
      caller.destroy()
      const stopped = await Promise.all(hops.map((hop) => hop.tells('stopped')))
      expect(stopped.map(({ why }) => why)).toEqual(['INMESH_CALLER_GONE', 'INMESH_CALLER_GONE', 'INMESH_CALLER_GONE'])
      took.push(stopped[2]!.at - left)
    }
    expect(took.toSorted((a, b) => a - b)[25]).toBeLessThanOrEqual(50)
  }, 30_000)

  it('see less time each than the one before, never more than is left, and the last one is stopped when it is over', async () => {
    // A machine that has no time for three processes within 300 ms has the edge give up before the last one begins.
    let told: HopTold[][] = []
    for (let attempt = 0; attempt < 10 && (told[2]?.length ?? 0) === 0; attempt++) {
      for (const hop of hops) hop.forget()
      const sent = request(origin, { headers: { 'x-envoy-expected-rq-timeout-ms': '300', 'inmesh-criticality': 'SHEDDABLE' } }).end()
      const [res] = await once(sent, 'response') as [IncomingMessage]
      res.resume()
      expect(res.statusCode).toBe(504)
      await after(200)
      told = hops.map((hop) => hop.all)
    }
    // Those above may hear of the end below before their own time is up, and answer.
    expect(told.map((of) => of[0]?.what)).toEqual(['began', 'began', 'began'])
    expect(told[2]!.map(({ what }) => what)).toEqual(['began', 'stopped'])
    const began = told.flat().filter((one) => one.what === 'began')
    const remaining = began.map((one) => one.remaining)
    expect(remaining).toEqual(remaining.toSorted((a, b) => b - a))
    expect(new Set(remaining).size).toBe(3)
    // Each hop keeps back its reserve of 5 ms.
    for (const [at, left] of remaining.entries()) expect(left).toBeLessThanOrEqual(300 - 5 * (at + 1))
    expect(began.map(({ criticality }) => criticality)).toEqual(['SHEDDABLE', 'SHEDDABLE', 'SHEDDABLE'])
  }, 30_000)
})
