/**
 * How far from round robin (0) to the oracle (1) a figure has come; below 0 it is worse than round robin. Undefined
 * where those two are so close (within 1 %) that the share would be noise.
 */
export function shareOfTheWay(value: number, roundRobin: number, oracle: number): number | undefined {
  const way = roundRobin - oracle
  if (!(Math.abs(way) > 0.01 * Math.abs(roundRobin))) return undefined
  return (roundRobin - value) / way
}
