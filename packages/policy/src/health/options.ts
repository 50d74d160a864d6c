/** How many answers in a row it takes to believe them. */
export interface HealthThresholds {
  /** Checks in a row that fail before an endpoint counts as unreachable. Default 3 (Kubernetes, HAProxy): one lost packet is no outage. */
  readonly unhealthyAfter: number
  /** Checks in a row that succeed before it counts as reachable again. Default 2 (HAProxy): one that flaps stays out. */
  readonly healthyAfter: number
}

export const HEALTH_DEFAULTS: HealthThresholds = Object.freeze({ unhealthyAfter: 3, healthyAfter: 2 })
