import { labelOf, type Naming } from './naming.ts'
import { failedShare, Queries, type By } from './query.ts'

export interface Target {
  readonly query: string
  /** In Grafana's braces the labels that tell series apart. */
  readonly legend: string
}

export interface Panel {
  readonly title: string
  readonly description: string
  /** One of Grafana's units. */
  readonly unit: 'cps' | 'reqps' | 's' | 'percentunit' | 'short'
  /** The highest that makes sense. */
  readonly max?: number
  /** Where parts of one whole stand above each other. */
  readonly stacked?: true
  readonly targets: readonly Target[]
}

export interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
}

/** Grafana's own: long enough that there are at least two readings in it. */
const W = '$__rate_interval'

const SERVICE: By = ['inmesh.service']
const SERVER: By = ['inmesh.server']
const LIMIT: By = ['inmesh.limit']
const ENDPOINT: By = ['inmesh.service', 'inmesh.endpoint']

/** Every panel, in rows, from what callers see to what governance does about it. */
export function rowsOf(naming: Naming): readonly Row[] {
  const q = new Queries(naming, (labels) => [
    'job=~"$job"',
    ...(labels.includes('inmesh.service') ? ['inmesh_service=~"$service"'] : []),
    ...(labels.includes('inmesh.endpoint') ? ['inmesh_endpoint=~"$endpoint"'] : []),
    ...(labels.includes('inmesh.server') ? ['inmesh_server=~"$server"'] : []),
  ])
  // What the variable of endpoints leaves out does not change how much there is in all.
  const whole = new Queries(naming, (labels) => ['job=~"$job"', ...(labels.includes('inmesh.service') ? ['inmesh_service=~"$service"'] : [])])
  return [calls(q), tries(q, whole), budgets(q), endpoints(q), limits(q), servers(q), governance(q), edges(q, naming)]
}

function calls(q: Queries): Row {
  return {
    title: 'Calls, as callers see them',
    panels: [
      { title: 'Calls by outcome', description: 'What callers asked for, by what they got. A fallback is a degraded success; "caller" went away before there was an answer.', unit: 'reqps', stacked: true, targets: [{ query: q.rate('callDuration', W, ['inmesh.outcome']), legend: legend('inmesh.outcome') }] },
      { title: 'Success', description: 'The share of calls that did not fail, fallbacks included, of those whose callers waited for the answer.', unit: 'percentunit', max: 1, targets: [{ query: success(q), legend: legend('inmesh.service') }] },
      { title: 'Latency p50 and p99', description: 'From the call to the head of its reply or its error, retries and backups included.', unit: 's', targets: [0.5, 0.99].map((at) => ({ query: q.quantile(at, 'callDuration', W, SERVICE), legend: `${legend('inmesh.service')} p${at * 100}` })) },
      { title: 'Latency p99 by operation', description: 'The ten slowest operations.', unit: 's', targets: [{ query: `topk(10, ${q.quantile(0.99, 'callDuration', W, ['inmesh.service', 'inmesh.operation'])})`, legend: legend('inmesh.service', 'inmesh.operation') }] },
      { title: 'Failures by code', description: 'Failed calls, in the words of gRPC whatever the protocol.', unit: 'reqps', targets: [{ query: q.rate('callDuration', W, ['inmesh.service', 'inmesh.code'], { 'inmesh.outcome': 'failure' }), legend: legend('inmesh.service', 'inmesh.code') }] },
      { title: 'Refused calls by policy', description: 'Calls that a policy did not let through, with its reason: drop, limit, concurrency, breaker, or an interceptor of your own. Their callers got an error or the fallback.', unit: 'reqps', targets: [{ query: q.rate('callRefused', W, ['inmesh.service', 'inmesh.policy', 'inmesh.why']), legend: legend('inmesh.service', 'inmesh.policy', 'inmesh.why') }] },
      { title: 'Refused calls by criticality', description: 'Whom refusals hit: what is sheddable first, if policies are set so.', unit: 'reqps', stacked: true, targets: [{ query: q.rate('callRefused', W, ['inmesh.criticality']), legend: legend('inmesh.criticality') }] },
      { title: 'Fallbacks', description: 'Calls whose callers got the fallback’s value instead of an answer.', unit: 'reqps', targets: [{ query: q.rate('callFallbacks', W, ['inmesh.service', 'inmesh.operation']), legend: legend('inmesh.service', 'inmesh.operation') }] },
    ],
  }
}

