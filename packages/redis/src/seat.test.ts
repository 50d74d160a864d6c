import type { EngineState } from '@inmesh/pipeline'
import type { Fleet, Grant } from '@inmesh/policy'
import { manualClock, seededRandom } from '@inmesh/testing'
import { describe, expect, it } from 'vitest'
import { limitKeys } from './keys.ts'
import type { Command } from './link.ts'
import { RedisSeat } from './seat.ts'
import { troubleOf } from './trouble.ts'

/** A link that notes what is asked, and answers what it is told. */
class NotedLink {
  state: EngineState = 'up'
  readonly asked: { readonly key: string; readonly args: readonly string[] }[] = []
  reply: (key: string) => unknown = () => [1, 1_000_000]

  async ask<T>(command: Command<T>): Promise<T> {
    return this.send(command)
  }

  async send<T>({ key, args, read }: Command<T>): Promise<T> {
    this.asked.push({ key, args })
    const reply = this.reply(key)
    if (reply instanceof Error) throw troubleOf(reply)
    return read(reply)
  }
}

function begin(changes: { readonly weight?: number; readonly heartbeat?: number } = {}) {
  const clock = manualClock(1000)
  const link = new NotedLink()
  const fleets: Fleet[] = []
  const tally = { asked: 0, failed: 0 }
  const limit = { id: 'catalog/limit', weight: changes.weight ?? 1, state: () => undefined, fleet: (fleet: Fleet) => void fleets.push(fleet) }
  const seat = new RedisSeat({
    link, clock, random: seededRandom(1), keys: limitKeys('inmesh', limit.id), limit, member: 'p1/0', weight: limit.weight, processWeight: 2,
    heartbeat: changes.heartbeat ?? 1000, margin: 300, tally, left: () => undefined,
  })
  const beats = (): number => link.asked.filter(({ key, args }) => key.endsWith(':members') && args[1] !== '0').length
  return { clock, link, fleets, tally, seat, beats }
}

describe('a heart', () => {
  it('beats once a second, give or take a tenth, and is taken for dead after three', async () => {
    const { clock, link, seat, beats } = begin()
    seat.begin()
    await clock.run(0)
    expect(link.asked).toEqual([{ key: '{inmesh:catalog/limit}:members', args: ['1:p1/0', '3000000', '180000000'] }])
    await clock.run(10_000)
    expect(beats()).toBeGreaterThanOrEqual(10)
    expect(beats()).toBeLessThanOrEqual(12)
    expect(clock.pendingHeld).toBe(0)
  })

  it('beats slower among many, step by step, so that nobody takes it for dead meanwhile', async () => {
    const { clock, link, seat } = begin()
    link.reply = () => [1000, 1_000_000_000]
    seat.begin()
    await clock.run(60_000)
    const lives = link.asked.map(({ args }) => Number(args[1]) / 1000)
    expect(lives.slice(0, 6)).toEqual([3000, 4500, 6750, 10_125, 15_000, 15_000])
    const before = link.asked.length
    await clock.run(50_000)
    expect(link.asked.length - before).toBeGreaterThanOrEqual(9)
    expect(link.asked.length - before).toBeLessThanOrEqual(12)
  })

  it('tells of others when something has changed, and only then', async () => {
    const { clock, link, fleets, seat } = begin({ weight: 2 })
    link.reply = () => [1, 2_000_000]
    seat.begin()
    await clock.run(3000)
    link.reply = () => [4, 8_000_000]
    await clock.run(3000)
    expect(fleets).toEqual([{ processes: 1, share: 1 }, { processes: 4, share: 0.25 }])
  })

  it('believes that others are gone when a second beat says so, since a Redis that has lost its state knows none before they beat', async () => {
    const { clock, link, fleets, seat } = begin()
    let beats = 0
    link.reply = () => (++beats === 3 ? [1, 1_000_000] : [4, 4_000_000])
    seat.begin()
    await clock.run(5000)
    expect(fleets).toEqual([{ processes: 4, share: 0.25 }])
    link.reply = () => [2, 2_000_000]
    await clock.run(2500)
    expect(fleets.slice(1)).toEqual([{ processes: 2, share: 0.5 }])
  })

  it('takes weights that are too light to be told for equal, and not for nothing', async () => {
    const { clock, link, fleets, seat } = begin({ weight: 1e-9 })
    link.reply = () => [4, 0]
    seat.begin()
    await clock.run(1000)
    expect(fleets).toEqual([{ processes: 4, share: 0.25 }])
  })

  it('beats on after a failure, and not while Redis is lost, when hellos do', async () => {
    const { clock, link, seat, beats } = begin()
    link.reply = () => new Error('OOM full')
    seat.begin()
    await clock.run(5000)
    expect(beats()).toBeGreaterThan(3)
    const before = beats()
    link.state = 'lost'
    await clock.run(10_000)
    expect(beats()).toBe(before)
    link.reply = () => [1, 1_000_000]
    await seat.greet()
    link.state = 'up'
    await clock.run(2000)
    expect(beats()).toBeGreaterThan(before + 1)
  })

  it('is still when it has left, whatever is under way', async () => {
    const { clock, link, seat } = begin()
    seat.begin()
    seat.leave()
    seat.leave()
    await clock.run(5000)
    expect(link.asked.map(({ key, args }) => [key, args[1]])).toEqual([['{inmesh:catalog/limit}:members', '3000000'], ['{inmesh:catalog/limit}:members', '0']])
    expect(clock.pending).toBe(0)
  })
})

