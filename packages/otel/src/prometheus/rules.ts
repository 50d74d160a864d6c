import type { Naming } from './naming.ts'
import { failedShare, names, Queries, type By } from './query.ts'

export interface RecordingRule {
  readonly record: string
  readonly expr: string
  /** What a reader must know of it. */
  readonly comment?: string
}

export interface AlertRule {
  readonly alert: string
  readonly expr: string
  /** How long it has to be so. */
  readonly for?: string
  readonly severity: 'critical' | 'warning'
  readonly summary: string
  readonly description: string
}

export interface Group {
  readonly name: string
  readonly rules: readonly (RecordingRule | AlertRule)[]
}

/** The share of calls that shall not fail. */
const OBJECTIVE = 0.999

const OBJECTIVE_SERIES = 'inmesh:objective:ratio'

/** Who calls what: each program's own view of a service. */
const EDGE: By = ['job', 'inmesh.service']
const failures = (window: string): string => `job_inmesh_service:inmesh_call_failures:ratio_rate${window}`

/**
 * Burn rates and their windows are those of Google's SRE Workbook, "Alerting on SLOs", for 30 days: 2 % of the error budget
 * gone within an hour, 5 % within six. The shorter window ends the alert soon after the trouble.
 */
export function rulesOf(naming: Naming): readonly Group[] {
  const q = new Queries(naming)
  return [{ name: 'inmesh-objective', rules: [...objective(q), ...burns()] }, { name: 'inmesh', rules: alerts(q) }]
}

function objective(q: Queries): readonly RecordingRule[] {
  return [
    { record: OBJECTIVE_SERIES, expr: `vector(${OBJECTIVE})`, comment: 'THE NUMBER TO CHANGE: the share of calls that shall not fail, as their callers see it, over 30 days.' },
    ...['5m', '30m', '1h', '6h'].map((window) => ({ record: failures(window), expr: failureRatio(q, window) })),
  ]
}

/** Who went away before there was an answer counts neither way. */
function failureRatio(q: Queries, window: string): string {
  const all = q.rate('callDuration', window, EDGE, { 'inmesh.outcome': '!=caller' })
  return failedShare(q.rate('callDuration', window, EDGE, { 'inmesh.outcome': 'failure' }), all)
}

function burns(): readonly AlertRule[] {
  const burning = (rate: number, ...windows: readonly string[]): string => windows.map((window) => `${failures(window)} > ${rate} * (1 - scalar(${OBJECTIVE_SERIES}))`).join(' and ')
  const description = (rate: number, window: string, gone: string): string =>
    `Of calls of {{ $labels.job }} to {{ $labels.inmesh_service }} {{ $value | humanizePercentage }} failed within the last ${window}, more than ${rate} times what the objective allows. At this pace the error budget of 30 days is used up in ${gone}.`
  return [
    { alert: 'InmeshErrorBudgetBurnsFast', expr: burning(14.4, '1h', '5m'), severity: 'critical', summary: 'Calls of {{ $labels.job }} to {{ $labels.inmesh_service }} fail 14.4 times as often as they may', description: description(14.4, 'hour', 'two days') },
    { alert: 'InmeshErrorBudgetBurns', expr: burning(6, '6h', '30m'), severity: 'critical', summary: 'Calls of {{ $labels.job }} to {{ $labels.inmesh_service }} fail 6 times as often as they may', description: description(6, 'six hours', 'five days') },
  ]
}

