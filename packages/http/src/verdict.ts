import type { Outcome } from '@inmesh/policy'
import type { IncomingHttpHeaders } from 'node:http'
import { classifyReply } from './classify.ts'
import { decodedBody } from './decoded-body.ts'
import type { SendEnv } from './send-env.ts'

// What a reply is, the user's own functions asked first. Where one of them throws, what the status says stands.

export function headVerdict({ classify, wallNow, faulty }: SendEnv, status: number, headers: IncomingHttpHeaders): Outcome {
  try {
    return classifyReply(status, headers, classify, wallNow)
  } catch (error) {
    faulty('classify', error)
    return classifyReply(status, headers, undefined, wallNow)
  }
}

/** What a reply was that is over. Only a good head can turn out otherwise; `copied` is the body as far as it was kept. */
export function endVerdict({ classifyEnd, wallNow, faulty }: SendEnv, head: Outcome, status: number, headers: IncomingHttpHeaders, trailers: IncomingHttpHeaders, copied: readonly Buffer[]): Outcome {
  if (classifyEnd === undefined || head.kind !== 'success') return head
  try {
    const own = classifyEnd.classify({ status, headers, trailers, body: decodedBody(headers, copied, classifyEnd.maxBytes) })
    return own === undefined ? head : classifyReply(status, headers, () => own, wallNow)
  } catch (error) {
    faulty('classifyEnd', error)
    return head
  }
}

/** Keeps a piece of the body for `endVerdict`, as far as there is room. */
export function copyInto(copied: Buffer[], chunk: Buffer, maxBytes: number): void {
  const room = maxBytes - copied.reduce((sum, part) => sum + part.length, 0)
  if (room > 0) copied.push(Buffer.from(chunk.subarray(0, room)))
}
