import { manualClock, type ManualClock } from '@inmesh/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import type { DnsAddress, DnsOptions, DnsResolver } from '../config/service/dns-config.ts'
import type { EndpointConfig, EndpointList, SourceContext } from '../config/service/endpoints.ts'
import { dns } from './dns.ts'

// On virtual time, with a resolver that a test answers for.

let clock: ManualClock
let lists: string[]
let problems: string[]
let notes: (string | undefined)[]
let looks: { readonly at: number; readonly name: string }[]
let chance: number

beforeEach(() => {
  clock = manualClock()
  lists = []
  problems = []
  notes = []
  looks = []
  chance = 0.5
})

type Says = () => readonly DnsAddress[] | PromiseLike<readonly DnsAddress[]>

function resolver(says: Says): DnsResolver {
  return {
    addresses: async (name) => {
      looks.push({ at: clock.now(), name })
      return says()
    },
  }
}

function follow(says: Says, options: Omit<DnsOptions, 'resolver'> = {}): () => Promise<void> {
  const context: SourceContext = { clock, random: { next: () => chance }, note: (text) => notes.push(text) }
  const written = (list: EndpointList): string => (list as readonly EndpointConfig[]).map(({ url }) => url.slice(7)).join(' ')
  const end = dns('http://catalog.prod:8080', { ...options, resolver: resolver(says) }).subscribe((list) => lists.push(written(list)), (error) => problems.push(String(error)), context)
  return async () => void (await (end as AsyncDisposable)[Symbol.asyncDispose]())
}

const addresses = (...all: string[]): readonly DnsAddress[] => all.map((address) => ({ address }))
const gone = (): never => { throw Object.assign(new Error('queryA ENOTFOUND catalog.prod'), { code: 'ENOTFOUND' }) }
const at = (): number[] => looks.map((look) => look.at)

describe('a name', () => {
  test('is looked up at once, and again each 10 s where no TTL is told, give or take a tenth', async () => {
    follow(() => addresses('10.0.0.1', '10.0.0.2'))
    await clock.run(25_000)
    expect([lists[0], at()]).toEqual(['10.0.0.1:8080 10.0.0.2:8080', [0, 10_000, 20_000]])
    chance = 0
    await clock.run(20_000)
    chance = 0.999
    await clock.run(20_000)
    expect(at().slice(3)).toEqual([30_000, 39_000, 48_000, 58_998])
  })

  test('is looked up again when its TTL is over: not before 1 s, not after 5 min or `refresh`', async () => {
    for (const [ttl, refresh, expected] of [[30, undefined, 30_000], [0, undefined, 1000], [86_400, undefined, 300_000], [86_400, '20s', 20_000], [5, '20s', 5000]] as const) {
      looks = []
      const began = clock.now()
      const end = follow(() => [{ address: '10.0.0.1', ttl: 9_999_999 }, { address: '10.0.0.2', ttl }], { refresh })
      await clock.run(300_000)
      expect(looks[1]!.at - began).toBe(expected)
      await end()
    }
  })

  test('loses an address only after three answers without it', async () => {
    let answer = addresses('10.0.0.1', '10.0.0.2')
    follow(() => answer)
    await clock.run()
    answer = addresses('10.0.0.1')
    await clock.run(20_000)
    expect(new Set(lists)).toEqual(new Set(['10.0.0.1:8080 10.0.0.2:8080']))
    await clock.run(10_000)
    expect(lists.at(-1)).toBe('10.0.0.1:8080')
  })

  test('takes addresses of both families, and passes over those that no URL can hold', async () => {
    follow(() => addresses('10.0.0.1', 'fd00::1', 'fe80::1%eth0'))
    await clock.run()
    expect(lists).toEqual(['10.0.0.1:8080 [fd00::1]:8080'])
  })

  test('that stands for nobody has failed, and what it last stood for stays', async () => {
    let answer: Says = () => addresses('10.0.0.1', '10.0.0.2')
    follow(() => answer())
    await clock.run()
    answer = () => []
    await clock.run(10_000)
    answer = gone
    await clock.run(100_000)
    expect(lists).toEqual(['10.0.0.1:8080 10.0.0.2:8080'])
    expect(problems.slice(0, 2)).toEqual(['Error: catalog.prod stands for nobody', 'Error: queryA ENOTFOUND catalog.prod'])
  })
})

