import { fail } from 'node:assert/strict'
import { InmeshError, type InmeshErrorCode } from '@inmesh/pipeline'
import type { Received, Reply, Rig } from './adapter.ts'

/** Waits no longer than it must, and fails with what it waited for. */
export async function eventually(what: string, holds: () => boolean, within = 3000): Promise<void> {
  const until = performance.now() + within
  while (!holds()) {
    if (performance.now() > until) fail(`not within ${within} ms: ${what}`)
    await pause(3)
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms))
}

/** Nothing counts as in flight any more, in the balancer's eyes, and each try has ended once. */
export async function released(rig: Rig): Promise<void> {
  const tried = (): number => rig.recorder.of('tried').length
  const picked = (): number => rig.recorder.of('picked').length
  await eventually(`every try is over (${rig.held()} held, ${tried()} of ${picked()} ended)`, () => rig.held() === 0 && tried() === picked())
}

/** The error of a call that must fail without a reply. */
export function errorOf(call: Promise<unknown>): Promise<unknown> {
  const error = call.then(() => fail('the call should have failed'), (reason: unknown) => reason)
  // Looked at later, or not at all where the behaviour has failed before.
  error.catch(() => {})
  return error
}

export function codeOf(error: unknown): InmeshErrorCode | undefined {
  return InmeshError.is(error) ? error.code : undefined
}

export function receivedBy({ replicas }: Rig): readonly Received[] {
  return replicas.flatMap(({ received }) => received)
}

/** Makes calls one after the other and reads each reply. */
export async function inTurn(count: number, call: () => Promise<Reply>): Promise<{ readonly code: string; readonly text: string }[]> {
  const replies: { readonly code: string; readonly text: string }[] = []
  for (let i = 0; i < count; i++) {
    const reply = await call()
    replies.push({ code: reply.code, text: await reply.text() })
  }
  return replies
}
