/** What every label of ours means. Labels of the semantic conventions mean what they mean there. */
export const LABELS = {
  'inmesh.service': 'the service that is called, as the mesh names it',
  'inmesh.operation': 'what is asked of it, such as `GET /items/:id`; `other` past 200 for each service',
  'inmesh.outcome': 'of a call `success`, `failure`, `fallback` (the caller got its value) or `caller` (who went away); of a try `success`, `failure`, `superseded` (another one was first) or `caller`',
  'inmesh.code': 'in the words of gRPC, whatever the protocol: `OK`, `NOT_FOUND`, `UNAVAILABLE`, …; `CANCELLED` of what was given up',
  'inmesh.cause': 'why a try was sent: `first`, `retry`, `backup`, `rescue`',
  'inmesh.policy': 'which policy decided, as the configuration names it, or the name of your own interceptor',
  'inmesh.why': 'the reason, one of a few words that the page of the policy lists',
  'inmesh.would': 'what would have been done',
  'inmesh.criticality': '`CRITICAL_PLUS`, `CRITICAL`, `SHEDDABLE_PLUS`, `SHEDDABLE`',
  'inmesh.budget': '`retry`, which all extra tries share, or `backup`',
  'inmesh.state': 'of an endpoint `in`, `ejected`, `due`, `probing`, `ramp`, `kept-off`, `unreachable`; of an engine `connecting`, `up`, `lost`',
  'inmesh.endpoint': 'its address; only with `endpoints: true`, and `other` past 1,000 for each service',
  'inmesh.interceptor': 'its name',
  'inmesh.healthy': 'whether the check found it well',
  'inmesh.to': '`reachable` or `unreachable`',
  'inmesh.limit': 'what all processes call a limit that they share, such as `catalog/limit`',
  'inmesh.engine': 'where it is counted, such as `redis`',
  'inmesh.server': 'the server, by its own name',
  'inmesh.began': 'whether its handler had begun',
} as const

/** Of the semantic conventions, version 1.45.0: `http.*`, `rpc.*`, `error.*`, `server.*` and `url.*` are theirs. */
export const CONVENTIONAL_LABELS = {
  'http.request.method': 'one of RFC 9110, or `PATCH`; `_OTHER` for what is none',
  'http.response.status_code': 'absent where no reply came',
  'http.route': 'the route without its method; absent where the framework tells none',
  'url.scheme': 'of the connection: `http` behind a proxy that ends TLS',
  'server.address': 'the host of the origin that was called, never an endpoint’s; of gRPC, and of requests that name no origin, the service’s name',
  'server.port': 'of the origin that was called; absent where none was named',
  'rpc.system.name': '`grpc`',
  'rpc.method': '`shop.Catalog/GetItem`; `_OTHER` past 200 for each service',
  'rpc.status_code': '`OK`, `NOT_FOUND`, …',
  'error.type': 'only of what failed: the status, or where none came the code (`UNAVAILABLE`, …), `superseded` of a try that another one beat, `caller` or `hung-up` where whoever waited has gone',
} as const

export type Label = keyof typeof LABELS | keyof typeof CONVENTIONAL_LABELS

/** Which group of the conventions a metric is of: what `conventions` names. */
export const CONVENTIONS = ['http.client', 'http.server', 'rpc.client', 'rpc.server'] as const
export type Convention = (typeof CONVENTIONS)[number]

export interface Metric {
  readonly name: string
  /** Gauges and totals are asked for when they are read, a total being a counter that somebody else has; the others are recorded as things happen. */
  readonly kind: 'histogram' | 'counter' | 'gauge' | 'total'
  /** In UCUM, as OpenTelemetry wants it. */
  readonly unit: string
  readonly labels: readonly Label[]
  /** Also by endpoint, where `endpoints: true` asks for it. */
  readonly byEndpoint?: true
  /** Recorded with `endpoints: true` alone. */
  readonly onlyByEndpoint?: true
  readonly convention?: Convention
  readonly meaning: string
}

