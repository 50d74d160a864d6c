/** From `from` ms after the start on, so many calls a second. */
export interface Demand {
  readonly from: number
  readonly perSecond: number
}

/** What a process of the fleet is to do. */
export interface FleetOrder {
  readonly contender: 'inmesh' | 'rate-limiter-flexible'
  /** Of Redis, or of what stands before it. */
  readonly port: number
  readonly rate: number
  readonly burst: number
  readonly weight: number
  /** By the machine's monotonic clock, in ms. */
  readonly start: number
  readonly demand: readonly Demand[]
}

/** What it tells, every 50 ms. */
export interface FleetTold {
  readonly admitted: readonly number[]
  /** The longest decision since the last, in ns. */
  readonly slowest: number
  readonly hold?: { readonly processes: number; readonly share: number; readonly refresh: number; readonly excess: number; readonly state: string }
}
