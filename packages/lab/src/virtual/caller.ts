/** Somebody who sends: a process of the clients, or a replica whose handler calls others. */
export interface Caller {
  /** Its number among the processes of the clients, or a replica's name: what a partition cuts off. */
  readonly key: number | string
  readonly zone: string | undefined
}
