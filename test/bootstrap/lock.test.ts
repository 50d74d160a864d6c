import { existsSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { withLock } from '../../scripts/bootstrap/lock.js'

const LOCK = new URL('../../scripts/bootstrap/lock.js', import.meta.url).href

const newLock = () => join(mkdtempSync(join(tmpdir(), 'inmesh lock ')), 'lock')

function deadPid() {
  return spawnSync(process.execPath, ['-e', '']).pid
}

/** A process that holds the lock until its stdin ends. */
async function holder(file: string) {
  const script = `
    import { withLock } from ${JSON.stringify(LOCK)}
    await withLock(${JSON.stringify(file)}, () => {}, async () => {
      console.log('held')
      await new Promise((resolve) => process.stdin.on('end', resolve).resume())
    })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return child
}

describe('the lock of the set-up', () => {
  it('lets one process in at a time and tells the other whom it waits for', async () => {
    const file = newLock()
    const other = await holder(file)
    const order: string[] = []
    await withLock(file, (who) => {
      order.push(`waits for ${who}`)
      other.stdin.end()
    }, async () => {
      order.push('in')
    })
    expect(order).toEqual([`waits for ${other.pid} on ${hostname()}`, 'in'])
    expect(existsSync(file)).toBe(false)
  })

  it('never lets two of many in together', async () => {
    const file = newLock()
    let inside = 0
    let most = 0
    await Promise.all(Array.from({ length: 4 }, () => withLock(file, () => {}, async () => {
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setImmediate(resolve))
      inside--
    })))
    expect(most).toBe(1)
  })

  it('takes over from a holder that died', async () => {
    const file = newLock()
    const other = await holder(file)
    other.kill('SIGKILL')
    await once(other, 'exit')
    expect(existsSync(file)).toBe(true)
    expect(await withLock(file, () => {}, async () => 'in')).toBe('in')
  })

  it('takes over a dead holder\'s lock once, however many find it', async () => {
    const file = newLock()
    writeFileSync(file, `${deadPid()} on ${hostname()}`)
    let inside = 0
    let most = 0
    await Promise.all(Array.from({ length: 4 }, () => withLock(file, () => {}, async () => {
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setImmediate(resolve))
      inside--
    })))
    expect(most).toBe(1)
  })

  it('takes over from a machine that has been silent for a minute, and from no other before', async () => {
    const file = newLock()
    writeFileSync(file, '1 on elsewhere')
    let waited = false
    const silence = new Date(Date.now() - 61_000)
    await withLock(file, () => {
      waited = true
      utimesSync(file, silence, silence)
    }, async () => {})
    expect(waited).toBe(true)
  })

  it('is free again when the work throws', async () => {
    const file = newLock()
    await expect(withLock(file, () => {}, async () => { throw new Error('no') })).rejects.toThrow('no')
    expect(existsSync(file)).toBe(false)
  })
})