function success(q: Queries): string {
  const all = q.rate('callDuration', W, SERVICE, { 'inmesh.outcome': '!=caller' })
  return `1 - ${failedShare(q.rate('callDuration', W, SERVICE, { 'inmesh.outcome': 'failure' }), all)}`
}

function tries(q: Queries, whole: Queries): Row {
  const perCall = (of: string): string => `${of} / on (${labelOf('inmesh.service')}) group_left () ${q.rate('callDuration', W, SERVICE)}`
  const extra = (key: 'extraAsked' | 'extraSent' | 'extraWon' | 'extraRefused', word: string) => ({ query: q.rate(key, W, ['inmesh.service', 'inmesh.cause']), legend: `${legend('inmesh.service', 'inmesh.cause')} ${word}` })
  return {
    title: 'Tries and extra load',
    panels: [
      { title: 'Tries by cause', description: 'What callees were asked: one for each try that was sent. All but the first of a call are extra load.', unit: 'reqps', stacked: true, targets: [{ query: whole.rate('tryDuration', W, ['inmesh.cause']), legend: legend('inmesh.cause') }] },
      { title: 'Extra load by cause', description: 'Extra tries for each call. Retries and rescues are bounded by their budget, backups by maxExtraLoad.', unit: 'percentunit', stacked: true, targets: [{ query: perCall(whole.rate('tryDuration', W, ['inmesh.service', 'inmesh.cause'], { 'inmesh.cause': '!=first' })), legend: legend('inmesh.service', 'inmesh.cause') }] },
      { title: 'Tries by outcome', description: 'What became of tries. A superseded one was given up because another one of its call was first.', unit: 'reqps', stacked: true, targets: [{ query: whole.rate('tryDuration', W, ['inmesh.outcome']), legend: legend('inmesh.outcome') }] },
      { title: 'Retries, backups and rescues: asked, sent, won', description: 'Asked is sent and refused. Won are those whose reply the caller got: what is sent and hardly ever wins is load for nothing.', unit: 'cps', targets: [extra('extraAsked', 'asked'), extra('extraSent', 'sent'), extra('extraWon', 'won')] },
      { title: 'Extra tries refused by reason', description: 'Why an extra try was not sent: the code is none to retry, the call may not be repeated, the budget is empty, too little time is left.', unit: 'cps', targets: [{ query: q.rate('extraRefused', W, ['inmesh.service', 'inmesh.cause', 'inmesh.why']), legend: legend('inmesh.service', 'inmesh.cause', 'inmesh.why') }] },
      { title: 'Time left as tries are sent', description: 'What was left of the call’s time as a try went out, in the median and for the tightest twentieth; of calls that have a limit. Near 0 tries are sent for callers who are about to give up.', unit: 's', targets: [0.05, 0.5].map((at) => ({ query: q.quantile(at, 'deadlineRemaining', W, SERVICE), legend: `${legend('inmesh.service')} p${at * 100}` })) },
      { title: 'Tries with nowhere to go', description: 'Every endpoint was as full as guard lets it be, or, of first tries, there was none (balance).', unit: 'cps', targets: [{ query: q.rate('tryRefused', W, ['inmesh.service', 'inmesh.policy', 'inmesh.why']), legend: legend('inmesh.service', 'inmesh.policy', 'inmesh.why') }] },
    ],
  }
}

