import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** The text of a file; undefined where there is none. */
export type Read = (path: string) => string | undefined

const ROOT = '/sys/fs/cgroup'

/**
 * Processors that this process may use: those of its mask, at most what its control group allows, which may be a part of
 * one. `availableParallelism` alone never says less than one, so a container of half a processor would seem half idle at
 * its limit, which is where Kubernetes' usual limits are.
 */
export function coresOf(parallelism: number = availableParallelism(), read: Read = readText): number {
  return Math.min(Math.max(1, parallelism), quotaIn(read))
}

/** Processors that the control group allows; Infinity for no limit, or none to be found. */
function quotaIn(read: Read): number {
  const groups = (read('/proc/self/cgroup') ?? '').split('\n').map((line) => line.split(':'))
  const unified = groups.find(([id, controllers]) => id === '0' && controllers === '')?.[2]
  const cpu = groups.find(([, controllers = '']) => controllers.split(',').includes('cpu'))?.[2]
  // In a container its own group is the root, and the path that is named may be the host's.
  const found = [
    ...pathsIn(ROOT, unified).map((path) => shareIn(read(`${path}/cpu.max`)?.split(' '))),
    ...pathsIn(`${ROOT}/cpu`, cpu).map((path) => shareIn([read(`${path}/cpu.cfs_quota_us`), read(`${path}/cpu.cfs_period_us`)])),
  ]
  return Math.min(...found, Infinity)
}

function pathsIn(root: string, path: string | undefined): readonly string[] {
  return path === undefined || path === '/' ? [root] : [root, root + path]
}

/** `['50000', '100000']` is half a processor; `['max', …]` and `['-1', …]` are no limit. */
function shareIn([quota, period]: readonly (string | undefined)[] = []): number {
  const share = Number(quota) / Number(period)
  return share > 0 ? share : Infinity
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}
