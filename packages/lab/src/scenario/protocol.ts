import { z } from 'zod'

/** What a service is spoken to with. */
export const protocol = z
  .enum(['http', 'grpc'])
  .default('http')
  .describe(
    'What its replicas speak in the real world. grpc: unary calls over HTTP/2, in plain text, by @grpc/grpc-js. Codes of failures are HTTP statuses all the same, told as the gRPC codes that google/rpc/code.proto has beside them. In the virtual world it is a name and no more.'
  )

export type Protocol = z.infer<typeof protocol>
