import type { Target } from '@inmesh/pipeline'
import type { Upstream } from '../contract.ts'

/** An endpoint's target with the way to it. */
export interface VirtualTarget extends Target {
  readonly upstream: Upstream
}

/** One for each replica, however many clients there are. */
const urls = new Map<string, URL>()

export function targetOf(upstream: Upstream): VirtualTarget {
  const { name, zone } = upstream
  let url = urls.get(name)
  if (url === undefined) urls.set(name, (url = new URL(`http://${name}.test/`)))
  return zone === undefined ? { url, upstream } : { url, upstream, zone }
}
