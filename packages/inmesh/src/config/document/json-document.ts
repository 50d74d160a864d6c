import type { Path } from '../check/path.ts'
import type { Position } from '../check/mistake.ts'

/** A JSON text with its value, and where each part of it stands. */
export interface JsonDocument {
  readonly file: string
  readonly value: unknown
  /** Where a path stands; undefined when this document does not have it. */
  locate(path: Path): Position | undefined
  /** Keys that an object has twice, of which JSON would silently take the last. */
  readonly repeated: readonly { readonly path: Path; readonly at: Position }[]
}

/** What is used of momoa's syntax tree. */
interface Node {
  readonly loc: { readonly start: { readonly line: number; readonly column: number } }
  readonly members?: readonly Member[]
  readonly elements?: readonly { readonly value: Node }[]
}

interface Member extends Node {
  readonly name: { readonly value?: string }
  readonly value: Node
}

/** JSON that is none, with the place where it ceases to be. */
export class JsonError extends Error {
  readonly at: Position

  constructor(message: string, at: Position) {
    super(message)
    this.name = 'JsonError'
    this.at = at
  }
}

/** `JSON.parse` has the last word; the syntax tree only knows where things stand, and is loaded when a file is read. */
export async function parseJson(file: string, source: string): Promise<JsonDocument> {
  const text = source.replace(/^\uFEFF/, '')
  // oxlint-disable-next-line no-restricted-imports -- loaded only where a file is read; a mesh of code never needs it
  const { parse } = await import('@humanwhocodes/momoa')
  let root: Node | undefined
  let problem: unknown
  try {
    root = parse(text).body as Node
  } catch (error) {
    problem = error
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const reason = reasonOf(error)
    throw new JsonError(reason, reason.startsWith('Unexpected end') ? endOf(file, text) : placeOf(file, problem ?? error))
  }
  return { file, value, locate: (path) => locate(file, root, path), repeated: root === undefined ? [] : repeated(file, root, []) }
}

/** What `JSON.parse` says, without its excerpt and its offset: the line is shown beside it. */
function reasonOf(error: unknown): string {
  const [reason = ''] = String(error instanceof Error ? error.message : error).split(/, (?:\.\.\.)?"| in JSON at position| is not valid JSON/)
  return reason
}

function endOf(file: string, text: string): Position {
  const lines = text.trimEnd().split('\n')
  return { file, line: lines.length, column: (lines.at(-1) ?? '').length + 1 }
}

/** Of the syntax tree's error, or out of the words of `JSON.parse`; else the beginning. */
function placeOf(file: string, error: unknown): Position {
  const { line, column, message } = error as { line?: unknown; column?: unknown; message?: unknown }
  if (typeof line === 'number' && typeof column === 'number') return { file, line, column }
  const [, inWords, columnInWords] = /line (\d+) column (\d+)/.exec(String(message)) ?? []
  return { file, line: Number(inWords ?? 1), column: Number(columnInWords ?? 1) }
}

function locate(file: string, root: Node | undefined, path: Path): Position | undefined {
  let node = root
  let found = root
  for (const key of path) {
    const member = typeof key === 'number' ? undefined : node?.members?.findLast(({ name }) => name.value === key)
    node = typeof key === 'number' ? node?.elements?.[key]?.value : member?.value
    found = member ?? node
  }
  return found === undefined ? undefined : positionOf(file, found)
}

function repeated(file: string, node: Node, path: Path): { path: Path; at: Position }[] {
  const seen = new Set<unknown>()
  const twice: { path: Path; at: Position }[] = []
  for (const member of node.members ?? []) {
    const name = String(member.name.value)
    const at = [...path, name]
    if (seen.has(name)) twice.push({ path: at, at: positionOf(file, member) })
    seen.add(name)
    twice.push(...repeated(file, member.value, at))
  }
  for (const [index, { value }] of (node.elements ?? []).entries()) twice.push(...repeated(file, value, [...path, index]))
  return twice
}

function positionOf(file: string, node: Node): Position {
  return { file, line: node.loc.start.line, column: node.loc.start.column }
}
