import { callFields, checks, durationKind, modeKind, rateTogether, sharingKinds, type Duration, type Mode, type Observer } from '@inmesh/pipeline'
import type { AdmissionOptions, Criticality } from '@inmesh/policy'
import type { DrainOptions } from './drain/drain.ts'
import type { HealthOptions } from './health.ts'
import type { RequestFacts } from './inbound-call.ts'
import { isTrust, trustForm, type Trust } from './inbound/trust.ts'
import { loadOptions, type LoadOptions } from './load/index.ts'
import { ruleName, type LimitRule } from './limits/rules.ts'

export interface DeadlineOptions {
  /**
   * Kept back of the caller's time for an answer that still arrives: calls beneath inherit the rest, and the signal of
   * `currentCall()` is aborted then. Default 5 ms.
   */
  readonly reserve?: Duration
  /**
   * What the deadline is for. `head`: the reply must have begun by then; a stream that has may go on for as long as its
   * reader stays. `whole`: the signal is aborted although the reply has begun. Default `head`: a caller that wants the whole
   * by then hangs up, which is heard.
   */
  readonly bounds?: 'head' | 'whole'
  /** Of the deadline alone. Default `on`. `observe` neither refuses for it nor hands it on. */
  readonly mode?: Mode
}

export interface ServerAdmissionOptions extends Omit<AdmissionOptions, 'maxWait' | 'targetDelay'> {
  /** The longest wait for a turn. Default 100 ms. */
  readonly maxWait?: Duration
  /** Delay in queues, the event loop's own included, above which the process counts as overloaded. Default 20 ms. */
  readonly targetDelay?: Duration
  /** Default `on`, once `admission` is set. */
  readonly mode?: Mode
}

/** Every option has a default: `express(mesh)` is a whole configuration. */
export interface ServerOptions {
  /** What events and errors call this server. Default the mesh's `local.service`, else `server`. */
  readonly name?: string
  /**
   * No policy of this server goes further. Default `on`; the mesh's mode and `INMESH_MODE` bound it. Under `observe` calls
   * beneath inherit nothing and no hang-up ends them; `currentCall()` is there. Load reports and drains are as under `on`.
   */
  readonly mode?: Mode
  readonly deadline?: DeadlineOptions | false
  /**
   * How much is taken at once. Default: it decides, tells what it would have done (`mode-differed`), and refuses nobody; `{}`
   * switches it on with its defaults, `false` off. Not on by itself: whom a service refuses when it
   * has too much to do is the choice of whoever runs it.
   */
  readonly admission?: ServerAdmissionOptions | false
  /**
   * Whether replies say how busy this server is, for clients that balance by it. Default `false`: anybody could read it, and
   * it is 200 bytes a reply. `true` where callers are your own services.
   */
  readonly load?: LoadOptions | boolean
  /** Rate limits. Default none. */
  readonly limits?: readonly LimitRule[]
  /** Default nobody: then no header says who calls, and none makes a call `CRITICAL_PLUS`. */
  readonly trust?: Trust
  /** The most that a caller may claim who is not trusted. Default `CRITICAL`: the class above is for what keeps the others alive. */
  readonly maxCriticality?: Criticality
  /** Of requests that do not say. Default `CRITICAL`: nothing is shed that nobody has marked. */
  readonly criticality?: Criticality
  /** Where trusted proxies say for whom they speak, lower case. Default `x-forwarded-client-cert`, as Envoy writes it. */
  readonly callerHeader?: string
  /** Where requests say their tenant, lower case. Anybody may write it. Default `x-tenant-id`. */
  readonly tenantHeader?: string
  readonly health?: HealthOptions | false
  /** What `drain()` does where it is not told otherwise. */
  readonly drain?: Pick<DrainOptions, 'within' | 'notice'>
  /**
   * The route of a request, of low cardinality, such as `GET /items/:id`; `undefined` for what the framework knows. For
   * node:http, which knows none.
   */
  readonly route?: (request: RequestFacts) => string | undefined
  /** Beside the mesh's own. */
  readonly observers?: readonly Observer[]
}

const { choice, fn, number, shape, text, whole } = checks
type Kind = checks.Kind

