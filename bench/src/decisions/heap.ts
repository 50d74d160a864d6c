import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Row } from '../report/result.ts'

/**
 * Allocation is measured in a process whose young generation is so large that nothing is collected meanwhile: then the
 * heap's growth is what was allocated, to the byte.
 */
export async function measureHeap(): Promise<Row[]> {
  const execArgv = ['--conditions=@inmesh/source', '--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=128']
  const child = fork(new URL('./heap-process.ts', import.meta.url), { execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const gone = once(child, 'exit').then(([code]) => { throw new Error(`the heap's process ended early with code ${code}`) })
  const [rows] = (await Promise.race([once(child, 'message'), gone])) as [Row[]]
  gone.catch(() => {})
  child.disconnect()
  return rows
}
