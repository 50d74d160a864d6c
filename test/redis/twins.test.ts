import { runGrant, runSlots } from '@inmesh/redis'
import { GrantBook, SlotBook, type ReserveAsk } from '@inmesh/policy'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { oneRedis } from './one-redis.ts'

// What simulations and users' tests decide by, and what ships: one text, two languages.

const over = oneRedis()

const epoch = 1_767_225_600
/** Time passes for a key as if its state lay so much further back. */
const pass = `
local a, b, c = string.match(redis.call('GET', KEYS[1]) or '', '^(%S+) (%S+) (%S+)$')
if a then redis.call('SET', KEYS[1], string.format('%.3f %.3f %.3f', a - ARGV[1], b - ARGV[1], c - ARGV[1]), 'KEEPTTL') end`

interface Step {
  readonly passes: number
  readonly ask: Omit<ReserveAsk, 'key' | 'interval' | 'burst'>
}

const step: fc.Arbitrary<Step> = fc.record({
  passes: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 400 }), fc.integer({ min: -5000, max: -1 })),
  ask: fc.record({
    settle: fc.oneof(fc.constant(0), fc.integer({ min: -8, max: 12 })),
    want: fc.integer({ min: 0, max: 12 }),
    // No sums of intervals: what is due to the hair is rounded by each as its numbers are.
    horizon: fc.constantFrom(0.017, 51.37, 203.79),
    floor: fc.constantFrom(0, 0.1, 0.5),
    floorHorizon: fc.constantFrom(0.019, 203.81),
    burstUsed: fc.constantFrom('never' as const, 37, 411),
    longest: fc.constantFrom(97.13, 503.31, Infinity),
  }),
})

describe('a grant', () => {
  it('is the same by the script in Redis and by the book in memory, whatever is asked and however the clock goes', async () => {
    const rates = fc.record({ interval: fc.constantFrom(0.5, 7, 10, 100 / 3), burst: fc.integer({ min: 1, max: 20 }) })
    let granted = 0
    let refused = 0
    await fc.assert(fc.asyncProperty(rates, fc.boolean(), fc.array(step, { minLength: 1, maxLength: 25 }), async (rate, lost, steps) => {
      await over.redis.flushall()
      const book = new GrantBook()
      let ahead = 0
      let written = true
      for (const [at, { passes, ask: asked }] of steps.entries()) {
        // The book has heard of every ask, the script writes only what changes something: a step back is theirs alike only then.
        const by = written ? passes : Math.abs(passes)
        ahead += by
        await over.redis.eval(pass, 1, 'k', by * 1000)
        // How long each remembers a key that is as good as new is its own affair.
        const ask: ReserveAsk = { key: 'k', ...rate, ...asked, ...(lost && at === 0 ? { burstUsed: 'if-lost' } : {}) }
        const before = await seconds()
        const real = await runGrant({ adapter: over.adapter, key: 'k', ask, margin: 600_000 })
        const last = Number((await over.redis.get('k'))?.split(' ')[1] ?? Number.NaN) / 1000
        // When the script has read its clock, if it has written it down.
        written = last >= before
        const now = written ? last : before
        const twin = book.reserve(ask, now + ahead)
        const slack = written ? 0.01 : (await seconds()) - before + 0.01
        if (real.tokens > 0) granted++
        else refused++
        expect({ tokens: real.tokens, lost: real.lost }).toEqual({ tokens: twin.tokens, lost: twin.lost })
        expect(Math.abs(real.delay - twin.delay)).toBeLessThanOrEqual(slack)
        expect(Math.abs(real.keptFor - twin.keptFor)).toBeLessThanOrEqual(slack)
        expect(Math.abs(real.retryAfter - twin.retryAfter)).toBeLessThanOrEqual(slack)
      }
    }), { numRuns: 150 })
    expect(granted).toBeGreaterThan(200)
    expect(refused).toBeGreaterThan(200)
  })
})

/** Of leases of an hour and more, so that none ends, and no turn, while the test runs. */
const hour = 3_600_000

interface SlotStep {
  readonly who: number
  readonly want: number
  readonly used: number
}

const slotStep: fc.Arbitrary<SlotStep> = fc.record({ who: fc.nat(9), want: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 12 })), used: fc.double({ min: 0, max: 1, noNaN: true }) })

describe('slots', () => {
  it('are the same by the script in Redis and by the book in memory, whoever asks and whoever’s turn it is', async () => {
    const weights = fc.array(fc.constantFrom(0.1, 0.7, 1, 1, 2, 7, 300), { minLength: 10, maxLength: 10 })
    // Turns go by the length of the lease: another length is another turn.
    const scenario = fc.record({ max: fc.integer({ min: 1, max: 20 }), weights, lease: fc.integer({ min: hour, max: 50 * hour }), steps: fc.array(slotStep, { minLength: 20, maxLength: 60 }) })
    const turnsAt = async (lease: number): Promise<number> => Math.floor((await seconds() + epoch * 1000) / lease)
    let scarce = 0
    await fc.assert(fc.asyncProperty(scenario, async ({ max, weights: heavy, lease, steps }) => {
      await over.redis.flushall()
      const turn = await turnsAt(lease)
      const book = new SlotBook()
      const has = new Map<number, number>()
      const answers = []
      for (const { who, want, used } of steps) {
        const inUse = Math.floor(used * (has.get(who) ?? 0))
        const ask = { max, want, inUse, lease, weight: heavy[who]! }
        const twin = book.ask(`p${who}`, ask, await seconds() + epoch * 1000)
        const real = await runSlots({ adapter: over.adapter, key: 's', member: `p${who}`, ask })
        has.set(who, Math.max(real.slots, inUse))
        if (real.slots < want) scarce++
        answers.push({ real, twin })
      }
      if (await turnsAt(lease) === turn) expect(answers.map(({ real }) => real)).toEqual(answers.map(({ twin }) => twin))
    }), { numRuns: 150 })
    expect(scarce).toBeGreaterThan(300)
  })
})

/** Redis's clock, in ms since what its states count from. */
async function seconds(): Promise<number> {
  const [whole, micros] = await over.redis.time()
  return (Number(whole) - epoch) * 1000 + Number(micros) / 1000
}
