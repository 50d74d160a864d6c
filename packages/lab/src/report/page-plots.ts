import type { Run } from '../run.ts'
import { formatDuration } from '../scenario/duration.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { percent } from '../stats/verdicts.ts'
import { escape } from './html.ts'
import { paints } from './paint.ts'
import type { ContenderResult, Result } from './result.ts'
import { TIMELINE_KEY, timelineOf } from './timeline-section.ts'

const LATENCY_KEY = `<div class="key">
<span><i class="dot"></i>answered</span>
<span><i class="cross">×</i>failed</span>
<span><i class="arms"></i>p99 of each second</span>
<span><i class="dashes"></i>p50</span>
<span><i class="band"></i>a fault</span>
</div>`

export function latencySection(scenario: Scenario, { contenders }: Result): string {
  const { faults, load, measure } = scenario
  const paint = paints(contenders.map(({ peer }) => peer))
  const panels = contenders.map(
    (each, arm) => `<div class="panel" style="--own: var(${paint[arm]})">
<div class="arm-head"><span class="arm-name">${escape(each.name)}</span>${figures(each)}</div>
<div id="latency-${arm}"></div>
${timelineOf(scenario, each)}
</div>`
  )
  const key =
    measure.interval === 1_000
      ? LATENCY_KEY
      : LATENCY_KEY.replace('each second', `each ${formatDuration(measure.interval)}`)
  return `<h2>How long callers waited</h2>
<p class="note">Every call by when it was due, counted from then; the scale is logarithmic. Below it, on the same axis of time, what the contender decided.</p>
${panels.join('\n')}
${key}${contenders.some(({ decisions }) => decisions !== undefined) ? TIMELINE_KEY : ''}
${faultList(faults, load.duration)}`
}

/** For screens too narrow to write the names into the plot. */
function faultList(faults: Scenario['faults'], duration: number): string {
  const items = faults.map(
    ({ name, at, for: length }) =>
      `<li>${escape(name)} <span class="soft">${formatDuration(at)} to ${formatDuration(Math.min(at + length, duration))}</span></li>`
  )
  return faults.length === 0 ? '' : `<ol class="faults">${items.join('')}</ol>`
}

function figures({ success, latencyMs, healthy, extraLoad }: ContenderResult): string {
  const figure = (label: string, value: string, bad: boolean): string =>
    `<span class="figure${bad ? ' bad' : ''}">${label}<b>${value}</b></span>`
  return [
    figure('success', percent(success), success < 0.999),
    figure('p99', formatDuration(latencyMs.p99), latencyMs.p99 > 2 * healthy.latencyMs.p99),
    figure('p99 before the first fault', formatDuration(healthy.latencyMs.p99), false),
    figure('extra load', percent(extraLoad), false)
  ].join('')
}

/** p99 of all contenders in one plot. */
export function overlaySection({ faults, load, measure }: Scenario, { contenders }: Result): string {
  return `<h2>The tail over time</h2>
<p class="note">p99 of the calls due in each ${measure.interval === 1_000 ? 'second' : formatDuration(measure.interval)}; the scale is logarithmic.${faults.length === 0 ? '' : ' Shaded: faults.'}</p>
<div class="panel"><div id="overlay"></div></div>
${armKey(contenders)}
${faultList(faults, load.duration)}`
}

export function successSection({ contenders }: Result): string {
  return `<h2>Calls answered</h2>
<p class="note">Share of the calls due at each time that were answered with success.</p>
<div class="panel"><div id="success"></div></div>
${armKey(contenders)}`
}

export function distributionSection({ contenders }: Result): string {
  return `<h2>How many waited how long</h2>
<p class="note">Latency that this share of all calls stayed at or below, the tail stretched: each step to the right is ten times rarer. Both scales are logarithmic.</p>
<div class="panel"><div id="distribution"></div></div>
${armKey(contenders)}`
}

export function armKey(contenders: readonly { readonly name: string; readonly peer: string }[]): string {
  const paint = paints(contenders.map(({ peer }) => peer))
  const keys = contenders.map(({ name, peer }, arm) => {
    const look = peer === 'oracle' ? ' class="oracle"' : ` style="background: var(${paint[arm]})"`
    return `<span><i${look}></i>${escape(name)}</span>`
  })
  return `<div class="key">${keys.join('')}</div>`
}

export function shareSection({ faults }: Scenario, { contenders }: Result): string {
  const endpoints = Object.keys(contenders[0]?.series.share ?? {})
  if (endpoints.length === 0) return ''
  const rows = endpoints.map(
    (name, row) => `<div class="endpoint"><span>${escape(name)}</span><div id="share-${row}"></div></div>`
  )
  const trouble = faults.length === 0 ? '' : " Shaded: that replica's own trouble."
  return `<h2>Where tries went</h2>
<p class="note">Share of each second's tries by replica; dotted: an equal share.${trouble}</p>
<div class="endpoints"><div class="panel">${rows.join('\n')}</div></div>
${armKey(contenders)}`
}

/** Load of every endpoint over time, a picture per contender on one scale. */
export function heatSection({ contenders }: Result, runs: readonly Run[]): string {
  const has = runs.some(({ curves }) => curves.heat !== undefined)
  if (!has) return ''
  const pictures = contenders.map(
    ({ name }, arm) =>
      `<figure class="heat"><figcaption>${escape(name)}</figcaption><div id="heat-${arm}"></div></figure>`
  )
  return `<h2>Load of every endpoint</h2>
<p class="note">Calls worked on and waiting: a row per endpoint, time to the right, the darker the more. One scale for all.</p>
<div class="heats">${pictures.join('\n')}</div>
<div class="key"><span><i class="ramp"></i><span id="heat-scale"></span></span></div>`
}
