import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Health } from './health.ts'
import { HEALTH_DEFAULTS } from './options.ts'

function after(checks: string, thresholds = HEALTH_DEFAULTS): Health {
  const health = new Health(0)
  ;[...checks].forEach((check, i) => health.checked(check === '+', thresholds, i + 1))
  return health
}

test('an endpoint is unhealthy after three failures in a row, and healthy again after two successes', () => {
  expect(['', '--', '---', '---+', '---+-+', '---++', '++--', '--+--', '---'].map((checks) => after(checks).state)).toEqual(
    ['unknown', 'unknown', 'unhealthy', 'unhealthy', 'unhealthy', 'healthy', 'healthy', 'healthy', 'unhealthy'])
})

test('its first success makes it healthy, and it tells since when it is what it is', () => {
  expect(after('-+')).toMatchObject({ state: 'healthy', since: 2, contrary: 0 })
  expect(after('+++---')).toMatchObject({ state: 'unhealthy', since: 6 })
  expect(after('+++--')).toMatchObject({ state: 'healthy', since: 1, contrary: 2 })
})

test('a change is told once, whatever comes', () => {
  fc.assert(fc.property(fc.array(fc.boolean()), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), (checks, unhealthyAfter, healthyAfter) => {
    const health = new Health(0)
    checks.forEach((ok, now) => {
      const before = health.state
      const changed = health.checked(ok, { unhealthyAfter, healthyAfter }, now)
      expect(changed?.from).toBe(health.state === before ? undefined : before)
      if (changed !== undefined) expect(health.state).toBe(ok ? 'healthy' : 'unhealthy')
      const run = checks.slice(0, now + 1).toReversed().findIndex((one) => one !== ok)
      const inARow = run < 0 ? now + 1 : run
      if (!ok && inARow >= unhealthyAfter) expect(health.state).toBe('unhealthy')
      if (ok && inARow >= healthyAfter) expect(health.state).toBe('healthy')
    })
  }))
})