const share = number(0, 1)
const criticality = callFields.criticality
const list = (accepted: string, allows: (value: unknown) => boolean): Kind => ({ accepted, allows: (value) => Array.isArray(value) && value.every(allows) })
const orFalse = (kind: Kind): Kind => ({ ...kind, accepted: `${kind.accepted}, or false`, allows: (value) => value === false || kind.allows(value) })
const headerName: Kind = { accepted: 'a header name in lower case', allows: (value) => typeof value === 'string' && /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(value) }
const eachShare = shape<NonNullable<AdmissionOptions['shares']>>({ CRITICAL_PLUS: share, CRITICAL: share, SHEDDABLE_PLUS: share, SHEDDABLE: share })
const sharesKind: Kind = { ...eachShare, accepted: 'shares by criticality, together at most 1', allows: (value) => eachShare.allows(value) && sumOf(value as object) <= 1 + 1e-9 }
const sumOf = (shares: object): number => Object.values(shares).reduce((sum: number, one: number | undefined) => sum + (one ?? 0), 0)
const limit = whole(1, 1_000_000)
const notBelow = (min: unknown): Kind => (limit.allows(min) ? { accepted: `${limit.accepted}, not below min`, allows: (value) => limit.allows(value) && (value as number) >= (min as number) } : limit)
const path = (value: unknown): boolean => typeof value === 'string' && value.startsWith('/')

const ruleFields: checks.FieldsOf<LimitRule> = {
  rate: number(Number.MIN_VALUE, 1_000_000_000, 'a number above 0'),
  per: durationKind,
  burst: number(1, 1_000_000_000),
  key: { accepted: 'caller, tenant, route, or a function from a request to a text', allows: (value) => typeof value === 'function' || ['caller', 'tenant', 'route'].includes(value as string), words: ['caller', 'tenant', 'route'] },
  maxKeys: whole(1, 1_000_000),
  name: text,
  tell: choice('refused', 'always'),
  ...sharingKinds,
  mode: modeKind,
}
const rule = shape<LimitRule>(ruleFields, ['rate'], rateTogether)

/** A rule behind others: the engine knows rules by their names, so two of one name would count as one, each in its own measure. */
function ruleBehind(others: readonly unknown[]): Kind {
  return shape<LimitRule>(ruleFields, ['rate'], (given) => {
    const same = others.findIndex((other) => isShared(given) && isShared(other) && ruleName(other) === ruleName(given))
    return same < 0 ? rateTogether(given) : [['name', `a name of its own: limits[${same}] is "${ruleName(others[same] as LimitRule)}" too, and with scope: 'global' both would be one limit`]]
  })
}

function isShared(given: unknown): given is LimitRule {
  return rule.allows(given) && (given as LimitRule).scope === 'global'
}

/** A kind for each option, which an adapter may narrow. `min`: of admission, as given, since `max` must not be below. */
export const serverFields = (min: unknown): checks.FieldsOf<ServerOptions> => ({
  name: text,
  mode: modeKind,
  deadline: orFalse(shape<DeadlineOptions>({ reserve: durationKind, bounds: choice('head', 'whole'), mode: modeKind })),
  admission: orFalse(shape<ServerAdmissionOptions>({
    min: limit, max: notBelow(min), initial: whole(1, 1_000_000), shares: sharesKind, queue: whole(0, 1_000_000),
    maxWait: durationKind, targetDelay: durationKind, mode: modeKind,
  })),
  load: { ...loadOptions, accepted: `${loadOptions.accepted}, true or false`, allows: (value) => typeof value === 'boolean' || loadOptions.allows(value) },
  limits: { accepted: 'a list of limits', allows: (value) => Array.isArray(value) && value.every((one) => rule.allows(one)) },
  trust: { accepted: trustForm, allows: isTrust },
  maxCriticality: criticality,
  criticality,
  callerHeader: headerName,
  tenantHeader: headerName,
  health: orFalse(shape<HealthOptions>({
    paths: { accepted: "a list of paths, such as ['/healthz'], or a function of the request", allows: (value) => typeof value === 'function' || (Array.isArray(value) && value.every(path)) },
    readiness: list('a list of paths', path),
  })),
  drain: shape<Pick<DrainOptions, 'within' | 'notice'>>({ within: durationKind, notice: durationKind }),
  route: fn('a function from a request to a text'),
  observers: list('a list of functions', (value) => typeof value === 'function'),
})

/** Throws one `TypeError` that lists every mistake. `fieldsFor`: of an adapter that takes less. */
export function assertServerOptions(adapter: string, options: unknown, fieldsFor: typeof serverFields = serverFields): void {
  const given = (options as ServerOptions | null)?.limits
  // Each rule by its own path: "limits: got a list of 3" would tell nobody which.
  if (Array.isArray(given)) for (const [at, one] of given.entries()) checks.assertKind(`${adapter}.limits[${at}]`, one, ruleBehind(given.slice(0, at)))
  const admission = (options as ServerOptions | null | undefined)?.admission
  checks.assertKind(adapter, options, shape<ServerOptions>(fieldsFor(admission ? admission.min : undefined)))
}
