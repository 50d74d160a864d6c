// testing: your own policy, tried against a bad day on virtual time. Twenty minutes of traffic in well under a second.

import assert from 'node:assert/strict'
import { testService } from '@inmesh/testing'

const policy = { timeout: { total: 500 }, retry: { maxExtraTries: 1 }, eject: { consecutive: 5 } }   // in milliseconds

const started = performance.now()
const s = testService(policy, { endpoints: ['a', 'b', 'c', 'd'], seed: 7 })
s.backend.on().reply(200, { after: 5 })

const well = s.series(6_000, 100)                             // ten minutes, ten calls a second
s.backend.on('b').reply(503, { after: 1 })                    // b starts to fail, and fails fast
const bad = s.series(6_000, 100)                              // ten minutes more
s.clock.advance(1_000)

const share = (calls: typeof bad): number => calls.filter(({ outcome }) => outcome?.kind === 'success').length / calls.length
const toB = s.backend.to('b').filter(({ sentAt }) => sentAt >= 600_000).length
const extra = s.backend.sent.length / (well.length + bad.length) - 1
const times = s.recorder.of('ejected').length

console.log(`success: ${share(well) * 100} % before, ${share(bad) * 100} % after b began to fail`)
console.log(`b got ${toB} of the last ${bad.length} calls, was ejected ${times} times; extra load ${(extra * 100).toFixed(2)} %`)
console.log(`${Math.round(s.clock.now() / 60_000)} virtual minutes in ${Math.round(performance.now() - started)} ms`)

assert.equal(share(well), 1)
assert.equal(share(bad), 1, 'every failure was retried elsewhere')
assert.ok(toB / bad.length < 0.01, 'a failing endpoint has next to no traffic')
assert.ok(extra < 0.03, 'at next to no extra load')
assert.ok(times >= 2, 'and each failed probe keeps it out for longer')
s.assertReleased()                                            // no timer, no open request, nothing in flight

// The same seed is the same run, so a test that fails can be looked at again.
const trace = (seed: number): string => {
  const other = testService(policy, { seed })
  other.backend.on('a').reply(503)
  other.series(200, 20)
  return other.recorder.trace()
}
assert.equal(trace(7), trace(7))
console.log('the same seed gives the same events, byte for byte')
