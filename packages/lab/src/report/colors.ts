import pc from 'picocolors'

export type Colors = ReturnType<typeof pc.createColors>

/** Colours for one stream: what is piped into a file stays plain text. */
export function colorsFor(stream: NodeJS.WriteStream): Colors {
  return pc.createColors(pc.isColorSupported && stream.isTTY)
}