describe('a failure', () => {
  test('is told each time, and asked about again after 1 s and then ever later, up to 30 s', async () => {
    follow(gone)
    await clock.run(100_000)
    expect(at()).toEqual([0, 1000, 3000, 7000, 15_000, 31_000, 61_000, 91_000])
    expect(problems).toHaveLength(8)
  })

  test('is asked about again at different times by different processes', async () => {
    chance = 0
    follow(gone)
    await clock.run(1000)
    expect(at()).toEqual([0, 500])
  })

  test('that is over makes the next pause short again', async () => {
    let fails = true
    follow(() => (fails ? gone() : addresses('10.0.0.1', '10.0.0.2')))
    await clock.run(6999)
    fails = false
    await clock.run(1)
    fails = true
    await clock.run(11_000)
    expect(at()).toEqual([0, 1000, 3000, 7000, 17_000, 18_000])
  })

  test('is also an answer that does not come within 30 s, and what comes too late is not heard', async () => {
    let late: (all: readonly DnsAddress[]) => void = () => {}
    let calls = 0
    const end = follow(() => (calls++ === 0 ? new Promise((resolve) => { late = resolve }) : addresses('10.0.0.2', '10.0.0.3')))
    await clock.run(30_000)
    expect(problems).toEqual(['Error: no answer within 30 s'])
    late(addresses('10.0.0.1'))
    await clock.run(1000)
    expect(lists).toEqual(['10.0.0.2:8080 10.0.0.3:8080'])
    await end()
  })
})

describe('the end', () => {
  test('aborts a look that is under way, after which nothing is heard', async () => {
    let aborted: unknown
    const asking: DnsResolver = { addresses: (_name, { signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => { aborted = signal.reason; reject(signal.reason as Error) })) }
    const end = dns('http://catalog.prod', { resolver: asking }).subscribe((list) => lists.push(String(list)), (error) => problems.push(String(error)), { clock, random: { next: () => 0 }, note: () => {} })
    await (end as AsyncDisposable)[Symbol.asyncDispose]()
    await clock.run(100_000)
    expect([String(aborted), lists, problems, clock.pending]).toEqual(['Error: nobody follows this name any more', [], [], 0])
  })

  test('leaves no timer, and waits keep no process alive', async () => {
    const end = follow(() => addresses('10.0.0.1'))
    await clock.run()
    expect([clock.pending, clock.pendingHeld]).toEqual([1, 0])
    await end()
    expect(clock.pending).toBe(0)
  })
})

test('one address is noted as long as it is the only one; on this very machine it is nothing to speak of', async () => {
  let answer = addresses('10.3.0.7')
  const end = follow(() => answer)
  await clock.run()
  expect(notes).toEqual([expect.stringMatching(/^catalog\.prod has one address only, http:\/\/10\.3\.0\.7:8080: .*ClusterIP.*headless/)])
  answer = addresses('10.3.0.7', '10.3.0.8')
  await clock.run(10_000)
  expect(notes.at(-1)).toBeUndefined()
  await end()
  follow(() => addresses('127.0.0.1'))
  await clock.run()
  expect(notes.at(-1)).toBeUndefined()
})

describe('SRV records', () => {
  const hosts: Record<string, readonly string[]> = { 'a.prod': ['10.0.0.1'], 'b.prod': ['10.0.0.2', '10.0.0.3'], 'spare.prod': ['10.1.0.1'] }
  const records = [
    { name: 'a.prod', port: 8081, priority: 5, weight: 30 }, { name: 'b.prod', port: 8082, priority: 5, weight: 10 },
    { name: 'lost.prod', port: 8083, priority: 5, weight: 20 }, { name: 'spare.prod', port: 8084, priority: 20, weight: 1 },
  ]

  async function lists(known: DnsResolver): Promise<unknown[]> {
    const heard: unknown[] = []
    const context: SourceContext = { clock, random: { next: () => 0.5 }, note: () => {} }
    dns('http://_http._tcp.catalog.prod', { resolver: known }).subscribe((list) => heard.push(list), (error) => heard.push(String(error)), context)
    await clock.run()
    return heard
  }

  test('tell ports, weights and priorities; a host of two addresses has its share once, and one that leads nowhere is left out', async () => {
    const [list] = await lists({
      addresses: (name) => hosts[name] === undefined ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve(addresses(...hosts[name])),
      services: (name) => Promise.resolve(name === '_http._tcp.catalog.prod' ? records : []),
    })
    expect(list).toEqual([
      { url: 'http://10.0.0.1:8081', weight: 1.5, priority: 0 }, { url: 'http://10.0.0.2:8082', weight: 0.25, priority: 0 },
      { url: 'http://10.0.0.3:8082', weight: 0.25, priority: 0 }, { url: 'http://10.1.0.1:8084', weight: 1, priority: 1 },
    ])
  })

  test('of which none leads anywhere are a failure that says why', async () => {
    expect(await lists({ addresses: () => Promise.reject(new Error('queryA ESERVFAIL')), services: () => Promise.resolve(records) })).toEqual(['Error: queryA ESERVFAIL'])
    expect(await lists({ addresses: () => Promise.resolve([]), services: () => Promise.resolve([]) })).toEqual(['Error: _http._tcp.catalog.prod stands for nobody'])
  })
})
