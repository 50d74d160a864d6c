import type { MeshEvent, Observer } from '@inmesh/pipeline'
import type { Instant, Millis } from '@inmesh/policy'
import { Tally } from './tally.ts'
import type { Beyond, Change, ChangeType, Decisions } from './decisions.ts'
import { MOST_CHANGES } from './decisions.ts'
import { FACTS, isChange, isCounted, REASONS } from './facts.ts'
import { plainFact } from './plain-fact.ts'

export interface DecisionLogOptions {
  /** ms from step to step of what is counted. */
  readonly every: Millis
  /** What is later than this, from the end of the warm-up, is in no step. */
  readonly duration: Millis
  /** The scenario's name of an endpoint, of which its key is told. */
  readonly nameOf: (key: string) => string
}

/**
 * What the meshes and servers of one process decide, small enough to be kept whole: changes of state one by one, up to a
 * bound for each type; what is decided for single calls as numbers. What is of no interest costs one look into a table.
 */
export class DecisionLog {
  private readonly options: DecisionLogOptions
  private readonly by: string[] = []
  private readonly changes: { readonly event: MeshEvent & { readonly type: ChangeType }; readonly by: string }[] = []
  private readonly kept = new Map<ChangeType, number>()
  private readonly beyond = new Map<ChangeType, { count: number; readonly at: Instant }>()
  private readonly tally: Tally
  /** What makes of an instant of the mesh's clock a time of the run. */
  private offset = -Infinity

  constructor(options: DecisionLogOptions) {
    this.options = options
    this.tally = new Tally(options.every, Math.ceil(options.duration / options.every))
  }

  /** The end of the warm-up is known: `at + offset` is a time of the run. Of what comes before, nothing is counted. */
  begin(offset: Millis): void {
    this.offset = offset
  }

  /** What listens for one process, under its name. */
  observer(by: string): Observer {
    if (!this.by.includes(by)) this.by.push(by)
    return (event) => {
      const { type } = event
      if (isChange(type)) this.change(event as MeshEvent & { readonly type: ChangeType }, by)
      else if (isCounted(type)) this.tally.add(event.service, type, REASONS[type](event), event.at + this.offset)
    }
  }

  result(): Decisions {
    return {
      by: this.by,
      every: this.options.every,
      changes: this.changes.map(({ event, by }) => this.toChange(event, by)),
      beyond: Object.fromEntries([...this.beyond].map(([type, { count, at }]): [string, Beyond] => [type, { count, from: this.time(at) }])),
      counts: this.tally.result()
    }
  }

  private change(event: MeshEvent & { readonly type: ChangeType }, by: string): void {
    const { type } = event
    const kept = this.kept.get(type) ?? 0
    if (kept < MOST_CHANGES) {
      this.kept.set(type, kept + 1)
      this.changes.push({ event, by })
      return
    }
    const beyond = this.beyond.get(type)
    if (beyond === undefined) this.beyond.set(type, { count: 1, at: event.at })
    else beyond.count++
  }

  private toChange(event: MeshEvent & { readonly type: ChangeType }, by: string): Change {
    const { type, service, at } = event
    const facts = FACTS[type].flatMap((name) => {
      const value = plainFact((event as unknown as Record<string, unknown>)[name])
      return value === undefined ? [] : [[name, this.named(name, value)] as const]
    })
    return { at: this.time(at), by, service, type, ...Object.fromEntries(facts) }
  }

  private named(name: string, value: NonNullable<ReturnType<typeof plainFact>>): typeof value {
    const { nameOf } = this.options
    if (name === 'endpoint' && typeof value === 'string') return nameOf(value)
    if (name === 'until' && typeof value === 'number') return this.time(value)
    if ((name === 'added' || name === 'removed') && Array.isArray(value)) return value.map((key: string) => nameOf(key))
    return value
  }

  /** To the microsecond: more nobody measured. */
  private time(at: Instant): Millis {
    return Number((at + this.offset).toFixed(3))
  }
}
