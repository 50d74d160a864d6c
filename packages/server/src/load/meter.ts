import { nodeClock, type Clock } from '@inmesh/pipeline'
import { encodeLoadReport, IN_FLIGHT_METRIC, type Instant, LOAD_REPORT_HEADER, type LoadReport } from '@inmesh/policy'
import { HeaderText } from './header-text.ts'
import { nodeMachine, type Machine } from './machine.ts'
import { Named } from './named.ts'
import { ReportBytes } from './report-bytes.ts'
import { loadTerms, type LoadOptions, type LoadTerms } from './options.ts'
import { Recency } from './recency.ts'

/** What a meter stands on; both are this process's own where nobody says otherwise. */
export interface LoadEnv {
  readonly clock?: Clock
  readonly machine?: Machine
}

/** What the meter knows, as plain data. */
export interface LoadSnapshot {
  /** As it was told last; undefined before there was anything to tell. */
  readonly report: LoadReport | undefined
  readonly inFlight: number
  /** Share of its time in which the event loop was not waiting, 0–1. */
  readonly loop: number
  /** Processors that the process may use. */
  readonly cores: number
  /** Bytes that it may use. */
  readonly memory: number
  /** Numbers and utilisations that were refused for their name, their value, or because there were 32. */
  readonly refused: number
}

/** Significant digits that are told: a header is sent with every reply, and nobody balances by the fifth. */
const DIGITS = 4
const LOOP = 'event_loop'
const NOTHING: readonly string[] = []
const share = (value: number): boolean => value >= 0 && value < Infinity

/**
 * What a server knows of its own load. A request costs it two counters and, where its reply has the header, a text put
 * together of two parts; the machine is looked at when a header is asked for and the last look is `every` old. It has no timer: without requests nobody would read what it measures, and the
 * first one after a pause finds a mean over the pause.
 *
 * `applicationUtilization`, by which clients balance, is the greater of the event loop's utilisation and the processors'.
 * One loop is one core: a process on sixteen of them is full at a sixteenth of the machine, and only its loop tells. Where
 * threads do the work (compression, images, workers of one's own) the loop is idle and the processors tell.
 */
export class LoadMeter {
  /** Requests that have begun and not ended. */
  inFlight = 0
  readonly #terms: LoadTerms
  readonly #clock: Clock
  readonly #machine: Machine
  readonly #recency: Recency
  readonly #metrics = new Named([IN_FLIGHT_METRIC], Number.isFinite)
  readonly #utilization = new Named([LOOP, IN_FLIGHT_METRIC], share)
  #application: number | undefined = undefined
  #closed = false

  // Counted since the last look.
  #ended = 0
  #errors = 0

  // As of the last look.
  #at: Instant
  #cpuTime: number
  #idle: number
  #active: number
  #cpu = 0
  #loop = 0
  #rps = 0
  #eps = 0
  #report: LoadReport | undefined = undefined
  #header: HeaderText | undefined = undefined
  #bytes: Uint8Array | undefined = undefined
  #message: ReportBytes | undefined = undefined

  constructor(options: LoadOptions = {}, { clock = nodeClock(), machine = nodeMachine() }: LoadEnv = {}) {
    this.#terms = loadTerms(options)
    this.#clock = clock
    this.#machine = machine
    this.#recency = new Recency(this.#terms.over)
    const { idle, active } = machine.loop()
    this.#at = clock.now()
    this.#cpuTime = machine.cpu()
    this.#idle = idle
    this.#active = active
  }

  /** A request is being worked on; `ended` once for each. With `replyHeaders` it is what a server's core asks of a meter. */
  began(): void {
    this.inFlight++
  }

  /** `failed`: by this server's own fault, as a 5xx is and a 404 is not. */
  ended(_now: Instant, failed: boolean): void {
    this.inFlight--
    this.#ended++
    if (failed) this.#errors++
  }

  /**
   * A request was turned away because there are too many. It counts as an error and not as one that was served: counted
   * among those, the more a server turns away the lighter its work would look, and the more it would be sent. A caller
   * over his own quota is none of this.
   */
  refused(): void {
    this.#errors++
  }

  /**
   * A number to tell under `named_metrics`, such as the length of a queue; undefined takes it back. It is told until it is
   * set anew. Answers false, and keeps nothing, for a name that cannot be written, a number that is not finite, or one
   * more than 32: who calls this in a handler must not fail of it.
   */
  set(name: string, value: number | undefined): boolean {
    return this.#metrics.set(name, value)
  }

