import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { failed, type Streams } from './output.ts'
import { validate } from './validate.ts'

const usage = `Usage: inmesh validate <file…>

Checks a configuration in JSON. Several files are merged in their order, as a base and its overlays:
  inmesh validate mesh.json
  inmesh validate mesh.json mesh.production.json

Options:
  -h, --help     this text
  -v, --version  the version

Exits with 0 when it is in order, 1 when it has mistakes, 2 when a file cannot be read or is not JSON.
`

/** Answers the exit code. */
export async function main(args: readonly string[], streams: Streams): Promise<number> {
  const asked = read(args)
  if (typeof asked === 'string') return misused(asked, streams)
  const { values, positionals: [command, ...files] } = asked
  if (values.help === true) return told(usage, streams)
  if (values.version === true) return told(`${await version()}\n`, streams)
  if (command === undefined) return misused('nothing to do', streams)
  if (command !== 'validate') return misused(`there is no command "${command}"`, streams)
  if (files.length === 0) return misused('no file to validate', streams)
  return validate(files, streams)
}

const options = { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'v' } } as const

function read(args: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>> | string {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options })
  } catch (error) {
    // Its second sentence is about files whose names begin with a dash.
    return String(error instanceof Error ? error.message : error).split('. ')[0] ?? ''
  }
}

async function version(): Promise<string> {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  return version
}

function told(text: string, { stdout }: Streams): number {
  stdout.write(text)
  return 0
}

function misused(what: string, streams: Streams): number {
  streams.stderr.write(`${failed('inmesh:', streams.stderr)} ${what}; inmesh --help tells how it is used\n`)
  return 2
}
