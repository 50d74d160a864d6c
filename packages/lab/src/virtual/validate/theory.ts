// Closed forms of queueing theory, in the units of their rates. Kleinrock, "Queueing Systems", volume 1 (1975).

/** `arrival` calls a ms on `servers` of `service` calls a ms each. */
export interface Station {
  readonly arrival: number
  readonly service: number
  readonly servers: number
}

/** Erlang's C formula: the probability of having to wait in M/M/c. */
export function erlangC({ arrival, service, servers }: Station): number {
  const offered = arrival / service
  // Erlang's B by its recursion, which does not overflow.
  let blocked = 1
  for (let server = 1; server <= servers; server++) blocked = (offered * blocked) / (server + offered * blocked)
  const utilization = offered / servers
  return blocked / (1 - utilization * (1 - blocked))
}

/** Mean time from arrival to the end of the work, in M/M/c; M/M/1 is that with one server. */
export function meanInMMc(station: Station): number {
  const { arrival, service, servers } = station
  return erlangC(station) / (servers * service - arrival) + 1 / service
}

/** Mean time in M/D/1, by Pollaczek and Khinchine. */
export function meanInMD1({ arrival, service }: Omit<Station, 'servers'>): number {
  const utilization = arrival / service
  return utilization / (2 * service * (1 - utilization)) + 1 / service
}

/** The time in M/M/1 is exponential: which value a share of calls stays below. */
export function quantileInMM1({ arrival, service }: Omit<Station, 'servers'>, share: number): number {
  return -Math.log(1 - share) / (service - arrival)
}
