import { readScenario, runReal, type Scenario } from '@inmesh/lab'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../programs/free-port.ts'
import { queriesOf, variablesOf } from './dashboard.ts'
import { everything } from './everything.ts'
import { installing } from './prometheus-binary.ts'
import { prometheusServer, type PrometheusServer, type Series } from './prometheus-server.ts'

// The demo's bad day as `npm run demo` plays it, read by a real Prometheus once a second, and asked of nothing but that.

/** What its last two faults need to be over in: the demo ends three seconds after them. */
const AFTERWARDS = 13_000

interface Step {
  readonly what: 'begin' | 'end'
  readonly fault: string
  /** Seconds since 1970. */
  readonly at: number
}

interface Day {
  readonly server: PrometheusServer
  readonly from: number
  readonly to: number
  readonly steps: readonly Step[]
  readonly scenario: Scenario
  /** Where each replica was. */
  readonly addresses: ReadonlyMap<string, string>
  readonly end: () => Promise<void>
}

let day: Day

beforeAll(async () => { day = await badDay() }, installing + 90_000)
afterAll(() => day.end())

async function badDay(): Promise<Day> {
  const demo = readScenario(fileURLToPath(import.meta.resolve('@inmesh/lab/scenarios/bad-day.json')))
  if (demo.load.arrivals !== 'poisson') throw new Error('the demo has other arrivals')
  const scenario: Scenario = { ...demo, load: { ...demo.load, duration: demo.load.duration + AFTERWARDS } }
  const contender = scenario.contenders.find(({ kind }) => kind === 'inmesh')!
  const [lab, all] = [await freePort(), await freePort()]
  const server = await prometheusServer({ jobs: { lab, everything: all }, rules: [fileURLToPath(import.meta.resolve('@inmesh/otel/prometheus/rules.yml'))] })
  const others = await everything(all)
  const end = async (): Promise<void> => {
    await others[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  }
  try {
    const from = Date.now() / 1000
    const addresses = new Map<string, string>()
    const steps: Step[] = []
    await runReal(scenario, contender, 1, {
      endpoints: (told) => { for (const { name, url } of told) addresses.set(name, url) },
      step: ({ what, fault }) => steps.push({ what, fault: fault.name, at: Date.now() / 1000 }),
    }, { metrics: lab })
    return { server, from, to: Date.now() / 1000, steps, scenario, addresses, end }
  } catch (error) {
    await end()
    throw error
  }
}

describe('the dashboard', () => {
  /** What nothing in the demo does, and who would. */
  const empty: Readonly<Record<string, string>> = {
    'Refused calls by policy': 'no drop, limit, breaker or concurrency is set',
    'Refused calls by criticality': 'as above',
    Fallbacks: 'no fallback is set',
    'Tries with nowhere to go': 'no guard is set, and there are endpoints',
    'Health checks': 'no health checks are set',
    'Taken out or let back by health checks': 'as above',
    'Rate limit, A': 'no limit is set',
    'Rate limit, B': 'as above',
    'Concurrency, A': 'no concurrency limit is set',
    'Concurrency, B': 'as above',
    'Concurrency, C': 'as above',
    Breaker: 'no breaker is set',
    Engine: 'no limit is global',
    'Processes that share a limit': 'as above',
    'Asks for tokens, A': 'as above',
    'Asks for tokens, B': 'as above',
    'Asks for tokens, C': 'as above',
    'Asks for tokens, D': 'as above',
    'Tokens, A': 'as above',
    'Tokens, B': 'as above',
    'Slots leased': 'as above',
    'Requests by status': 'the demo’s replicas are bare servers',
    'Requests of gRPC by status': 'as above',
    'Request latency p99, A': 'as above',
    'Request latency p99, B': 'as above',
    'Refused requests': 'as above',
    'Shed requests by criticality': 'as above',
    'Admission limit, in flight and waiting, A': 'as above',
    'Admission limit, in flight and waiting, B': 'as above',
    'Admission limit, in flight and waiting, C': 'as above',
    'Overloaded or draining, A': 'as above',
    'Overloaded or draining, B': 'as above',
    'Hung up or overran, A': 'as above',
    'Hung up or overran, B': 'as above',
    'Rate limits of servers, A': 'as above',
    'Rate limits of servers, B': 'as above',
    'What modes held back': 'every mode is on',
    'Interceptor failures': 'no step throws',
    'Traces dropped': 'no traces are kept',
    'Interceptors compiled out': 'no step throws',
  }
  /** There where a call fails that may not be repeated, and where a second endpoint would be ejected before the first is back. */
  const byChance: ReadonlySet<string> = new Set(['Failures by code', 'Ejections suppressed'])

  test('shows the demo, but for the panels of what nothing there does', async () => {
    const without: string[] = []
    for (const { name, expr } of queriesOf('lab', '4s')) if (!hasData(await day.server.range(expr, day))) without.push(name)
    expect(without.filter((name) => !byChance.has(name))).toEqual(Object.keys(empty))
  })

  test('shows everything of a process in which everything happens', async () => {
    const without: string[] = []
    for (const { name, expr } of queriesOf('everything', '4s')) if (!hasData(await day.server.range(expr, day))) without.push(name)
    expect(without).toEqual([])
  })

  test('offers what there is to choose from', async () => {
    const offered = await Promise.all(variablesOf('.*').map(async ({ name, label, selector }) => [name, await day.server.labelValues(label, selector)]))
    expect(Object.fromEntries(offered)).toEqual({
      job: ['everything', 'lab'], service: ['catalog'], server: ['shop'],
      endpoint: ['10.0.0.1:8080', ...day.addresses.values()].toSorted(),
    })
  })
})

describe('the rules', () => {
  test('are loaded, and each is evaluated without an error', async () => {
    const rules = await day.server.rules()
    expect(rules).toHaveLength(15)
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([])
  })

  test('ring nobody on a day that callers do not feel', async () => {
    const firing = async (job: string) => (await day.server.range(`ALERTS{alertstate="firing", job="${job}"}`, day)).map(({ metric }) => metric['alertname'])
    expect(await firing('lab')).toEqual([])
    // Where everything happens they do ring.
    expect(await firing('everything')).toEqual(expect.arrayContaining(['InmeshErrorBudgetBurnsFast', 'InmeshInterceptorOut']))
  })
})

describe('each fault of the day is told by the metrics alone', () => {
  // The balancer leaves an endpoint that is slow, hangs or fails mostly before it has failed five times in a row: counters of
  // ejections alone would tell of one or two of the six. Nor do tries alone tell: of five healthy endpoints one may get little
  // for ten seconds, since the cheapest get most. Out is who is hardly tried and is not well, by what tries say themselves.
  const of = (what: string, more = ''): string => `sum by (inmesh_endpoint) (rate(inmesh_try_duration_${what}{job="lab"${more}}[4s]))`
  const TRIES = of('count')
  const LATENCY = `${of('sum')} / ${TRIES}`
  const HARDLY_TRIED = `${TRIES} < scalar(avg(${TRIES})) / 3`
  const NOT_WELL = `${of('count', ', inmesh_outcome="success"')} == 0 or ${LATENCY} > 4 * scalar(quantile(0.5, ${LATENCY}))`
  const OUT = `(${HARDLY_TRIED}) and (${NOT_WELL})`

  /** Of the faults' beginnings and ends, in seconds, the 4 s of the query among them. On days that were measured 1–4 s and 1–7 s. */
  const WITHIN = 7
  const RETURN = 10
  /** Of four tries one may be slow because the machine is: for a moment that is true of anybody. */
  const BRIEF = 2

  interface Fault {
    readonly name: string
    readonly endpoint: string
    readonly begin: number
    readonly end: number
  }

  function faults(): readonly Fault[] {
    return day.scenario.faults.map(({ name, targets: [replica = ''] }) => {
      const at = (what: Step['what']): number => day.steps.find((step) => step.what === what && step.fault === name)!.at
      return { name, endpoint: day.addresses.get(replica)!, begin: at('begin'), end: at('end') }
    })
  }

  test('who was out of the traffic, since when, and when it was back, and that nobody else was', async () => {
    const measured = { from: faults()[0]!.begin - 4, to: day.to }
    const outs = (await day.server.range(OUT, measured)).flatMap(intervalsOf)
    const claimed = new Set<Interval>()
    const found = faults().map(({ name, endpoint, begin, end }) => {
      const own = outs.filter((out) => out.endpoint === endpoint && out.since >= begin && out.since < end + RETURN)
      for (const out of own) claimed.add(out)
      const [out, back] = [(own[0]?.since ?? Infinity) - begin, (own.at(-1)?.until ?? Infinity) - end]
      return { name, seen: out <= WITHIN && back >= 0 && back <= RETURN, out, back }
    })
    expect(found.filter(({ seen }) => !seen)).toEqual([])
    expect(found).toHaveLength(6)
    expect(outs.filter((out) => !claimed.has(out) && out.until - out.since > BRIEF)).toEqual([])
  })

  test('each endpoint that was ejected had a fault, and is in again', async () => {
    const ejections = (await day.server.range('sum by (inmesh_endpoint) (inmesh_ejection_enforced_total{job="lab"})', day)).flatMap(stepsOf)
    const innocent = ejections.filter(({ endpoint, at }) => !faults().some((fault) => fault.endpoint === endpoint && at >= fault.begin && at <= fault.end + RETURN))
    expect(innocent).toEqual([])
    const returns = (await day.server.range('sum by (inmesh_endpoint) (inmesh_ejection_returns_total{job="lab"})', day)).flatMap(stepsOf)
    for (const { endpoint, at } of ejections) expect(returns.filter((back) => back.endpoint === endpoint && back.at > at), endpoint).not.toEqual([])
    const out = await day.server.range('sum(inmesh_endpoint_count{job="lab", inmesh_state!~"in|ramp"})', { from: day.to - 3, to: day.to })
    expect(out.flatMap(({ values }) => values.map(([, value]) => Number(value))).at(-1)).toBe(0)
  })

  interface Interval {
    readonly endpoint: string
    readonly since: number
    readonly until: number
  }

  /** Of a comparison, which has values only while it holds: one for each stretch without a gap. */
  function intervalsOf({ metric, values }: Series): readonly Interval[] {
    const found: Interval[] = []
    for (const [at] of values) {
      const last = found.at(-1)
      if (last !== undefined && at - last.until <= 1) found[found.length - 1] = { ...last, until: at + 1 }
      else found.push({ endpoint: metric['inmesh_endpoint'] ?? '', since: at, until: at + 1 })
    }
    return found
  }

  /** When a counter grew. */
  function stepsOf({ metric, values }: Series): readonly { readonly endpoint: string; readonly at: number }[] {
    return values.flatMap(([at, value], index) => (index > 0 && Number(value) > Number(values[index - 1]?.[1]) ? [{ endpoint: metric['inmesh_endpoint'] ?? '', at }] : []))
  }
})

function hasData(series: readonly Series[]): boolean {
  return series.some(({ values }) => values.some(([, value]) => Number.isFinite(Number(value))))
}
