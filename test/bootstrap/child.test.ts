import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'

const CHILD = new URL('../../scripts/bootstrap/child.js', import.meta.url).href

/** A process that runs a script in a child of its own and ends as that ended: what every root command is. */
function passThrough(script: string, args: string[] = []) {
  const outer = `
    import { endLike, runToEnd } from ${JSON.stringify(CHILD)}
    const args = ['--eval', ${JSON.stringify(script)}, '--', ...process.argv.slice(1)]
    endLike(await runToEnd(process.execPath, args, { cwd: process.cwd(), env: process.env }))`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', outer, '--', ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  return { child, printed: () => stdout, ended: once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]> }
}

describe('a task behind the bootstrap', () => {
  it.each([0, 3])('ends with the task\'s exit code %i', async (code) => {
    expect(await passThrough(`process.exitCode = ${code}`).ended).toEqual([code, null])
  })

  it('gets its arguments as they were typed', async () => {
    const args = ['--json', 'a file.json', '*', '$HOME', '"']
    const task = passThrough('console.log(JSON.stringify(process.argv.slice(1)))', args)
    await task.ended
    expect(JSON.parse(task.printed())).toEqual(args)
  })

  it('dies of the signal that the task died of', async () => {
    expect(await passThrough('process.kill(process.pid, \'SIGKILL\')').ended).toEqual([null, 'SIGKILL'])
  })

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('hears %s and may end in its own way', async (signal) => {
    const task = passThrough(`
      process.on('${signal}', () => { console.log('tidied up'); process.exit(5) })
      setInterval(() => {}, 1000)
      console.log('ready')`)
    await once(task.child.stdout, 'data')
    task.child.kill(signal)
    expect(await task.ended).toEqual([5, null])
    expect(task.printed()).toBe('ready\ntidied up\n')
  })
})
