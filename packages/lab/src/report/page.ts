import { formatDuration } from '../scenario/duration.ts'
import { describeLoad } from '../scenario/load.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Run } from '../run.ts'
import { isWide } from './comparison.ts'
import { escape, htmlPage } from './html.ts'
import { pageData } from './page-data.ts'
import { timelinesSection } from './timeline-section.ts'
import type { Result } from './result.ts'
import {
  assertSection,
  comparisonSection,
  feltSection,
  methodSection,
  operationSection,
  peerSection,
  tableSection
} from './page-tables.ts'
import {
  distributionSection,
  heatSection,
  latencySection,
  overlaySection,
  shareSection,
  successSection
} from './page-plots.ts'

/** The report as one page that needs nothing else. With many contenders the comparison comes first, with few the calls. */
export function renderPage(scenario: Scenario, result: Result, runs: readonly Run[]): string {
  const sections = isWide(result) ? wide(scenario, result, runs) : narrow(scenario, result, runs)
  return htmlPage(result.title, [header(scenario, result), ...sections].join('\n'), pageData(scenario, result, runs))
}

function narrow(scenario: Scenario, result: Result, runs: readonly Run[]): string[] {
  return [
    latencySection(scenario, result),
    successSection(result),
    shareSection(scenario, result),
    heatSection(result, runs),
    distributionSection(result),
    tableSection(result),
    operationSection(result),
    assertSection(result),
    methodSection(result)
  ]
}

function wide(scenario: Scenario, result: Result, runs: readonly Run[]): string[] {
  return [
    comparisonSection(result),
    assertSection(result),
    distributionSection(result),
    overlaySection(scenario, result),
    timelinesSection(scenario, result),
    successSection(result),
    feltSection(result),
    heatSection(result, runs),
    operationSection(result),
    peerSection(result),
    methodSection(result)
  ]
}

const WORLD = {
  real: 'Real processes and sockets on one machine.',
  virtual: 'Virtual time: the shipping code on a discrete-event engine.'
}

function header({ title, description, load, clients }: Scenario, { seeds, contenders, world, notes }: Result): string {
  const calls = contenders[0]?.perSeed[0]?.calls ?? 0
  const from = clients.processes === 1 ? '' : ` from ${clients.processes} processes`
  const how = `${describeLoad(load)}${load.arrivals === 'closed' ? '' : ', open loop,'}${from} for ${formatDuration(load.duration)}`
  return `<h1>${escape(title)}</h1>
<p>${escape(description)}</p>
<p class="note">${how}: ${calls.toLocaleString('en')} calls${load.arrivals === 'closed' ? '' : ' each'}. ${seedNote(seeds, contenders.length > 3)} ${WORLD[world]}</p>
${notes.map((each) => `<p class="warning">${escape(each)}</p>`).join('\n')}`
}

function seedNote(seeds: readonly number[], wide: boolean): string {
  if (seeds.length === 1) return `Seed ${seeds[0]}.`
  return `Plots show seed ${seeds[0]}, figures the ${wide ? 'mean' : 'worst'} of ${seeds.length} seeds.`
}
