import { runGrant } from '@inmesh/redis'
import type { Grant, ReserveAsk } from '@inmesh/policy'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { ask } from './limits.ts'
import { oneRedis } from './one-redis.ts'

const over = oneRedis()

const reserve = (changes: Partial<ReserveAsk> = {}, key = 'k'): Promise<Grant> => runGrant({ adapter: over.adapter, key, ask: ask(changes) })

/** tat, last and the floor's tat, in ms before or after now. */
async function state(key = 'k'): Promise<readonly number[]> {
  const now = await nowMicros()
  return (await over.redis.get(key))!.split(' ').map((part) => (Number(part) - now) / 1000)
}

async function setState(parts: readonly number[], key = 'k'): Promise<void> {
  const now = await nowMicros()
  await over.redis.set(key, parts.map((ms) => (now + ms * 1000).toFixed(3)).join(' '))
}

async function nowMicros(): Promise<number> {
  const [seconds, micros] = await over.redis.time()
  return (Number(seconds) - 1_767_225_600) * 1e6 + Number(micros)
}

/** When the test began: what it says of the time ahead gets less as it runs, and no more. */
let begun = 0
beforeEach(() => {
  begun = performance.now()
})

function about(value: number | undefined, expected: number): void {
  expect(value).toBeGreaterThan(expected - (performance.now() - begun) - 1)
  expect(value).toBeLessThanOrEqual(expected + 0.1)
}

describe('a grant', () => {
  it('gives the burst at once, then what is earned in advance with the delay until it is, then nothing', async () => {
    const grants = [await reserve(), await reserve(), await reserve(), await reserve(), await reserve()]
    expect(grants.map(({ tokens }) => tokens)).toEqual([10, 10, 10, 10, 0])
    expect(grants.slice(0, 2).map(({ delay }) => delay)).toEqual([0, 0])
    about(grants[2]?.delay, 100)
    about(grants[3]?.delay, 200)
    about(grants[4]?.retryAfter, 100)
    expect(grants[4]).toMatchObject({ delay: 0, lost: false })
  })

  it('is all or nothing', async () => {
    expect(await reserve({ want: 41, horizon: 200 })).toMatchObject({ tokens: 0 })
    expect(await over.redis.exists('k')).toBe(0)
    expect(await reserve({ want: 40, horizon: 200 })).toMatchObject({ tokens: 40, delay: 200 })
  })

  it('has in the long run exactly the rate, where an interval is no whole number too', async () => {
    const interval = 1000 / 30_000
    // Far ahead, so that no pause of this machine earns anything meanwhile.
    await setState([60_000, 0, 0])
    const tat = async (): Promise<number> => Number((await over.redis.get('k'))!.split(' ')[0])
    const before = await tat()
    for (let i = 0; i < 300; i++) expect(await reserve({ interval, burst: 1, want: 1, horizon: Infinity })).toMatchObject({ tokens: 1 })
    expect(await tat() - before).toBeCloseTo(300 * interval * 1000, 0)
  })

  it('keeps keys apart', async () => {
    await reserve({ want: 40 }, 'a')
    expect(await reserve({ want: 20 }, 'b')).toMatchObject({ tokens: 20, delay: 0 })
  })

  it('gives a shorter horizon less, so that it gives way', async () => {
    await reserve({ want: 20 })
    expect(await reserve({ horizon: 50 })).toMatchObject({ tokens: 0 })
    expect(await reserve({ horizon: 200 })).toMatchObject({ tokens: 10 })
  })

  it('says how long it remembers, and forgets after that', async () => {
    const { keptFor } = await runGrant({ adapter: over.adapter, key: 'k', ask: ask({ interval: 1, burst: 10, want: 10, horizon: 0 }), margin: 20 })
    expect(keptFor).toBe(10)
    const left = await over.redis.pttl('k')
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThanOrEqual(30)
    await sleep(left + 10)
    expect(await over.redis.exists('k')).toBe(0)
  })

  it('writes nothing where nothing changed', async () => {
    await reserve({ want: 40 })
    const before = await over.redis.get('k')
    expect(await reserve()).toMatchObject({ tokens: 0 })
    expect(await over.redis.get('k')).toBe(before)
    expect(await reserve({ want: 0 }, 'unknown')).toEqual({ tokens: 0, delay: 0, retryAfter: 0, keptFor: 0, lost: false })
    expect(await over.redis.exists('unknown')).toBe(0)
  })

  it('answers numbers of its form also where a burst would take longer to fill than they reach', async () => {
    const never = { interval: 1e12, burst: 1e9, settle: 100, burstUsed: 'if-lost' } as const
    expect(await reserve(never)).toMatchObject({ tokens: 0, lost: true, retryAfter: 9e12, keptFor: 9e12 })
    expect(await reserve(never)).toMatchObject({ tokens: 0, lost: false, retryAfter: 9e12, keptFor: 9e12 })
  })

  it('takes what stands at its key and is no state for none', async () => {
    await over.redis.set('k', 'somebody’s')
    expect(await reserve({ burstUsed: 'if-lost' })).toMatchObject({ tokens: 10, lost: true })
  })
})