  /** A share to tell under `utilization`, such as that of a pool of connections, 0 and up; else as `set`. */
  setUtilization(name: string, value: number | undefined): boolean {
    return this.#utilization.set(name, value)
  }

  /**
   * How busy the server is, 0 and up, by its own measure: where neither loop nor processors are what runs out first. Told
   * instead of theirs until `undefined` takes it back. Answers false for what is no such number.
   */
  setApplicationUtilization(value: number | undefined): boolean {
    if (value !== undefined && !share(value)) return false
    this.#application = value
    return true
  }

  /**
   * The value of `endpoint-load-metrics`; undefined until there is something to tell, and where names are so long
   * that all of it would be more than 4,096 characters, which nobody reads. All of it is as of the last look but
   * for what is in flight, this request included, which is as of now: a queue a tenth of a second ago is another queue. So it
   * is to be asked for as the head is sent; what was in flight when a request came is of no use to a client that waited since.
   */
  header(now: Instant = this.#clock.now()): string | undefined {
    if (now - this.#at >= this.#terms.every) this.#look(now)
    return this.#header?.with(this.inFlight)
  }

  /** The header as name and value, for the head of a reply as it is sent; nothing until there is something to tell. */
  replyHeaders(now: Instant = this.#clock.now()): readonly string[] {
    const header = this.header(now)
    return header === undefined ? NOTHING : [LOAD_REPORT_HEADER, header]
  }

  /** The value of `endpoint-load-metrics-bin` for the trailers of a reply of gRPC, as they are sent; of what is in flight now, as `header`. */
  replyBytes(now: Instant = this.#clock.now()): Uint8Array | undefined {
    const report = this.report(now)
    if (report === undefined) return undefined
    return (this.#message ??= new ReportBytes(report)).with(this.inFlight)
  }

  /** The message for `endpoint-load-metrics-bin` of gRPC, whole as of the last look; the same array until the next, so not to be written to. */
  bytes(now: Instant = this.#clock.now()): Uint8Array | undefined {
    if (now - this.#at >= this.#terms.every) this.#look(now)
    if (this.#report !== undefined) this.#bytes ??= encodeLoadReport(this.#report)
    return this.#bytes
  }

  /** As of the last look. */
  report(now: Instant = this.#clock.now()): LoadReport | undefined {
    if (now - this.#at >= this.#terms.every) this.#look(now)
    return this.#report
  }

  inspect(now: Instant = this.#clock.now()): LoadSnapshot {
    const { cores, memory } = this.#machine
    const refused = this.#metrics.refused + this.#utilization.refused
    return { report: this.report(now), inFlight: this.inFlight, loop: rounded(this.#loop), cores, memory, refused }
  }

  /** Nothing is told from now on. Nothing else is left to end. */
  close(): void {
    this.#closed = true
    this.#forget()
  }

  #look(now: Instant): void {
    if (this.#closed) return
    const { cores } = this.#machine
    const stretch = now - this.#at
    const weight = this.#recency.shareOf(stretch)
    const cpuTime = this.#machine.cpu()
    const { idle, active } = this.#machine.loop()
    const waited = idle - this.#idle
    const worked = active - this.#active
    this.#cpu += weight * ((cpuTime - this.#cpuTime) / stretch / cores - this.#cpu)
    if (waited + worked > 0) this.#loop += weight * (worked / (waited + worked) - this.#loop)
    this.#rps += weight * ((this.#ended / stretch) * 1_000 - this.#rps)
    this.#eps += weight * ((this.#errors / stretch) * 1_000 - this.#eps)
    this.#at = now
    this.#cpuTime = cpuTime
    this.#idle = idle
    this.#active = active
    this.#ended = 0
    this.#errors = 0
    this.#tell()
  }

  #tell(): void {
    this.#forget()
    this.#report = {
      cpuUtilization: rounded(this.#cpu),
      memUtilization: rounded(this.#machine.rss() / this.#machine.memory),
      applicationUtilization: rounded(this.#application ?? Math.max(this.#loop, this.#cpu)),
      rpsFractional: rounded(this.#rps),
      eps: rounded(this.#eps),
      namedMetrics: this.#metrics.with({ [IN_FLIGHT_METRIC]: this.inFlight }),
      utilization: this.#utilization.with({ [LOOP]: rounded(this.#loop) }),
    }
    this.#header = new HeaderText(this.#report, this.#terms.form)
  }

  #forget(): void {
    this.#report = undefined
    this.#header = undefined
    this.#bytes = undefined
    this.#message = undefined
  }
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS))
}
