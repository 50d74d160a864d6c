import { describe, expect, it } from 'vitest'
import { nodeMachine } from './machine.ts'

describe('the machine that this runs on', () => {
  it('has counters that only grow, and limits that are numbers', () => {
    const machine = nodeMachine()
    const before = { cpu: machine.cpu(), ...machine.loop() }
    for (let spent = 0; machine.cpu() - before.cpu < 2 && spent < 1e9; spent++);
    const after = { cpu: machine.cpu(), ...machine.loop() }
    expect(after.cpu).toBeGreaterThan(before.cpu)
    expect(after.idle).toBeGreaterThanOrEqual(before.idle)
    expect(after.active).toBeGreaterThanOrEqual(before.active)
    expect(machine.cores).toBeGreaterThan(0)
    expect(machine.rss()).toBeGreaterThan(1_000_000)
    expect(machine.memory).toBeGreaterThanOrEqual(machine.rss())
    expect(machine.memory).toBeLessThan(2 ** 50)
  })
})
