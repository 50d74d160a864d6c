/** Below this, as a share of round robin's figure, what lies between the two is the noise of a run. */
export const NO_WAY = 0.02

/**
 * How much of what can be won at all a contender wins: 0 is as round robin, 1 is as the oracle, below 0 is worse than
 * round robin. For figures of which less is better: latencies, failed calls.
 *
 * Undefined where there is no way to go: where the oracle is not ahead of round robin by more than `NO_WAY` (on a healthy,
 * homogeneous, idle fleet all three coincide, and a share would be noise divided by noise), or where a figure is missing.
 * Above 1 a contender beats the oracle, which is greedy and knows no future: seen at single quantiles, and no mistake.
 */
export function shareOfWay(figure: number, roundRobin: number, oracle: number): number | undefined {
  const way = roundRobin - oracle
  if (!Number.isFinite(figure) || !Number.isFinite(way) || way <= NO_WAY * Math.abs(roundRobin)) return undefined
  return (roundRobin - figure) / way
}

/** The same where more is better: share of calls that succeed. What is won is measured in failures. */
export function shareOfWayUp(figure: number, roundRobin: number, oracle: number): number | undefined {
  return shareOfWay(1 - figure, 1 - roundRobin, 1 - oracle)
}

/** `87 %`; `–` where there is no way to go. */
export function sayShareOfWay(share: number | undefined): string {
  if (share === undefined) return '–'
  const percent = Math.round(share * 100)
  return percent < -999 ? '< −999 %' : `${percent === 0 ? 0 : String(percent).replace('-', '−')} %`
}
