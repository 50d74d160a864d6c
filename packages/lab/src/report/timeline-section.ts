import { endpointLanes } from '../decisions/endpoint-lanes.ts'
import { serviceLanes } from '../decisions/service-lanes.ts'
import type { Lane, ServiceLane } from '../decisions/lane.ts'
import type { Fault } from '../scenario/faults.ts'
import { allReplicaNames } from '../scenario/scenario.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Series } from '../stats/series.ts'
import { escape } from './html.ts'
import type { ContenderResult, Result, ToldDecisions } from './result.ts'
import { renderLane, timeTicks } from './timeline-lane.ts'
import type { LaneView } from './timeline-lane.ts'
import { changeTable, countTable, storyTable } from './timeline-tables.ts'

/** More endpoints than this are seen better as a heat map: those about which nothing was decided are left out. */
const MOST_ENDPOINTS = 40

export const TIMELINE_KEY = `<div class="key">
<span><i class="key-out"></i>ejected: when after the fault's start, and why</span>
<span><i class="key-off"></i>kept off, as it asked</span>
<span><i class="key-away"></i>unreachable, by checks</span>
<span><i class="mark probe"></i>probe</span>
<span><i class="mark probe-failed"></i>probe failed</span>
<span><i class="mark returned"></i>back</span>
<span><i class="mark held"></i>ejection held back</span>
<span><i class="key-severity"></i>error severity</span>
<span><i class="key-tries"></i>of a replica its share of tries, else decisions, each second</span>
<span><i class="key-own"></i>a replica's own fault</span>
</div>`

/** What a contender decided, below its plot and on the same axis; of one that tells nothing, that. */
export function timelineOf(scenario: Scenario, contender: ContenderResult): string {
  const { decisions, name } = contender
  if (decisions === undefined) return `<p class="note untold">${escape(name)} tells no decisions.</p>`
  return `${untoldClients(contender)}${lanesOf(scenario, contender, decisions)}
${storyTable(decisions.byFault)}
<details class="told"><summary>Every decision, as text (${(decisions.changes.length + decisions.counts.length).toLocaleString('en')} lines)</summary>
${changeTable(decisions)}
${countTable(decisions)}</details>`
}

/** Of many contenders: the plot above is one for all, so each that tells has a panel. */
export function timelinesSection(scenario: Scenario, { contenders }: Result): string {
  const telling = contenders.filter(({ decisions }) => decisions !== undefined)
  if (telling.length === 0) return ''
  const silent = contenders.filter(({ decisions }) => decisions === undefined).map(({ name }) => name)
  const panels = telling.map(
    (each) => `<div class="panel"><div class="arm-head"><span class="arm-name plain">${escape(each.name)}</span></div>
${timelineOf(scenario, each)}
</div>`
  )
  return `<h2>What was decided</h2>
<p class="note">On the time axis of the plot above.${silent.length === 0 ? '' : ` ${escape(silent.join(', '))}: ${silent.length === 1 ? 'tells' : 'tell'} no decisions.`}</p>
${panels.join('\n')}
${TIMELINE_KEY}`
}

/** Servers tell what they decide whoever calls them. */
function untoldClients({ name, decisions }: ContenderResult): string {
  const clients = decisions?.by.some((by) => by === 'client' || by.startsWith('client-'))
  return clients ? '' : `<p class="note untold">${escape(name)} tells no decisions of its clients; these are of the replicas.</p>`
}

function lanesOf(scenario: Scenario, { series, name }: ContenderResult, decisions: ToldDecisions): string {
  const { faults, load, measure } = scenario
  const view: LaneView = { duration: load.duration, every: measure.interval }
  const all = endpointLanes(decisions, allReplicaNames(scenario))
  const some = all.length <= MOST_ENDPOINTS ? all : all.filter(({ spans, marks }) => spans.length + marks.length > 0).slice(0, MOST_ENDPOINTS)
  const tries = triesOf(series)
  const endpoints = some.map((lane) => renderLane({ ...lane, bars: tries(lane.name) }, faultsOf(faults, lane), { ...view, kind: 'endpoint' }))
  const own = serviceLanes(decisions)
  const services = own.map((lane, at) => `${headOf(own, at)}${renderLane(lane, faults, { ...view, kind: 'service' })}`)
  return `<div class="timeline" role="group" aria-label="${escape(`What ${name} decided, over time. The same as text is in the tables below.`)}">
${timeTicks(view)}
${endpoints.join('\n')}
${services.join('\n')}
</div>
${leftOut(all.length - some.length, decisions)}`
}

/** Where the lanes of another service begin its name, if there are several. */
function headOf(lanes: readonly ServiceLane[], at: number): string {
  const service = lanes[at]?.service ?? ''
  const isFirst = lanes[at - 1]?.service !== service
  return isFirst && lanes.some((lane) => lane.service !== service) ? `<div class="lane-group">${escape(service)}</div>` : ''
}

function faultsOf(faults: readonly Fault[], { name }: Lane): Fault[] {
  return faults.filter(({ targets }) => targets.includes(name))
}

/** Share of each step's tries, in percent; of large fleets nobody keeps it. */
function triesOf({ share }: Series): (endpoint: string) => number[] {
  return (endpoint) => (share[endpoint] ?? []).map((each) => Number(((each ?? 0) * 100).toFixed(1)))
}

function leftOut(endpoints: number, { beyond, changes }: ToldDecisions): string {
  const notes = Object.entries(beyond).map(
    ([type, { count, from }]) => `${count.toLocaleString('en')} more of ${type} are not kept: from ${(from / 1_000).toFixed(1)} s on it is not shown.`
  )
  const deciding = new Set(changes.flatMap(({ endpoint, by }) => (endpoint === undefined ? [] : [by]))).size
  const clients = deciding > 1 ? [`${deciding} processes decide, each for itself: where a bar is pale, few of them do.`] : []
  const hidden = endpoints > 0 ? [`${endpoints.toLocaleString('en')} more endpoints: nothing was decided about them, or there is no room for it.`] : []
  return [...clients, ...hidden, ...notes].map((each) => `<p class="note">${escape(each)}</p>`).join('\n')
}
