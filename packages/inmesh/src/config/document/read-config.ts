import { readFile } from 'node:fs/promises'
import { findMistakes } from '../check/check.ts'
import { ConfigError } from '../check/config-error.ts'
import { wrongValue, type Mistake, type Position } from '../check/mistake.ts'
import type { Path } from '../check/path.ts'
import { mergeConfig, type MeshPatch } from '../merge.ts'
import type { MeshConfig } from '../mesh.ts'
import { DocumentError } from './document-error.ts'
import { JsonError, parseJson, type JsonDocument } from './json-document.ts'

/**
 * A configuration from JSON files: the first, with each further one merged over it, such as one for each environment.
 * Throws a `ConfigError` that lists every mistake with its file and line, or a `DocumentError` for a file that cannot be
 * read or is not JSON. What only code can say (functions, sources) is merged over it by `mergeConfig`.
 */
export async function readConfig(...files: readonly string[]): Promise<MeshConfig> {
  const documents = await Promise.all(files.map(readDocument))
  const config = documents.reduce<MeshConfig>((merged, { value }) => mergeConfig(merged, value as MeshPatch), { services: {} })
  const mistakes = [...documents.flatMap(repeatedNames), ...findMistakes(config).map((mistake) => located(mistake, documents))]
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  return config
}

async function readDocument(file: string): Promise<JsonDocument> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw DocumentError.unreadable(file, error)
  }
  try {
    return await parseJson(file, text)
  } catch (error) {
    throw error instanceof JsonError ? DocumentError.notJson(error, text) : error
  }
}

function repeatedNames({ value: _, repeated }: JsonDocument): Mistake[] {
  return repeated.map(({ path, at }) => ({ ...wrongValue(path, undefined, 'each name once'), got: 'the same name again', at }))
}

/** In the last file that has this path, which is the one whose value is in force; for what is missing, where it is missing. */
function located(mistake: Mistake, documents: readonly JsonDocument[]): Mistake {
  for (let path: Path = mistake.keys ?? []; ; path = path.slice(0, -1)) {
    const at = lastOf(documents, path)
    if (at !== undefined) return { ...mistake, at }
    if (path.length === 0) return mistake
  }
}

function lastOf(documents: readonly JsonDocument[], path: Path): Position | undefined {
  return documents.map((document) => document.locate(path)).findLast((at) => at !== undefined)
}
