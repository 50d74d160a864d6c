import type { Change, Decisions } from './decisions.ts'
import type { Lane, Mark, MarkKind, Span, SpanKind } from './lane.ts'
import { changeText, number, whyOut } from './words.ts'

/**
 * A lane for each endpoint: when it was out, why, its probes and its return, and how severe its errors were held to be.
 * Of several processes each has spans of its own, over one another.
 */
export function endpointLanes({ changes }: Pick<Decisions, 'changes'>, endpoints: readonly string[]): Lane[] {
  const lanes = new Map(endpoints.map((name) => [name, new Tracks(name)]))
  for (const change of changes) {
    const { endpoint, type, removed } = change
    if (endpoint !== undefined) lanes.get(endpoint)?.add(change)
    if (type === 'endpoints-changed' && Array.isArray(removed)) for (const name of removed) lanes.get(name)?.close(change)
  }
  return [...lanes.values()].map((each) => each.lane())
}

type Out = Extract<SpanKind, 'ejected' | 'unreachable' | 'severity'>

/** What is still going on of one endpoint, by process and kind. */
class Tracks {
  private readonly name: string
  private readonly spans: Span[] = []
  private readonly marks: Mark[] = []
  private readonly open = new Map<string, Change>()

  constructor(name: string) {
    this.name = name
  }

  add(change: Change): void {
    switch (change.type) {
      case 'ejected':
        if (this.isOpen('ejected', change)) this.mark('probe-failed', change)
        else this.begin('ejected', change)
        return
      case 'probe':
        return this.mark('probe', change)
      case 'ejection-suppressed':
        return this.mark('held', change)
      case 'returned':
        this.end('ejected', change, true)
        // What is back begins anew: its errors are forgotten, and no other event says so.
        this.end('severity', change, false)
        return this.mark('returned', change)
      case 'unreachable':
        return this.begin('unreachable', change)
      case 'reachable':
        this.end('unreachable', change, true)
        return this.mark('returned', change)
      case 'kept-off':
        return this.keepOff(change)
      case 'severity-changed':
        this.end('severity', change, false)
        // Below the lowest threshold there is nothing to tell of.
        if (Number(change['severity']) >= 0.01) this.begin('severity', change)
    }
  }

  /** It is a member no longer: nothing is decided about it. */
  close(change: Change): void {
    for (const kind of ['ejected', 'unreachable', 'severity'] as const) this.end(kind, change, false)
  }

  lane(): Lane {
    for (const [key, change] of this.open) this.push(kindIn(key), change, Infinity)
    this.open.clear()
    return { name: this.name, spans: this.spans.toSorted((a, b) => a.from - b.from), marks: this.marks }
  }

  private isOpen(kind: Out, { by }: Change): boolean {
    return this.open.has(`${kind} ${by}`)
  }

  private begin(kind: Out, change: Change): void {
    const key = `${kind} ${change.by}`
    if (!this.open.has(key)) this.open.set(key, change)
  }

  /** `told`: the end says itself how long it was, also where the beginning is not among what was kept. */
  private end(kind: Out, change: Change, told: boolean): void {
    const { by, at } = change
    const outFor = change['outFor']
    const begun = this.open.get(`${kind} ${by}`)
    this.open.delete(`${kind} ${by}`)
    if (begun !== undefined) this.push(kind, begun, at)
    else if (told && typeof outFor === 'number') this.spans.push({ from: at - outFor, to: at, kind, label: '', text: 'out; why is not among what was kept', by })
  }

  private push(kind: Out, begun: Change, to: number): void {
    const { at: from, by, severity } = begun
    if (kind !== 'severity') this.spans.push({ from, to, kind, label: whyOut(begun), text: changeText(begun), by })
    else this.spans.push({ from, to, kind, label: number(severity), text: changeText(begun), by, strength: shade(Number(severity)) })
  }

  private keepOff(change: Change): void {
    const { at, by, until = at } = change
    const before = this.spans.findIndex((span) => span.kind === 'kept-off' && span.by === by && span.to >= at)
    const from = this.spans[before]?.from ?? at
    const span = { from, to: until, kind: 'kept-off', label: whyOut(change), text: changeText(change), by } as const
    if (before === -1) this.spans.push(span)
    else this.spans[before] = { ...span, to: Math.max(until, this.spans[before]?.to ?? until) }
  }

  private mark(kind: MarkKind, change: Change): void {
    this.marks.push({ at: change.at, kind, text: changeText(change), by: change.by })
  }
}

function kindIn(key: string): Out {
  return key.slice(0, key.indexOf(' ')) as Out
}

/** Severity is told at 0.01, 0.1, 0.5, 1 and 5: five shades. */
function shade(severity: number): number {
  return [0.01, 0.1, 0.5, 1, 5].filter((step) => severity >= step).length / 5
}
