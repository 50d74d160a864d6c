import { tooOld } from './node-floor.ts'

/**
 * Imported first by the entry of every package that needs a current Node. Modules run in the order in which they are
 * imported, so an old Node says this sentence before any other module of ours has run into something that it lacks. All
 * of them are parsed before, though: their syntax must stay what Node 20 can read. No `await` here, since `require()`
 * of a module forbids it at the top level.
 */
const problem = typeof process === 'undefined' ? undefined : tooOld(process.versions?.node)

if (problem !== undefined) {
  const error: Error & { code?: string } = new Error(problem)
  error.code = 'UNSUPPORTED_NODE'
  // Where an import stands is not where the fault is: the sentence alone is what a reader needs.
  error.stack = `Error: ${problem}`
  throw error
}
