export interface SpanAttribute {
  /** The spans, or their events or links, that have it. */
  readonly on: 'request' | 'call, try, request' | 'call, request' | 'call, request, event' | 'call' | 'try' | 'event' | 'link' | 'call, try' | 'call, event' | 'try, event'
  readonly meaning: string
}

/** Every attribute of our own; those of the semantic conventions stand in docs/spans.md by name alone. */
export const SPAN_ATTRIBUTES = {
  'inmesh.service': { on: 'call, try', meaning: 'The service that was called.' },
  'inmesh.operation': { on: 'call, try', meaning: 'Its operation, such as `GET /items/:id`.' },
  'inmesh.criticality': { on: 'call, request', meaning: 'CRITICAL_PLUS, CRITICAL, SHEDDABLE_PLUS or SHEDDABLE.' },
  'inmesh.deadline_ms': { on: 'call, try, request', meaning: 'What was left of the call’s time as it, or the try, began, or as the request came; absent where nobody set a limit.' },
  'inmesh.tries': { on: 'call', meaning: 'Tries that were made.' },
  'inmesh.outcome': { on: 'call, try', meaning: '`success`, `failure`, `superseded` (another try won) or `caller` (who had asked has left).' },
  'inmesh.code': { on: 'call, try', meaning: 'The code of the outcome, in gRPC’s words.' },
  'inmesh.reach': { on: 'try', meaning: 'Of a failure, how far the request got: `unsent`, `refused` or `processed`.' },
  'inmesh.answered_by': { on: 'call', meaning: 'Why the try was sent whose reply the caller got: `first`, `retry`, `backup` or `rescue`.' },
  'inmesh.fallback': { on: 'call', meaning: '`true` where the caller got the fallback’s value.' },
  'inmesh.head_ms': { on: 'call, try', meaning: 'Milliseconds to the head of the reply, where a body came behind it.' },
  'inmesh.waited_ms': { on: 'call, request', meaning: 'Milliseconds that the call waited for its turn before its first try, where a limit or discovery made it wait; that a request waited for its handler, or its refusal.' },
  'inmesh.kept': { on: 'call', meaning: 'Why a call that was not sampled was kept: `slow`, `failed`, `retried` or `refused`.' },
  'inmesh.slow_over_ms': { on: 'call', meaning: 'Of one that was kept as slow: the percentile that it was over.' },
  'inmesh.endpoint': { on: 'try', meaning: 'The endpoint to which it went.' },
  'inmesh.cause': { on: 'try, event', meaning: 'Why it was sent: `first`, `retry`, `backup` or `rescue`.' },
  'inmesh.ordinal': { on: 'try, event', meaning: '0 for the first try of the call.' },
  'inmesh.after_ms': { on: 'event', meaning: 'Milliseconds since the call began.' },
  'inmesh.resends': { on: 'try', meaning: 'Times that the client sent it anew by itself, on a new connection in place of one that had just been closed.' },
  'inmesh.pick.by': { on: 'try', meaning: 'What chose the endpoint: the balancing strategy, `explored` or `probe`.' },
  'inmesh.pick.cost': { on: 'try', meaning: 'What it cost: its latency in medians of the operation’s, times what it had in flight, and more for its errors.' },
  'inmesh.pick.median': { on: 'try', meaning: 'What half of the endpoints cost less than, in the same unit.' },
  'inmesh.pick.among': { on: 'try', meaning: 'Endpoints that could be picked.' },
  'inmesh.pick.of': { on: 'try', meaning: 'Endpoints that were known.' },
  'inmesh.policy': { on: 'call, request, event', meaning: 'The policy that refused, or would have done something.' },
  'inmesh.why': { on: 'call, request, event', meaning: 'Its reason.' },
  'inmesh.detail': { on: 'request', meaning: 'The same in a sentence, with the numbers, as the reply says it.' },
  'inmesh.would': { on: 'event', meaning: 'What a policy would have done, had its mode let it.' },
  'inmesh.interceptor': { on: 'event', meaning: 'A step that threw.' },
  'inmesh.doubles': { on: 'link', meaning: '`true`: from a backup or a rescue to each try beside which it was sent.' },
} as const

/** Before the numbers that a policy refused on, such as `inmesh.refused.rate`: the same as `numbers` of the error. */
export const REFUSED_ON = 'inmesh.refused.'

/** What happened on the way of a call, as events of its span; of a request that a server has taken, of the one that is there. */
export const SPAN_EVENTS = {
  'inmesh.refused': 'A policy did not let the call or the request through, or a try had nowhere to go.',
  'inmesh.extra_try.sent': 'A retry, backup or rescue went out.',
  'inmesh.extra_try.refused': 'One did not, with the reason.',
  'inmesh.overran': 'Time was up while the request’s handler worked.',
  'inmesh.hung_up': 'The request’s caller has gone.',
  'inmesh.mode.differed': 'A policy would have done something, and its mode did not let it.',
  'inmesh.interceptor.failed': 'A step threw; the call went on without it.',
} as const

/** Those of the semantic conventions that tries have. */
export const CONVENTIONAL_ATTRIBUTES = {
  'http.request.method': 'As the conventions have it; `_OTHER` for what is none of theirs.',
  'http.request.resend_count': 'The ordinal, of extra tries alone.',
  'http.response.status_code': 'Absent where no reply came.',
  'url.full': 'As the caller wrote it, cut at 1,024 characters, without credentials and the keys of addresses that are signed.',
  'server.address': 'The host that the caller named.',
  'server.port': 'Its port; absent where none was named.',
  'network.peer.address': 'The host of the endpoint, where that is an address and no name.',
  'network.peer.port': 'Its port, beside that.',
  'rpc.system.name': '`grpc`.',
  'rpc.method': 'Such as `shop.Catalog/GetItem`.',
  'rpc.status_code': 'Such as `NOT_FOUND`.',
  'error.type': 'Of what failed, on calls too: the status, or the name that whoever failed has for it (`ECONNREFUSED`, `INMESH_RATE_LIMITED`), else the code.',
} as const