describe('settling', () => {
  it('charges what was spent before it was granted', async () => {
    expect(await reserve({ settle: 30, want: 0 })).toMatchObject({ tokens: 0 })
    about((await state())[0], 300)
    expect(await reserve({ want: 10 })).toMatchObject({ tokens: 10 })
    about((await state())[0], 400)
  })

  it('credits what was left over, and never more than was taken', async () => {
    await reserve({ want: 20 })
    await reserve({ settle: -15, want: 0 })
    about((await state())[0], 50)
    await reserve({ settle: -1000, want: 0 })
    about((await state())[0], 0)
    expect(await reserve({ want: 20 })).toMatchObject({ tokens: 20, delay: 0 })
  })

  it('comes before what is wanted, whether that is granted or not', async () => {
    expect(await reserve({ settle: 50, want: 10, horizon: 0 })).toMatchObject({ tokens: 0 })
    about((await state())[0], 500)
  })
})

describe('a burst that may have been used', () => {
  it('counts as used where the engine has lost a key that it must know, and it says so', async () => {
    const grant = await reserve({ burstUsed: 'if-lost' })
    expect(grant).toMatchObject({ tokens: 10, lost: true })
    about(grant.delay, 100)
  })

  it('counts as it was where the key is known', async () => {
    await reserve()
    expect(await reserve({ burstUsed: 'if-lost' })).toMatchObject({ tokens: 10, delay: 0, lost: false })
  })

  it('counts as used while a process comes back from counting by itself, known or not', async () => {
    about((await reserve({ burstUsed: 200 })).delay, 100)
    await over.redis.flushall()
    await reserve({ want: 1 })
    const grant = await reserve({ burstUsed: 200 })
    about(grant.delay, 100)
    expect(grant.lost).toBe(false)
  })
})

describe('a floor', () => {
  const low = { horizon: 0, floor: 0.1, floorHorizon: 400, want: 2 } as const

  it('lets the lowest have its share while others take all', async () => {
    await reserve({ want: 40 })
    const first = await reserve(low)
    expect(first.tokens).toBe(2)
    about(first.delay, 220)
    const second = await reserve(low)
    // A tenth of 100 a second: two tokens in 200 ms.
    expect(second.tokens).toBe(0)
    about(second.retryAfter, 200)
  })

  it('counts against the whole, and ends at its own horizon', async () => {
    await reserve({ want: 40 })
    await reserve(low)
    about((await state())[0], 420)
    await setState([700, -1, 0])
    const refused = await reserve(low)
    expect(refused.tokens).toBe(0)
    about(refused.retryAfter, 120)
  })

  it('is not charged where the rest would have admitted it', async () => {
    expect(await reserve({ ...low, horizon: 200 })).toMatchObject({ tokens: 2 })
    about((await state())[2], 0)
  })
})

describe('a clock that goes back', () => {
  it('leaves the backlog as it was: nobody gets a token twice, and nobody waits for the clock', async () => {
    // The server's clock was 10 s ahead when 300 ms were still to be earned.
    await setState([10_300, 10_000, 10_100])
    expect(await reserve({ horizon: 0 })).toMatchObject({ tokens: 0 })
    const [tat, last, floor] = await state()
    about(tat, 300)
    about(last, 0)
    about(floor, 100)
    // Timers may be a millisecond early.
    await sleep(51)
    about((await reserve({ want: 1, horizon: 200 })).delay, 60)
  })

  it('gives no burst that was used', async () => {
    await setState([10_200, 10_000, 10_000])
    const grant = await reserve({ horizon: 400 })
    expect(grant.tokens).toBe(10)
    about(grant.delay, 100)
  })

  it('keeps nobody waiting where all was earned', async () => {
    await setState([9000, 10_000, 9000])
    expect(await reserve({ want: 20 })).toMatchObject({ tokens: 20, delay: 0 })
  })
})

it('a clock that goes forward gives no more than the burst', async () => {
  await setState([-10_000, -10_500, -10_000])
  expect(await reserve({ want: 21, horizon: 0 })).toMatchObject({ tokens: 0 })
  expect(await reserve({ want: 20, horizon: 0 })).toMatchObject({ tokens: 20, delay: 0 })
})

it('a server that forgot the scripts is told them', async () => {
  await reserve()
  await over.redis.script('FLUSH')
  expect(await reserve()).toMatchObject({ tokens: 10 })
})
