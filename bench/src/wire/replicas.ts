import { fork } from 'node:child_process'
import { once } from 'node:events'

export interface Replicas extends AsyncDisposable {
  readonly origins: readonly string[]
}

/** Servers in a process of their own, so that this process's CPU time and heap are the client's alone. */
export async function startReplicas(program: URL, count: number): Promise<Replicas> {
  const child = fork(program, [String(count)], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const gone = once(child, 'exit').then(([code]) => { throw new Error(`the servers' process ended early with code ${code}`) })
  const [ports] = (await Promise.race([once(child, 'message'), gone])) as [number[]]
  gone.catch(() => {})
  return {
    origins: ports.map((port) => `http://127.0.0.1:${port}`),
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}
