/** What a number is drawn for: the last key of `draw`, the same in both worlds. */
export const DRAW = {
  time: 1,
  failure: 2,
  process: 3,
  affinity: 4,
  networkOut: 5,
  networkBack: 6,
  speed: 7,
  pause: 8,
  think: 9,
  requestClass: 10,
  shard: 11,
  failureTime: 12,
  inner: 13
} as const
