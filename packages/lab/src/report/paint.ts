const ARMS = 10

/** A contender's colour, by name of a variable of the style sheet. inmesh, round robin and the oracle always have theirs. */
export function paints(peers: readonly string[]): string[] {
  let next = 0
  return peers.map((peer) => {
    if (peer === 'oracle' || peer === 'round-robin') return `--${peer}`
    if (peer === 'inmesh' && peers.indexOf('inmesh') === peers.lastIndexOf('inmesh')) return '--arm-1'
    if (next === 1 && peers.includes('inmesh')) next++
    return `--arm-${next++ % ARMS}`
  })
}
