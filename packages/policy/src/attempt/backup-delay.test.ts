import { describe, expect, it } from 'vitest'
import { BackupDelay } from './backup-delay.ts'
import { bimodal, type Latency, lognormal, seeded } from './chance.test-support.ts'

function warmed(maxExtraLoad: number, samples: number, age: (i: number) => number): BackupDelay {
  const delay = new BackupDelay({ maxExtraLoad })
  for (let i = 0; i < samples; i++) delay.arrived(age(i), i)
  return delay
}

describe('a backup delay', () => {
  it('is not known until there are ten late tries worth of samples', () => {
    expect(warmed(0.02, 499, (i) => i + 1).delay(10_000)).toBeUndefined()
    expect(warmed(0.02, 500, (i) => i + 1).delay(10_000)).toBeDefined()
  })

  it('is the quantile that leaves the wanted share late, within the accuracy of its buckets', () => {
    const delay = warmed(0.02, 1000, (i) => i + 1).delay(10_000)
    expect(delay).toBeGreaterThan(980 * 0.98)
    expect(delay).toBeLessThan(980 * 1.02)
  })

  it('is worked out once a second only', () => {
    const delay = warmed(0.02, 1000, () => 10)
    const first = delay.delay(1000)!
    for (let i = 0; i < 1000; i++) delay.arrived(100, 1000)
    expect(delay.delay(1999)).toBe(first)
    expect(delay.delay(2000)).toBeGreaterThan(90)
  })

  it('takes a try that was cut short for one that took at least so long', () => {
    const delay = new BackupDelay({ maxExtraLoad: 0.05 })
    for (let i = 0; i < 900; i++) delay.arrived(10, i)
    for (let i = 0; i < 60; i++) delay.censored(20, i)
    for (let i = 0; i < 40; i++) delay.arrived(200, i)
    // Of the hundred slow ones, forty are known to be slow and sixty may be: at 20 ms a tenth is still on its way.
    expect(delay.delay(1000)).toBeGreaterThan(190)
  })

  it('keeps what it knew when so many are cut short that nothing can be told', () => {
    const delay = warmed(0.02, 1000, (i) => i + 1)
    const known = delay.delay(1000)
    for (let i = 0; i < 40_000; i++) delay.censored(2000, 1000)
    for (let i = 0; i < 40_000; i++) delay.censored(0.5, 1000)
    expect(delay.delay(1999)).toBe(known)
    expect(delay.delay(2000)).toBe(known)
  })

  it('forgets in four slices of at least seven and a half seconds', () => {
    const delay = new BackupDelay({ maxExtraLoad: 0.02 })
    for (let now = 0; now < 30_000; now += 10) delay.arrived(1000, now)
    expect(delay.delay(30_000)).toBeGreaterThan(900)
    for (let now = 30_000; now < 52_400; now += 10) delay.arrived(10, now)
    expect(delay.delay(52_400)).toBeGreaterThan(900)
    for (let now = 52_400; now < 60_000; now += 10) delay.arrived(10, now)
    expect(delay.delay(60_000)).toBeLessThan(11)
  })

  it('keeps a slice open at low traffic until it holds a quarter of what is needed, and stays warm over its end', () => {
    const delay = new BackupDelay({ maxExtraLoad: 0.02 })
    for (let i = 0; i < 500; i++) delay.arrived(10, i * 1000)
    expect(delay.delay(500_000)).toBeDefined()
    for (let i = 500; i < 1000; i++) {
      delay.arrived(10, i * 1000)
      expect(delay.delay(i * 1000)).toBeDefined()
    }
  })

  it('is cold again after forty quiet minutes', () => {
    const delay = warmed(0.02, 1000, () => 10)
    expect(delay.delay(2_400_000)).toBeDefined()
    expect(delay.delay(2_410_000)).toBeUndefined()
    delay.arrived(10, 2_410_000)
    expect(delay.samples).toBe(1)
  })

  it('takes another share at once, from the samples it has', () => {
    const delay = warmed(0.02, 1000, (i) => i + 1)
    delay.delay(1000)
    delay.configure({ maxExtraLoad: 0.1 })
    expect(delay.delay(1001)).toBeGreaterThan(900 * 0.98)
    expect(delay.delay(1001)).toBeLessThan(900 * 1.02)
  })

  it('reads every age without harm: none, below the first bucket, beyond the last', () => {
    const delay = warmed(0.02, 600, (i) => [0, 1e-9, 1e9, Number.MAX_VALUE, -1][i % 5]!)
    expect(delay.delay(1000)).toBeGreaterThan(100_000)
    expect(warmed(0.02, 600, () => 0).delay(1000)).toBeGreaterThan(0)
  })
})

/**
 * Invariant 7, closed loop: the delay decides which tries are superseded, and superseded tries are what the delay is
 * learnt from.
 */
function lateShare(latency: Latency, maxExtraLoad: number, seed: number): number {
  const random = seeded(seed)
  const delay = new BackupDelay({ maxExtraLoad })
  let counted = 0
  let late = 0
  for (let i = 0, now = 0; i < 220_000; i++, now += 2) {
    const first = latency(random)
    const after = delay.delay(now) ?? Infinity
    if (i >= 20_000) counted++
    if (first > after) {
      if (i >= 20_000) late++
      const second = after + latency(random)
      if (second < first) delay.censored(second, now)
      else delay.arrived(first, now)
    } else {
      delay.arrived(first, now)
    }
  }
  return late / counted
}

describe('the share of first tries that are late', () => {
  const latencies: Record<string, Latency> = {
    lognormal: lognormal(5, 0.8),
    bimodal: bimodal(lognormal(5, 0.3), lognormal(80, 0.3), 0.1),
    // Nothing between a fast mode and a slow one that holds just the share that ε 2 % asks for: the quantile is in the gap.
    gapped: bimodal(lognormal(5, 0.3), (random) => 200 + 20 * random.next(), 0.02),
  }
  for (const [name, latency] of Object.entries(latencies)) {
    for (const epsilon of [0.01, 0.02, 0.05]) {
      it(`is ${epsilon} ± 10 % of it for ${name} latencies`, () => {
        const share = lateShare(latency, epsilon, 7) / epsilon
        expect(share).toBeGreaterThan(0.9)
        expect(share).toBeLessThan(1.1)
      })
    }
  }

  it('errs to the safe side where all latencies are nearly the same: one bucket then holds more than the share', () => {
    for (const epsilon of [0.01, 0.02, 0.05]) {
      const share = lateShare(lognormal(5, 0.02), epsilon, 7) / epsilon
      expect(share).toBeGreaterThan(0)
      expect(share).toBeLessThan(1.1)
    }
  })
})
