import { format } from 'node:util'

// Runs the modules named, one after another, and tells of each on a line of its own. Ends by itself, or is a mistake:
// what keeps this process alive would keep a reader's alive.

/** Begins a line that is ours: modules print too. */
const mark = '\u0001'

let printed: string[] = []
console.log = (...args: unknown[]): void => void printed.push(format(...args))

for (const file of process.argv.slice(2)) {
  printed = []
  try {
    await import(file)
    tell(file, undefined)
  } catch (error) {
    tell(file, error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
}

function tell(file: string, error: string | undefined): void {
  process.stdout.write(`\n${mark}${JSON.stringify({ file, error, printed })}\n`)
}
