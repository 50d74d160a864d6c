import { NodeCall, type NodeRequest, type NodeResponse, type Refusal, type ServerCore } from '@inmesh/server'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** A request of Fastify. It is refused through its reply, so that the user's `onSend` hooks and CORS headers apply. */
export class FastifyCall extends NodeCall {
  private readonly request: FastifyRequest
  private readonly reply: FastifyReply

  constructor(core: ServerCore, request: FastifyRequest, reply: FastifyReply, next: () => void) {
    super(core, request.raw as NodeRequest, reply.raw as NodeResponse, next)
    this.request = request
    this.reply = reply
  }

  protected override get knownRoute(): string | undefined {
    const { url } = this.request.routeOptions
    return url === undefined ? undefined : `${this.method} ${url}`
  }

  override refuse({ status, headers, body }: Refusal): void {
    const { reply } = this
    if (reply.sent) return
    void reply.code(status)
    for (let i = 0; i < headers.length; i += 2) void reply.header(headers[i]!, headers[i + 1]!)
    void reply.send(body)
  }

  override setHeader(name: string, value: string): void {
    if (!this.reply.sent) void this.reply.header(name, value)
  }
}
