import { linkSync, readFileSync, renameSync, rmSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 200
const BEAT_MS = 2_000
// Many beats, so that a machine that stutters loses no lock; only needed where the holder's pid cannot be asked about
// (a container or a network disk shared with another machine) or was given to another process.
const SILENT_MS = 60_000

/**
 * Runs `work` while holding the lock file, one process at a time. A lock whose holder died is taken over.
 * @template T
 * @param {string} file
 * @param {(holder: string) => void} onWait told once, when somebody else holds it
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, onWait, work) {
  await acquire(file, onWait)
  const beat = setInterval(() => touch(file), BEAT_MS)
  const release = () => rmSync(file, { force: true })
  process.once('exit', release)
  try {
    return await work()
  } finally {
    clearInterval(beat)
    process.removeListener('exit', release)
    release()
  }
}

/** @param {string} file @param {(holder: string) => void} onWait */
async function acquire(file, onWait) {
  let told = false
  while (!tryTake(file)) {
    const holder = read(file)
    if (holder === undefined) continue
    if (isStale(file, holder)) {
      setAside(file, holder)
      continue
    }
    if (!told) onWait(holder)
    told = true
    await sleep(POLL_MS)
  }
}

/** A link appears with its content in one step: nobody ever reads a lock without a holder. @param {string} file */
function tryTake(file) {
  const own = `${file}.${randomUUID()}`
  writeFileSync(own, `${process.pid} on ${hostname()}`)
  try {
    linkSync(own, file)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    unlinkSync(own)
  }
}

/**
 * Of several who found the lock stale, one rename succeeds. If a live holder took the name meanwhile, it is put back.
 * @param {string} file @param {string} stale
 */
function setAside(file, stale) {
  const aside = `${file}.${randomUUID()}`
  try {
    renameSync(file, aside)
    if (readFileSync(aside, 'utf8') !== stale) linkSync(aside, file)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error
  }
  rmSync(aside, { force: true })
}

/** @param {string} file @param {string} holder such as `4711 on host` */
function isStale(file, holder) {
  const [pid, host] = holder.split(' on ')
  if (host === hostname() && !isAlive(Number(pid))) return true
  try {
    return Date.now() - statSync(file).mtimeMs > SILENT_MS
  } catch {
    return false
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** @param {string} file */
function touch(file) {
  try {
    utimesSync(file, new Date(), new Date())
  } catch {
    // Somebody removed it by hand: the work goes on, and releasing it later does nothing.
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code
}