function alerts(q: Queries): readonly AlertRule[] {
  return [
    {
      alert: 'InmeshRetryBudgetEmpty', expr: budgetEmpty(q), for: '2m', severity: 'warning',
      summary: 'Retries of {{ $labels.job }} to {{ $labels.inmesh_service }} are held back: their budget is empty',
      description: 'Of the retries and rescues that were due {{ $value | humanizePercentage }} were not sent within the last 5 minutes, since the budget that all extra tries share is empty. So much fails that trying again would only add to the load.',
    },
    {
      alert: 'InmeshEverybodyOut', expr: everybodyOut(q), for: '30s', severity: 'critical',
      summary: 'No endpoint of {{ $labels.inmesh_service }} is in, as {{ $labels.job }} sees it',
      description: 'Every endpoint of {{ $labels.inmesh_service }} is ejected, on probation, kept off or unreachable. Calls are still made, to whoever may be reached. Processes of {{ $labels.job }} that see it so: {{ $value }}.',
    },
    {
      alert: 'InmeshPanic', expr: `${q.now('sum', 'inPanic', EDGE)} > 0`, for: '1m', severity: 'critical',
      summary: 'So many endpoints of {{ $labels.inmesh_service }} are out that {{ $labels.job }} ignores ejection',
      description: 'Fewer endpoints of {{ $labels.inmesh_service }} are in than panicBelow asks for: calls go to those that are out as well. Processes of {{ $labels.job }} that see it so: {{ $value }}.',
    },
    {
      alert: 'InmeshEngineLost', expr: `${q.now('sum', 'engineState', ['job', 'inmesh.limit', 'inmesh.engine'], { 'inmesh.state': 'lost' })} > 0`, for: '1m', severity: 'warning',
      summary: 'The engine {{ $labels.inmesh_engine }} of the limit {{ $labels.inmesh_limit }} is lost',
      description: 'Processes of {{ $labels.job }} that cannot ask {{ $labels.inmesh_engine }}: {{ $value }}. Each goes on alone, as engineLost says: by default with its share of 80 % of the limit.',
    },
    {
      alert: 'InmeshServerOverloaded', expr: overloaded(q), for: '2m', severity: 'warning',
      summary: '{{ $labels.inmesh_server }} has more to do than it can',
      description: 'Processes of {{ $labels.inmesh_server }} (job {{ $labels.job }}) were overloaded for {{ $value | humanizePercentage }} of the last 5 minutes, in the mean over them. What is least critical is refused first.',
    },
    {
      alert: 'InmeshInterceptorOut', expr: `${q.now('sum', 'interceptorsOut', [...EDGE, 'inmesh.interceptor'])} > 0`, severity: 'warning',
      summary: 'The step {{ $labels.inmesh_interceptor }} of {{ $labels.inmesh_service }} threw so often that it was taken out',
      description: 'In processes of {{ $labels.job }} the step {{ $labels.inmesh_interceptor }} threw ten times within ten seconds. Calls to {{ $labels.inmesh_service }} go on without it, until its policy changes. The alert lasts until those processes are gone.',
    },
    {
      alert: 'InmeshDiscoveryFailing', expr: `${q.increase('discoveryFailures', '2m', EDGE)} > 0`, for: '5m', severity: 'warning',
      summary: '{{ $labels.job }} does not hear where {{ $labels.inmesh_service }} is',
      description: 'The source of endpoints of {{ $labels.inmesh_service }} has been failing for minutes. The last list that it gave stays in force, and gets older.',
    },
    {
      // Whatever the metric: the SDK marks the series that stands for all those it does not keep apart.
      alert: 'InmeshSeriesLumpedTogether', expr: 'count by (job) ({__name__=~"inmesh_.+", otel_metric_overflow="true"})', for: '5m', severity: 'warning',
      summary: '{{ $labels.job }} has more series of a metric than its SDK keeps apart',
      description: 'Metrics of {{ $labels.job }} have reached the limit of the OpenTelemetry SDK, 2,000 series each by default. What is beyond stands in one series without labels, and is missing wherever one asks by service or endpoint.',
    },
  ]
}

/** Of what would have been sent, and only where anything was to be: a budget that nobody asks may be empty. */
function budgetEmpty(q: Queries): string {
  const causes = { 'inmesh.cause': '=~retry|rescue' }
  const held = q.rate('extraRefused', '5m', EDGE, { ...causes, 'inmesh.why': 'budget' })
  return `${held} / (${held} + (${q.rate('extraSent', '5m', EDGE, causes)} or 0 * ${held})) > 0.1`
}

/** Of each process, since each has its own view. A mesh that was closed has no endpoint in any state. */
function everybodyOut(q: Queries): string {
  const each: By = ['job', 'instance', 'inmesh.service']
  return `count by (${names(EDGE).join(', ')}) (${q.now('sum', 'endpointCount', each, { 'inmesh.state': '=~in|ramp' })} == 0 and ${q.now('sum', 'endpointCount', each)} > 0)`
}

function overloaded(q: Queries): string {
  return `avg by (job, inmesh_server) (avg_over_time(${q.select('admissionOverloaded')}[5m])) > 0.5`
}
