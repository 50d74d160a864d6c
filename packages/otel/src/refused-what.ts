import type { MeshEvent } from '@inmesh/pipeline'

/**
 * What a policy did not let through: a call; a try, which may have been the only one of its call, or beside others; or one
 * try more, without which its call goes on. By the criticality, which extra tries have not: users name steps as they like.
 */
export function refusedWhat({ criticality, policy }: Extract<MeshEvent, { readonly type: 'refused' }>): 'call' | 'try' | 'extra try' {
  if (criticality === undefined) return 'extra try'
  return policy === 'guard' || policy === 'balance' ? 'try' : 'call'
}
