import { fork } from 'node:child_process'
import type { ChildProcess, Serializable } from 'node:child_process'
import { once } from 'node:events'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const EXIT_CODE = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }

/**
 * Every process of a run. Nothing outlives the parent: `close()` ends them in order, Ctrl-C and a crash end them in
 * the parent's `exit`, and one that is itself killed leaves it to the load generator (see there).
 */
export class Processes {
  readonly #alive = new Set<ChildProcess>()
  readonly #onExit = (): void => this.#killAll()
  readonly #onSignal = (signal: (typeof SIGNALS)[number]): void => {
    this.#killAll()
    process.exit(EXIT_CODE[signal])
  }

  constructor() {
    process.on('exit', this.#onExit)
    for (const signal of SIGNALS) process.on(signal, this.#onSignal)
  }

  /** Starts a module of this package that lies beside this one, with this very Node. */
  start(module: 'replica' | 'generator'): ChildProcess {
    const sources = import.meta.url.endsWith('.ts')
    const file = new URL(`./${module}${sources ? '.ts' : '.js'}`, import.meta.url)
    const child = fork(file, {
      serialization: 'advanced',
      // Sources run as sources all the way down; Node says on stderr that it strips types, once per process.
      execArgv: sources ? ['--conditions=@inmesh/source', '--disable-warning=ExperimentalWarning'] : [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc']
    })
    this.#alive.add(child)
    child.once('exit', () => this.#alive.delete(child))
    return child
  }

  pids(): number[] {
    return [...this.#alive].flatMap(({ pid }) => (pid === undefined ? [] : [pid]))
  }

  async close(): Promise<void> {
    const ended = [...this.#alive].map((child) => once(child, 'exit'))
    this.#killAll()
    await Promise.all(ended)
    process.off('exit', this.#onExit)
    for (const signal of SIGNALS) process.off(signal, this.#onSignal)
  }

  #killAll(): void {
    // SIGKILL also ends a process that is stopped; SIGTERM would wait for it to go on.
    for (const child of this.#alive) child.kill('SIGKILL')
  }
}

/** The next message for which `pick` gives something; rejects when the process ends first. */
export function nextMessage<M extends object, T>(child: ChildProcess, pick: (message: M) => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: Serializable): void => {
      try {
        const picked = pick(message as M)
        if (picked === undefined) return
        stop()
        resolve(picked)
      } catch (error) {
        stop()
        reject(error)
      }
    }
    const onExit = (code: number | null, signal: string | null): void => {
      stop()
      reject(new Error(`a process of the run ended early (${signal ?? `exit code ${code}`})`))
    }
    const stop = (): void => {
      child.off('message', onMessage)
      child.off('exit', onExit)
    }
    child.on('message', onMessage)
    child.on('exit', onExit)
  })
}
