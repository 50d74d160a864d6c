import type { Caller, Contender } from '../../scenario/contenders.ts'
import type { MakeClient } from '../contract.ts'
import { peers } from '../peers/index.ts'
import { inmeshClient } from './inmesh.ts'
import { policyClient } from './policy-only.ts'

/** The client that a contender, or what a service calls others with, stands for; of inmesh with its pipeline or without. */
export function makeClientOf(caller: Contender | Caller, pipeline = true): MakeClient {
  if (caller.kind === 'inmesh') return pipeline ? inmeshClient(caller.policy) : policyClient(caller.policy)
  const peer = peers[caller.peer]
  if (caller.kind !== 'peer' || peer === undefined)
    throw new Error(`${caller.peer} is not one of the virtual world's clients`)
  return peer.make(caller.options)
}