function budgets(q: Queries): Row {
  const budget: By = ['inmesh.service', 'inmesh.budget']
  return {
    title: 'Budgets',
    panels: [
      { title: 'Budget balance', description: 'Extra tries that could be sent at once, of the process that has the fewest.', unit: 'short', targets: [{ query: q.now('min', 'budgetBalance', budget), legend: legend('inmesh.service', 'inmesh.budget') }] },
      { title: 'Times a budget was found empty', description: 'Each counts first after there was something in it.', unit: 'short', targets: [{ query: q.increase('budgetEmpty', W, budget), legend: legend('inmesh.service', 'inmesh.budget') }] },
      { title: 'Share of backups let through', description: 'Below 1 too many calls are late for backups to help (the storm breaker), in the process where it is lowest.', unit: 'percentunit', max: 1, targets: [{ query: q.now('min', 'backupShare', SERVICE), legend: legend('inmesh.service') }] },
    ],
  }
}

function endpoints(q: Queries): Row {
  const processes = `count by (${labelOf('inmesh.service')}) (${q.now('count', 'endpointCount', ['job', 'instance', 'inmesh.service'])})`
  return {
    title: 'Endpoints',
    panels: [
      { title: 'Endpoints by state', description: 'How many endpoints are in each state, in the mean over processes: each has its own view of them.', unit: 'short', stacked: true, targets: [{ query: `${q.now('sum', 'endpointCount', ['inmesh.service', 'inmesh.state'])} / on (${labelOf('inmesh.service')}) group_left () ${processes}`, legend: legend('inmesh.service', 'inmesh.state') }] },
      { title: 'Processes that keep an endpoint out', description: 'In how many processes an endpoint is ejected, on probation, kept off or unreachable. With endpoints: true by endpoint, else all together.', unit: 'short', targets: [{ query: q.now('sum', 'endpointCount', [...ENDPOINT, 'inmesh.state'], { 'inmesh.state': '!=in' }), legend: legend(...ENDPOINT, 'inmesh.state') }] },
      { title: 'Tries by endpoint', description: 'Where the traffic goes. An endpoint that is out of it still gets about one try a second from each process, to see whether it is well again. By endpoint only with endpoints: true.', unit: 'reqps', targets: [{ query: q.rate('tryDuration', W, ENDPOINT), legend: legend(...ENDPOINT) }] },
      { title: 'Cost by endpoint', description: 'What a try there would cost as the balancer reckons it of latency, load and errors, in medians of the pool: 1 is ordinary. Says why an endpoint gets little, mostly long before it is ejected. Only with endpoints: true.', unit: 'short', targets: [{ query: q.now('max', 'endpointCost', ENDPOINT), legend: legend(...ENDPOINT) }] },
      { title: 'Error severity by endpoint', description: 'How bad its errors weigh: 0 for none, 1 for one that only fails. Only with endpoints: true.', unit: 'short', targets: [{ query: q.now('max', 'endpointSeverity', ENDPOINT), legend: legend(...ENDPOINT) }] },
      { title: 'In flight by endpoint', description: 'Tries that count as load: those that await their head, and bodies younger than a second.', unit: 'short', targets: [{ query: q.now('sum', 'endpointInFlight', ENDPOINT), legend: legend(...ENDPOINT) }] },
      { title: 'Latency p50 by endpoint', description: 'Of first tries, their bodies included: those of backups are chosen by being late. By endpoint only with endpoints: true.', unit: 's', targets: [{ query: q.quantile(0.5, 'tryDuration', W, ENDPOINT, { 'inmesh.cause': 'first' }), legend: legend(...ENDPOINT) }] },
      { title: 'Latency p99 by endpoint', description: 'Of first tries, their bodies included. By endpoint only with endpoints: true.', unit: 's', targets: [{ query: q.quantile(0.99, 'tryDuration', W, ENDPOINT, { 'inmesh.cause': 'first' }), legend: legend(...ENDPOINT) }] },
      { title: 'Ejections', description: 'Endpoints that were taken out, by the rule that did it.', unit: 'short', targets: [{ query: q.increase('ejected', W, [...ENDPOINT, 'inmesh.why']), legend: legend(...ENDPOINT, 'inmesh.why') }] },
      { title: 'Ejections suppressed', description: 'Ejections that a guard held back: cap, last, shared-failure or panic. At most one a second for each endpoint.', unit: 'short', targets: [{ query: q.increase('suppressed', W, [...ENDPOINT, 'inmesh.why']), legend: legend(...ENDPOINT, 'inmesh.why') }] },
      { title: 'Probes and returns', description: 'Tries that went out to see whether an ejected endpoint is well, and endpoints that came back.', unit: 'short', targets: [{ query: q.increase('probes', W, ENDPOINT), legend: `${legend(...ENDPOINT)} probe` }, { query: q.increase('returned', W, ENDPOINT), legend: `${legend(...ENDPOINT)} return` }] },
      { title: 'Panic', description: '1 while in some process so many are out that ejection is ignored; and how often that began.', unit: 'short', targets: [{ query: q.now('max', 'inPanic', SERVICE), legend: `${legend('inmesh.service')} in panic` }, { query: q.increase('panics', W, SERVICE), legend: `${legend('inmesh.service')} began` }] },
      { title: 'Endpoints that asked to be left alone', description: 'By Retry-After, or keepOff of your table.', unit: 'short', targets: [{ query: q.increase('keptOff', W, ENDPOINT), legend: legend(...ENDPOINT) }] },
      { title: 'Health checks', description: 'Active checks by what they found.', unit: 'cps', targets: [{ query: q.rate('healthChecks', W, [...ENDPOINT, 'inmesh.healthy']), legend: `${legend(...ENDPOINT)} well: ${legend('inmesh.healthy')}` }] },
      { title: 'Taken out or let back by health checks', description: 'Each time that checks took an endpoint out of the traffic, or let it back.', unit: 'short', targets: [{ query: q.increase('healthChanges', W, [...ENDPOINT, 'inmesh.to']), legend: legend(...ENDPOINT, 'inmesh.to') }] },
      { title: 'Discovery failures', description: 'A source of endpoints failed; what it said last stays in force.', unit: 'short', targets: [{ query: q.increase('discoveryFailures', W, SERVICE), legend: legend('inmesh.service') }] },
    ],
  }
}

