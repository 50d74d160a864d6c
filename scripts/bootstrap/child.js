import { spawn } from 'node:child_process'

/** @typedef {{ code: number | null, signal: NodeJS.Signals | null }} End */

/**
 * Runs a command in this terminal until it ends, passing on the signals that are meant to stop it.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<End>}
 */
export function runToEnd(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: 'inherit' })
    const stop = passSignals((signal) => child.kill(signal))
    child.on('error', (error) => {
      stop()
      reject(error)
    })
    child.on('exit', (code, signal) => {
      stop()
      resolve({ code, signal })
    })
  })
}

/**
 * Hands what is meant to stop this process to `send`, until the returned function is called.
 * @param {(signal: NodeJS.Signals) => void} send
 */
export function passSignals(send) {
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  const pass = (/** @type {NodeJS.Signals} */ signal) => {
    // Ctrl-C in a terminal reaches the child by itself; twice would look like an impatient user to it.
    if (signal === 'SIGINT' && process.stdin.isTTY) return
    send(signal)
  }
  for (const signal of signals) process.on(signal, pass)
  return () => {
    for (const signal of signals) process.removeListener(signal, pass)
  }
}

/** Ends this process as the child ended, so that callers see the truth. @param {End} end */
export function endLike({ code, signal }) {
  if (signal) process.kill(process.pid, signal)
  else process.exitCode = code ?? 1
}
