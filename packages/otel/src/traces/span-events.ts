import type { MeshEvent } from '@inmesh/pipeline'
import type { Attributes } from '@opentelemetry/api'
import { refusedWhat } from '../refused-what.ts'
import { cleanedText } from './cleaned-text.ts'
import { REFUSED_ON, type SPAN_EVENTS } from './span-names.ts'

type Told = readonly [name: keyof typeof SPAN_EVENTS, attributes: Attributes]

/** What an event is on its call's span; undefined for one that a span tells in another way. */
export function spanEvent(event: MeshEvent): Told | undefined {
  switch (event.type) {
    case 'retried': return extraTry('retry', event)
    case 'backed-up': return extraTry('backup', event)
    case 'rescued': return extraTry('rescue', event)
    case 'refused': return refusedWhat(event) === 'extra try'
      ? ['inmesh.extra_try.refused', { 'inmesh.cause': event.policy, 'inmesh.why': cleanedText(event.why) }]
      : ['inmesh.refused', refusalAttributes(event.policy, event.why, event.numbers)]
    case 'mode-differed': return ['inmesh.mode.differed', { 'inmesh.policy': event.policy, 'inmesh.would': cleanedText(event.would) }]
    case 'interceptor-failed': return ['inmesh.interceptor.failed', { 'inmesh.interceptor': cleanedText(event.interceptor) }]
    default: return undefined
  }
}

/** Which policy refused, and on what numbers. */
export function refusalAttributes(policy: string, why: string | undefined, numbers: Readonly<Record<string, number | string>> = {}): Attributes {
  const attributes: Attributes = { 'inmesh.policy': cleanedText(policy) }
  if (why !== undefined) attributes['inmesh.why'] = cleanedText(why)
  for (const [name, value] of Object.entries(numbers)) attributes[REFUSED_ON + name] = typeof value === 'string' ? cleanedText(value) : value
  return attributes
}

function extraTry(cause: string, { ordinal, after }: { readonly ordinal: number; readonly after: number }): Told {
  return ['inmesh.extra_try.sent', { 'inmesh.cause': cause, 'inmesh.ordinal': ordinal, 'inmesh.after_ms': after }]
}
