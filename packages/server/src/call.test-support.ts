import { ambient, beginAmbient } from '@inmesh/pipeline'
import { manualClock, recorder, seededRandom, type ManualClock, type Recorder } from '@inmesh/testing'
import type { DelayListener } from './admission/loop-delay.ts'
import { InboundCall } from './inbound-call.ts'
import type { Peer } from './inbound/peer.ts'
import type { Headers } from './inbound/read-inbound.ts'
import type { ServerOptions } from './options.ts'
import type { Refusal } from './refusal.ts'
import type { Meshed } from './seams.ts'
import { ServerCore } from './server-core.ts'

/** A request of no protocol: a test says when its head goes out and how it ends. */
export class TestCall extends InboundCall {
  readonly method = 'GET'
  readonly path: string
  readonly headers: Headers
  readonly peer: Peer = { address: '10.0.0.1', certificate: undefined }
  headSent = false
  gone = false
  refusal: Refusal | undefined = undefined
  began = false
  watched = false
  /** Whether its handler ran with its context around it. */
  inContext = false
  closes = false
  /** What its handler does. */
  handler: () => void = () => {}
  wasCut = false
  readonly reply = new Map<string, string>()
  protected readonly knownRoute = undefined

  constructor(core: ServerCore, headers: Headers, path: string) {
    super(core)
    this.headers = headers
    this.path = path
  }

  proceed(withContext: boolean): void {
    this.began = true
    if (!withContext) return this.handler()
    beginAmbient(this, () => {
      this.inContext = ambient()?.scope === this
      this.handler()
    })
  }

  refuse(refusal: Refusal): void {
    this.refusal = refusal
  }

  setHeader(name: string, value: string): void {
    this.reply.set(name, value)
  }

  watchHead(): void {
    this.watched = true
  }

  addAtHead(name: string, value: string): void {
    if (!this.reply.has(name)) this.reply.set(name, value)
  }

  /** Its handler sends the head. */
  answer(status = 200): void {
    if (this.watched) this.owner.heading(this, status)
    this.headSent = true
  }

  closeAfter(): void {
    this.closes = true
  }

  cut(): void {
    this.wasCut = true
  }
}

export interface TestServer {
  readonly core: ServerCore
  readonly clock: ManualClock
  readonly events: Recorder
  /** A request comes. */
  send(headers?: Headers, path?: string, handler?: () => void): TestCall
  /** One comes whose caller has hung up already. */
  sendLate(headers?: Headers, path?: string): TestCall
  /** Runs what waits for the next turn of the event loop; answers how much that was. */
  turn(): number
  /** The loop was late by so much. */
  late(delay: number): void
}

export function testServer(options: ServerOptions = {}, mesh?: Meshed, clock: ManualClock = manualClock(1_000)): TestServer {
  const events = recorder()
  let turns: (() => void)[] = []
  const rests: (() => void)[] = []
  let tell: DelayListener = () => {}
  const core = new ServerCore('test', mesh, { observers: [events], ...options }, {
    clock,
    random: seededRandom(1),
    turn: (fn) => void turns.push(fn),
    rest: (fn) => void rests.push(fn),
    loopDelay: (_now, _busy, listener) => {
      tell = listener
      return { wake: () => {}, stop: () => {} }
    },
  })
  return {
    core, clock, events,
    send: (headers = {}, path = '/items', handler = () => {}) => {
      const call = new TestCall(core, headers, path)
      call.handler = handler
      core.begin(call)
      return call
    },
    sendLate: (headers = {}, path = '/items') => {
      const call = new TestCall(core, headers, path)
      call.gone = true
      core.begin(call)
      return call
    },
    turn: () => {
      const due = turns
      turns = []
      try {
        for (const fn of due) fn()
      } finally {
        // Whatever was thrown, the turn goes on.
        for (let fn = rests.shift(); fn !== undefined; fn = rests.shift()) fn()
      }
      return due.length
    },
    late: (delay) => tell(delay, clock.now(), true),
  }
}
