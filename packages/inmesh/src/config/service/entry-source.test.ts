import { manualClock, type ManualClock } from '@inmesh/testing'
import { beforeEach, expect, test } from 'vitest'
import { ConfigError } from '../check/config-error.ts'
import type { DnsResolver } from './dns-config.ts'
import type { EndpointList, EndpointSource } from './endpoints.ts'
import { entrySource } from './entry-source.ts'

let clock: ManualClock
let heard: string[]
let problems: unknown[]

beforeEach(() => {
  clock = manualClock()
  heard = []
  problems = []
})

function follow(source: Parameters<typeof entrySource>[0]): () => Promise<void> {
  return entrySource(source).subscribe((entries) => heard.push(entries.map(({ url }) => url.host).join(' ')), (error) => problems.push(error), { clock, random: { next: () => 0.5 }, note: () => {} })
}

/** A source that a test pushes through. */
class Pushed implements EndpointSource {
  update: (list: EndpointList) => void = () => {}
  fail: (error: unknown) => void = () => {}
  ended = 0

  subscribe(update: (list: EndpointList) => void, fail: (error: unknown) => void): () => void {
    this.update = update
    this.fail = fail
    return () => this.ended++
  }
}

test('each list that is pushed is heard, without shorthands', () => {
  const source = new Pushed()
  follow(source)
  source.update(['http://a', { url: 'http://b:81', weight: 2 }])
  source.update(['http://c'])
  expect(heard).toEqual(['a b:81', 'c'])
})

test('a list with a mistake is told and not heard, so that the last one stays in force', () => {
  const source = new Pushed()
  follow(source)
  source.update(['http://a'])
  source.update(['http://a', 'b:80/path'])
  source.update(JSON.parse('[{ "url": "http://a", "__proto__": {} }]') as EndpointList)
  expect(heard).toEqual(['a'])
  expect(problems).toEqual([expect.any(ConfigError), expect.any(ConfigError)])
  expect((problems[0] as ConfigError).mistakes.map(({ path }) => path)).toEqual(['endpoints[1]'])
})

test('an empty list is taken for discovery that has lost its way', () => {
  const source = new Pushed()
  follow(source)
  source.update(['http://a'])
  source.update([])
  expect(heard).toEqual(['a'])
  expect(String(problems[0])).toContain('a list of at least one endpoint')
})

test('twice the same address is no mistake of a source', () => {
  const source = new Pushed()
  follow(source)
  source.update(['http://a', 'http://a'])
  expect(heard).toEqual(['a a'])
})

test('what a source tells of itself is passed on, and a source that cannot begin has failed', () => {
  const source = new Pushed()
  follow(source)
  source.fail(new Error('watch lost'))
  follow({ subscribe: () => { throw new Error('no cluster') } })
  expect(problems.map(String)).toEqual(['Error: watch lost', 'Error: no cluster'])
})

test('after the end nothing is heard, and the source is ended once', async () => {
  const source = new Pushed()
  const end = follow(source)
  await end()
  await end()
  source.update(['http://a'])
  source.fail(new Error('late'))
  expect([heard, problems, source.ended]).toEqual([[], [], 1])
})

test.each([
  ['a function', (done: () => void) => done],
  ['a disposable', (done: () => void) => ({ [Symbol.dispose]: done })],
  ['an async disposable', (done: () => void) => ({ [Symbol.asyncDispose]: async () => done() })],
])('a subscription may end as %s', async (_, endBy) => {
  let ended = 0
  await follow({ subscribe: () => endBy(() => ended++) })()
  expect(ended).toBe(1)
})

test('lists may be iterated; when they end, the last one stays', async () => {
  async function* lists(): AsyncGenerator<EndpointList> {
    yield ['http://a']
    yield ['http://b']
  }
  follow(lists())
  await clock.run(60_000)
  expect([heard, problems, clock.pending]).toEqual([['a', 'b'], [], 0])
})

test('a function is asked for lists again after they have ended, first soon and then ever later', async () => {
  const begun: number[] = []
  const end = follow(() => {
    begun.push(clock.now())
    throw new Error('gone')
  })
  await clock.run(100_000)
  expect(begun).toEqual([0, 1000, 3000, 7000, 15_000, 31_000, 61_000, 91_000])
  expect(problems).toHaveLength(8)
  await end()
  expect(clock.pending).toBe(0)
})

test('a list that came makes the next pause short again', async () => {
  const begun: number[] = []
  follow(async function* () {
    begun.push(clock.now())
    if (begun.length === 3) yield await Promise.resolve(['http://a'])
  })
  await clock.run(5_000)
  expect(begun).toEqual([0, 1000, 3000, 4000])
})

test('waiting for a source to be asked again keeps no process alive', async () => {
  follow(async function* () {
    yield await Promise.resolve(['http://a'])
  })
  await clock.run()
  expect([clock.pending, clock.pendingHeld]).toEqual([1, 0])
})

test('an iterator that waits for news does not hold up the end', async () => {
  let finished = false
  const end = follow({
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise<IteratorResult<EndpointList>>(() => {}),
      return: () => {
        finished = true
        return Promise.resolve({ done: true, value: undefined })
      },
    }),
  })
  await end()
  expect(finished).toBe(true)
})

test('a name that stands for the same as before gives the very same entries, which need not be put in force again', async () => {
  const entries: unknown[] = []
  const answers = [['10.0.0.1', '10.0.0.2'], ['10.0.0.2', '10.0.0.1'], ['10.0.0.3']]
  const resolver: DnsResolver = { addresses: async () => (answers.shift() ?? []).map((address) => ({ address })) }
  const end = entrySource({ dns: 'http://catalog.prod', resolver }).subscribe((list) => entries.push(list), (error) => problems.push(error), { clock, random: { next: () => 0.5 }, note: () => {} })
  await clock.run(20_000)
  expect([entries.length, entries[0] === entries[1], entries[1] === entries[2], problems]).toEqual([3, true, false, []])
  await end()
})
