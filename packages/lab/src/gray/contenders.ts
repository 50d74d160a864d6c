/** Who is compared, each with the timeout of all. What is not named here is as published. */
export interface GrayContender {
  readonly peer: string
  /** Of inmesh its policy. */
  readonly options: Record<string, unknown>
  /** Settings that differ from what is published, for people. */
  readonly note: string
  /** Left out where a cell is run with few: another one of the table does all that it does. */
  readonly contained?: true
}

const timeout = 2_000

export const contenders: readonly GrayContender[] = [
  { peer: 'inmesh', options: { timeout }, note: 'defaults' },
  { peer: 'random', options: { timeout }, note: '', contained: true },
  { peer: 'round-robin', options: { timeout }, note: '' },
  { peer: 'least-request', options: { timeout }, note: '' },
  { peer: 'weighted-round-robin', options: { timeout }, note: '', contained: true },
  { peer: 'finagle-p2c-ewma', options: { timeout }, note: '' },
  { peer: 'finagle-backup', options: { timeout, maxExtraLoad: 0.02 }, note: 'on peak EWMA, 2 % backups as inmesh' },
  { peer: 'envoy', options: { timeout, lb: 'least-request' }, note: 'least request, outlier detection, one retry' },
  { peer: 'grpc-retry', options: { timeout }, note: 'round robin', contained: true },
  { peer: 'fixed-hedge', options: { timeout, delay: 105 }, note: 'least request, a copy after the p95 of the work' },
  { peer: 'oracle', options: { timeout }, note: '' }
]

export const OWN = 'inmesh'
export const BASELINE = 'round-robin'
export const ORACLE = 'oracle'

/** Those that a contender of ours has to be ahead of. */
export const rivals: readonly string[] = contenders.map(({ peer }) => peer).filter((peer) => peer !== OWN && peer !== ORACLE)
