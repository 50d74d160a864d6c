import type { Clock, Complaint, Probe, TimerHandle } from '@inmesh/pipeline'
import type { Client, Dispatcher } from 'undici'
import { asError } from '../as-error.ts'
import type { HttpTarget } from '../http-target.ts'
import type { HealthOptions } from './options.ts'

/** What every check of a service says that it calls. */
export interface ProbeEnv {
  readonly clock: Clock
  /** `Host`; undefined: each endpoint's own. */
  readonly host: string | undefined
  /** Asked for by TLS; undefined: the host. */
  readonly servername: string | undefined
}

/**
 * One question to one endpoint, over a connection of its own that is closed behind it: whether the endpoint takes
 * connections is what is asked. In its pool the question would wait behind calls that hang, or be answered on a connection
 * that outlived its listener.
 */
export class HealthProbe implements Dispatcher.DispatchHandler, Probe {
  private readonly target: HttpTarget
  private readonly options: HealthOptions
  private readonly done: (complaint: Complaint) => void
  private readonly client: Client
  private readonly timer: TimerHandle
  private answered = false

  constructor({ clock, host, servername }: ProbeEnv, target: HttpTarget, options: HealthOptions, done: (complaint: Complaint) => void) {
    this.target = target
    this.options = options
    this.done = done
    this.client = target.fresh(options.port)
    this.timer = clock.schedule(clock.now() + options.timeout, false, giveUp, this)
    const headers = { 'user-agent': 'inmesh-health', ...(host === undefined ? {} : { host }) }
    const request: Dispatcher.DispatchOptions = { path: options.path, method: 'GET', headers }
    if (servername !== undefined) Object.assign(request, { servername })
    this.client.dispatch(request, this)
  }

  onRequestStart(): void {
    // undici asks for it; there is nothing to be told before the head.
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return
    const { expect } = this.options
    const good = expect === undefined ? status < 300 : expect.includes(status)
    this.answer(good ? undefined : `status ${status}`)
  }

  onResponseData(): void {
    // Read to its end, within the time of the check: to break off would look like a failure of ours in the callee's log.
  }

  onResponseEnd(): void {
    this.end()
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.end()
    this.answer('code' in error ? String(error.code) : error.message)
  }

  giveUp(): void {
    this.end()
    this.answer(`no answer within ${this.options.timeout} ms`)
  }

  /** Nobody waits for it any more. */
  cancel(): void {
    this.answered = true
    this.end()
  }

  private answer(complaint: Complaint): void {
    if (this.answered) return
    this.answered = true
    this.done(complaint)
  }

  private end(): void {
    this.timer.cancel()
    this.target.drop(this.client, asError('the health check is over'))
  }
}

function giveUp(probe: HealthProbe): void {
  probe.giveUp()
}
