/** Something the person at the keyboard can act on: printed as its sentence, without a stack. */
export class Problem extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message)
    this.name = 'Problem'
  }
}

/** Progress and problems go to stderr, so that a task's stdout holds only what the task printed. @param {string} line */
export function say(line) {
  process.stderr.write(`inmesh: ${line}\n`)
}
