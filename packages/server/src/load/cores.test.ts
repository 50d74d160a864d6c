import { describe, expect, it } from 'vitest'
import { coresOf } from './cores.ts'

const cores = (parallelism: number, files: Readonly<Record<string, string>>): number => coresOf(parallelism, (path) => files[path])

describe('the processors of a process', () => {
  it('are those of its mask without a limit', () => {
    expect(cores(8, {})).toBe(8)
    expect(cores(8, { '/proc/self/cgroup': '0::/', '/sys/fs/cgroup/cpu.max': 'max 100000' })).toBe(8)
    expect(cores(8, { '/proc/self/cgroup': '4:cpu,cpuacct:/', '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000' })).toBe(8)
    expect(cores(0, {})).toBe(1)
  })

  it('may be a part of one: a container of half a processor is full at half', () => {
    expect(cores(1, { '/proc/self/cgroup': '0::/', '/sys/fs/cgroup/cpu.max': '50000 100000' })).toBe(0.5)
    expect(cores(1, { '/sys/fs/cgroup/cpu.max': '50000 100000' })).toBe(0.5)
    expect(cores(2, { '/proc/self/cgroup': '4:cpu,cpuacct:/', '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '150000', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000' })).toBe(1.5)
  })

  it('are those of its own group where the root has no limit, and never more than the mask', () => {
    const files = { '/proc/self/cgroup': '1:name=systemd:/\n0::/system.slice/web.service', '/sys/fs/cgroup/system.slice/web.service/cpu.max': '200000 100000' }
    expect(cores(8, files)).toBe(2)
    expect(cores(1, files)).toBe(1)
  })

  it('do not suffer from files that make no sense', () => {
    for (const text of ['', 'max', '0 100000', '100000 0', '-5 1', 'half a core']) expect(cores(4, { '/proc/self/cgroup': text, '/sys/fs/cgroup/cpu.max': text })).toBe(4)
  })
})
