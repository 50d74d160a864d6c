import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { sampleInput } from '../sample.test-support.ts'

const input = sampleInput({
  load: { arrivals: 'poisson', rate: 50, duration: '30s', classes: [{ method: 'GET', path: '/' }] },
  faults: [{ kind: 'hang', replica: 'catalog-1', at: '100ms', for: '20s' }]
})

/** A parent in the middle of a run, one replica stopped; tells its processes on stdout. */
async function startRun(): Promise<{ parent: ChildProcess; pids: number[] }> {
  const script = `
    import { parseScenario } from ${JSON.stringify(new URL('../scenario/parse.ts', import.meta.url).href)}
    import { runReal } from ${JSON.stringify(new URL('./world.ts', import.meta.url).href)}
    const scenario = parseScenario(${JSON.stringify(input)})
    const told = []
    await runReal(scenario, scenario.contenders[0], 1, { pids: (pids) => { told.push(pids); if (told.length === 2) console.log(JSON.stringify(pids)) } })`
  const parent = spawn(process.execPath, ['--conditions=@inmesh/source', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  if (parent.stdout === null) throw new Error('no stdout')
  const [line] = (await once(createInterface(parent.stdout), 'line')) as [string]
  return { parent, pids: JSON.parse(line) as number[] }
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function gone(pids: readonly number[]): Promise<boolean> {
  for (let look = 0; look < 60; look++) {
    if (!pids.some(alive)) return true
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}

describe('processes of a run', () => {
  it.each([
    ['Ctrl-C', 'SIGINT', 130],
    ['being told to end', 'SIGTERM', 143],
    ['being killed without a word', 'SIGKILL', null]
  ] as const)('do not outlive their parent: %s', { timeout: 20_000 }, async (_, signal, code) => {
    const { parent, pids } = await startRun()
    expect(pids).toHaveLength(3)
    expect(pids.every(alive)).toBe(true)
    const exited = once(parent, 'exit')
    parent.kill(signal)
    expect((await exited)[0]).toBe(code)
    expect(await gone(pids)).toBe(true)
  })
})
