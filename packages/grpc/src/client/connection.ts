import type { Clock, Connection, Target, TimerHandle } from '@inmesh/pipeline'
import { CancelBudget, type Millis } from '@inmesh/policy'
import { connectivityState, status, type ChannelInterface } from '@grpc/grpc-js'
import type { Opening, Routable, Route } from './route.ts'
import type { TryCall } from './wire.ts'

/** Makes the channel to one endpoint; a seam for tests and benches. */
export type OpenChannel = (target: Target) => ChannelInterface

/** So often those whose cancel waits are looked at. */
const AGAIN: Millis = 200

/**
 * An endpoint that leaves more than this unanswered is past sparing: what it would do to our connection for its resets is
 * less than what streams that nobody ends would do to this process.
 */
const MOST_WAITING = 1000

/**
 * One endpoint's own channel, opened when first used, and the tries on it. A channel is closed once its last call is over:
 * grpc-js fails calls that still wait for a connection when their channel is closed.
 */
export class GrpcConnection implements Connection, Route {
  private readonly channel: ChannelInterface
  private readonly clock: Clock
  private readonly gone: () => void
  private readonly live: Routable[] = []
  private readonly resets = new CancelBudget()
  private waiting: Routable[] = []
  private timer: TimerHandle | undefined = undefined
  private closing: (() => void)[] | undefined = undefined
  private closed = false
  readonly target: string

  constructor(channel: ChannelInterface, clock: Clock, gone: () => void) {
    this.channel = channel
    this.clock = clock
    this.gone = gone
    this.target = channel.getTarget()
  }

  get ready(): boolean {
    return this.state(false) === connectivityState.READY
  }

  channelz(): ReturnType<ChannelInterface['getChannelzRef']> {
    return this.channel.getChannelzRef()
  }

  state(connect: boolean): connectivityState {
    return this.closed ? connectivityState.SHUTDOWN : this.channel.getConnectivityState(connect)
  }

  /**
   * A call that is not connected yet has its deadline watched by grpc-js, which alone knows when to write what is left; one
   * that is has it written by us and watched by the edge's timer, which costs less than one of Node's for each try.
   */
  open(attempt: Routable, { terms, credentials, wallDeadline }: Opening): TryCall {
    const call = this.channel.createCall(terms.path, this.ready ? Infinity : wallDeadline, terms.host, null, undefined)
    if (credentials !== undefined) call.setCredentials(credentials)
    attempt.slot = this.live.push(attempt) - 1
    return call
  }

  cancel(attempt: Routable): void {
    if (attempt.slot < 0) return
    if (!this.resets.take(this.clock.now()) && this.waiting.length < MOST_WAITING) return this.wait(attempt)
    attempt.wire?.cancelWithStatus(status.CANCELLED, 'The call was given up')
    this.over(attempt)
  }

  over(attempt: Routable): void {
    const { slot } = attempt
    if (slot < 0) return
    attempt.slot = -1
    const last = this.live.pop() as Routable
    if (last !== attempt) {
      this.live[slot] = last
      last.slot = slot
    }
    if (this.closing !== undefined) this.closeIfIdle()
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.closing ??= []
      this.closing.push(resolve)
      this.closeIfIdle()
    })
  }

  /** Its next last call is its last one. */
  closeBehind(): void {
    this.closing ??= []
  }

  destroy(error: Error): void {
    for (const attempt of this.live.slice()) {
      attempt.cutOff(error)
      // At the end of everything nothing is left for which the callee's patience is to be spared.
      if (attempt.slot >= 0) attempt.wire?.cancelWithStatus(status.CANCELLED, error.message)
      this.over(attempt)
    }
    this.closing ??= []
    this.closeIfIdle()
  }

  private closeIfIdle(): void {
    if (this.live.length > 0) return
    this.timer?.cancel()
    if (!this.closed) {
      this.closed = true
      this.channel.close()
      this.gone()
    }
    for (const resolve of this.closing?.splice(0) ?? []) resolve()
  }

  /** What ends by itself meanwhile costs no reset; a call that nobody reads is held by its flow control. */
  private wait(attempt: Routable): void {
    this.waiting.push(attempt)
    this.timer ??= this.clock.schedule(this.clock.now() + AGAIN, false, cancelWaiting, this)
  }

  cancelWaiting(): void {
    this.timer = undefined
    const { waiting } = this
    this.waiting = []
    for (const attempt of waiting) this.cancel(attempt)
  }
}

function cancelWaiting(connection: { cancelWaiting(): void }): void {
  connection.cancelWaiting()
}
