import { isError, LOG_LEVELS, type MeshEvent } from '@inmesh/pipeline'
import type { Instant, Millis } from '@inmesh/policy'
import { errorFacts } from './error-facts.ts'
import { LOOKED_AT } from './redact-text.ts'
import { Ring } from './ring.ts'

/** Of what is told for each call one is kept in so long, for each type of each service. */
const SAMPLED_EVERY: Millis = 100

/** And so many of them for each change that is. */
const SAMPLE_SHARE = 5

/** Origins that nobody configured may be services, too: those beyond share one place. */
const MOST_SERVICES = 200

/** Changes of which no line is logged, and which are few all the same. */
const FEW: ReadonlySet<string> = new Set<MeshEvent['type']>(['probe', 'shares-changed'])

/** Whether a type tells of a change, and not of a call, an ask or a number that moves all the time. */
function isChange(type: string): boolean {
  return Object.hasOwn(LOG_LEVELS, type) || FEW.has(type)
}

export interface Recorded {
  /** In which order they came: more than one may have the same instant. By itself it is not the order of instants: some are told of what was a moment ago. */
  readonly order: number
  readonly event: MeshEvent
}

/** What is left out is not asked for. */
export interface Wanted {
  readonly service?: string | undefined
  readonly type?: string | undefined
  /** True: changes alone. False: what is told for each call alone. */
  readonly changes?: boolean
}

export interface Count {
  readonly seen: number
  readonly kept: number
  readonly sampled: boolean
}

/** No service is called that: events of none have the empty name. */
const OTHERS = ''

/** What is kept of one type of one service. */
class Lane {
  readonly ring: Ring<Recorded>
  /** Of those that failed, which are the ones that one looks for: successes would wash them out. */
  readonly failures: Ring<Recorded>
  readonly isSampled: boolean
  seen = 0
  private nextAt: Instant = -Infinity
  private nextFailureAt: Instant = -Infinity

  constructor(type: string, keep: number) {
    this.isSampled = !isChange(type)
    const most = this.isSampled ? Math.ceil(keep / SAMPLE_SHARE) : keep
    this.ring = new Ring(most)
    this.failures = new Ring(most)
  }

  /** Where this one is kept; undefined: it is not. */
  ringFor(event: MeshEvent): Ring<Recorded> | undefined {
    this.seen += 1
    if (!this.isSampled) return this.ring
    const { at } = event
    if ('outcome' in event && event.outcome.kind === 'failure') {
      if (at < this.nextFailureAt) return undefined
      this.nextFailureAt = at + SAMPLED_EVERY
      return this.failures
    }
    if (at < this.nextAt) return undefined
    this.nextAt = at + SAMPLED_EVERY
    return this.ring
  }
}

type Lanes = Map<string, Lane>

/**
 * What was decided lately. Each type of each service has a ring of its own, so that none washes out another; of what is told
 * for each call there is a sample. So a call costs two look-ups and a comparison for each of its events, whatever the rate.
 */
export class Recorder {
  private readonly services = new Map<string, Lanes>()
  private readonly keep: number
  private order = 0

  constructor(keep: number) {
    this.keep = keep
  }

  hear(event: MeshEvent): void {
    const lanes = this.services.get(event.service) ?? this.openService(event.service)
    const lane = lanes.get(event.type) ?? this.open(lanes, event.type)
    const ring = lane.ringFor(event)
    if (ring !== undefined) ring.push({ order: this.order++, event: withoutErrors(event) })
  }

  /** Newest first. */
  list({ service, type, changes }: Wanted = {}): readonly Recorded[] {
    const lanes = [...this.services.values()].flatMap((kept) => [...kept]).filter(([name, { isSampled }]) => (type === undefined || name === type) && changes !== isSampled)
    const events = lanes.flatMap(([, { ring, failures }]) => [...ring.items, ...failures.items])
    return events.filter(({ event }) => service === undefined || event.service === service).sort((a, b) => b.event.at - a.event.at || b.order - a.order)
  }

  /** Of each type that was told: how often, how many are kept, and whether those are a sample. */
  counts(): Readonly<Record<string, Count>> {
    const counts = new Map<string, Count>()
    for (const [type, { seen, ring, failures, isSampled: sampled }] of [...this.services.values()].flatMap((lanes) => [...lanes])) {
      const so = counts.get(type) ?? { seen: 0, kept: 0, sampled }
      counts.set(type, { seen: so.seen + seen, kept: so.kept + ring.items.length + failures.items.length, sampled })
    }
    return Object.fromEntries([...counts].sort(([a], [b]) => a.localeCompare(b)))
  }

  forget(): void {
    this.services.clear()
  }

  private openService(service: string): Lanes {
    const name = this.services.size < MOST_SERVICES ? service : OTHERS
    const known = this.services.get(name)
    if (known !== undefined) return known
    const lanes: Lanes = new Map()
    this.services.set(name, lanes)
    return lanes
  }

  private open(lanes: Lanes, type: string): Lane {
    const lane = new Lane(type, this.keep)
    lanes.set(type, lane)
    return lane
  }
}

/** Errors hold on to sockets, replies and whatever else was put on them: what they say is kept, and they are not. */
function withoutErrors(event: MeshEvent): MeshEvent {
  if ('error' in event) return { ...event, error: plainError(event.error) }
  if (!('outcome' in event) || event.outcome.kind !== 'failure' || event.outcome.cause === undefined) return event
  return { ...event, outcome: { ...event.outcome, cause: plainError(event.outcome.cause) } }
}

const DEEPEST_CAUSE = 5

function plainError(error: unknown, depth = 0): unknown {
  if (typeof error === 'string') return short(error)
  if (!isError(error)) return typeof error === 'object' || typeof error === 'function' ? Object.prototype.toString.call(error) : error
  const { cause, message, ...rest } = errorFacts(error)
  const facts = { ...rest, message: short(message) }
  return cause === undefined || depth >= DEEPEST_CAUSE ? facts : { ...facts, cause: plainError(cause, depth + 1) }
}

/** No more of a text than is looked at when it is told: drivers put whole bodies into their messages. A copy, since a part of a text keeps all of it. */
function short(text: unknown): unknown {
  return typeof text === 'string' && text.length > LOOKED_AT ? Buffer.from(text.slice(0, LOOKED_AT + 1), 'utf16le').toString('utf16le') : text
}
