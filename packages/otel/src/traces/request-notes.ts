import type { MeshEvent } from '@inmesh/pipeline'
import type { Attributes, Span } from '@opentelemetry/api'
import { refusalAttributes, spanEvent } from './span-events.ts'

/** Writes what a server decides about a request on the span that somebody else has made of it, for as long as that is open. */
export function note(span: Span, event: MeshEvent): void {
  if (!span.isRecording()) return
  switch (event.type) {
    case 'request-began': return void span.setAttributes(arrival(event))
    case 'request-refused': {
      const attributes = { ...refusalAttributes(event.policy, event.why), 'inmesh.detail': event.detail }
      span.setAttributes({ ...attributes, 'inmesh.criticality': event.criticality, 'inmesh.waited_ms': event.latency })
      return void span.addEvent('inmesh.refused', attributes)
    }
    case 'request-overran': return void span.addEvent('inmesh.overran', { 'inmesh.after_ms': event.after })
    case 'request-hung-up': return void span.addEvent('inmesh.hung_up', { 'inmesh.after_ms': event.after })
    default: {
      const told = spanEvent(event)
      if (told !== undefined) span.addEvent(...told)
    }
  }
}

function arrival({ criticality, waited, remaining }: Extract<MeshEvent, { readonly type: 'request-began' }>): Attributes {
  const attributes: Attributes = { 'inmesh.criticality': criticality }
  if (waited > 0) attributes['inmesh.waited_ms'] = waited
  if (remaining !== undefined) attributes['inmesh.deadline_ms'] = remaining
  return attributes
}
