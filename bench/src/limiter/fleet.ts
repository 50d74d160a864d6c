import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Demand, FleetOrder, FleetTold } from './fleet-order.ts'

const script = fileURLToPath(new URL('fleet-process.ts', import.meta.url))

export const now = (): number => Number(process.hrtime.bigint()) / 1e6

/** One process of the fleet, as its parent sees it. */
export interface Member {
  readonly index: number
  readonly child: ChildProcess
  /** When each of its calls was admitted. */
  readonly admitted: number[]
  /** The most that it said it may hold, and the longest ask-ahead that went with it. */
  hold: { tokens: number; refresh: number }
  /** The longest decision, in ns. */
  slowest: number
  /** Between which instants it said that its engine was lost. */
  readonly lost: { from: number; until: number }[]
}

export interface FleetTerms extends Omit<FleetOrder, 'demand' | 'start' | 'port' | 'weight'> {
  /** Of each process. */
  readonly demand: (index: number) => readonly Demand[]
  readonly port: (index: number) => number
}

/** Processes around one limit: begun, ended and listened to. */
export class Fleet {
  readonly members: Member[] = []
  readonly #terms: FleetTerms
  #start = Infinity

  constructor(terms: FleetTerms) {
    this.#terms = terms
  }

  /** `count` more, all ready before any begins to call; the first ones set the start. */
  async begin(count: number): Promise<void> {
    const first = this.#start === Infinity
    // Connecting takes a while, during which nobody calls.
    if (first) this.#start = now() + 1500
    const begun = Array.from({ length: count }, (_, i) => this.#fork(this.members.length + i))
    this.members.push(...begun.map(({ member }) => member))
    await Promise.all(begun.map(({ ready }) => ready))
    if (first) await this.until(0)
  }

  /** The machine's clock at `ms` after the start. */
  at(ms: number): number {
    return this.#start + ms
  }

  async until(ms: number): Promise<void> {
    await after(Math.max(0, this.at(ms) - now()))
  }

  async leave(index: number): Promise<void> {
    const { child } = this.members[index]!
    if (child.exitCode !== null || child.signalCode !== null) return
    child.send('leave')
    await once(child, 'exit')
  }

  async end(): Promise<void> {
    await Promise.all(this.members.map(({ index }) => this.leave(index)))
  }

  #fork(index: number): { readonly member: Member; readonly ready: Promise<unknown> } {
    const { demand, port, ...terms } = this.#terms
    const order: FleetOrder = { ...terms, weight: 1, start: this.#start, demand: demand(index), port: port(index) }
    const child = fork(script, [JSON.stringify(order)], { execArgv: ['--conditions=@inmesh/source', '--disable-warning=InmeshWarning'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const member: Member = { index, child, admitted: [], hold: { tokens: 0, refresh: 0 }, slowest: 0, lost: [] }
    const ready = once(child, 'message')
    child.on('message', (told: FleetTold | 'ready') => {
      if (told !== 'ready') hear(member, told)
    })
    return { member, ready }
  }
}

function hear(member: Member, { admitted, slowest, hold }: FleetTold): void {
  member.admitted.push(...admitted)
  member.slowest = Math.max(member.slowest, slowest)
  if (hold === undefined) return
  member.hold = { tokens: Math.max(member.hold.tokens, hold.excess), refresh: Math.max(member.hold.refresh, hold.refresh) }
  const open = member.lost.at(-1)
  if (hold.state === 'lost' && open?.until !== Infinity) member.lost.push({ from: now(), until: Infinity })
  if (hold.state !== 'lost' && open?.until === Infinity) open.until = now()
}
