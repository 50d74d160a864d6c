import { readFileSync } from 'node:fs'
// As a whole: where it lacks a name, Node 20 would end here and not where it is told that it is too old.
import nodeModule from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** What stands around a mesh, and makes a difference to it. */
const HOSTS = [
  'undici', 'express', 'fastify', '@grpc/grpc-js', 'ioredis', 'redis', '@opentelemetry/api', '@opentelemetry/sdk-node', 'pino', 'winston',
  '@inmesh/policy', '@inmesh/pipeline', '@inmesh/http', '@inmesh/server', '@inmesh/express', '@inmesh/fastify', '@inmesh/grpc', '@inmesh/redis', '@inmesh/otel',
] as const

export interface Versions {
  readonly inmesh: string | undefined
  readonly node: string
  /** Of what Node itself is made of, as far as calls go through it. */
  readonly within: Readonly<Record<string, string | undefined>>
  /** Of packages as they are found from the program that was started, or its folder; absent: it is not there. */
  readonly packages: Readonly<Record<string, string>>
}

/** Reads some small files: once, when a dump is asked for. */
export function readVersions(): Versions {
  const { v8, uv, openssl, undici, nghttp2, llhttp } = process.versions
  return {
    inmesh: versionIn(new URL('../../package.json', import.meta.url)),
    node: process.version,
    within: { v8, uv, openssl, undici, nghttp2, llhttp },
    packages: Object.fromEntries(HOSTS.flatMap((name) => {
      const version = versionOf(name)
      return version === undefined ? [] : [[name, version]]
    })),
  }
}

/** As the application finds it: from its program, from where it was started, and for lack of both as we do. */
function versionOf(name: string): string | undefined {
  const [, program] = process.argv
  const from = [...(program === undefined ? [] : [pathToFileURL(program)]), pathToFileURL(join(process.cwd(), 'index.js')), import.meta.url]
  for (const place of from) {
    const version = installed(name, place)
    if (version !== undefined) return version
  }
  return undefined
}

function installed(name: string, from: string | URL): string | undefined {
  try {
    const manifest = nodeModule.findPackageJSON(name, from)
    return manifest === undefined ? undefined : versionIn(manifest)
  } catch {
    return undefined
  }
}

function versionIn(manifest: string | URL): string | undefined {
  try {
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version?: unknown }
    return typeof version === 'string' ? version : undefined
  } catch {
    // Bundled, or somewhere that cannot be read: then it is not known.
    return undefined
  }
}
