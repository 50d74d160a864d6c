/** What Prometheus has read, one value a step: series, and values in promtool's own notation. */
export type Input = Readonly<Record<string, string>>

export interface Situation {
  readonly what: string
  readonly series: Input
  /** When it is looked at. */
  readonly at: string
}

export interface Firing extends Situation {
  readonly labels: Readonly<Record<string, string>>
  readonly summary: string
  readonly description: string
}

export interface Case {
  /** Between two readings, and between two evaluations of the rules. */
  readonly step?: string
  readonly fires: readonly Firing[]
  readonly holds: readonly Situation[]
}

const edge = 'job="shop", instance="a", inmesh_service="catalog"'
const calls = (outcome: string, more = ''): string => `inmesh_call_duration_count{${edge}, inmesh_outcome="${outcome}"${more}}`
const extra = (what: string, cause: string, more = ''): string => `inmesh_extra_try_${what}_total{${edge}, inmesh_operation="GET", inmesh_cause="${cause}"${more}}`
const endpoints = (instance: string, state: string): string => `inmesh_endpoint_count{job="shop", instance="${instance}", inmesh_service="catalog", inmesh_state="${state}"}`
const engine = (state: string): string => `inmesh_engine_state{job="shop", instance="a", inmesh_limit="catalog/limit", inmesh_engine="redis", inmesh_state="${state}"}`
const overloaded = (instance: string): string => `inmesh_server_admission_overloaded{job="shop", instance="${instance}", inmesh_server="shop"}`
const ofEdge = { job: 'shop', inmesh_service: 'catalog' }

const burning = (share: string, within: string, rate: number, gone: string): Pick<Firing, 'summary' | 'description' | 'labels'> => ({
  labels: { ...ofEdge, severity: 'critical' },
  summary: `Calls of shop to catalog fail ${rate} times as often as they may`,
  description: `Of calls of shop to catalog ${share} failed within the last ${within}, more than ${rate} times what the objective allows. At this pace the error budget of 30 days is used up in ${gone}.`,
})

/** The share of calls that failed, as it is recorded. */
export const ratios: readonly (Situation & { readonly value: number })[] = [
  { what: 'nobody was failed', series: { [calls('success')]: '0+10x10' }, at: '9m', value: 0 },
  { what: 'everybody was', series: { [calls('failure')]: '0+10x10' }, at: '9m', value: 1 },
  { what: 'half of those were who waited for an answer', series: { [calls('success')]: '0+10x10', [calls('failure')]: '0+10x10', [calls('caller')]: '0+80x10' }, at: '9m', value: 0.5 },
]

