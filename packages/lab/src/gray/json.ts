import { readFileSync } from 'node:fs'
import type { GrayResult } from './result.ts'

/** A line for each cell: small enough to be kept, and a change of one cell is a change of one line. */
export function grayJson({ cells, ...head }: GrayResult): string {
  const lines = cells.map((cell) => `    ${JSON.stringify(cell)}`)
  const fields = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},`)
  return `{\n${fields.join('\n')}\n  "cells": [\n${lines.join(',\n')}\n  ]\n}\n`
}

/** Trusts what `grayJson` wrote. */
export function readGray(file: string | URL): GrayResult {
  return JSON.parse(readFileSync(file, 'utf8')) as GrayResult
}
