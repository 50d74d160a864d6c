import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { HopTold } from './hop-process.ts'

/** One hop's process with what it tells, in order. */
class Hop {
  readonly child: ChildProcess
  private readonly told: HopTold[] = []
  private waiting: (() => void) | undefined

  constructor(next: string | undefined) {
    this.child = fork(new URL('./hop-process.ts', import.meta.url), next === undefined ? [] : [next], { execArgv: ['--conditions=@inmesh/source'] })
    this.child.on('message', (told: HopTold) => {
      this.told.push(told)
      this.waiting?.()
    })
  }

  /** All that it has told and nobody has taken. */
  get all(): HopTold[] {
    return [...this.told]
  }

  /** What a test that failed left behind. */
  forget(): void {
    this.told.length = 0
  }

  /** The next thing it tells, which must be this. */
  async tells<W extends HopTold['what']>(what: W): Promise<Extract<HopTold, { what: W }>> {
    while (this.told.length === 0) await new Promise<void>((resolve) => { this.waiting = resolve })
    const told = this.told.shift()!
    if (told.what !== what) throw new Error(`the hop told "${told.what}", and "${what}" was due`)
    return told as Extract<HopTold, { what: W }>
  }
}

async function startHop(next?: string): Promise<{ hop: Hop; origin: string }> {
  const hop = new Hop(next)
  const { port } = await hop.tells('port')
  return { hop, origin: `http://127.0.0.1:${port}` }
}

describe('three hops, each a process', () => {
  let hops: Hop[] = []
  let origin: string

  beforeAll(async () => {
    const last = await startHop()
    const middle = await startHop(last.origin)
    const edge = await startHop(middle.origin)
    hops = [edge.hop, middle.hop, last.hop]
    origin = edge.origin
  }, 30_000)

  beforeEach(() => {
    for (const hop of hops) hop.forget()
  })

  afterAll(() => {
    for (const { child } of hops) child.disconnect()
  })

  it('stop what they do when the first one\'s caller hangs up', async () => {
    const took: number[] = []
    for (let run = 0; run < 11; run++) {
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
    expect(took.toSorted((a, b) => a - b)[5]).toBeLessThan(50)
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
