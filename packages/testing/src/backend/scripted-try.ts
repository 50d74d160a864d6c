import type { Cause, Instant, Outcome } from '@inmesh/policy'
import { callerGone, callOf, ok, superseded, TryContext, type AnyScope, type Cancel, type CancelListener, type Clock, type Done, type Exchange, type TimerHandle } from '@inmesh/pipeline'
import type { Answer, Body, TestReply } from './answer.ts'
import { TestPayload } from './payload.ts'
import type { Sent, SentStep } from './sent.ts'

/** What a try needs of its backend. */
export interface TryHost {
  readonly clock: Clock
  readonly losers: 'cancel' | 'drain'
  violated(what: string): never
  over(): void
}

/** One scripted request: the try's cancel listener, its exchange, and the record a test reads. */
export class ScriptedTry implements Sent, Exchange<TestReply>, CancelListener {
  nextListener: CancelListener | undefined = undefined
  previousListener: CancelListener | undefined = undefined

  readonly index: number
  readonly endpoint: string
  readonly operation: string
  readonly cause: Cause
  readonly ordinal: number
  readonly sentAt: Instant
  readonly remaining: number
  readonly headers: Readonly<Record<string, string>>
  readonly log: SentStep[] = []
  state: Sent['state'] = 'sent'
  tail: Outcome | undefined = undefined
  reply: TestReply | undefined = undefined
  headAt: Instant | undefined = undefined
  tailAt: Instant | undefined = undefined
  private outcome: Outcome | undefined = undefined
  private body: Body = 'whole'
  private timer: TimerHandle | undefined = undefined
  private draining = false
  private readonly listeners: ((tail: Outcome, now: Instant) => void)[] = []
  private readonly host: TryHost
  private readonly context: AnyScope
  private readonly done: Done<TestReply>

  constructor(host: TryHost, index: number, context: AnyScope, done: Done<TestReply>) {
    const call = callOf(context)
    const attempt = context instanceof TryContext ? context : undefined
    this.host = host
    this.index = index
    this.context = context
    this.done = done
    this.endpoint = attempt?.placed?.key ?? '-'
    this.operation = call.operation
    this.cause = attempt?.cause ?? 'first'
    this.ordinal = attempt?.ordinal ?? 0
    this.sentAt = host.clock.now()
    this.remaining = call.deadline - this.sentAt
    const headers = pairs(attempt?.headers)
    call.trace?.inject(attempt, { set: (name, value) => { headers[name] = value } })
    this.headers = headers
  }

  /** Handed out with a head only; before that there is nobody who could read it as an exchange. */
  get head(): Outcome {
    return this.outcome as Outcome
  }

  get at(): Instant {
    return this.headAt ?? this.sentAt
  }

  begin(script: Answer): void {
    this.context.scope.add(this)
    if (this.state !== 'sent') return
    const { payload } = callOf(this.context)
    if (script.readsBody && payload instanceof TestPayload) payload.touched = true
    if (script.after === Infinity) return
    if (script.after <= 0) return this.answer(script)
    this.timer = this.host.clock.schedule(this.sentAt + script.after, false, (answer) => this.answer(answer), script)
  }

  answer(answer: Answer): void {
    const { head, reply, body } = answer
    if (head === undefined) return this.timer?.cancel()
    this.body = body
    this.reply = reply
    this.arrive(head)
  }

  private arrive(head: Outcome): void {
    if (this.state !== 'sent') this.host.violated(`${this.name} got a second head`)
    this.timer?.cancel()
    this.outcome = head
    this.headAt = this.host.clock.now()
    this.state = 'head'
    this.log.push('head')
    // The tail of what has no body is known with its head: whoever asks within `done` is told at once.
    if (this.body === 'whole') this.finish(head)
    else this.startBody()
    this.done(this)
  }

  private startBody(): void {
    const { body } = this
    if (typeof body === 'string') return
    const { clock } = this.host
    const lasts = 'lasts' in body
    const tail: Outcome = lasts ? this.head : { kind: 'failure', code: 'UNAVAILABLE', reach: 'processed', cause: body.cause ?? new Error('scripted break of the body') }
    this.timer = clock.schedule(this.at + (lasts ? body.lasts : body.breaks), false, (outcome) => this.finish(outcome), tail)
  }

  private finish(tail: Outcome): void {
    if (this.state === 'sent') this.host.violated(`${this.name} got its tail before its head`)
    if (this.state === 'over') this.host.violated(`${this.name} got a second tail`)
    this.timer?.cancel()
    this.state = 'over'
    const now = this.host.clock.now()
    this.tail = tail
    this.tailAt = now
    this.log.push('tail')
    this.context.scope.remove(this)
    this.host.over()
    for (const listener of this.listeners.splice(0)) listener(tail, now)
  }

  end(tail: Outcome = ok): void {
    this.finish(tail)
  }

  read(): void {
    if (this.state === 'head') this.finish(this.head)
  }

  onTail(fn: (tail: Outcome, now: Instant) => void): void {
    if (this.state === 'sent') this.host.violated(`${this.name} was asked for its tail before its head`)
    if (this.tail !== undefined) return fn(this.tail, this.tailAt ?? this.at)
    this.listeners.push(fn)
  }

  discard(why: 'superseded' | 'caller'): void {
    if (this.state === 'sent') this.host.violated(`${this.name} was discarded before its head`)
    this.log.push('discarded')
    if (this.state === 'over') return
    if (this.drains(why)) return
    this.finish(why === 'superseded' ? superseded : callerGone)
  }

  /** The rest of the body goes into a buffer: for whoever waits for the connection, it is over. */
  park(): void {
    if (this.state === 'sent') this.host.violated(`${this.name} was parked before its head`)
    if (this.head.kind === 'success') this.host.violated(`${this.name} was parked with a success: only a failed head is kept in case it is the last`)
    this.log.push('parked')
    if (this.state === 'head') this.finish(this.head)
  }

  onCancel(cancel: Cancel): void {
    if (this.state === 'over') return
    this.log.push('cancelled')
    if (cancel.why === 'superseded' && this.drains('superseded')) return
    const outcome = outcomeOf(cancel)
    if (this.state === 'head') return this.finish(outcome)
    this.reply = undefined
    this.body = 'whole'
    this.arrive(outcome)
  }

  /** A drained try runs to its end by its script; one that hangs has none and is cut off. */
  private drains(why: 'superseded' | 'caller'): boolean {
    if (why !== 'superseded' || this.host.losers !== 'drain') return false
    if (this.state === 'sent' && this.timer === undefined) return false
    if (!this.draining) this.log.push('drained')
    this.draining = true
    if (this.state === 'head' && this.body === 'unread') this.finish(this.head)
    return true
  }

  private get name(): string {
    return `request ${this.index} to ${this.endpoint}`
  }
}

function outcomeOf(cancel: Cancel): Outcome {
  if (cancel.why === 'superseded') return superseded
  if (cancel.why === 'deadline') return { kind: 'failure', code: 'DEADLINE_EXCEEDED', reach: 'processed', cause: cancel.error }
  return callerGone
}

function pairs(list: readonly string[] | undefined): Record<string, string> {
  const entries: [string, string][] = []
  for (let i = 0; list !== undefined && i < list.length; i += 2) entries.push([list[i]!, list[i + 1]!])
  return Object.fromEntries(entries)
}