/** Of each alert when it fires and when it does not; names are those of the exporter for Node. */
export const cases: Readonly<Record<string, Case>> = {
  InmeshErrorBudgetBurnsFast: {
    fires: [
      { what: 'two of a hundred calls fail', series: { [calls('success')]: '0+98x70', [calls('failure')]: '0+2x70' }, at: '65m', ...burning('2%', 'hour', 14.4, 'two days') },
      { what: 'all calls fail, and none ever succeeded', series: { [calls('failure')]: '0+50x70' }, at: '65m', ...burning('100%', 'hour', 14.4, 'two days') },
      { what: 'fallbacks are no failures, and failures beside them are', series: { [calls('fallback')]: '0+50x70', [calls('failure')]: '0+50x70' }, at: '65m', ...burning('50%', 'hour', 14.4, 'two days') },
    ],
    holds: [
      { what: 'fourteen of a thousand calls fail', series: { [calls('success')]: '0+986x70', [calls('failure')]: '0+14x70' }, at: '65m' },
      { what: 'they failed for most of an hour, and no longer do', series: { [calls('success')]: '0+90x70', [calls('failure')]: '0+10x55 550x15' }, at: '65m' },
      { what: 'it has only begun', series: { [calls('success')]: '0+1000x70', [calls('failure')]: '0x62 0+20x8' }, at: '67m' },
      { what: 'nobody was failed, and callers went away', series: { [calls('success')]: '0+10x70', [calls('caller')]: '0+90x70' }, at: '65m' },
      { what: 'nobody calls', series: { [calls('success')]: '10x70', [calls('failure')]: '10x70' }, at: '65m' },
    ],
  },
  InmeshErrorBudgetBurns: {
    step: '5m',
    fires: [{ what: 'seven of a thousand calls fail for six hours', series: { [calls('success')]: '0+993x80', [calls('failure')]: '0+7x80' }, at: '6h10m', ...burning('0.7%', 'six hours', 6, 'five days') }],
    holds: [
      { what: 'five of a thousand do', series: { [calls('success')]: '0+995x80', [calls('failure')]: '0+5x80' }, at: '6h10m' },
      { what: 'they did, until half an hour ago', series: { [calls('success')]: '0+980x80', [calls('failure')]: '0+20x60 1200x20' }, at: '6h10m' },
    ],
  },
  InmeshRetryBudgetEmpty: {
    fires: [{
      what: 'every other retry is not sent for want of budget', series: { [extra('sent', 'retry')]: '0+10x20', [extra('refused', 'retry', ', inmesh_why="budget"')]: '0+10x20' }, at: '10m',
      labels: { ...ofEdge, severity: 'warning' }, summary: 'Retries of shop to catalog are held back: their budget is empty',
      description: 'Of the retries and rescues that were due 50% were not sent within the last 5 minutes, since the budget that all extra tries share is empty. So much fails that trying again would only add to the load.',
    }, {
      what: 'no rescue is sent at all', series: { [extra('refused', 'rescue', ', inmesh_why="budget"')]: '0+10x20' }, at: '10m',
      labels: { ...ofEdge, severity: 'warning' }, summary: 'Retries of shop to catalog are held back: their budget is empty',
      description: 'Of the retries and rescues that were due 100% were not sent within the last 5 minutes, since the budget that all extra tries share is empty. So much fails that trying again would only add to the load.',
    }],
    holds: [
      { what: 'one in twenty is not', series: { [extra('sent', 'retry')]: '0+95x20', [extra('refused', 'retry', ', inmesh_why="budget"')]: '0+5x20' }, at: '10m' },
      { what: 'they are not sent because they may not be repeated', series: { [extra('sent', 'retry')]: '0+1x20', [extra('refused', 'retry', ', inmesh_why="repeat"')]: '0+90x20' }, at: '10m' },
      { what: 'it is backups that have no budget: they are never owed', series: { [extra('sent', 'retry')]: '0+1x20', [extra('refused', 'backup', ', inmesh_why="budget"')]: '0+90x20' }, at: '10m' },
    ],
  },
  InmeshEverybodyOut: {
    fires: [{
      what: 'one of two processes has all of its endpoints out', series: { [endpoints('a', 'in')]: '3 0x9', [endpoints('a', 'ejected')]: '0 1x9', [endpoints('a', 'unreachable')]: '0 2x9', [endpoints('b', 'in')]: '3x10' }, at: '4m',
      labels: { ...ofEdge, severity: 'critical' }, summary: 'No endpoint of catalog is in, as shop sees it',
      description: 'Every endpoint of catalog is ejected, on probation, kept off or unreachable. Calls are still made, to whoever may be reached. Processes of shop that see it so: 1.',
    }],
    holds: [
      { what: 'the last one is in', series: { [endpoints('a', 'in')]: '3 1x9', [endpoints('a', 'ejected')]: '0 2x9' }, at: '4m' },
      { what: 'one ramps up', series: { [endpoints('a', 'in')]: '0x10', [endpoints('a', 'ramp')]: '1x10', [endpoints('a', 'ejected')]: '2x10' }, at: '4m' },
      { what: 'the mesh was closed', series: { [endpoints('a', 'in')]: '3 0x9', [endpoints('a', 'ejected')]: '0x10' }, at: '4m' },
    ],
  },
  InmeshPanic: {
    fires: [{
      what: 'two processes are in panic', series: { [`inmesh_ejection_in_panic{${edge}}`]: '0 1x9', [`inmesh_ejection_in_panic{job="shop", instance="b", inmesh_service="catalog"}`]: '0 1x9', [`inmesh_ejection_in_panic{job="shop", instance="c", inmesh_service="catalog"}`]: '0x10' }, at: '4m',
      labels: { ...ofEdge, severity: 'critical' }, summary: 'So many endpoints of catalog are out that shop ignores ejection',
      description: 'Fewer endpoints of catalog are in than panicBelow asks for: calls go to those that are out as well. Processes of shop that see it so: 2.',
    }],
    holds: [
      { what: 'it was over within a minute', series: { [`inmesh_ejection_in_panic{${edge}}`]: '0 1 0x8' }, at: '4m' },
      { what: 'there was some, a while ago', series: { [`inmesh_ejection_in_panic{${edge}}`]: '0x10', [`inmesh_ejection_panics_total{${edge}}`]: '4x10' }, at: '4m' },
    ],
  },
  InmeshEngineLost: {
    fires: [{
      what: 'its engine is lost', series: { [engine('up')]: '1 0x9', [engine('lost')]: '0 1x9', [engine('connecting')]: '0x10' }, at: '4m',
      labels: { job: 'shop', inmesh_limit: 'catalog/limit', inmesh_engine: 'redis', severity: 'warning' }, summary: 'The engine redis of the limit catalog/limit is lost',
      description: 'Processes of shop that cannot ask redis: 1. Each goes on alone, as engineLost says: by default with its share of 80 % of the limit.',
    }],
    holds: [
      { what: 'it connects', series: { [engine('up')]: '0x10', [engine('lost')]: '0x10', [engine('connecting')]: '1x10' }, at: '4m' },
      { what: 'it was lost for less than a minute', series: { [engine('up')]: '1 0 1x8', [engine('lost')]: '0 1 0x8' }, at: '4m' },
    ],
  },
  InmeshServerOverloaded: {
    fires: [{
      what: 'all processes are overloaded', series: { [overloaded('a')]: '1x20', [overloaded('b')]: '1x20' }, at: '10m',
      labels: { job: 'shop', inmesh_server: 'shop', severity: 'warning' }, summary: 'shop has more to do than it can',
      description: 'Processes of shop (job shop) were overloaded for 100% of the last 5 minutes, in the mean over them. What is least critical is refused first.',
    }],
    holds: [
      { what: 'one of three is', series: { [overloaded('a')]: '1x20', [overloaded('b')]: '0x20', [overloaded('c')]: '0x20' }, at: '10m' },
      { what: 'they were, for a minute', series: { [overloaded('a')]: '0x6 1 0x13', [overloaded('b')]: '0x6 1 0x13' }, at: '10m' },
    ],
  },
  InmeshInterceptorOut: {
    fires: [{
      what: 'a step was taken out', series: { [`inmesh_interceptor_compiled_out_total{${edge}, inmesh_interceptor="tenant"}`]: '_x2 1x9' }, at: '4m',
      labels: { ...ofEdge, inmesh_interceptor: 'tenant', severity: 'warning' }, summary: 'The step tenant of catalog threw so often that it was taken out',
      description: 'In processes of shop the step tenant threw ten times within ten seconds. Calls to catalog go on without it, until its policy changes. The alert lasts until those processes are gone.',
    }],
    holds: [{ what: 'one throws now and then', series: { [`inmesh_interceptor_failures_total{${edge}, inmesh_interceptor="tenant"}`]: '0+1x10' }, at: '9m' }],
  },
  InmeshDiscoveryFailing: {
    fires: [{
      what: 'it fails for ten minutes', series: { [`inmesh_discovery_failures_total{${edge}}`]: '0+2x12' }, at: '10m',
      labels: { ...ofEdge, severity: 'warning' }, summary: 'shop does not hear where catalog is',
      description: 'The source of endpoints of catalog has been failing for minutes. The last list that it gave stays in force, and gets older.',
    }],
    holds: [
      { what: 'it failed for a minute', series: { [`inmesh_discovery_failures_total{${edge}}`]: '0 4 4x10' }, at: '4m' },
      { what: 'it never did', series: { [`inmesh_discovery_failures_total{${edge}}`]: '0x12' }, at: '10m' },
    ],
  },
  InmeshSeriesLumpedTogether: {
    fires: [{
      what: 'the SDK has begun to lump a metric’s series together', series: { 'inmesh_try_duration_count{job="shop", instance="a", otel_metric_overflow="true"}': '0+9x12' }, at: '10m',
      labels: { job: 'shop', severity: 'warning' }, summary: 'shop has more series of a metric than its SDK keeps apart',
      description: 'Metrics of shop have reached the limit of the OpenTelemetry SDK, 2,000 series each by default. What is beyond stands in one series without labels, and is missing wherever one asks by service or endpoint.',
    }],
    holds: [{ what: 'it keeps them apart', series: { [`inmesh_try_duration_count{${edge}}`]: '0+9x12' }, at: '10m' }],
  },
}
