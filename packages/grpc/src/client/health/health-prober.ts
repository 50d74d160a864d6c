import type { Clock, Complaint, Probe, Prober, Target, TimerHandle } from '@inmesh/pipeline'
import type { Millis } from '@inmesh/policy'
import { Metadata, status, type ChannelInterface, type StatusObject } from '@grpc/grpc-js'
import { decodeHealthResponse, encodeHealthRequest } from '../../health-messages.ts'
import { codeOf } from '../classify.ts'
import type { OpenChannel } from '../connection.ts'
import type { WireCall } from '../wire.ts'

/**
 * Asks by `grpc.health.v1.Health/Check`, over a channel that is made for the question: what is asked is whether the endpoint
 * takes connections, too.
 */
export class HealthProber implements Prober {
  private readonly open: OpenChannel
  private readonly clock: Clock

  constructor(open: OpenChannel, clock: Clock) {
    this.open = open
    this.clock = clock
  }

  probe(target: Target, question: { readonly service: string; readonly timeout: Millis }, done: (complaint: Complaint) => void): Probe {
    return new HealthProbe(this.open(target), this.clock, question, done)
  }
}

class HealthProbe implements Probe {
  private readonly channel: ChannelInterface
  private readonly call: WireCall
  private readonly timer: TimerHandle
  private readonly done: (complaint: Complaint) => void
  private answer: Complaint = 'no answer'
  private over = false

  constructor(channel: ChannelInterface, clock: Clock, { service, timeout }: { readonly service: string; readonly timeout: Millis }, done: (complaint: Complaint) => void) {
    this.channel = channel
    this.done = done
    this.timer = clock.schedule(clock.now() + timeout, false, giveUp, { probe: this, timeout })
    this.call = channel.createCall('/grpc.health.v1.Health/Check', Date.now() + timeout, undefined, null, undefined)
    this.call.start(new Metadata(), {
      onReceiveMetadata: () => {},
      onReceiveMessage: (message: Uint8Array) => {
        this.answer = complaintIn(message)
      },
      onReceiveStatus: (ended) => this.end(this.complaintOf(ended)),
    })
    this.call.startRead()
    this.call.sendMessageWithContext({}, encodeHealthRequest({ service }))
    this.call.halfClose()
  }

  cancel(): void {
    this.over = true
    this.close()
  }

  giveUp(timeout: Millis): void {
    this.end(`no answer within ${timeout} ms`)
  }

  /** A server without the health service takes connections and answers: it is asked in vain, not ill. */
  private complaintOf({ code, details }: StatusObject): Complaint {
    if (code === status.OK) return this.answer
    if (code === status.UNIMPLEMENTED) return undefined
    return `${codeOf(code)}: ${details}`
  }

  private end(complaint: Complaint): void {
    if (this.over) return
    this.over = true
    this.close()
    this.done(complaint)
  }

  private close(): void {
    this.timer.cancel()
    this.call.cancelWithStatus(status.CANCELLED, 'the health check is over')
    this.channel.close()
  }
}

function complaintIn(message: Uint8Array): Complaint {
  try {
    const { status: said } = decodeHealthResponse(message)
    return said === 'SERVING' ? undefined : said
  } catch {
    return 'an answer that is none'
  }
}

function giveUp({ probe, timeout }: { readonly probe: HealthProbe; readonly timeout: Millis }): void {
  probe.giveUp(timeout)
}
