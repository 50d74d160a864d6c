import type { Random } from '@inmesh/policy'
import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { Wire } from '../wire/memory-target.ts'

type Handler = Dispatcher.DispatchHandler
type Controller = Dispatcher.DispatchController

/** How an endpoint behaves for a while. */
export const moods = ['well', 'well', 'well', 'slow', 'failing', 'hung', 'breaking'] as const
export type Mood = (typeof moods)[number]

const headers: IncomingHttpHeaders = Object.freeze({ 'content-type': 'text/plain' })
const pushback: IncomingHttpHeaders = Object.freeze({ 'content-type': 'text/plain', 'retry-after': '1' })
const piece = Buffer.alloc(64, 'x')

/** Moves every request that is under way on all wires, once a turn of the event loop. */
export class Turns {
  private active: UnrulyRequest[] = []
  private running = false

  add(request: UnrulyRequest): void {
    this.active.push(request)
    if (this.running) return
    this.running = true
    setImmediate(this.turn)
  }

  get idle(): boolean {
    return this.active.length === 0
  }

  private readonly turn = (): void => {
    const now = performance.now()
    const before = this.active
    this.active = []
    for (const request of before) if (request.move(now)) this.active.push(request)
    this.running = this.active.length > 0
    if (this.running) setImmediate(this.turn)
  }
}

/** An endpoint without sockets that fails in every way in which one with sockets does. */
export class UnrulyWire implements Wire {
  mood: Mood = 'well'
  private readonly random: Random
  private readonly turns: Turns

  constructor(random: Random, turns: Turns) {
    this.random = random
    this.turns = turns
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Handler): boolean {
    this.turns.add(new UnrulyRequest(options, handler, this.mood, this.random))
    return true
  }
}

type Stage = 'queued' | 'sent' | 'body' | 'over'

/** One request with undici's manners: the controller of its handler, which may pause it and cut it off at any moment. */
class UnrulyRequest implements Controller {
  aborted = false
  paused = false
  reason: Error | null = null
  rawHeaders = null
  rawTrailers = null
  private readonly handler: Handler
  private readonly mood: Mood
  private readonly random: Random
  private readonly headAt: number
  private readonly hangs: boolean
  private stage: Stage = 'queued'
  private pieces: number

  constructor(options: Dispatcher.DispatchOptions, handler: Handler, mood: Mood, random: Random) {
    this.handler = handler
    this.mood = mood
    this.random = random
    this.hangs = mood === 'hung' || random.next() < 0.001
    this.headAt = performance.now() + (mood === 'slow' ? 5 + random.next() * 20 : random.next() * 2)
    this.pieces = Math.floor(random.next() * 4)
    if (options.body != null && typeof options.body === 'object' && Symbol.asyncIterator in options.body) void drain(options.body as AsyncIterable<unknown>)
  }

  /** False when there is nothing left to come. */
  move(now: number): boolean {
    if (this.stage === 'queued') this.begin()
    else if (this.stage === 'sent' && now >= this.headAt && !this.hangs) this.answer()
    else if (this.stage === 'body' && !this.paused) this.goOn()
    return this.stage !== 'over'
  }

  abort(reason: Error): void {
    if (this.aborted || this.stage === 'over') return
    this.aborted = true
    this.reason = reason
    // undici tells of it in the same turn or in a later one, according to where the request is.
    if (this.random.next() < 0.5) this.fail(reason)
    else queueMicrotask(() => this.fail(reason))
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  private begin(): void {
    if (this.mood === 'breaking' && this.random.next() < 0.5) return this.fail(errorOf('ECONNREFUSED'))
    this.stage = 'sent'
    try {
      this.handler.onRequestStart?.(this, null)
    } catch (error) {
      this.fail(error as Error)
    }
  }

  private answer(): void {
    const chance = this.random.next()
    if (this.mood === 'breaking' && chance < 0.5) return this.fail(errorOf('ECONNRESET'))
    this.stage = 'body'
    if (this.mood === 'failing') this.handler.onResponseStart?.(this, 503, chance < 0.1 ? pushback : headers)
    else this.handler.onResponseStart?.(this, chance < 0.01 ? 500 : chance < 0.02 ? 429 : chance < 0.05 ? 404 : 200, headers)
  }

  private goOn(): void {
    if (this.pieces-- > 0) return void this.handler.onResponseData?.(this, piece)
    if (this.mood === 'breaking' && this.random.next() < 0.2) return this.fail(errorOf('UND_ERR_SOCKET'))
    this.stage = 'over'
    this.handler.onResponseEnd?.(this, {})
  }

  private fail(error: Error): void {
    if (this.stage === 'over') return
    this.stage = 'over'
    this.handler.onResponseError?.(this, error)
  }
}

async function drain(body: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of body);
}

function errorOf(code: string): Error {
  return Object.assign(new Error(code), { code })
}
