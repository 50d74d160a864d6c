import type { Caller, Contender } from '../../scenario/contenders.ts'
import type { MakeClient } from '../contract.ts'
import { peers } from '../peers/index.ts'
import { inmeshClient } from './inmesh.ts'

/** The client that a contender, or what a service calls others with, stands for. */
export function makeClientOf(caller: Contender | Caller): MakeClient {
  if (caller.kind === 'inmesh') return inmeshClient(caller.policy)
  const peer = peers[caller.peer]
  if (caller.kind === 'undici' || peer === undefined) throw new Error(`${caller.peer} is not one of the virtual world's clients`)
  return peer.make(caller.options)
}
