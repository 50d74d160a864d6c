import { describe, expect, it } from 'vitest'
import { Fleet, type FleetOptions, type FleetProcess } from './slot-fleet.test-support.ts'

function fleetOf(demands: readonly number[], options: FleetOptions): Fleet {
  const fleet = new Fleet(options)
  for (const demand of demands) fleet.join(demand, { engineLost: 'closed' })
  return fleet
}

/** The time of each process's calls, as calls in flight on average. */
function averages(fleet: Fleet): number[] {
  return fleet.processes.map(({ busy }) => busy / (fleet.now - fleet.since))
}

const same = (count: number, demand: number): number[] => Array.from({ length: count }, () => demand)

describe('processes that share slots', () => {
  it.each([1, 2, 3])('never have more in flight than there are, and use 95 % of them, whatever is lost on the way and how late it comes (%i)', (seed) => {
    for (const trouble of [{}, { loss: 0.1 }, { latency: [20, 80] as const }, { latency: [0, 45] as const, loss: 0.2 }]) {
      const fleet = fleetOf(same(8, 20), { max: 40, seed, ...trouble })
      fleet.run(3000)
      fleet.reset()
      fleet.run(10_000)
      expect(fleet.most, JSON.stringify(trouble)).toBeLessThanOrEqual(40)
      expect(fleet.use, JSON.stringify(trouble)).toBeGreaterThan(0.95)
    }
  })

  it('have equal parts where they need alike', () => {
    const fleet = fleetOf(same(8, 20), { max: 40 })
    fleet.run(3000)
    fleet.reset()
    fleet.run(10_000)
    for (const average of averages(fleet)) expect(average).toBeCloseTo(5, 0)
  })

  it('have what they need where that is little, and the others have the rest', () => {
    const fleet = fleetOf([3, 60, 60, 3, 60, 3], { max: 200 })
    fleet.run(3000)
    fleet.reset()
    fleet.run(10_000)
    expect(averages(fleet).map(Math.round)).toEqual([3, 60, 60, 3, 60, 3])
    fleet.processes[1]!.demand = 200
    fleet.processes[2]!.demand = 200
    fleet.run(3000)
    fleet.reset()
    fleet.run(10_000)
    const [light, heavy, second, , third] = averages(fleet)
    expect([light, third]).toEqual([3, 60])
    expect(Math.abs(heavy! - second!)).toBeLessThanOrEqual(1)
    expect(fleet.use).toBeGreaterThan(0.95)
  })

  it('have parts by their weights', () => {
    const fleet = new Fleet({ max: 40 })
    for (const weight of [1, 2, 3, 4]) fleet.join(40, { weight })
    fleet.run(3000)
    fleet.reset()
    fleet.run(10_000)
    expect(averages(fleet).map(Math.round)).toEqual([4, 8, 12, 16])
  })

  it.each([1, 2, 3])('take turns where there are fewer slots than processes (%i)', (seed) => {
    const fleet = fleetOf(same(10, 3), { max: 4, seed })
    fleet.run(3000)
    fleet.reset()
    fleet.run(60_000)
    expect(fleet.most).toBe(4)
    expect(fleet.use).toBeGreaterThan(0.95)
    for (const average of averages(fleet)) expect(average).toBeCloseTo(0.4, 1)
  })

  it('leave those that need some what the others do not, also where there are fewer slots than processes', () => {
    const fleet = fleetOf([2, 1, ...same(8, 0)], { max: 4 })
    fleet.run(3000)
    fleet.reset()
    fleet.run(10_000)
    expect(averages(fleet).slice(0, 2)).toEqual([2, 1])
  })

  it('leave one that needs all of them nearly all, though the others keep one each to spare', () => {
    const fleet = fleetOf([100, ...same(9, 0)], { max: 200 })
    fleet.run(3000)
    fleet.reset()
    fleet.run(5000)
    expect(averages(fleet)[0]).toBe(100)
    fleet.processes[0]!.demand = 400
    fleet.run(2000)
    fleet.reset()
    fleet.run(5000)
    expect(averages(fleet)[0]).toBe(191)
  })
})

