import type { Endpoint } from './endpoint.ts'
import type { BalanceOptions } from './options.ts'

/**
 * Makes those that stand in another zone dearer, in the price that every cost begins with: a pick does nothing for it. A
 * preference and no wall: a local endpoint that is half as slow again, or as loaded, is no better than a remote one. An
 * endpoint of unknown zone is not held to be remote, nor is any while nobody has said where we stand.
 */
export function priceByZone<T>(endpoints: readonly Endpoint<T>[], { localZone, remoteCost }: Required<BalanceOptions>): void {
  for (const endpoint of endpoints) {
    const remote = localZone !== '' && endpoint.zone !== undefined && endpoint.zone !== localZone
    endpoint.price(endpoint.weight, remote ? remoteCost : 1)
  }
}
