import { AsyncLocalStorage } from 'node:async_hooks'
import { execFile } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { nodeClock, pendingTimers } from './clock.ts'

const clock = nodeClock()
const note = (log: string[]) => (name: string): void => void log.push(name)
const nothing = (): void => {}

/** Resolves when the clock has passed `ms` from now; every timer due before has had its turn. */
function passed(ms: number): Promise<void> {
  return new Promise((resolve) => void clock.schedule(clock.now() + ms, true, resolve, undefined))
}

/** Keeps this thread busy, as a long garbage collection or a big JSON does. */
function block(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

interface Run {
  readonly code: number | null
  readonly out: string
  readonly took: number
}

/** Runs a script with `clock` at hand in a process of its own; `took` leaves out what starting it costs. */
function inProcess(script: string): Promise<Run> {
  const source = `const { nodeClock, pendingTimers } = await import(${JSON.stringify(new URL('clock.ts', import.meta.url).href)})
    const clock = nodeClock()
    const begun = performance.now()
    process.on('exit', () => console.log('took ' + (performance.now() - begun)))
    ${script}`
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ['--conditions=@inmesh/source', '--input-type=module', '--eval', source], { timeout: 8000 }, (_, stdout) => {
      const [, took = 'NaN'] = /took (.+)/.exec(stdout) ?? []
      resolve({ code: child.exitCode, out: stdout.replace(/took .+/, '').trim(), took: Number(took) })
    })
  })
}

describe('the process’s clock', () => {
  test('is one for all, and monotonic', () => {
    expect(nodeClock()).toBe(clock)
    const first = clock.now()
    block(1)
    expect(clock.now()).toBeGreaterThan(first)
  })

  test('never runs a timer early', async () => {
    const early: number[] = []
    const now = clock.now()
    for (let i = 0; i < 40; i++) {
      const at = now + 1 + i * 0.37
      clock.schedule(at, true, (due: number) => void (clock.now() < due && early.push(due - clock.now())), at)
    }
    await passed(25)
    expect(early).toEqual([])
  })

  test('runs timers in nobody’s async context, whoever has set them, and those that they set', async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen: (string | undefined)[] = []
    const see = (): void => void seen.push(storage.getStore())
    storage.run('a', () => clock.schedule(clock.now() + 1, true, see, undefined))
    storage.run('b', () => clock.schedule(clock.now() + 2, true, () => {
      see()
      clock.schedule(clock.now() + 1, true, see, undefined)
    }, undefined))
    await storage.run('c', () => passed(10))
    expect(seen).toEqual([undefined, undefined, undefined])
    expect(storage.getStore()).toBeUndefined()
  })

  test('runs timers in the order of their instants, whatever order they were set in', async () => {
    const log: string[] = []
    const now = clock.now()
    for (const after of [14, 4, 9]) clock.schedule(now + after, true, note(log), `after ${after}`)
    await passed(20)
    expect(log).toEqual(['after 4', 'after 9', 'after 14'])
  })

  test('keeps that order when a busy process makes many due at once', async () => {
    const log: number[] = []
    const now = clock.now()
    for (const after of [3, 11, 1, 7, 7.5, 5, 19, 13]) clock.schedule(now + after, true, (n: number) => log.push(n), after)
    block(25)
    await passed(2)
    expect(log).toEqual([1, 3, 5, 7, 7.5, 11, 13, 19])
  })

  test('runs timers of one instant as they were set', async () => {
    const log: string[] = []
    const at = clock.now() + 3
    for (const name of ['a', 'b', 'c']) clock.schedule(at, true, note(log), name)
    await passed(6)
    expect(log).toEqual(['a', 'b', 'c'])
  })

  test('runs an overdue timer soon, but not within schedule', async () => {
    const log: string[] = []
    clock.schedule(clock.now() - 100, true, note(log), 'overdue')
    expect(log).toEqual([])
    await passed(3)
    expect(log).toEqual(['overdue'])
  })

  test('runs an earlier timer in time though a later one had the alarm', async () => {
    const from = clock.now()
    const late = clock.schedule(from + 5000, true, nothing, undefined)
    const took = await new Promise<number>((resolve) => void clock.schedule(from + 5, true, () => resolve(clock.now() - from), undefined))
    late.cancel()
    expect(took).toBeLessThan(50)
  })

  test('runs a timer in time though the one that had the alarm was cancelled', async () => {
    const from = clock.now()
    clock.schedule(from + 3, true, nothing, undefined).cancel()
    const took = await new Promise<number>((resolve) => void clock.schedule(from + 12, true, () => resolve(clock.now() - from), undefined))
    expect(took).toBeGreaterThanOrEqual(12)
    expect(took).toBeLessThan(50)
  })

  test('does not run what was cancelled, be it by another timer of the same turn', async () => {
    const log: string[] = []
    const at = clock.now() + 3
    clock.schedule(at, true, note(log), 'cancelled before').cancel()
    clock.schedule(at, true, () => other.cancel(), undefined)
    const other = clock.schedule(at, true, note(log), 'cancelled in turn')
    await passed(6)
    other.cancel()
    expect(log).toEqual([])
  })

  test('runs what a timer sets, also for the instant that is now', async () => {
    const log: string[] = []
    clock.schedule(clock.now() + 2, true, () => void clock.schedule(clock.now(), true, note(log), 'nested'), undefined)
    await passed(40)
    expect(log).toEqual(['nested'])
  })

  test('runs timers that hold nothing in time, however long the process waits for something else', async () => {
    const began = performance.now()
    const late: number[] = []
    const tick = (): void => {
      late.push(performance.now() - began)
      if (late.length < 10) clock.schedule(clock.now() + 3, false, tick, undefined)
    }
    clock.schedule(clock.now() + 3, false, tick, undefined)
    await passed(400)
    expect(late).toHaveLength(10)
    expect(late.at(-1)).toBeLessThan(350)
  })

  test('keeps a timer of a later turn of the wheel, though it shares the slot of one that is due', async () => {
    const log: string[] = []
    const at = Math.ceil(clock.now()) + 4
    const far = [clock.schedule(at + 1024, true, note(log), 'a turn later'), clock.schedule(at + 3_600_000, true, note(log), 'an hour later')]
    clock.schedule(at, true, note(log), 'now')
    await passed(10)
    expect(log).toEqual(['now'])
    for (const timer of far) timer.cancel()
  })

  test('takes instants beyond what Node’s own timers can, and forever', () => {
    const before = pendingTimers()
    const beyond = clock.schedule(clock.now() + 2 ** 40, true, nothing, undefined)
    const never = clock.schedule(Infinity, true, nothing, undefined)
    expect(pendingTimers()).toBe(before + 1)
    beyond.cancel()
    never.cancel()
    expect(pendingTimers()).toBe(before)
  })

  test('counts what is waiting: nothing once all ran or were cancelled', async () => {
    await passed(1)
    expect(pendingTimers()).toBe(0)
    const handles = Array.from({ length: 100 }, (_, i) => clock.schedule(clock.now() + i / 10, true, nothing, undefined))
    for (const handle of handles.slice(50)) handle.cancel()
    expect(pendingTimers()).toBe(50)
    await passed(12)
    expect(pendingTimers()).toBe(0)
  })
})

