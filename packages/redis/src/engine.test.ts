import type { EngineState } from '@inmesh/pipeline'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { manualRandom, NotedClient, TimersClock } from './engine.test-support.ts'
import { engineOver } from './redis.ts'

// opossum and p-retry know only the machine's timers: here those are moved by hand, and the clock's with them.
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const pass = async (ms: number): Promise<void> => void await vi.advanceTimersByTimeAsync(ms)

const warnings: string[] = []
beforeEach(() => {
  warnings.length = 0
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)))
})

function begin(answers: NotedClient['answers'] = 'all') {
  const client = new NotedClient()
  client.answers = answers
  const clock = new TimersClock()
  const engine = engineOver(client, { id: 'p1' }, clock, manualRandom)
  const states: [EngineState, string | undefined][] = []
  const seat = engine.join({ id: 'catalog/limit', weight: 1, state: (state, why) => void states.push([state, why]), fleet: () => undefined })
  const reserve = (): Promise<unknown> => new Promise((resolve) => seat.reserve({ key: '', interval: 10, burst: 20, settle: 0, want: 10, horizon: 200, floor: 0, floorHorizon: 0, burstUsed: 'never', longest: Infinity }, resolve))
  return { client, clock, engine, states, seat, reserve }
}

describe('an engine', () => {
  it('does nothing before there is a limit', async () => {
    const client = new NotedClient()
    const engine = engineOver(client, {}, new TimersClock(), manualRandom)
    await pass(5000)
    expect([client.sent, engine.inspect()]).toEqual([[], { name: 'redis', state: 'connecting', asked: 0, failed: 0, losses: 0 }])
  })

  it('is lost when it was not reached in a quarter of a second, says so once, and is up when it is', async () => {
    const { client, states, engine } = begin('nothing')
    await pass(249)
    expect(states).toEqual([['connecting', undefined]])
    await pass(10)
    expect(states.slice(1)).toEqual([['lost', 'not reached within 250 ms: no answer within 100 ms']])
    expect(warnings).toEqual(['redis: not reached within 250 ms: no answer within 100 ms; limits that fall back: catalog/limit (engine). Look at how long Redis takes (SLOWLOG, the network, its CPU), or raise commandTimeout.'])
    // The client has the first hello still, and gives it up now.
    client.answers = 'all'
    client.release()
    await pass(500)
    expect(states.at(-1)).toEqual(['up', undefined])
    expect(engine.inspect()).toMatchObject({ state: 'up', losses: 1 })
    expect(warnings.length).toBe(1)
    await engine.close()
  })

  it('says nothing of a loss that no limit hears of, before one comes', async () => {
    const { client, engine, seat } = begin()
    await pass(100)
    client.answers = new Error('Connection is closed.')
    seat.leave()
    await pass(1000)
    expect([engine.inspect().state, warnings]).toEqual(['lost', []])
    engine.join({ id: 'basket/limit', weight: 1, state: () => undefined, fleet: () => undefined })
    engine.join({ id: 'catalog/limit', weight: 1, state: () => undefined, fleet: () => undefined })
    expect(warnings).toEqual([expect.stringMatching(/^redis: Connection is closed; limits that fall back: basket\/limit /)])
    await engine.close()
  })

  it('is not lost while this process is busy with itself, as it is when it starts', async () => {
    const { client, clock, states, engine } = begin('nothing')
    const ready = engine.ready()
    await pass(10)
    clock.busy(1000)
    await pass(10)
    clock.busy(1000)
    await pass(1)
    expect(states).toEqual([['connecting', undefined]])
    client.answers = 'all'
    client.release()
    await pass(100)
    await ready
    expect(states.at(-1)).toEqual(['up', undefined])
    expect(warnings).toEqual([])
    await engine.close()
  })

  it('that says why it refuses is lost at once', async () => {
    const { states, engine } = begin(new Error('NOAUTH Authentication required.'))
    await pass(1)
    expect(states.at(-1)).toEqual(['lost', 'NOAUTH Authentication required'])
    await engine.close()
  })

  it('is asked again every so often while it is lost, one at a time, and is up at the first answer', async () => {
    const { client, engine } = begin()
    await pass(1)
    client.answers = new Error('OOM full')
    await pass(1100)
    expect(engine.inspect().state).toBe('lost')
    const before = client.sent.length
    await pass(10_000)
    const hellos = client.sent.slice(before)
    expect(hellos.length).toBeGreaterThanOrEqual(45)
    expect(hellos.length).toBeLessThanOrEqual(70)
    expect(new Set(hellos.map(({ key }) => key))).toEqual(new Set(['{inmesh:catalog/limit}:members:check']))
    client.answers = 'all'
    await pass(300)
    expect(engine.inspect().state).toBe('up')
    await engine.close()
  })

  it('says of losses that follow each other how many there were, and not each', async () => {
    const { client, engine, reserve } = begin()
    await pass(1)
    const loseAndReturn = async (): Promise<void> => {
      client.answers = new Error('LOADING Redis is loading the dataset in memory')
      await Promise.all([reserve(), pass(1)])
      client.answers = 'all'
      await pass(300)
    }
    for (let i = 0; i < 5; i++) await loseAndReturn()
    expect(warnings.length).toBe(1)
    await pass(10_000)
    await loseAndReturn()
    expect(warnings.length).toBe(2)
    expect(warnings[1]).toMatch(/^redis: LOADING .* \(lost 4 more times since this was last said\)\. Redis reads/)
    expect(engine.inspect()).toMatchObject({ losses: 6, failed: 6, asked: 6 })
    await engine.close()
  })

  it('is asked nothing while its client is not connected', async () => {
    const { client, engine, reserve, states } = begin()
    await pass(1)
    client.status = 'reconnecting'
    const before = client.sent.length
    expect(await reserve()).toBeUndefined()
    expect(states.at(-1)).toEqual(['lost', 'the client is not connected'])
    // A hello waits in the client, since that may be what makes it connect, and no second one.
    client.answers = 'nothing'
    await pass(3000)
    expect(client.sent.length - before).toBe(1)
    await engine.close()
  })

  it('is ready when it is up, and says why it is not', async () => {
    const { client, engine } = begin()
    const ready = engine.ready()
    await pass(1)
    await ready
    await engine.ready()
    client.answers = new Error('READONLY You can\'t write against a read only replica.')
    await pass(1100)
    const told = engine.ready().then(() => 'up', (error: Error) => error.message)
    await pass(499)
    client.answers = 'nothing'
    await pass(2)
    expect(await told).toBe("redis: READONLY You can't write against a read only replica; limits that fall back: catalog/limit (engine)")
    client.answers = 'all'
    const again = engine.ready()
    await pass(500)
    await again
    await engine.close()
    await expect(engine.ready()).rejects.toThrow('redis: the engine is closed')
  })

  it('names five limits at most', async () => {
    const { client, engine } = begin()
    for (let i = 0; i < 9; i++) engine.join({ id: `s${i}/limit`, weight: 1, state: () => undefined, fleet: () => undefined })
    client.answers = new Error('NOPERM no')
    await pass(1)
    expect(warnings[0]).toContain('limits that fall back: catalog/limit, s0/limit, s1/limit, s2/limit, s3/limit and 5 more (engine)')
    await engine.close()
  })

  it('survives limits that throw at what they are told, and says so', async () => {
    const client = new NotedClient()
    const engine = engineOver(client, {}, new TimersClock(), manualRandom)
    const seat = engine.join({ id: 'odd/limit', weight: 1, state: () => { throw new Error('state') }, fleet: () => { throw new Error('fleet') } })
    await pass(1)
    expect(engine.inspect().state).toBe('up')
    seat.slots({ max: 1, want: 1, inUse: 0, lease: 100, weight: 1 }, () => { throw new Error('done') })
    await pass(1)
    expect(warnings.filter((warning) => warning.startsWith('redis: odd/limit threw at what it was told')).length).toBe(4)
    await engine.close()
  })

  it('gives back what it has when it is closed, whatever it was doing, and waits for nobody long', async () => {
    const { client, engine, seat, states } = begin()
    await pass(1)
    seat.slots({ max: 4, want: 2, inUse: 0, lease: 1000, weight: 1 }, () => undefined)
    await pass(1)
    client.answers = 'nothing'
    const before = client.sent.length
    const closed = engine.close()
    await pass(101)
    await closed
    expect(client.sent.slice(before).map(({ key }) => key)).toEqual(['{inmesh:catalog/limit}:members', '{inmesh:catalog/limit}:slots'])
    expect(states.at(-1)).toEqual(['lost', 'the engine is closed'])
    expect(client.watchers).toBe(0)
    await pass(5000)
    expect(client.sent.length - before).toBe(2)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('can be closed before it was reached', async () => {
    const { client, engine } = begin('nothing')
    await pass(10)
    await engine.close()
    await pass(5000)
    expect([client.sent.length, vi.getTimerCount(), warnings]).toEqual([1, 0, []])
  })
})