function limits(q: Queries): Row {
  const engine: By = ['inmesh.limit', 'inmesh.engine']
  return {
    title: 'Limits, breaker and the engine of global limits',
    panels: [
      { title: 'Rate limit', description: 'Calls that the rate limit let through, and those that it did not.', unit: 'reqps', targets: [{ query: q.rate('limitAdmitted', W, SERVICE), legend: `${legend('inmesh.service')} admitted` }, { query: q.rate('callRefused', W, SERVICE, { 'inmesh.policy': 'limit' }), legend: `${legend('inmesh.service')} refused` }] },
      { title: 'Concurrency', description: 'Calls that may be in flight, that are, and that wait for their turn, over all processes.', unit: 'short', targets: [{ query: q.now('sum', 'concurrencyLimit', SERVICE), legend: `${legend('inmesh.service')} limit` }, { query: q.now('sum', 'concurrencyInFlight', SERVICE), legend: `${legend('inmesh.service')} in flight` }, { query: q.now('sum', 'concurrencyWaiting', SERVICE), legend: `${legend('inmesh.service')} waiting` }] },
      { title: 'Breaker', description: 'The probability with which the service’s breaker refuses the next call, in the process where it is highest.', unit: 'percentunit', max: 1, targets: [{ query: q.now('max', 'breakerProbability', SERVICE), legend: legend('inmesh.service') }] },
      { title: 'Engine', description: 'In how many processes the engine of a global limit is connecting, up or lost.', unit: 'short', stacked: true, targets: [{ query: q.now('sum', 'engineState', [...engine, 'inmesh.state']), legend: legend(...engine, 'inmesh.state') }] },
      { title: 'Processes that share a limit', description: 'As they know of each other. Where it is not the number of your processes, some of them do not reach the engine.', unit: 'short', targets: [{ query: q.now('min', 'engineProcesses', engine), legend: legend(...engine) }] },
      { title: 'Asks for tokens', description: 'How often tokens were asked for, and what came of it.', unit: 'cps', targets: (['leaseAsked', 'leaseGranted', 'leaseRefused', 'leaseUnanswered'] as const).map((key) => ({ query: q.rate(key, W, LIMIT), legend: `${legend('inmesh.limit')} ${LEASES[key]}` })) },
      { title: 'Tokens', description: 'Granted, and of those given back without having been used.', unit: 'cps', targets: [{ query: q.rate('leaseTokens', W, LIMIT), legend: `${legend('inmesh.limit')} granted` }, { query: q.rate('leaseUnused', W, LIMIT), legend: `${legend('inmesh.limit')} unused` }] },
      { title: 'Slots leased', description: 'Calls that processes may have in flight of a limit that they have together.', unit: 'short', targets: [{ query: q.now('sum', 'leaseSlots', LIMIT), legend: legend('inmesh.limit') }] },
    ],
  }
}

