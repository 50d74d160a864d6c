import { describe, expect, it, vi } from 'vitest'
import type { MakeClient, Upstream } from '../contract.ts'
import { BUSY, Fleet, REFUSED } from './fleet.test-support.ts'
import { peers } from './index.ts'

// Many calls: some seconds where others want the machine too.
vi.setConfig({ testTimeout: 60_000 })

const make = (peer: string, options: object = {}): MakeClient => peers[peer]!.make(options)

describe('a call of any peer', () => {
  it('ends at its timeout, and its try is cancelled', () => {
    const fleet = new Fleet({ replicas: 1, slots: 1, serviceTime: () => 100 })
    const client = fleet.client(make('round-robin', { timeout: '30ms' }))
    fleet.call(client)
    fleet.agenda.run(30)
    expect(fleet.ended).toMatchObject([{ outcome: { kind: 'failure', code: 'DEADLINE_EXCEEDED' }, latency: 30 }])
    expect(fleet.replicas[0]!.wait(30)).toBe(0)
    fleet.agenda.run()
    expect(fleet.ended).toHaveLength(1)
  })

  it("ends at the scenario's deadline where that is sooner", () => {
    const fleet = new Fleet({ replicas: 1, serviceTime: () => 100 })
    fleet.call(fleet.client(make('round-robin', { timeout: '30ms' })), { deadline: 20 })
    fleet.agenda.run()
    expect(fleet.latencies).toEqual([20])
  })

  it('leaves nothing in the agenda once it has ended', () => {
    const fleet = new Fleet({ replicas: 2, serviceTime: () => 5 })
    fleet.call(fleet.client(make('fixed-hedge', { timeout: '10s', delay: '2s' })))
    fleet.agenda.run(5)
    expect([fleet.ended.length, fleet.agenda.pending]).toEqual([1, 0])
  })

  it('fails where there is nobody to send it to, and works again when there is', () => {
    const fleet = new Fleet({ replicas: 2, serviceTime: () => 5 })
    for (const peer of Object.keys(peers)) {
      const client = fleet.client(make(peer))
      client.members([])
      fleet.call(client)
      expect(fleet.ended.at(-1)?.outcome).toMatchObject({ code: 'UNAVAILABLE', reach: 'unsent' })
      client.members(fleet.replicas)
      fleet.call(client)
      fleet.agenda.run()
      expect(fleet.ended.at(-1)?.outcome.kind).toBe('success')
    }
  })

  it('goes on to endpoints that stay when others leave, with what is known of them', () => {
    const fleet = new Fleet({ replicas: 3, serviceTime: (_, replica) => (replica === 0 ? 500 : 10) })
    const client = fleet.client(make('finagle-p2c-ewma'))
    fleet.every(client, 10, 200)
    // As a world tells it: new ways to the same replicas.
    const way = (one: Upstream): Upstream => ({ name: one.name, index: one.index, send: (...call) => one.send(...call) })
    client.members(fleet.replicas.slice(0, 2).map(way))
    const from = fleet.sent.length
    fleet.every(client, 10, 100)
    expect(fleet.sent.slice(from).filter(({ replica }) => replica === 1)).toHaveLength(100)
  })
})

describe('what may be sent again', () => {
  it.each([
    ['concurrent', 2, 2],
    ['sequential', 2, 2],
    ['if-unprocessed', 1, 2],
    ['never', 1, 1]
  ] as const)('%s: %i tries after a 503, %i after a refused connection', (repeat, after503, afterRefusal) => {
    for (const [failure, tries] of [[BUSY, after503], [REFUSED, afterRefusal]] as const) {
      const fleet = new Fleet({ replicas: 3, serviceTime: () => 5, failure: () => failure })
      fleet.call(fleet.client(make('envoy')), {}, repeat)
      fleet.agenda.run()
      expect(fleet.sent).toHaveLength(tries)
    }
  })

  it('only what may run concurrently is hedged', () => {
    for (const [repeat, tries] of [['concurrent', 2], ['sequential', 1], ['if-unprocessed', 1], ['never', 1]] as const) {
      const fleet = new Fleet({ replicas: 3, serviceTime: () => 50 })
      fleet.call(fleet.client(make('fixed-hedge', { delay: 10 })), {}, repeat)
      fleet.agenda.run()
      expect(fleet.sent).toHaveLength(tries)
    }
  })

  it('counts tries of a call from 0', () => {
    const fleet = new Fleet({ replicas: 3, serviceTime: () => 5, failure: () => BUSY })
    fleet.call(fleet.client(make('finagle-backup')))
    fleet.agenda.run()
    expect(fleet.sent.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2])
  })
})

describe('the list of peers', () => {
  it('says of each where it is described, what differs and what it was verified by', () => {
    for (const [name, { source, differs, verified }] of Object.entries(peers)) {
      expect(source.length, name).toBeGreaterThan(20)
      expect(differs.length, name).toBeGreaterThan(0)
      expect(verified, name).toMatch(/\w/)
    }
  })

  it('refuses options that a peer does not have', () => {
    for (const { schema, make } of Object.values(peers)) {
      expect(schema.safeParse({ no: 'such' }).success).toBe(false)
      expect(() => make({ no: 'such' })).toThrow('Unrecognized key')
    }
  })

  it('takes options as written, as parsed, and none at all', () => {
    for (const { schema, make } of Object.values(peers)) {
      const parsed = schema.parse({ timeout: '2s' })
      expect(parsed).toMatchObject({ timeout: 2_000 })
      expect(schema.parse(parsed)).toEqual(parsed)
      expect(typeof make(parsed)).toBe('function')
      expect(typeof make(undefined)).toBe('function')
    }
  })
})
