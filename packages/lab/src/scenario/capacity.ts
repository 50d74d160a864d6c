import type { RequestClass } from './request-class.ts'
import type { Service } from './service.ts'
import { meanOf } from './service-time.ts'

type Services = Readonly<Record<string, Service>>

/**
 * Busy share of the slots of the busiest service at one call a second (Little's law), the calls that services make of
 * each other included. Infinity where something that is called has no capacity at all.
 */
export function utilizationOf(services: Services, classes: readonly RequestClass[]): number {
  return Math.max(0, ...Object.values(utilizations(services, classes)))
}

/** The same of every service that is called. Failures, queues that are full and retries are left out. */
export function utilizations(services: Services, classes: readonly RequestClass[]): Record<string, number> {
  const work: Record<string, number> = {}
  const total = classes.reduce((sum, { weight }) => sum + weight, 0)
  for (const each of classes) addWork(services, each, each.weight / total, work)
  return Object.fromEntries(Object.entries(work).map(([name, slots]) => [name, slots / capacityOf(services[name])]))
}

/** Slots that a rate of calls keeps busy where it goes, and those that come of it. */
function addWork(
  services: Services,
  { service: name, timeFactor }: RequestClass,
  rate: number,
  work: Record<string, number>
): void {
  const service = services[name]
  if (service === undefined) return
  work[name] =
    (work[name] ?? 0) +
    (rate * timeFactor * (meanOf(service.serviceTime) + service.perConcurrent * service.slots)) / 1_000
  for (const { calls } of service.calls) {
    for (const { requestClass, count, to } of calls) {
      const times = to === 'all' ? (services[requestClass.service]?.replicas ?? 0) : count
      addWork(services, requestClass, rate * times, work)
    }
  }
}

/** Slots of all replicas, a slow one's counting for less. */
function capacityOf(service: Service | undefined): number {
  return (service?.instances ?? []).reduce((sum, { slots, timeFactor }) => sum + slots / timeFactor, 0)
}