describe('slots of many processes', () => {
  it('go to a newcomer within a renewal and what is under way, and never twice', () => {
    const fleet = fleetOf([100], { max: 40 })
    fleet.run(3000)
    const newcomer = fleet.join(100, { engineLost: 'closed' })
    fleet.reset()
    fleet.run(700)
    expect(newcomer.running.length).toBe(20)
    expect(fleet.mostOfAll).toBe(40)
  })

  it('of a killed process are the others’ at the end of its lease, and not before', () => {
    const fleet = fleetOf(same(4, 30), { max: 40 })
    fleet.run(3000)
    fleet.kill(fleet.processes[0]!)
    const left = fleet.processes.slice(1)
    const running = (): number => left.reduce((sum, { running: { length } }) => sum + length, 0)
    fleet.run(1400)
    expect(running()).toBe(30)
    fleet.run(1200)
    expect(running()).toBe(40)
  })

  it('of a process that stands still longer than its lease are the others’, and its calls are the only ones beyond', () => {
    const fleet = fleetOf(same(4, 30), { max: 40, takes: [4000, 4000] })
    fleet.run(100)
    const [frozen, ...others] = fleet.processes as [FleetProcess, ...FleetProcess[]]
    const held = frozen.running.length
    fleet.reset()
    frozen.pausedUntil = fleet.now + 5000
    fleet.run(12_000)
    expect(fleet.most).toBeLessThanOrEqual(40)
    expect(fleet.mostOfAll).toBeGreaterThan(40)
    expect(fleet.mostOfAll).toBeLessThanOrEqual(40 + held)
    expect(others.every(({ running }) => running.length >= 10)).toBe(true)
  })

  it('of a process that is cut off are the others’ after its lease, and it has what it may have alone', () => {
    const fleet = new Fleet({ max: 40 })
    for (const demand of same(4, 30)) fleet.join(demand)
    fleet.run(3000)
    const [alone] = fleet.processes as [FleetProcess]
    alone.cutOff = true
    fleet.run(3000)
    expect([fleet.most, alone.running.length, fleet.mostOfAll]).toEqual([40, 8, 48])
    alone.cutOff = false
    fleet.run(2000)
    fleet.reset()
    fleet.run(1000)
    expect(fleet.mostOfAll).toBe(40)
  })

  it('are at most twice as many in use, for one lease, when the engine has forgotten who holds them', () => {
    const fleet = fleetOf(same(8, 20), { max: 40 })
    fleet.run(3000)
    fleet.reset()
    fleet.book.clear()
    fleet.run(2000)
    expect(fleet.mostOfAll).toBeGreaterThan(40)
    expect(fleet.mostOfAll).toBeLessThanOrEqual(80)
    fleet.run(100)
    fleet.reset()
    fleet.run(5000)
    expect(fleet.mostOfAll).toBe(40)
    expect(fleet.use).toBeGreaterThan(0.95)
  })

  it.each([1, 2, 3, 4])('are never given twice while processes come, go, stand still, are killed and change what they need (%i)', (seed) => {
    const fleet = fleetOf(same(6, 10), { max: 60, seed, loss: 0.1, latency: [0, 30], takes: [5, 200] })
    let state = seed
    const draw = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
      return (state >> 8) % below
    }
    for (let turn = 0; turn < 120; turn++) {
      const process = fleet.processes[draw(fleet.processes.length)]!
      const what = draw(8)
      if (what === 0) fleet.join(draw(40), { engineLost: 'closed' })
      else if (what === 1 && fleet.processes.length > 4) fleet.kill(process)
      else if (what === 2) process.pausedUntil = fleet.now + draw(4000)
      else process.demand = draw(50)
      fleet.run(100 + draw(500))
    }
    expect(fleet.most).toBeLessThanOrEqual(60)
    expect(fleet.most).toBeGreaterThan(50)
  })

  it.each([[1, 100, 40], [4, 100, 40], [100, 5, 200], [3, 5, 40]])('cost the engine some two asks a second for each process: %i that need %i each of %i', (count, demand, max) => {
    const fleet = fleetOf(same(count, demand), { max })
    fleet.run(10_000)
    expect(fleet.processes.reduce((sum, { asks }) => sum + asks, 0) / count / 10).toBeLessThan(3)
  })
})
