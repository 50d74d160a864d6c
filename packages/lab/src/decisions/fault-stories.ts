import type { Millis } from '@inmesh/policy'
import { formatDuration } from '../scenario/duration.ts'
import type { Fault } from '../scenario/faults.ts'
import type { Series } from '../stats/series.ts'
import { percent } from '../stats/verdicts.ts'
import type { Decisions } from './decisions.ts'
import { endpointLanes } from './endpoint-lanes.ts'
import type { Lane, Span, SpanKind } from './lane.ts'

/** What was decided about the endpoints that a fault hit. */
export interface FaultStory {
  readonly name: string
  /** ms from the end of the warm-up. */
  readonly from: Millis
  readonly to: Millis
  /** How many endpoints it hit, and how many of them were out by a decision while it lasted. */
  readonly hit: number
  readonly out: number
  /** How the first of them was, after how many ms, and why; null: none was. */
  readonly as: 'ejected' | 'kept-off' | 'unreachable' | null
  readonly afterMs: Millis | null
  readonly why: string | null
  /** Probes that went to them from then until the last was back. */
  readonly probes: number
  /** When the last of them was back, in ms from the fault's end, before it below 0; null: not within the run, or none was out. */
  readonly backMs: Millis | null
  /** Their share of all tries while it lasted, and in the 5 s before; null where that is not known. */
  readonly share: number | null
  readonly shareBefore: number | null
}

const BEFORE: Millis = 5_000
const OUT: ReadonlySet<SpanKind> = new Set(['ejected', 'kept-off', 'unreachable'])

interface Told {
  readonly decisions: Decisions
  readonly share: Series['share']
  /** Length of the measured time. */
  readonly duration: Millis
}

/** Fault by fault, in the scenario's order. */
export function faultStories(faults: readonly Fault[], told: Told): FaultStory[] {
  const names = [...new Set(faults.flatMap(({ targets }) => targets))]
  const lanes = new Map(endpointLanes(told.decisions, names).map((lane) => [lane.name, lane]))
  return faults.map((fault) => storyOf(fault, fault.targets.flatMap((name) => lanes.get(name) ?? []), told))
}

function storyOf({ name, at: from, for: length, targets }: Fault, lanes: readonly Lane[], told: Told): FaultStory {
  const to = Math.min(from + length, told.duration)
  const outs = lanes.map((lane) => ({ lane, spans: lane.spans.filter((span) => OUT.has(span.kind) && span.from < to && span.to > from) }))
  const out = outs.filter(({ spans }) => spans.length > 0)
  const first = out.flatMap(({ spans }) => spans).reduce<Span | undefined>((least, span) => (least === undefined || span.from < least.from ? span : least), undefined)
  const back = Math.max(...out.flatMap(({ spans }) => spans.map((span) => span.to)))
  return {
    name,
    from,
    to,
    hit: targets.length,
    out: out.length,
    as: (first?.kind ?? null) as FaultStory['as'],
    afterMs: first === undefined ? null : Math.max(0, first.from - from),
    why: first === undefined ? null : first.label,
    probes: out.flatMap(({ lane, spans }) => lane.marks.filter(({ kind, at }) => kind === 'probe' && spans.some((span) => at >= span.from && at <= span.to))).length,
    backMs: Number.isFinite(back) ? back - to : null,
    share: shareOf(targets, told, from, to),
    shareBefore: shareOf(targets, told, from - BEFORE, from)
  }
}

/** Mean of the steps that lie within. */
function shareOf(targets: readonly string[], { share, decisions: { every } }: Told, from: Millis, to: Millis): number | null {
  const steps = Array.from({ length: Math.max(0, Math.floor(to / every) - Math.max(0, Math.ceil(from / every))) }, (_, at) => Math.max(0, Math.ceil(from / every)) + at)
  const known = targets.flatMap((name) => (share[name] === undefined ? [] : [share[name]]))
  const sums = steps.flatMap((step) => (known.some((each) => each[step] == null) ? [] : [known.reduce((sum, each) => sum + (each[step] ?? 0), 0)]))
  return known.length === 0 || sums.length === 0 ? null : sums.reduce((sum, each) => sum + each, 0) / sums.length
}

const VERB = { ejected: 'ejected', 'kept-off': 'kept off', unreachable: 'held to be unreachable' }

/** A story as a line. */
export function storyText({ hit, out, as, afterMs, why, probes, backMs, share, shareBefore }: FaultStory): string {
  const tries = share === null ? '' : shareBefore === null ? `${percent(share, 1)} of tries` : `its share of tries went from ${percent(shareBefore, 1)} to ${percent(share, 1)}`
  if (as === null || afterMs === null) return ['not ejected', tries].filter(Boolean).join('; ')
  const many = hit > 1
  const who = many ? `${out} of ${hit} ${VERB[as]}, the first` : VERB[as]
  const when = afterMs === 0 ? 'from before' : `after ${seconds(afterMs)}`
  const asked = probes === 0 ? [] : [probes === 1 ? '1 probe' : `${probes} probes`]
  const back = backMs === null ? 'still out at the end' : `${many ? 'all ' : ''}back ${seconds(Math.abs(backMs))} ${backMs < 0 ? 'before' : 'after'} its end`
  return [`${who} ${when}${why === null || why === '' ? '' : ` (${why})`}`, ...asked, back].join(', ') + (tries === '' ? '' : `; ${tries}`)
}

function seconds(ms: Millis): string {
  return ms < 1_000 ? formatDuration(Math.round(ms)) : `${(ms / 1_000).toFixed(1)} s`
}
