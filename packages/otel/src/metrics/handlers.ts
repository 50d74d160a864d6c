import type { MeshEvent } from '@inmesh/pipeline'
import { refusedWhat } from '../refused-what.ts'
import { recordHttpClient, recordRpcClient, recordServer } from './conventions.ts'
import type { Recording } from './recording.ts'

type Type = MeshEvent['type']
type EventOf<T extends Type> = Extract<MeshEvent, { readonly type: T }>
type Handlers = { readonly [T in Type]: ((event: EventOf<T>, to: Recording) => void) | undefined }

/** Writes down what an event says. One that is not known says nothing. */
export function write(event: MeshEvent, to: Recording): void {
  // Each handler stands at its own type.
  const handler = handlers[event.type] as ((event: MeshEvent, to: Recording) => void) | undefined
  handler?.(event, to)
}

const CAUSES = { retried: 'retry', 'backed-up': 'backup', rescued: 'rescue' } as const

function sent(event: EventOf<'retried' | 'backed-up' | 'rescued'>, to: Recording): void {
  const attributes = { ...to.operationOf(event), 'inmesh.cause': CAUSES[event.type] }
  to.count('extraAsked', attributes)
  to.count('extraSent', attributes)
}

function refused(event: EventOf<'refused'>, to: Recording): void {
  const why = to.values.word(event.why)
  const policy = to.values.word(event.policy)
  const attributes = to.operationOf(event)
  switch (refusedWhat(event)) {
    case 'extra try':
      to.count('extraAsked', { ...attributes, 'inmesh.cause': policy })
      return to.count('extraRefused', { ...attributes, 'inmesh.cause': policy, 'inmesh.why': why })
    case 'try': return to.count('tryRefused', { ...attributes, 'inmesh.policy': policy, 'inmesh.why': why })
    case 'call': return to.count('callRefused', { ...attributes, 'inmesh.policy': policy, 'inmesh.why': why, 'inmesh.criticality': event.criticality })
  }
}

function tried(event: EventOf<'tried'>, to: Recording): void {
  const { outcome, latency, wire } = event
  to.time('tryDuration', latency, to.addEndpoint({
    'inmesh.service': to.values.service(event.service),
    'inmesh.operation': to.values.operation(event.service, event.operation),
    'inmesh.cause': event.cause,
    'inmesh.outcome': outcome.kind === 'ignored' ? outcome.why : outcome.kind,
    'inmesh.code': outcome.kind === 'ignored' ? 'CANCELLED' : outcome.code,
  }, event))
  if (wire?.protocol === 'http') recordHttpClient(to, event, wire)
}

function picked(event: EventOf<'picked'>, to: Recording): void {
  if (event.remaining !== undefined) to.time('deadlineRemaining', event.remaining, to.operationOf(event))
}

function ended(event: EventOf<'ended'>, to: Recording): void {
  const { outcome, latency, fallback, answeredBy, wire } = event
  to.time('callDuration', latency, {
    'inmesh.service': to.values.service(event.service),
    'inmesh.operation': to.values.operation(event.service, event.operation),
    'inmesh.outcome': fallback ? 'fallback' : outcome.kind === 'ignored' ? 'caller' : outcome.kind,
    'inmesh.code': outcome.kind === 'ignored' ? 'CANCELLED' : outcome.code,
  })
  if (fallback) to.count('callFallbacks', { ...to.operationOf(event), 'inmesh.criticality': event.criticality })
  else if (answeredBy !== undefined && answeredBy !== 'first') to.count('extraWon', { ...to.operationOf(event), 'inmesh.cause': answeredBy })
  if (wire?.protocol === 'grpc') recordRpcClient(to, event, wire)
}

/** The compiler holds it complete: an event without a metric says so here. */
const handlers: Handlers = {
  picked,
  tried,
  ended,
  retried: sent,
  'backed-up': sent,
  rescued: sent,
  refused,
  'budget-empty': (event, to) => to.count('budgetEmpty', { ...to.of(event), 'inmesh.budget': event.budget }),
  'mode-differed': (event, to) => to.count('modeDiffered', { ...to.operationOf(event), 'inmesh.policy': to.values.word(event.policy) }),
  ejected: (event, to) => to.count('ejected', { ...to.endpointOf(event), 'inmesh.why': event.why }),
  'ejection-suppressed': (event, to) => to.count('suppressed', { ...to.endpointOf(event), 'inmesh.why': event.why, 'inmesh.would': event.would }),
  probe: (event, to) => to.count('probes', to.endpointOf(event)),
  returned: (event, to) => to.count('returned', to.endpointOf(event)),
  'kept-off': (event, to) => to.count('keptOff', to.endpointOf(event)),
  panic: (event, to) => {
    if (event.on) to.count('panics', to.of(event))
  },
  'health-checked': (event, to) => to.count('healthChecks', { ...to.endpointOf(event), 'inmesh.healthy': event.ok }),
  unreachable: (event, to) => to.count('healthChanges', { ...to.endpointOf(event), 'inmesh.to': 'unreachable' }),
  reachable: (event, to) => to.count('healthChanges', { ...to.endpointOf(event), 'inmesh.to': 'reachable' }),
  'discovery-failed': (event, to) => to.count('discoveryFailures', to.of(event)),
  'policy-changed': (event, to) => to.count('policyChanges', to.of(event)),
  'interceptor-failed': (event, to) => to.count('interceptorFailures', { ...to.of(event), 'inmesh.interceptor': to.values.word(event.interceptor) }),
  'compiled-out': (event, to) => to.count('interceptorsOut', { ...to.of(event), 'inmesh.interceptor': to.values.word(event.interceptor) }),
  'lease-asked': (event, to) => {
    to.count('leaseAsked', to.limit(event))
    if (event.settle < 0) to.count('leaseUnused', to.limit(event), -event.settle)
  },
  'lease-granted': (event, to) => {
    to.count('leaseGranted', to.limit(event))
    to.count('leaseTokens', to.limit(event), event.tokens)
  },
  'lease-refused': (event, to) => to.count('leaseRefused', to.limit(event)),
  'lease-unanswered': (event, to) => to.count('leaseUnanswered', to.limit(event)),
  'request-ended': (event, to) => recordServer(to, event, event.latency, { status: event.status, code: event.code }),
  'request-refused': (event, to) => {
    to.count('serverRefused', { ...to.server(event), 'inmesh.policy': to.values.word(event.policy), 'inmesh.why': to.values.word(event.why), 'inmesh.criticality': event.criticality })
    recordServer(to, event, event.latency, { status: event.status })
  },
  'request-overran': (event, to) => to.count('serverOverran', { ...to.server(event), 'inmesh.criticality': event.criticality }),
  'request-hung-up': (event, to) => {
    to.count('serverHungUp', { ...to.server(event), 'inmesh.criticality': event.criticality, 'inmesh.began': event.began })
    recordServer(to, event, event.after, {})
  },
  // Gauges ask for what these tell of, so that it is as it is when it is read.
  storm: undefined,
  breaker: undefined,
  concurrency: undefined,
  'slots-leased': undefined,
  'engine-changed': undefined,
  'shares-changed': undefined,
  'severity-changed': undefined,
  'endpoints-changed': undefined,
  admission: undefined,
  overloaded: undefined,
  recovered: undefined,
  draining: undefined,
  drained: undefined,
  // Counted when they end.
  'request-began': undefined,
  // Once for each, and for people.
  'discovery-noted': undefined,
  'passed-through': undefined,
}