describe('an ask', () => {
  const ask = { key: 'a', interval: 0.5, burst: 20, settle: -1.5, want: 10, horizon: Infinity, floor: 0.1, floorHorizon: 400, burstUsed: 40, longest: 5000 } as const

  it('is sent as amounts and lengths of time', async () => {
    const { link, seat } = begin()
    link.reply = () => [10, 1500, 0, 90_000, 1]
    const grant = await new Promise<Grant | undefined>((resolve) => seat.reserve(ask, resolve))
    expect(link.asked).toEqual([{ key: '{inmesh:catalog/limit:a}', args: ['500', '20', '-1.5', '10', '1e308', '0.1', '400000', '40000', '300', '5000000'] }])
    expect(grant).toEqual({ tokens: 10, delay: 1.5, retryAfter: 0, keptFor: 90, lost: true })
  })

  it('for slots has the weight of the process too, and gives them back when it leaves', async () => {
    const { link, seat, clock } = begin()
    link.reply = (key) => key.endsWith(':slots') ? [3, 3, 1] : [1, 1_000_000]
    expect(await new Promise((resolve) => seat.slots({ max: 40, want: 3, inUse: 1, lease: 900.5, weight: 0.5 }, resolve))).toEqual({ slots: 3, taken: 3, processes: 1 })
    seat.leave()
    await clock.run(0)
    expect(link.asked.filter(({ key }) => key.endsWith(':slots')).map(({ args }) => args)).toEqual([
      ['p1/0', '40', '3', '1', '900500', '1'],
      ['p1/0', '1', '0', '0', '1000', '2'],
    ])
  })

  it.each<[string, unknown]>([['fails', new Error('read ECONNRESET')], ['is answered by nonsense', [11, 0, 0, 0, 0]], ['is answered by less', [10]]])('that %s is answered with nothing, and counted', async (_, reply) => {
    const { link, seat, tally } = begin()
    link.reply = () => reply
    expect(await new Promise((resolve) => seat.reserve(ask, resolve))).toBeUndefined()
    expect(tally).toEqual({ asked: 1, failed: 1 })
  })

  it('is not sent while Redis is not there, and answered with nothing, not on its own stack', async () => {
    const { link, seat, tally } = begin()
    for (const state of ['connecting', 'lost'] as const) {
      link.state = state
      let answers = 0
      await new Promise<void>((resolve) => {
        seat.reserve(ask, (grant) => {
          answers++
          expect(grant).toBeUndefined()
          resolve()
        })
        expect(answers).toBe(0)
      })
    }
    expect([link.asked, tally]).toEqual([[], { asked: 0, failed: 0 }])
  })
})