const LEASES = { leaseAsked: 'asked', leaseGranted: 'granted', leaseRefused: 'refused', leaseUnanswered: 'unanswered' } as const

function servers(q: Queries): Row {
  return {
    title: 'Servers',
    panels: [
      { title: 'Requests by status', description: 'Over HTTP, by what they were answered; without a status their callers hung up.', unit: 'reqps', stacked: true, targets: [{ query: q.rate('httpServer', W, ['job', 'http.response.status_code']), legend: `{{job}} ${legend('http.response.status_code')}` }] },
      { title: 'Requests of gRPC by status', description: 'By what they were answered.', unit: 'reqps', stacked: true, targets: [{ query: q.rate('rpcServer', W, ['job', 'rpc.status_code']), legend: `{{job}} ${legend('rpc.status_code')}` }] },
      { title: 'Request latency p99', description: 'From the middleware to the end of the reply, refusals included.', unit: 's', targets: [{ query: q.quantile(0.99, 'httpServer', W, ['job']), legend: '{{job}} HTTP' }, { query: q.quantile(0.99, 'rpcServer', W, ['job']), legend: '{{job}} gRPC' }] },
      { title: 'Refused requests', description: 'Answered without their handler: dead work (deadline), limits, admission, drain.', unit: 'reqps', targets: [{ query: q.rate('serverRefused', W, ['inmesh.server', 'inmesh.policy', 'inmesh.why']), legend: legend('inmesh.server', 'inmesh.policy', 'inmesh.why') }] },
      { title: 'Shed requests by criticality', description: 'Whom admission refused: what is sheddable first.', unit: 'reqps', stacked: true, targets: [{ query: q.rate('serverRefused', W, ['inmesh.criticality'], { 'inmesh.policy': 'admission' }), legend: legend('inmesh.criticality') }] },
      { title: 'Admission limit, in flight and waiting', description: 'Requests that may be worked on at once, that are, streams and health checks included, and that wait, over all processes.', unit: 'short', targets: [{ query: q.now('sum', 'admissionLimit', SERVER), legend: `${legend('inmesh.server')} limit` }, { query: q.now('sum', 'serverInFlight', SERVER), legend: `${legend('inmesh.server')} in flight` }, { query: q.now('sum', 'serverWaiting', SERVER), legend: `${legend('inmesh.server')} waiting` }] },
      { title: 'Overloaded or draining', description: 'In how many processes there is more to do than can be done, and in how many a shutdown is under way.', unit: 'short', targets: [{ query: q.now('sum', 'admissionOverloaded', SERVER), legend: `${legend('inmesh.server')} overloaded` }, { query: q.now('sum', 'serverDraining', SERVER), legend: `${legend('inmesh.server')} draining` }] },
      { title: 'Hung up or overran', description: 'Requests whose caller has gone, by whether their handler had begun, and those whose time was up while it worked: work for nobody.', unit: 'reqps', targets: [{ query: q.rate('serverHungUp', W, ['inmesh.server', 'inmesh.began']), legend: `${legend('inmesh.server')} hung up, begun: ${legend('inmesh.began')}` }, { query: q.rate('serverOverran', W, SERVER), legend: `${legend('inmesh.server')} overran` }] },
      { title: 'Rate limits of servers', description: 'Requests that each rate limit let through, and those that it did not.', unit: 'reqps', targets: [{ query: q.rate('serverLimitAdmitted', W, ['inmesh.server', 'inmesh.why']), legend: `${legend('inmesh.server', 'inmesh.why')} admitted` }, { query: q.rate('serverRefused', W, ['inmesh.server', 'inmesh.why'], { 'inmesh.policy': 'limits' }), legend: `${legend('inmesh.server', 'inmesh.why')} refused` }] },
    ],
  }
}