/** In seconds: what the conventions advise for each of their durations. Ours have them too, so that both compare. */
export const BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** Every metric there is: instruments, documentation and tests are made of this. */
export const METRICS = {
  httpClient: { name: 'http.client.request.duration', kind: 'histogram', unit: 's', convention: 'http.client', labels: ['http.request.method', 'server.address', 'server.port', 'http.response.status_code', 'error.type'], meaning: 'One for each try that was sent over HTTP, its body included.' },
  httpServer: { name: 'http.server.request.duration', kind: 'histogram', unit: 's', convention: 'http.server', labels: ['http.request.method', 'url.scheme', 'http.route', 'http.response.status_code', 'error.type'], meaning: 'One for each request that came, whatever became of it: from the middleware to the end of its reply, its refusal, or its caller’s hanging up.' },
  rpcClient: { name: 'rpc.client.call.duration', kind: 'histogram', unit: 's', convention: 'rpc.client', labels: ['rpc.system.name', 'rpc.method', 'rpc.status_code', 'server.address', 'error.type'], meaning: 'One for each call of gRPC, all its tries included, to its status; of a reply that streams, to its first message.' },
  rpcServer: { name: 'rpc.server.call.duration', kind: 'histogram', unit: 's', convention: 'rpc.server', labels: ['rpc.system.name', 'rpc.method', 'rpc.status_code', 'error.type'], meaning: 'One for each call of gRPC that came, to its status or its caller’s hanging up.' },

  callDuration: { name: 'inmesh.call.duration', kind: 'histogram', unit: 's', labels: ['inmesh.service', 'inmesh.operation', 'inmesh.outcome', 'inmesh.code'], meaning: 'What callers saw: one for each call, to the head of its reply or its error, whatever happened inside. Its count is the number of calls.' },
  callRefused: { name: 'inmesh.call.refused', kind: 'counter', unit: '{call}', labels: ['inmesh.service', 'inmesh.operation', 'inmesh.policy', 'inmesh.why', 'inmesh.criticality'], meaning: 'Calls that a policy did not let through: `drop`, `limit`, `concurrency`, `breaker`, or an interceptor of yours.' },
  callFallbacks: { name: 'inmesh.call.fallbacks', kind: 'counter', unit: '{call}', labels: ['inmesh.service', 'inmesh.operation', 'inmesh.criticality'], meaning: 'Calls whose callers got the fallback’s value.' },
  tryDuration: { name: 'inmesh.try.duration', kind: 'histogram', unit: 's', byEndpoint: true, labels: ['inmesh.service', 'inmesh.operation', 'inmesh.cause', 'inmesh.outcome', 'inmesh.code'], meaning: 'What the callee was asked: one for each try that was sent to an endpoint, its body included. Its count over that of calls is the extra load.' },
  tryRefused: { name: 'inmesh.try.refused', kind: 'counter', unit: '{try}', labels: ['inmesh.service', 'inmesh.operation', 'inmesh.policy', 'inmesh.why'], meaning: 'Tries that were decided and had nowhere to go: every endpoint was as full as `guard` lets it be, or, of first tries, there was none (`balance`).' },
  extraAsked: { name: 'inmesh.extra_try.asked', kind: 'counter', unit: '{try}', labels: ['inmesh.service', 'inmesh.operation', 'inmesh.cause'], meaning: 'Times that an extra try was considered: those sent and those refused.' },
  extraSent: { name: 'inmesh.extra_try.sent', kind: 'counter', unit: '{try}', labels: ['inmesh.service', 'inmesh.operation', 'inmesh.cause'], meaning: 'Extra tries that went out.' },
  extraWon: { name: 'inmesh.extra_try.won', kind: 'counter', unit: '{try}', labels: ['inmesh.service', 'inmesh.operation', 'inmesh.cause'], meaning: 'Extra tries whose reply the caller got.' },
  extraRefused: { name: 'inmesh.extra_try.refused', kind: 'counter', unit: '{try}', labels: ['inmesh.service', 'inmesh.operation', 'inmesh.cause', 'inmesh.why'], meaning: 'Extra tries that were not sent.' },
  backupShare: { name: 'inmesh.backup.share', kind: 'gauge', unit: '1', labels: ['inmesh.service'], meaning: 'The share of backups that may go out, 0 to 1: below 1 too many calls are late for backups to help.' },
  budgetBalance: { name: 'inmesh.budget.balance', kind: 'gauge', unit: '{try}', labels: ['inmesh.service', 'inmesh.budget'], meaning: 'Extra tries that could be sent at once.' },
  budgetEmpty: { name: 'inmesh.budget.empty', kind: 'counter', unit: '{time}', labels: ['inmesh.service', 'inmesh.budget'], meaning: 'Times that an extra try found no budget, each first after there was some.' },

  endpointCount: { name: 'inmesh.endpoint.count', kind: 'gauge', unit: '{endpoint}', byEndpoint: true, labels: ['inmesh.service', 'inmesh.state'], meaning: 'Endpoints in each state.' },
  endpointInFlight: { name: 'inmesh.endpoint.in_flight', kind: 'gauge', unit: '{try}', byEndpoint: true, labels: ['inmesh.service'], meaning: 'Tries that count as load: those that await their head, and bodies younger than a second.' },
  endpointSeverity: { name: 'inmesh.endpoint.severity', kind: 'gauge', unit: '1', byEndpoint: true, onlyByEndpoint: true, labels: ['inmesh.service'], meaning: 'How bad an endpoint’s errors weigh: 0 for none, 1 for one that only fails by the default table.' },
  endpointCost: { name: 'inmesh.endpoint.cost', kind: 'gauge', unit: '1', byEndpoint: true, onlyByEndpoint: true, labels: ['inmesh.service'], meaning: 'What a try there would cost, as the balancer reckons it of latency, load and errors, in medians of the pool: 1 is ordinary, above 3 it gets next to nothing.' },
  ejected: { name: 'inmesh.ejection.enforced', kind: 'counter', unit: '{ejection}', byEndpoint: true, labels: ['inmesh.service', 'inmesh.why'], meaning: 'Endpoints that were taken out.' },
  suppressed: { name: 'inmesh.ejection.suppressed', kind: 'counter', unit: '{ejection}', byEndpoint: true, labels: ['inmesh.service', 'inmesh.why', 'inmesh.would'], meaning: 'Ejections that a guard held back; at most one a second for each endpoint.' },
  probes: { name: 'inmesh.ejection.probes', kind: 'counter', unit: '{try}', byEndpoint: true, labels: ['inmesh.service'], meaning: 'Calls that went out to see whether an ejected endpoint is well.' },
  returned: { name: 'inmesh.ejection.returns', kind: 'counter', unit: '{ejection}', byEndpoint: true, labels: ['inmesh.service'], meaning: 'Endpoints that came back.' },
  keptOff: { name: 'inmesh.endpoint.kept_off', kind: 'counter', unit: '{time}', byEndpoint: true, labels: ['inmesh.service'], meaning: 'Times that an endpoint asked to be left alone (`Retry-After`).' },
  panics: { name: 'inmesh.ejection.panics', kind: 'counter', unit: '{time}', labels: ['inmesh.service'], meaning: 'Times that so many were out that ejection was ignored from then on.' },
  inPanic: { name: 'inmesh.ejection.in_panic', kind: 'gauge', unit: '1', labels: ['inmesh.service'], meaning: '1 while so many are out that ejection is ignored.' },
  healthChecks: { name: 'inmesh.health.checks', kind: 'counter', unit: '{check}', byEndpoint: true, labels: ['inmesh.service', 'inmesh.healthy'], meaning: 'Active health checks.' },
  healthChanges: { name: 'inmesh.health.changes', kind: 'counter', unit: '{change}', byEndpoint: true, labels: ['inmesh.service', 'inmesh.to'], meaning: 'Times that checks took an endpoint out of the traffic, or let it back.' },
  discoveryFailures: { name: 'inmesh.discovery.failures', kind: 'counter', unit: '{time}', labels: ['inmesh.service'], meaning: 'Times that a source of endpoints failed; what it said last stays.' },

  breakerProbability: { name: 'inmesh.breaker.probability', kind: 'gauge', unit: '1', labels: ['inmesh.service'], meaning: 'With which the service’s breaker refuses the next call.' },
  concurrencyLimit: { name: 'inmesh.concurrency.limit', kind: 'gauge', unit: '{call}', labels: ['inmesh.service'], meaning: 'Calls that may be in flight.' },
  concurrencyInFlight: { name: 'inmesh.concurrency.in_flight', kind: 'gauge', unit: '{call}', labels: ['inmesh.service'], meaning: 'Calls that are, of those that the limit counts.' },
  concurrencyWaiting: { name: 'inmesh.concurrency.waiting', kind: 'gauge', unit: '{call}', labels: ['inmesh.service'], meaning: 'Calls that wait for their turn.' },
  limitAdmitted: { name: 'inmesh.limit.admitted', kind: 'total', unit: '{call}', labels: ['inmesh.service'], meaning: 'Calls that the rate limit let through. Those that it did not are in `inmesh.call.refused`.' },
  engineState: { name: 'inmesh.engine.state', kind: 'gauge', unit: '1', labels: ['inmesh.limit', 'inmesh.engine', 'inmesh.state'], meaning: '1 for the state in which the engine of a limit of many processes is.' },
  engineProcesses: { name: 'inmesh.engine.processes', kind: 'gauge', unit: '{process}', labels: ['inmesh.limit', 'inmesh.engine'], meaning: 'Processes that share it.' },
  leaseAsked: { name: 'inmesh.lease.asked', kind: 'counter', unit: '{ask}', labels: ['inmesh.limit'], meaning: 'Asks for tokens.' },
  leaseGranted: { name: 'inmesh.lease.granted', kind: 'counter', unit: '{ask}', labels: ['inmesh.limit'], meaning: 'Asks that were granted.' },
  leaseRefused: { name: 'inmesh.lease.refused', kind: 'counter', unit: '{ask}', labels: ['inmesh.limit'], meaning: 'Asks that were not: the rate is used up.' },
  leaseUnanswered: { name: 'inmesh.lease.unanswered', kind: 'counter', unit: '{ask}', labels: ['inmesh.limit'], meaning: 'Asks that got no answer in time.' },
  leaseTokens: { name: 'inmesh.lease.tokens', kind: 'counter', unit: '{token}', labels: ['inmesh.limit'], meaning: 'Tokens that were granted.' },
  leaseUnused: { name: 'inmesh.lease.unused', kind: 'counter', unit: '{token}', labels: ['inmesh.limit'], meaning: 'Tokens that were granted, never used, and given back.' },
  leaseSlots: { name: 'inmesh.lease.slots', kind: 'gauge', unit: '{call}', labels: ['inmesh.limit'], meaning: 'Calls that this process may have in flight of all processes’ together, as leased.' },

  deadlineRemaining: { name: 'inmesh.deadline.remaining', kind: 'histogram', unit: 's', labels: ['inmesh.service', 'inmesh.operation'], meaning: 'What was left of a call’s time as a try was sent to an endpoint; of calls that have a limit.' },

  modeDiffered: { name: 'inmesh.mode.differences', kind: 'counter', unit: '{time}', labels: ['inmesh.service', 'inmesh.operation', 'inmesh.policy'], meaning: 'Times that a policy would have done something and its mode did not let it. Of servers `inmesh.service` is the server.' },
  policyChanges: { name: 'inmesh.policy.changes', kind: 'counter', unit: '{change}', labels: ['inmesh.service'], meaning: 'New chains.' },
  interceptorFailures: { name: 'inmesh.interceptor.failures', kind: 'counter', unit: '{time}', labels: ['inmesh.service', 'inmesh.interceptor'], meaning: 'Times that a step threw; the call went on without it.' },
  interceptorsOut: { name: 'inmesh.interceptor.compiled_out', kind: 'counter', unit: '{time}', labels: ['inmesh.service', 'inmesh.interceptor'], meaning: 'Times that a step threw too often and was taken out.' },

  observerFaults: { name: 'inmesh.observer.faults', kind: 'total', unit: '{time}', labels: [], meaning: 'Times that an observer, or what follows calls for one, has thrown; calls went on without it.' },
  tracesDropped: { name: 'inmesh.trace.dropped', kind: 'total', unit: '{call}', labels: [], meaning: 'Calls that were worth keeping as a trace and were too many in their second.' },

  serverRefused: { name: 'inmesh.server.request.refused', kind: 'counter', unit: '{request}', labels: ['inmesh.server', 'inmesh.operation', 'inmesh.policy', 'inmesh.why', 'inmesh.criticality'], meaning: 'Requests that were answered without their handler: `deadline`, `limits`, `admission` (what was shed), `drain`.' },
  serverOverran: { name: 'inmesh.server.request.overran', kind: 'counter', unit: '{request}', labels: ['inmesh.server', 'inmesh.operation', 'inmesh.criticality'], meaning: 'Requests whose time was up while their handler worked.' },
  serverHungUp: { name: 'inmesh.server.request.hung_up', kind: 'counter', unit: '{request}', labels: ['inmesh.server', 'inmesh.operation', 'inmesh.criticality', 'inmesh.began'], meaning: 'Requests whose caller has gone.' },
  serverLimitAdmitted: { name: 'inmesh.server.limit.admitted', kind: 'total', unit: '{request}', labels: ['inmesh.server', 'inmesh.why'], meaning: 'Requests that a rate limit let through, by its name. Those that it did not are in `inmesh.server.request.refused`.' },
  serverInFlight: { name: 'inmesh.server.in_flight', kind: 'gauge', unit: '{request}', labels: ['inmesh.server'], meaning: 'Requests at their handlers, streams and health checks included.' },
  serverWaiting: { name: 'inmesh.server.waiting', kind: 'gauge', unit: '{request}', labels: ['inmesh.server'], meaning: 'Requests that wait for their turn.' },
  serverDraining: { name: 'inmesh.server.draining', kind: 'gauge', unit: '1', labels: ['inmesh.server'], meaning: '1 while a shutdown is under way.' },
  admissionLimit: { name: 'inmesh.server.admission.limit', kind: 'gauge', unit: '{request}', labels: ['inmesh.server'], meaning: 'Requests that may be worked on at once.' },
  admissionOverloaded: { name: 'inmesh.server.admission.overloaded', kind: 'gauge', unit: '1', labels: ['inmesh.server'], meaning: '1 while there is more to do than can be done.' },
} as const

export type MetricKey = keyof typeof METRICS

/** Those of one kind. */
export type KeyOf<Kind extends Metric['kind']> = { [K in MetricKey]: (typeof METRICS)[K]['kind'] extends Kind ? K : never }[MetricKey]
