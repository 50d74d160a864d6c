import type { Payload } from '@inmesh/pipeline'

/** The body of a test's request; a scripted endpoint that reads it touches it. */
export class TestPayload implements Payload {
  readonly kind: Payload['kind']
  touched = false

  constructor(kind: Payload['kind']) {
    this.kind = kind
  }
}
