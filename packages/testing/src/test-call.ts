import type { Instant, Millis, Outcome } from '@inmesh/policy'
import { EdgeCall, type CallContext, type CallOptions, type Exchange, type Next, type Payload, type Service } from '@inmesh/pipeline'
import type { TestReply } from './backend/answer.ts'
import { TestPayload } from './backend/payload.ts'
import { ScriptedTry } from './backend/scripted-try.ts'

export interface TestCallOptions extends CallOptions {
  /** Default `none`, as of a GET. A `once` body is gone when an endpoint has read it. */
  readonly payload?: Payload['kind']
}

/** A call of a test service, and what has become of it so far. Nothing here waits: move the clock, then look. */
export class TestCall extends EdgeCall<TestReply> {
  readonly payload: TestPayload
  /** The head that the caller got; undefined while it waits. */
  outcome: Outcome | undefined = undefined
  reply: TestReply | undefined = undefined
  /** What the caller's promise would have rejected with; undefined for a reply, whatever its status. */
  error: unknown = undefined
  settledAt: Instant | undefined = undefined
  /** What ended a body that the caller was reading, when the call was cut off. */
  interrupted: unknown = undefined
  /** How the body ended; undefined while it is open, and for a call that was cut off before its head. */
  tail: Outcome | undefined = undefined
  private exchange: Exchange<TestReply> | undefined = undefined
  private answers = 0
  private readonly violated: (what: string) => never

  constructor(service: Service<TestReply>, options: TestCallOptions, violated: (what: string) => never) {
    super(service.edge, options, 'GET', 'concurrent', service.random.next())
    this.payload = new TestPayload(options.payload ?? 'none')
    this.violated = violated
  }

  get settled(): boolean {
    return this.outcome !== undefined
  }

  /** From the start to the head; undefined while the caller waits. */
  get latency(): Millis | undefined {
    return this.settledAt === undefined ? undefined : this.settledAt - this.start
  }

  /** The caller goes away. */
  giveUp(error: unknown = new Error('the caller went away')): void {
    if (!this.settled) this.error = error
    this.abandon(error)
  }

  /** The caller reads a body that was left unread. */
  read(): void {
    if (this.exchange instanceof ScriptedTry) this.exchange.read()
  }

  /** The caller throws the reply away without reading it. */
  discard(): void {
    this.exchange?.discard('caller')
  }

  /** Fallback values become replies. */
  override replyOf(value: unknown): TestReply {
    return { status: 200, body: value }
  }

  /** @internal */
  launch(run: Next<CallContext, TestReply>): void {
    this.begin((context, done) => run(context, (exchange) => {
      if (++this.answers > 1) this.violated(`the chain answered a call ${this.answers} times`)
      done(exchange)
    }), false)
  }

  protected override deliver(exchange: Exchange<TestReply>): void {
    if (this.outcome !== undefined) this.violated('the caller was answered twice')
    const { head } = exchange
    this.exchange = exchange
    this.outcome = head
    this.reply = exchange.reply
    this.settledAt = this.env.clock.now()
    if (head.kind === 'failure' && exchange.reply === undefined) this.error = head.cause
    if (head.kind === 'ignored') this.error = this.gaveUp
    exchange.onTail((tail) => {
      this.tail = tail
    })
  }

  protected override interrupt(error: unknown): void {
    this.interrupted = error
  }
}
