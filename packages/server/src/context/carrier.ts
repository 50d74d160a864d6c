import {
  ATTEMPT_HEADER, capCriticality, CRITICALITY_HEADER, formatEnvoyTimeout, formatWallDeadline, INBOUND_RESERVE, messageRemaining,
  parseAttemptMark, parseCriticality, parseEnvoyTimeout, parseWallDeadline, suppressesExtraTries, WALL_DEADLINE_HEADER,
  type AttemptMark, type Criticality, type HeaderValue, type Millis,
} from '@inmesh/policy'
import { ambient, beginAmbient, checks, deadlineExceeded, durationKind, durationOf, nodeClock, callFields, type Clock, type Duration, type TimerHandle } from '@inmesh/pipeline'
import type { Caller } from '../inbound/caller.ts'
import type { CurrentCall } from './current-work.ts'
import { wallNow } from './wall-clock.ts'
import { Work } from './work.ts'

const REMAINING_HEADER = 'x-envoy-expected-rq-timeout-ms'

/** Clocks of one fleet differ by some milliseconds; more than this, and a message's instant is not believed. */
const TOLERANCE: Millis = 1_000

/** What a queue hands out as headers: texts, or bytes, as Kafka has them. */
export type Carrier = Readonly<Record<string, string | Uint8Array | readonly (string | Uint8Array)[] | undefined>>

/**
 * Writes what is left of the time, criticality and the mark of a repetition into a message's headers, as they go over HTTP.
 * Beside the remaining time, which does not shrink while a message waits, stands the instant at which it is up
 * (`inmesh-deadline`), on this machine's wall clock. Outside of a request or `withCall` it writes nothing.
 *
 * `carrier`: headers to write into, whatever is there under these names; default a new object. Answers it.
 */
export function inject<C extends Record<string, unknown> = Record<string, string>>(carrier?: C): C & Record<string, string> {
  const headers = (carrier ?? {}) as C & Record<string, string>
  const around = ambient()
  if (around === undefined) return headers
  const left = Math.max(0, around.deadline - nodeClock().now())
  const write = (name: string, value: string | undefined): void => {
    if (value !== undefined) (headers as Record<string, string>)[name] = value
  }
  write(REMAINING_HEADER, formatEnvoyTimeout(left))
  write(WALL_DEADLINE_HEADER, formatWallDeadline(wallNow() + left))
  write(CRITICALITY_HEADER, around.criticality)
  write(ATTEMPT_HEADER, around.scope instanceof Work ? markText(around.scope.mark) : undefined)
  return headers
}

export interface ExtractOptions {
  /** What a message may claim at most. Default `CRITICAL`; raise it where only your own services can write to the queue. */
  readonly maxCriticality?: Criticality
  /** Kept back of its time for the answer. Default 5 ms. */
  readonly reserve?: Duration
}

const optionsKind = checks.shape<ExtractOptions>({ maxCriticality: callFields.criticality, reserve: durationKind })

/**
 * Runs `fn` for a message: calls made beneath inherit what is left of its time, its criticality, and whether it is a
 * repetition. A message whose time is up is run all the same, since only you know whether it must be: `remaining()` is 0
 * then and the signal aborted. Values that are not believed are as absent.
 *
 * Of the two times a message carries the shorter one counts. Where they contradict each other by more than a second, the
 * clocks do: then the relative one counts from now, which is the longer of the two, since work too many is the lesser harm.
 */
export function extract<T>(carrier: Carrier, fn: (call: CurrentCall) => T, options: ExtractOptions = {}): T {
  checks.assertKind('extract', options, optionsKind)
  const { maxCriticality = 'CRITICAL', reserve = INBOUND_RESERVE } = options
  const message = new Message(nodeClock(), carrier, maxCriticality, durationOf(reserve, 'extract.reserve'))
  return message.run(fn)
}

class Message extends Work {
  readonly clock: Clock
  readonly caller: Caller | undefined = undefined
  private timer: TimerHandle | undefined = undefined

  constructor(clock: Clock, carrier: Carrier, maxCriticality: Criticality, reserve: Millis) {
    super()
    this.clock = clock
    const { left } = messageRemaining(parseEnvoyTimeout(textOf(carrier[REMAINING_HEADER])), parseWallDeadline(textOf(carrier[WALL_DEADLINE_HEADER])), wallNow(), TOLERANCE)
    if (left !== undefined) this.deadline = clock.now() + left - reserve
    const said = parseCriticality(textOf(carrier[CRITICALITY_HEADER]))
    this.criticality = said === undefined ? undefined : capCriticality(said, maxCriticality)
    this.importance = this.criticality ?? capCriticality('CRITICAL', maxCriticality)
    this.mark = parseAttemptMark(textOf(carrier[ATTEMPT_HEADER]))
    this.attempt = this.mark === undefined ? 0 : 1
    this.noRetry = suppressesExtraTries(this.mark)
  }

  run<T>(fn: (call: CurrentCall) => T): T {
    const begun = this.clock.now()
    const timeUp = (): void => this.cancel({ why: 'deadline', error: deadlineExceeded({ service: 'message', policy: 'deadline', limit: this.deadline - begun, after: this.clock.now() - begun }) })
    if (this.deadline <= begun) timeUp()
    else this.timer = this.clock.schedule(this.deadline, false, timeUp, undefined)
    let result: T
    try {
      result = beginAmbient(this, () => fn(this.current))
    } catch (error) {
      this.timer?.cancel()
      throw error
    }
    if (isThenable(result)) result.then(this.over, this.over)
    else this.over()
    return result
  }

  private readonly over = (): void => this.timer?.cancel()
}

function markText(mark: AttemptMark | undefined): string | undefined {
  if (mark === undefined) return undefined
  return mark.after === undefined ? mark.cause : `${mark.cause};after=${mark.after}`
}

function textOf(value: Carrier[string]): HeaderValue {
  if (value === undefined || typeof value === 'string') return value
  if (value instanceof Uint8Array) return decoder.decode(value)
  return Array.isArray(value) ? value.map((part: unknown) => (part instanceof Uint8Array ? decoder.decode(part) : String(part))) : undefined
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

const decoder = new TextDecoder()