function governance(q: Queries): Row {
  return {
    title: 'Governance itself',
    panels: [
      { title: 'What modes held back', description: 'How often a policy would have done something and its mode did not let it: what a rollout under observe would change.', unit: 'cps', targets: [{ query: q.rate('modeDiffered', W, ['inmesh.service', 'inmesh.policy']), legend: legend('inmesh.service', 'inmesh.policy') }] },
      { title: 'Policy changes', description: 'Services that got a new chain.', unit: 'short', targets: [{ query: q.increase('policyChanges', W, SERVICE), legend: legend('inmesh.service') }] },
      { title: 'Interceptor failures', description: 'A step threw, and the call went on without it.', unit: 'cps', targets: [{ query: q.rate('interceptorFailures', W, ['inmesh.service', 'inmesh.interceptor']), legend: legend('inmesh.service', 'inmesh.interceptor') }] },
      { title: 'Observer faults', description: 'An observer, or what follows calls for traces, threw; calls went on without it.', unit: 'short', targets: [{ query: q.increase('observerFaults', W, ['job']), legend: '{{job}}' }] },
      { title: 'Traces dropped', description: 'Calls that were worth keeping as a trace and were more than perSecond lets through.', unit: 'short', targets: [{ query: q.increase('tracesDropped', W, ['job']), legend: '{{job}}' }] },
      { title: 'Interceptors compiled out', description: 'Steps that threw so often that they were taken out, since each process began.', unit: 'short', targets: [{ query: q.now('sum', 'interceptorsOut', ['inmesh.service', 'inmesh.interceptor']), legend: legend('inmesh.service', 'inmesh.interceptor') }] },
    ],
  }
}

/** Who calls whom. Over OTLP a process's own service is its `job`; the exporter tells it apart, of the process, in `target_info`. */
function edges(q: Queries, naming: Naming): Row {
  const service = labelOf('inmesh.service')
  const source = naming === 'otlp' ? 'job' : 'service_name'
  const of = (rate: string): string => (naming === 'otlp' ? rate : `${rate} * on (job, instance) group_left (service_name) target_info`)
  const sum = (by: string, of: string): string => `sum by (${by}) (${of})`
  const rate = (outcome?: string): string => of(`rate(${q.select('callDuration', outcome === undefined ? {} : { 'inmesh.outcome': outcome }, 'count')}[${W}])`)
  const edge = `${source}, ${service}`
  const told = `{{${source}}} → {{${service}}}`
  const all = sum(edge, rate('!=caller'))
  return {
    title: 'Edges: source → destination',
    panels: [
      { title: 'Calls by edge', description: 'Who calls whom: from the service that a process is (service.name of its resource) to the service that it calls.', unit: 'reqps', targets: [{ query: sum(edge, rate()), legend: told }] },
      { title: 'Success by edge', description: 'The share of calls that did not fail, of those whose callers waited.', unit: 'percentunit', max: 1, targets: [{ query: `1 - ${failedShare(sum(edge, rate('failure')), all)}`, legend: told }] },
      { title: 'Latency p99 by edge', description: 'As callers of that source see it.', unit: 's', targets: [{ query: `histogram_quantile(0.99, ${sum(`${edge}, le`, of(`rate(${q.select('callDuration', {}, 'bucket')}[${W}])`))})`, legend: told }] },
    ],
  }
}

function legend(...labels: By): string {
  return labels.map((label) => `{{${label.replaceAll('.', '_')}}}`).join(' ')
}
