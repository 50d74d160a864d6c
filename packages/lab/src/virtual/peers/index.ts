import { oracle } from '../oracle/oracle.ts'
import { envoy } from './envoy.ts'
import { finagleBackup } from './finagle-backup.ts'
import { finagleP2cEwma } from './finagle-p2c-ewma.ts'
import { finagleP2cLeastLoaded } from './finagle-p2c-least-loaded.ts'
import { fixedHedge } from './fixed-hedge.ts'
import { grpcRetry } from './grpc-retry.ts'
import { leastRequest } from './least-request.ts'
import type { PeerEntry } from './peer.ts'
import { random } from './random.ts'
import { roundRobin } from './round-robin.ts'
import { weightedRoundRobin } from './weighted-round-robin.ts'

export type { PeerEntry } from './peer.ts'

/** By the name that a scenario gives: `{ "peer": "finagle-p2c-ewma", "options": { … } }`. */
export const peers: Readonly<Record<string, PeerEntry>> = {
  random,
  'round-robin': roundRobin,
  'least-request': leastRequest,
  'weighted-round-robin': weightedRoundRobin,
  'finagle-p2c-least-loaded': finagleP2cLeastLoaded,
  'finagle-p2c-ewma': finagleP2cEwma,
  'finagle-backup': finagleBackup,
  envoy,
  'grpc-retry': grpcRetry,
  'fixed-hedge': fixedHedge,
  oracle
}
