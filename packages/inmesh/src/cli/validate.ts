import { ConfigError, count } from '../config/check/config-error.ts'
import { describeMistake, positionText, type Mistake } from '../config/check/mistake.ts'
import { DocumentError } from '../config/document/document-error.ts'
import { readConfig } from '../config/document/read-config.ts'
import type { MeshConfig } from '../config/mesh.ts'
import { failed, faint, good, strong, type Streams } from './output.ts'

/** Prints one line for each mistake, or that there is none. Answers the exit code: 0, 1 for mistakes, 2 for a file that is not JSON. */
export async function validate(files: readonly string[], { stdout, stderr }: Streams): Promise<number> {
  try {
    const config = await readConfig(...files)
    stdout.write(`${good('ok', stdout)}: ${summary(config)}\n`)
    return 0
  } catch (error) {
    if (error instanceof DocumentError) {
      stderr.write(`${failed(error.message, stderr)}\n`)
      return 2
    }
    if (!(error instanceof ConfigError)) throw error
    for (const mistake of error.mistakes) stdout.write(`${line(mistake, stdout)}\n`)
    stdout.write(`${failed(count(error.mistakes.length, 'mistake'), stdout)} in ${files.join(' + ')}\n`)
    return 1
  }
}

function line(mistake: Mistake, stdout: Streams['stdout']): string {
  const where = mistake.at === undefined ? '' : `${faint(positionText(mistake.at), stdout)} `
  return `${where}${strong(mistake.path, stdout)}: ${describeMistake(mistake)}`
}

function summary({ services }: MeshConfig): string {
  const names = Object.keys(services)
  if (names.length === 0) return 'no services'
  return `${count(names.length, 'service')} (${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''})`
}
