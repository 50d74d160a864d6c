import { Client as GrpcClient, credentials } from '@grpc/grpc-js'
import type { ClientOptions } from '@grpc/grpc-js'
import { CRITICALITY_HEADER } from '@inmesh/policy'
import type { Endpoint } from '../real/messages.ts'
import { configName } from '../real/rpc.ts'
import type { GrpcJsOptions } from '../scenario/contenders.ts'
import { lookUp, urlsByService } from './client.ts'
import type { Client } from './client.ts'
import { callUnary } from './unary.ts'

/** A client of @grpc/grpc-js over all endpoints of a service, with the policies that it has itself. */
export function createGrpcJsClient(endpoints: readonly Endpoint[], options: GrpcJsOptions): Client {
  const clients = new Map(
    [...urlsByService(endpoints)].map(([service, urls]) => {
      const target = `ipv4:${urls.map((url) => new URL(url).host).join(',')}`
      return [service, new GrpcClient(target, credentials.createInsecure(), channelOptions(options))]
    })
  )
  return {
    request: (call) => {
      const { class: requestClass, criticality = 'CRITICAL', headers } = call
      const timeout = Math.min(options.timeout ?? Infinity, requestClass.timeout ?? Infinity)
      const said = criticality === 'CRITICAL' ? headers : { ...headers, [CRITICALITY_HEADER]: criticality }
      return callUnary(lookUp(clients, requestClass.service), call, said, { deadline: Date.now() + timeout })
    },
    close: async () => {
      for (const client of clients.values()) client.close()
    }
  }
}

function channelOptions({ keepalive, reconnectBackoff, ...policies }: GrpcJsOptions): ClientOptions {
  return {
    'grpc.service_config': JSON.stringify(serviceConfig(policies)),
    ...(keepalive && { 'grpc.keepalive_time_ms': keepalive.time, 'grpc.keepalive_timeout_ms': keepalive.timeout }),
    ...(reconnectBackoff && {
      'grpc.initial_reconnect_backoff_ms': reconnectBackoff.initial,
      'grpc.min_reconnect_backoff_ms': reconnectBackoff.initial,
      'grpc.max_reconnect_backoff_ms': reconnectBackoff.max
    })
  }
}

/** As gRFC A2, A6 and A50 have it. Calls that must not be repeated have neither policy. */
function serviceConfig({ retry, hedging, retryThrottling, outlierDetection }: GrpcJsOptions): object {
  const again = retry && {
    retryPolicy: { ...retry, initialBackoff: seconds(retry.initialBackoff), maxBackoff: seconds(retry.maxBackoff) }
  }
  const beside = hedging && { hedgingPolicy: { ...hedging, hedgingDelay: seconds(hedging.hedgingDelay) } }
  return {
    loadBalancingConfig: [outlierDetection === undefined ? ROUND_ROBIN : outliers(outlierDetection)],
    methodConfig: [
      { name: [configName('Get')], ...(beside ?? again) },
      { name: [configName('Put')], ...again }
    ],
    ...(retryThrottling && { retryThrottling })
  }
}

const ROUND_ROBIN = { round_robin: {} }

/** Absent fields are left out by `JSON.stringify`: the defaults are grpc-js's. */
function outliers(options: NonNullable<GrpcJsOptions['outlierDetection']>): object {
  const { interval, baseEjectionTime, maxEjectionTime, maxEjectionPercent, successRate, failurePercentage } = options
  return {
    outlier_detection: {
      interval: parts(interval),
      base_ejection_time: parts(baseEjectionTime),
      max_ejection_time: parts(maxEjectionTime),
      max_ejection_percent: maxEjectionPercent,
      success_rate_ejection: successRate && { stdev_factor: successRate.stdevFactor, ...enforced(successRate) },
      failure_percentage_ejection: failurePercentage && { threshold: failurePercentage.threshold, ...enforced(failurePercentage) },
      child_policy: [ROUND_ROBIN]
    }
  }
}

function enforced({ enforcementPercentage, minimumHosts, requestVolume }: {
  enforcementPercentage?: number | undefined
  minimumHosts?: number | undefined
  requestVolume?: number | undefined
}): object {
  return { enforcement_percentage: enforcementPercentage, minimum_hosts: minimumHosts, request_volume: requestVolume }
}

/** A method config's durations are texts, those of a balancer's config objects. */
function seconds(ms: number): string {
  return `${ms / 1_000}s`
}

function parts(ms: number | undefined): { seconds: number; nanos: number } | undefined {
  return ms === undefined ? undefined : { seconds: Math.floor(ms / 1_000), nanos: Math.round((ms % 1_000) * 1e6) }
}
