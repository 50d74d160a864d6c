import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import pRetry from 'p-retry'

/** A program that tests run against, while it runs. */
export class RunningProgram {
  private readonly name: string
  private readonly child: ChildProcess
  private log = ''

  constructor(binary: string, name: string, args: readonly string[]) {
    this.name = name
    const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.child = child
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { this.log += chunk.toString() })
    running.add(child)
    child.once('exit', () => running.delete(child))
  }

  /** Asks until there is an answer, as often as `times`, `every` so many ms; throws what it said last if it ends before. */
  async ready(ask: () => Promise<void>, { times, every }: { readonly times: number; readonly every: number }): Promise<void> {
    const { child, name } = this
    const answered = async (): Promise<void> => {
      if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}: ${this.log.trim().split('\n').at(-1)}`)
      await ask()
    }
    await pRetry(answered, { retries: times, minTimeout: every, factor: 1, shouldRetry: () => child.exitCode === null })
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  /** At once, as a machine that fails: whoever is connected sees a closed socket. */
  async stop(): Promise<void> {
    const { child } = this
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
}

const running = new Set<ChildProcess>()
// Whatever becomes of the tests, no program outlives them.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
