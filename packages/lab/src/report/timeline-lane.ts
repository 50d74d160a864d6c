import type { Lane, Mark, Span } from '../decisions/lane.ts'
import { formatDuration } from '../scenario/duration.ts'
import type { Fault } from '../scenario/faults.ts'
import { faultLabel } from './fault-label.ts'
import { escape } from './html.ts'

/** What a timeline's lanes have in common. */
export interface LaneView {
  /** Length of the measured time, in ms: the width of the plot. */
  readonly duration: number
  /** ms from bar to bar. */
  readonly every: number
}

interface LaneStyle extends LaneView {
  readonly kind: 'endpoint' | 'service'
}

/**
 * A row of the timeline. Everything is placed in percent of the measured time, over a track that begins and ends where the
 * plot above does: so it stays in line whatever the width, and without a script.
 */
export function renderLane({ name, note, spans, marks, bars = [] }: Lane, faults: readonly Fault[], style: LaneStyle): string {
  const parts = [
    ...faults.map((fault) => faultBand(fault, style)),
    barPath(bars, style),
    ...(style.kind === 'endpoint' ? faults.map((fault) => faultName(fault, outAfter(spans, fault), style)) : []),
    ...levels(spans, style),
    ...weighed(spans).map((span) => spanBar(span, lagOf(span, faults), style)),
    ...marks.map((mark) => markAt(mark, style))
  ]
  const most = bars.length === 0 || style.kind === 'endpoint' ? '' : `: ${note ?? ''} in all, at most ${Math.max(...bars)} in ${formatDuration(style.every)}`
  const beside = note === undefined ? '' : `<small>${escape(note)}</small>`
  return `<div class="lane ${style.kind}" data-lane="${escape(name)}"><span class="lane-name" title="${escape(name + most)}"><b>${escape(name)}</b>${beside}</span><div class="track">${parts.join('')}</div></div>`
}

/** The seconds below the plot, and lines down through all lanes. */
export function timeTicks({ duration }: LaneView): string {
  const steps = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000]
  const step = steps.find((each) => duration / each <= 10) ?? duration / 10
  const lines = Array.from({ length: Math.floor(duration / step) + 1 }, (_, at) => `<i style="left:${percentOf(at * step, duration)}"></i>`)
  return `<div class="ticks" aria-hidden="true">${lines.join('')}</div>`
}

function faultBand({ name, at, for: length }: Fault, { duration, kind }: LaneStyle): string {
  const to = Math.min(at + length, duration)
  const title = `${name}: ${formatDuration(at)} to ${formatDuration(to)}`
  return `<i class="fault ${kind}" style="${place(at, to, duration)}" title="${escape(title)}"></i>`
}

/** One path for all bars, in the units of the track. */
function barPath(bars: readonly number[], { duration, every }: LaneStyle): string {
  const most = Math.max(0, ...bars)
  if (most === 0) return ''
  const path = bars.map((count, step) => {
    if (count === 0) return ''
    const [left, right] = [step * every, Math.min((step + 1) * every, duration)]
    return `M${left} 100V${(100 - (100 * count) / most).toFixed(1)}H${right}V100Z`
  })
  return `<svg class="bars" viewBox="0 0 ${duration} 100" preserveAspectRatio="none" aria-hidden="true"><path d="${path.join('')}"/></svg>`
}

/** A line of steps: a path too, since there may be a thousand of them. */
function levels(spans: readonly Span[], { duration }: LaneStyle): string[] {
  const path = spans.flatMap(({ kind, from, to, strength = 1 }) =>
    kind !== 'level' || to <= 0 || from >= duration
      ? []
      : [`M${Math.max(0, from).toFixed(0)} 100V${(100 - 100 * strength).toFixed(1)}H${Math.min(to, duration).toFixed(0)}V100Z`]
  )
  if (path.length === 0) return []
  return [`<svg class="bars level" viewBox="0 0 ${duration} 100" preserveAspectRatio="none" aria-hidden="true"><path d="${path.join('')}"/></svg>`]
}

interface Weighed extends Span {
  /** Of how many processes' spans it is one: together they are as dark as one alone. */
  readonly of: number
}

function weighed(spans: readonly Span[]): Weighed[] {
  return spans.filter(({ kind }) => kind !== 'level').map((span) => ({ ...span, of: new Set(spans.filter(({ kind }) => kind === span.kind).map(({ by }) => by)).size }))
}

/** The fault that a span of being out began in, by how long before: that is what a reader asks first. */
function lagOf({ kind, from }: Span, faults: readonly Fault[]): string {
  if (kind === 'severity' || kind === 'state') return ''
  const fault = faults.findLast(({ at, for: length }) => at <= from && from < at + length)
  return fault === undefined ? '' : `<b>+${((from - fault.at) / 1_000).toFixed(1)} s</b>`
}

/** When the first span of being out begins that hides the fault's band. */
function outAfter(spans: readonly Span[], { at, for: length }: Fault): number {
  const ends = spans.filter(({ kind, from, to }) => kind !== 'severity' && to > at && from < at + length).map(({ from }) => from)
  return Math.min(at + length, ...ends)
}

function faultName(fault: Fault, until: number, { duration }: LaneStyle): string {
  const to = Math.min(until, duration)
  if (to <= fault.at) return ''
  return `<div class="fault-name" style="${place(fault.at, to, duration)}"><span>${escape(faultLabel(fault))}</span></div>`
}

function spanBar({ kind, from, to, label, text, by, strength = 1, of }: Weighed, lag: string, { duration }: LaneStyle): string {
  if (to <= 0 || from >= duration) return ''
  const open = to > duration
  const when = to === Infinity ? `from ${seconds(from)} to the end` : `${seconds(from)} to ${seconds(to)}`
  const title = `${when}: ${text}${of > 1 ? `, ${by}` : ''}`
  const shade = kind === 'severity' || kind === 'state' ? `;--strength:${Number(strength.toFixed(2))}` : of > 1 ? `;opacity:${Math.max(0.15, 1 / of).toFixed(2)}` : ''
  const words = kind === 'severity' || of > 1 ? '' : `<span>${lag}${escape(label)}</span>`
  return `<div class="span ${kind}${open ? ' open' : ''}" style="${place(Math.max(0, from), Math.min(to, duration), duration)}${shade}" title="${escape(title)}">${words}</div>`
}

function markAt({ at, kind, text, by }: Mark, { duration }: LaneStyle): string {
  if (at < 0 || at > duration) return ''
  const who = by === 'client' ? '' : `, ${by}`
  return `<i class="mark ${kind}" style="left:${percentOf(at, duration)}" title="${escape(`${seconds(at)}: ${text}${who}`)}"></i>`
}

function place(from: number, to: number, duration: number): string {
  return `left:${percentOf(from, duration)};width:${percentOf(to - from, duration)}`
}

function percentOf(part: number, whole: number): string {
  return `${Number(((100 * part) / whole).toFixed(4))}%`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`
}
