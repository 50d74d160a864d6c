export interface Asked {
  readonly clients: number
  readonly servers: number
  readonly calls: number
  /** False: the policies alone. */
  readonly pipeline: boolean
  readonly runs: number
}

export interface Measured {
  readonly tries: number
  /** Of all threads of the process, the collector's included. */
  readonly cpuSeconds: number
  readonly peakBytes: number
}
