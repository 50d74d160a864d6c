import type { Clock, Observer } from '@inmesh/pipeline'
import type { MeshSnapshot } from '../inspect.ts'

/** As much of a mesh as is needed to tell how it is. */
export interface Debugged {
  inspect(): MeshSnapshot
  observe(observer: Observer): () => void
  readonly host: { readonly service: string | undefined; readonly clock: Clock }
}
