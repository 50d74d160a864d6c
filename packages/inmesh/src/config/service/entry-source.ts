import { nodeClock, type Clock } from '@inmesh/pipeline'
import { checkedEntries } from './checked-entries.ts'
import type { EndpointEntry, EndpointList, Endpoints, EndpointSource, Unsubscribe } from './endpoints.ts'
import { Iteration } from './iteration.ts'

/** Every kind of source, as one: lists come checked and without shorthands. */
export interface EntrySource {
  /**
   * `update` gets each list that is in order; `fail` each error of the source, and a `ConfigError` for a list that is not:
   * an empty one, or one with a mistake. The list before it then stays in force. After the answer is called, neither is.
   */
  subscribe(update: (entries: readonly EndpointEntry[]) => void, fail: (error: unknown) => void, clock?: Clock): () => Promise<void>
}

type Source = Exclude<Endpoints, EndpointList>

const known = new WeakMap<Source, EntrySource>()

/** The same source gives the same object, so that a configuration that repeats it is seen to have changed nothing there. */
export function entrySource(source: Source): EntrySource {
  const entries = known.get(source) ?? { subscribe: (update, fail, clock = nodeClock()) => follow(source, update, fail, clock) }
  known.set(source, entries)
  return entries
}

function follow(source: Source, update: (entries: readonly EndpointEntry[]) => void, fail: (error: unknown) => void, clock: Clock): () => Promise<void> {
  let over = false
  const failed = (error: unknown): void => {
    if (!over) fail(error)
  }
  const listed = (list: EndpointList): void => {
    if (over) return
    const { entries, error } = checkedEntries(list)
    if (entries === undefined) failed(error)
    else update(entries)
  }
  const end = isPushed(source) ? begin(source, listed, failed) : new Iteration(source, listed, failed, clock)
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
function begin(source: EndpointSource, listed: (list: EndpointList) => void, failed: (error: unknown) => void): Unsubscribe {
  try {
    return source.subscribe(listed, failed)
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
