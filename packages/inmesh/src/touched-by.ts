import type { ConfigChange } from './config/index.ts'

/**
 * The services whose own configuration has changed; whatever else has may be about all of them. The others are left as they are: a
 * policy that is the same is no new chance for a step that threw, and no news.
 */
export function touchedBy(changed: readonly ConfigChange[]): ReadonlySet<string> | 'all' {
  // Nothing at all: the same objects again, in which somebody may have changed what cannot be compared any more.
  if (changed.length === 0 || changed.some(({ path: [root] }) => root !== 'services')) return 'all'
  return new Set(changed.flatMap(({ path: [, name] }) => name ?? []))
}
