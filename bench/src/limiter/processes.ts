import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Row } from '../report/result.ts'

/** In a process of its own, which can collect garbage when it is told to, and in which nothing else was compiled before. */
export async function inProcess(file: string): Promise<Row[]> {
  const child = fork(new URL(file, import.meta.url), { execArgv: ['--conditions=@inmesh/source', '--expose-gc'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const gone = once(child, 'exit').then(([code]) => { throw new Error(`${file} ended early with code ${code}`) })
  const [rows] = (await Promise.race([once(child, 'message'), gone])) as [Row[]]
  gone.catch(() => {})
  child.disconnect()
  return rows
}
