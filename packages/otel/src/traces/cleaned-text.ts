import { cleaned } from '@inmesh/pipeline'

/** On a span, where a value makes no series: addresses and sentences of errors are longer than a label may be. */
const LONGEST_TEXT = 1024

/** What users and callees write, as every exporter can write it. */
export function cleanedText(value: string): string {
  return cleaned(value, LONGEST_TEXT)
}