describe('a process', () => {
  test('with housekeeping timers only exits 0 at once', async () => {
    const run = await inProcess('clock.schedule(clock.now() + 5000, false, () => console.log("ran"), undefined)')
    expect(run).toMatchObject({ code: 0, out: '' })
    expect(run.took).toBeLessThan(1000)
  })

  test.each([
    ['set first', [[40, true], [5000, false]]],
    ['set after a later one that is not held', [[5000, false], [40, true]]],
    ['set after an earlier one that is not held', [[20, false], [60, true]]],
  ] as const)('waits for a held timer %s, and no longer', async (_, timers) => {
    const run = await inProcess(timers.map(([after, hold]) => `clock.schedule(clock.now() + ${after}, ${hold}, console.log, 'after ${after}')`).join(';'))
    const held = Math.max(...timers.filter(([, hold]) => hold).map(([after]) => after))
    expect(run.code).toBe(0)
    expect(run.out.split('\n').at(-1)).toBe(`after ${held}`)
    expect(run.took).toBeGreaterThanOrEqual(held)
    expect(run.took).toBeLessThan(1500)
  })

  test('is let go when the last held timer was cancelled', async () => {
    const run = await inProcess('const held = clock.schedule(clock.now() + 5000, true, () => {}, 0); clock.schedule(clock.now() + 5000, false, () => {}, 0); held.cancel()')
    expect(run.code).toBe(0)
    expect(run.took).toBeLessThan(1000)
  })

  test('hears of a callback that throws, and the other timers run all the same', async () => {
    const run = await inProcess(`
      process.on('uncaughtException', (error) => console.log('uncaught ' + error.message))
      const at = clock.now() + 5
      clock.schedule(at, true, console.log, 'before')
      clock.schedule(at, true, () => { throw new Error('bug') }, undefined)
      clock.schedule(at, true, console.log, 'beside')
      clock.schedule(at + 10, true, console.log, 'behind')
      clock.schedule(at + 20, true, () => console.log('left ' + pendingTimers()), undefined)`)
    expect(run.code).toBe(0)
    expect(run.out.split('\n')).toEqual(['before', 'uncaught bug', 'beside', 'behind', 'left 0'])
  })
})
