import { isDeepStrictEqual } from 'node:util'
import { dnsConfigOf, dnsSource } from '../../dns/dns.ts'
import { checkedEntries } from './checked-entries.ts'
import { isDnsConfig, type DnsConfig } from './dns-config.ts'
import type { EndpointEntry, EndpointList, Endpoints, EndpointSource, SourceContext, Unsubscribe } from './endpoints.ts'
import { Iteration } from './iteration.ts'

/** Every kind of source, as one: lists come checked and without shorthands. */
export interface EntrySource {
  /**
   * `update` gets each list that is in order; `fail` each error of the source, and a `ConfigError` for a list that is not:
   * an empty one, or one with a mistake. The list before it then stays in force; a list that was given twice gives the same
   * entries. After the answer is called, neither is.
   */
  subscribe(update: (entries: readonly EndpointEntry[]) => void, fail: (error: unknown) => void, context: SourceContext): () => Promise<void>
  /** What tries say they call, where the service has no origins. */
  readonly origin: string | undefined
  /** What a source of ours was made of. */
  readonly dns: DnsConfig | undefined
}

type Source = Exclude<Endpoints, EndpointList | DnsConfig>

const known = new WeakMap<Source, EntrySource>()

/** The same source gives the same object, so that a configuration that repeats it is seen to have changed nothing there. */
export function entrySource(given: Source | DnsConfig): EntrySource {
  const source = isDnsConfig(given) ? dnsSource(given) : given
  const entries = known.get(source) ?? new Entries(source)
  known.set(source, entries)
  return entries
}

class Entries implements EntrySource {
  readonly origin: string | undefined
  readonly dns: DnsConfig | undefined
  private readonly source: Source

  constructor(source: Source) {
    this.origin = isPushed(source) ? source.origin : undefined
    this.dns = dnsConfigOf(source)
    this.source = source
  }

  subscribe(...[update, fail, context]: Parameters<EntrySource['subscribe']>): () => Promise<void> {
    return follow(this.source, update, fail, context)
  }
}

/** Also two that were made of the same data: a configuration that is read anew need not begin discovery anew. */
export function sameSource(a: EntrySource, b: EntrySource): boolean {
  return a === b || (a.dns !== undefined && isDeepStrictEqual(a.dns, b.dns))
}

function follow(source: Source, update: (entries: readonly EndpointEntry[]) => void, fail: (error: unknown) => void, context: SourceContext): () => Promise<void> {
  let over = false
  // Others may have changed a list that they hand on again.
  const ours = dnsConfigOf(source) !== undefined
  let last: { readonly list: EndpointList; readonly entries: readonly EndpointEntry[] } | undefined
  const failed = (error: unknown): void => {
    if (!over) fail(error)
  }
  const listed = (list: EndpointList): void => {
    if (over) return
    if (ours && list === last?.list) return update(last.entries)
    const { entries, error } = checkedEntries(list)
    if (entries === undefined) return failed(error)
    last = { list, entries }
    update(entries)
  }
  const end = isPushed(source) ? begin(source, listed, failed, context) : new Iteration(source, listed, failed, context.clock)
  return async () => {
    if (over) return
    over = true
    await dispose(end).catch(fail)
  }
}

function isPushed(source: Source): source is EndpointSource {
  return typeof source === 'object' && 'subscribe' in source
}

/** A source that cannot even begin is one that has failed. */
function begin(source: EndpointSource, listed: (list: EndpointList) => void, failed: (error: unknown) => void, context: SourceContext): Unsubscribe {
  try {
    return source.subscribe(listed, failed, context)
  } catch (error) {
    failed(error)
    return () => {}
  }
}

async function dispose(end: Unsubscribe): Promise<void> {
  if (typeof end === 'function') await end()
  else if (Symbol.asyncDispose in end) await end[Symbol.asyncDispose]()
  else end[Symbol.dispose]()
}
